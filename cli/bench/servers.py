"""Processor time and memory of the broker and the database on this machine, which have no page of ours."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.bench.names import BROKER
from cli.bench.readings import CPU, MEMORY, Page
from local import postgres
from services.chassis import stage_tally

_DATABASE: Final = "postgres"
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_CPU_FIELDS: Final = slice(11, 15)  # of the process and of its children that ended, behind its name


def pages(home: Path) -> dict[str, Page]:
    """For each of the two that runs here what a page of it would say; the others are left out."""
    found = {BROKER: _broker(home), _DATABASE: _database(home)}
    return {name: page for name, pid in found.items() if pid and (page := _page(pid))}


@dataclass(frozen=True, slots=True)
class MachineTime:
    """Seconds of all processors of this machine: in which they worked, and in all."""

    busy_seconds: float
    seconds: float


def machine_time() -> MachineTime | None:
    """Since this machine started; None where the kernel does not say."""
    found = stage_tally.machine_time()
    return None if found is None else MachineTime(found.busy / _TICKS, found.whole / _TICKS)


def own_cpu_seconds() -> float:
    """Processor time of this very process."""
    times = os.times()
    return times.user + times.system


def _broker(home: Path) -> int | None:
    ports = list((home / "nats").glob("nats-server_*.ports"))
    return int(ports[0].stem.rpartition("_")[2]) if ports else None


def _database(home: Path) -> int | None:
    if not (home / "postgres").exists() and not (home / "postgres.id").exists():
        return None
    try:
        return int((postgres.place_for(home).data / "postmaster.pid").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _page(pid: int) -> Page:
    """A process and its children, of which only what each has for itself counts as memory. Empty when it is gone."""
    none: frozenset[tuple[str, str]] = frozenset()
    try:
        cpu, memory = _cpu_seconds(pid), _memory_bytes(pid, "VmRSS")
    except (OSError, ValueError, IndexError):
        return {}
    for child in _children(pid):
        with suppress(OSError, ValueError, IndexError):  # it ended meanwhile
            cpu, memory = cpu + _cpu_seconds(child), memory + _memory_bytes(child, "RssAnon")
    return {(CPU, none): cpu, (MEMORY, none): memory}


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            yield from map(int, (task / "children").read_text(encoding="ascii").split())


def _cpu_seconds(pid: int) -> float:
    behind_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    return sum(map(int, behind_name.split()[_CPU_FIELDS])) / _TICKS


def _memory_bytes(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(f"{field}:"):
            return float(line.split()[1]) * 1024
    return 0.0
