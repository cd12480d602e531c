"""Which faces of a track are looked at: embedded and compared. Pure: times are arguments, in microseconds.

At first sight; when a shot is clearly better than all that were looked at; and ever more seldom while somebody stays.
When none of its first shots would be compared, one of the best of them is sent within a second: every track that lives
for a second is looked at in time. Of who was in view for less, and never well, nothing is sent: it would be compared
with nobody.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Generic, TypeVar

from proto.wardwatch.v1.values import Quality

K = TypeVar("K")

# A shot gains nothing beyond: the face is as wide as the aligned one, and as sharp as a good camera's.
_FULL_FACE_PX: Final = 112.0
_FULL_SHARPNESS: Final = 200.0
# A shot that nobody would compare is cut out in place of another one when it is so many times as good.
_WORTH_KEEPING: Final = 1.15
# A head turned further shows nothing that this measure could tell apart.
_MOST_YAW_DEGREES: Final = 80.0


@dataclass(frozen=True, slots=True)
class Pace:
    """When a track is looked at. The gate is the matcher's as it comes: what is beyond is compared with nobody."""

    min_face_px: float = 48
    max_yaw_degrees: float = 70
    min_sharpness: float = 10
    # The first look waits no longer than this for a shot that passes the gate.
    patience_us: int = 1_000_000
    # Between looks while nothing is better: the last one goes on.
    pauses_us: tuple[int, ...] = (500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000)
    # How many times as good as the best look a shot must be to be looked at before its time, and how long after one.
    better: float = 1.4
    least_between_us: int = 200_000


class Choice(Enum):
    """What to do with a shot that was measured."""

    LOOK = auto()  # send it
    KEEP = auto()  # nothing better has come yet: it is sent when the time is up
    PASS = auto()


@dataclass(slots=True)
class Looks(Generic[K]):
    """The looks of one track that began at ``began_us``, and what is kept of a shot while the first has not been."""

    pace: Pace
    began_us: int
    seen_us: int
    number: int = 0
    looked_us: int = 0
    best: float = 0.0
    kept: K | None = None
    _before: tuple[int, float] = (0, 0.0)  # looked_us and best before the newest look
    _is_lost: bool = False  # the first look did not go out

    def wants(self, at_us: int, face_px: float, yaw_degrees: float) -> bool:
        """Whether a shot of this size and turn is worth to be measured, which costs more than to know these two."""
        promise = worth(face_px, yaw_degrees, _FULL_SHARPNESS)
        if not self.number:
            return promise > self.best or self._is_lost
        passes = face_px >= self.pace.min_face_px and abs(yaw_degrees) <= self.pace.max_yaw_degrees
        return passes and (self._is_due(at_us) or self._is_better(at_us, promise))

    def choose(self, at_us: int, quality: Quality) -> Choice:
        """What to do with a measured shot; LOOK counts it as taken, KEEP expects it as ``kept``."""
        value = worth(quality.face_px, quality.yaw_degrees, quality.sharpness)
        if self._passes(quality):
            if not self.number or self._is_due(at_us) or self._is_better(at_us, value):
                self._take(at_us, value)
                return Choice.LOOK
        elif not self.number and (self.kept is None or value > _WORTH_KEEPING * self.best):
            self.best = value
            return Choice.KEEP
        return Choice.PASS

    def overdue(self, at_us: int) -> K | None:
        """What was kept, when it must be the first look now: at the next frame it may be too late."""
        step, self.seen_us = at_us - self.seen_us, at_us
        return self._let_go() if at_us + step - self.began_us >= self.pace.patience_us else None

    def unsent(self) -> K | None:
        """The first look when it was taken and did not go out; the track is over, so it is the last chance."""
        return self._let_go() if self._is_lost else None

    def _let_go(self) -> K | None:
        kept, self.kept = self.kept, None
        if kept is not None:
            self._take(self.seen_us, self.best)
        return kept

    def lost(self, number: int, shot: K) -> None:
        """The look of that *number* did not go out: the next shot is weighed as if it had never been taken.

        The *shot* of a first look is kept besides, in case that no better one comes.
        """
        if number != self.number:
            return
        self.number -= 1
        if self.number:
            self.looked_us, self.best = self._before
        else:
            self.kept, self._is_lost = shot, True

    def _take(self, at_us: int, value: float) -> None:
        self._before, self._is_lost = (self.looked_us, self.best), False
        self.number += 1
        self.looked_us = at_us
        self.best = max(self.best, value)

    def _is_due(self, at_us: int) -> bool:
        pauses = self.pace.pauses_us
        return at_us - self.looked_us >= pauses[min(self.number, len(pauses)) - 1]

    def _is_better(self, at_us: int, value: float) -> bool:
        return value >= self.pace.better * self.best and at_us - self.looked_us >= self.pace.least_between_us

    def _passes(self, quality: Quality) -> bool:
        pace = self.pace
        large, sharp = quality.face_px >= pace.min_face_px, quality.sharpness >= pace.min_sharpness
        return large and sharp and abs(quality.yaw_degrees) <= pace.max_yaw_degrees


def worth(face_px: float, yaw_degrees: float, sharpness: float) -> float:
    """How good a shot is, from 0 to 1: its size, how much of the face is turned this way, and how sharp it is."""
    size = min(1.0, face_px / _FULL_FACE_PX)
    turn = math.cos(math.radians(min(abs(yaw_degrees), _MOST_YAW_DEGREES)))
    # In squared grey levels, so its root.
    return size * turn * math.sqrt(min(1.0, sharpness / _FULL_SHARPNESS))
