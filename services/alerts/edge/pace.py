"""How fast somebody may go on: pure, in seconds of any clock that only goes forward."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

# Less than sums of steps are off by.
_NOTHING: Final = 1e-6


@dataclass(slots=True)
class Pace:
    """Of each key *burst* at once, then *per_second*, first come first served; the oldest keys are forgotten first."""

    per_second: float
    burst: int
    most_keys: int = 4096
    _free_at: OrderedDict[str, float] = field(default_factory=OrderedDict)  # when all that was taken is made up for

    def turn(self, key: str, now: float, *, within_seconds: float) -> float | None:
        """Take one turn; returns in how many seconds it is. None, and nothing is taken, when that is too late."""
        step = 1 / self.per_second
        free_at = max(self._free_at.get(key, now), now)
        wait = free_at - now - (self.burst - 1) * step
        if wait < _NOTHING:
            wait = 0.0
        if wait > within_seconds:
            return None
        self._free_at[key] = free_at + step
        self._free_at.move_to_end(key)
        if len(self._free_at) > self.most_keys:
            self._free_at.popitem(last=False)
        return wait

    def late(self, key: str, now: float) -> float:
        """In how many seconds a turn that was taken now would be."""
        return max(0.0, self._free_at.get(key, now) - now - (self.burst - 1) / self.per_second)
