"""How much room a disk has, and for how long: pure."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# Less is full: what stores needs room for what is begun, and for a new start (local/store_watch.py).
FULL_BYTES: Final = 32 * 1024**2
# Little is the smaller of the two: a large disk is not low while hours of work fit, a small one is early.
_LOW_BYTES: Final = 2 * 1024**3
_LOW_SHARE: Final = 0.1
# At the pace of the last hour: long enough for somebody of the next shift to act.
_LOW_HOURS: Final = 12.0
# A disk that is mostly empty is not low, however fast an import goes.
_PACED_SHARE: Final = 0.25
_WINDOW_SECONDS: Final = 3600.0
_LEAST_SECONDS: Final = 300.0
_SAMPLE_SECONDS: Final = 30.0


class Level(StrEnum):
    """How urgent it is."""

    WELL = "well"
    LOW = "low"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Space:
    """A disk at one moment."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class DiskState:
    """A disk and what follows. ``hours_left`` is None while it does not fill, or nobody knows yet how fast."""

    name: str
    free_bytes: int
    hours_left: float | None
    level: Level


@dataclass(slots=True)
class Disk:
    """One disk over the last hour. Times are seconds of a steady clock."""

    name: str
    _seen: deque[tuple[float, int]] = field(default_factory=deque)  # when, and how much was free

    def at(self, space: Space, now: float) -> DiskState:
        """Take *space* in, which was found *now*, and say how the disk is."""
        hours = self._hours_left(space.free_bytes, now)
        return DiskState(self.name, space.free_bytes, hours, _level(space, hours))

    def _hours_left(self, free_bytes: int, now: float) -> float | None:
        if not self._seen or now - self._seen[-1][0] >= _SAMPLE_SECONDS:
            self._seen.append((now, free_bytes))
        while now - self._seen[0][0] > _WINDOW_SECONDS:
            self._seen.popleft()
        began, was_free = self._seen[0]
        taken, seconds = was_free - free_bytes, now - began
        if seconds < _LEAST_SECONDS or taken <= 0:
            return None
        return free_bytes / (taken / seconds) / 3600


def _level(space: Space, hours_left: float | None) -> Level:
    if space.free_bytes < FULL_BYTES:
        return Level.FULL
    if space.free_bytes < min(_LOW_BYTES, _LOW_SHARE * space.total_bytes):
        return Level.LOW
    is_paced = hours_left is not None and hours_left < _LOW_HOURS
    return Level.LOW if is_paced and space.free_bytes < _PACED_SHARE * space.total_bytes else Level.WELL
