"""Which frames are drills: those with a mark that the drill service made for them, just now, and once.

Whatever else bears a mark is an ordinary frame, so that no camera can hide a person behind one.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.values import Drill, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.drill_mark import Mark
from services.chassis.signing import Authors
from services.chassis.telemetry import Meters

# Whoever kept a mark for longer than this has no use of it; the machines' clocks must be nearer to each other.
FRESH_US: Final = 10_000_000
# A drill's frame is small; of a larger one no signature is checked, which would cost time.
MOST_BYTES: Final = 256 * 1024
# In one time of freshness; the drill service alone can make them.
_MOST_REMEMBERED: Final = 8192


class Verdict(StrEnum):
    """What a mark is worth. Values are metric labels."""

    TAKEN = "taken"
    MALFORMED = "malformed"
    STALE = "stale"  # or of the future
    REPLAYED = "replayed"
    FORGED = "forged"


class Marks:
    """Remembers the drills that were taken for as long as their marks are fresh. Event loop only."""

    def __init__(self, authors: Authors, meters: Meters, now: Callable[[], datetime]) -> None:
        self._authors = authors
        self._meters = meters
        self._now = now
        self._taken: OrderedDict[str, int] = OrderedDict()  # when, by id

    def admits(self, delivery: Delivery) -> bool:
        """Whether *delivery* is a drill; a mark that is none is counted."""
        if subjects.HEADER_DRILL not in delivery.headers:
            return False
        verdict, drill = self._judged(delivery)
        if drill is None:
            self._meters.count("wardwatch_drill_marks_total", outcome=verdict.value)
        return drill is not None

    def take(self, delivery: Delivery) -> Drill | None:
        """The drill that *delivery* is, once; None for an ordinary frame."""
        if subjects.HEADER_DRILL not in delivery.headers:
            return None
        verdict, drill = self._judged(delivery)
        if drill is not None:
            self._taken[drill.id] = to_microseconds(self._now())
            self._meters.count("wardwatch_drill_marks_total", outcome=verdict.value)
        return drill

    def _judged(self, delivery: Delivery) -> tuple[Verdict, Drill | None]:
        self._forget()
        try:
            mark = Mark.parse(delivery.headers[subjects.HEADER_DRILL])
        except ValueError:
            return Verdict.MALFORMED, None
        if abs(to_microseconds(self._now()) - mark.drill.sent_us) > FRESH_US:
            return Verdict.STALE, None
        if mark.drill.id in self._taken:
            return Verdict.REPLAYED, None
        small = len(delivery.payload) <= MOST_BYTES
        if not small or not mark.is_genuine(self._authors, delivery.subject, delivery.payload):
            return Verdict.FORGED, None
        return Verdict.TAKEN, mark.drill

    def _forget(self) -> None:
        # A mark may be of the future by as much as it may be old.
        before = to_microseconds(self._now()) - 2 * FRESH_US
        while self._taken and (next(iter(self._taken.values())) < before or len(self._taken) > _MOST_REMEMBERED):
            self._taken.popitem(last=False)
