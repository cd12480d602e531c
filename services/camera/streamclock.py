"""When a picture of a live stream was taken, judged by the stream's own time stamps. Pure.

A camera stamps its pictures on a clock of its own. The picture that came through fastest tells best how that clock is
set against ours: the least of (arrival - stamp). Every other picture is late by as much as it exceeds that.
"""

from dataclasses import dataclass
from typing import Final

# How fast a camera's clock may run away from ours: cheap quartz is good to 100 ppm; a delay that grows slower than
# this is taken for drift.
DRIFT: Final = 5e-4
# No camera holds pictures back for longer; a stamp that says so is wrong.
MOST_LATE_SECONDS: Final = 30.0
# Pictures come in decoding order, so stamps go back a little: by up to so many pictures, and never less than this.
_REORDERED_PICTURES: Final = 8
_REORDERED_SECONDS: Final = 0.5
_EPOCHS_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Stamp:
    """When one packet arrived, and what its stamp said; both in seconds, ``at`` None when there is none to believe."""

    arrived: float
    at: float | None
    epoch: int


class StreamClock:
    """Learns how a stream's stamps are set against the clock of its arrival.

    ``held_back``: whether a packet is handed out only when the next one begins to arrive, as FFmpeg does with pictures
    that come in pieces; its arrival then says something of the next one.
    """

    def __init__(self, *, held_back: bool = False) -> None:
        self._held_back = held_back
        self._epoch = 0
        self._offsets: dict[int, float] = {}  # by epoch: our seconds when the stream's were 0
        self._newest = 0.0  # the greatest stamp of this epoch
        self._step = 0.0  # between pictures, smoothed
        self._last: Stamp | None = None

    def arrive(self, at: float | None, arrived: float) -> Stamp:
        """Note a packet stamped *at* that arrived now; packets come in order of arrival."""
        if at is None or (self._offsets and at == self._newest):
            # No stamp, or one that stands still: the arrival is all that is known.
            self._last = Stamp(arrived, None, self._epoch)
            return self._last
        late = self._late_before()
        self._drift(arrived)
        if not self._offsets:
            self._begin(at, arrived)
        elif at < self._newest - max(_REORDERED_SECONDS, _REORDERED_PICTURES * self._step):
            # The stamps start again. How late the stream is does not change by that.
            self._begin(at, arrived - late)
        elif arrived - at - self._offsets[self._epoch] > MOST_LATE_SECONDS:
            self._begin(at, arrived)
        self._learn(at, arrived)
        self._last = Stamp(arrived, at, self._epoch)
        return self._last

    def captured(self, stamp: Stamp) -> float:
        """When the picture was taken, on the clock of arrival, by what is known by now; never after it arrived."""
        offset = self._offsets.get(stamp.epoch)
        if stamp.at is None or offset is None:
            return stamp.arrived
        return min(stamp.arrived, stamp.at + offset)

    def _late_before(self) -> float:
        return 0.0 if self._last is None else self._last.arrived - self.captured(self._last)

    def _drift(self, arrived: float) -> None:
        if self._last is not None and self._epoch in self._offsets:
            self._offsets[self._epoch] += DRIFT * max(0.0, arrived - self._last.arrived)

    def _begin(self, at: float, arrived: float) -> None:
        self._epoch += 1
        self._offsets[self._epoch] = arrived - at
        self._offsets.pop(self._epoch - _EPOCHS_KEPT, None)
        self._newest = at

    def _learn(self, at: float, arrived: float) -> None:
        seen = arrived
        if self._held_back and self._last is not None and self._last.epoch == self._epoch:
            seen = self._last.arrived
        self._offsets[self._epoch] = min(self._offsets[self._epoch], seen - at)
        if at > self._newest:
            ahead = min(at - self._newest, MOST_LATE_SECONDS)
            self._step = ahead if self._step == 0.0 else self._step + (ahead - self._step) / 8
            self._newest = at
