"""Watches the disks that Wardwatch must not fill: those of the broker and of the database."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from services.chassis.disk_space import Disk, DiskState, Level, Space
from services.chassis.errors import StartupError
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0
# What writes a report (deploy/disks.sh) does so every two seconds.
_REPORT_SECONDS: Final = 30.0


def parse_disks(text: str) -> dict[str, Path]:
    """Read ``name=path,name=path``. Raises StartupError."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not name.strip() or not path.strip() for name, _, path in pairs):
        raise StartupError(f"disks are written NAME=PATH,NAME=PATH, not {text!r}")
    return {name.strip(): Path(path.strip()) for name, _, path in pairs}


class DiskWatch:
    """Looks at each of *disks* every two seconds: a folder on it, or a file in which somebody reports on it."""

    def __init__(self, disks: Mapping[str, Path], meters: Meters) -> None:
        self._disks = {name: (Disk(name), path) for name, path in disks.items()}
        self._meters = meters
        self._states: dict[str, DiskState] = {}
        self._unknown: dict[str, str] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Look until *stop*."""
        while not stop.is_set():
            beat()
            await self.look()
            await pause(stop, _EVERY_SECONDS)

    async def look(self) -> None:
        """Look now."""
        for name, (disk, path) in self._disks.items():
            try:
                space = await asyncio.to_thread(_space, path)
            except (OSError, ValueError) as error:
                self._note_unknown(name, str(error))
                continue
            self._unknown.pop(name, None)
            self._note(disk.at(space, time.monotonic()))

    async def check(self) -> str | None:
        """Readiness: None while there is room on every disk, else which is full."""
        full = [state.name for state in self.short() if state.level is Level.FULL]
        return f"the {' and the '.join(full)}'s disk is full" if full else None

    async def warnings(self) -> str | None:
        """What an operator should know: None, or which disks are low and which nobody can look at."""
        said = [f"{state.name}: {_words(state)}" for state in self.short()]
        said += [f"{name}: it is not known how full its disk is ({why})" for name, why in self._unknown.items()]
        return "; ".join(said) or None

    def short(self) -> list[DiskState]:
        """The disks that are low or full."""
        return [state for _, state in sorted(self._states.items()) if state.level is not Level.WELL]

    def known(self) -> list[DiskState]:
        """How the disks are that can be looked at."""
        return [state for _, state in sorted(self._states.items())]

    def unknown(self) -> list[str]:
        """The disks that nobody has looked at, or can look at."""
        return sorted(name for name in self._disks if name not in self._states)

    def _note(self, state: DiskState) -> None:
        self._meters.set("wardwatch_disk_free_bytes", state.free_bytes, disk=state.name)
        self._meters.set(
            "wardwatch_disk_hours_left", float("inf") if state.hours_left is None else state.hours_left, disk=state.name
        )
        before = self._states.get(state.name)
        if (before.level if before else Level.WELL) is not state.level:
            say = log.info if state.level is Level.WELL else log.error
            say("the room on a disk has changed", reason=f"{state.name}: {_words(state)}")
        self._states[state.name] = state

    def _note_unknown(self, name: str, why: str) -> None:
        if name not in self._unknown:
            log.warning("a disk cannot be looked at", reason=f"{name}: {why}")
        self._unknown[name] = why
        self._states.pop(name, None)


def _words(state: DiskState) -> str:
    room = f"{state.level}, {state.free_bytes / 1e9:.1f} GB free"
    return room if state.hours_left is None else f"{room}, for about {state.hours_left:.0f} h at the last hour's pace"


def _space(path: Path) -> Space:
    """The room on the disk of the folder *path*, or as the file *path* reports: ``free total``, in bytes.

    Raises OSError, or ValueError for a report that is old or none.
    """
    if path.is_dir():
        usage = shutil.disk_usage(path)
        return Space(usage.free, usage.total)
    if time.time() - path.stat().st_mtime > _REPORT_SECONDS:
        raise ValueError("the report is old")
    free, total = path.read_text(encoding="ascii").split()
    return Space(int(free), int(total))
