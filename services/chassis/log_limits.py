"""How much may be logged: lines of a kind, lines in all, bytes, and tracebacks. Pure.

Whoever can make a process log can fill its disk, and what they cause buries what an operator must see. So each kind of
line has a budget of its own, and one line says how many were left out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

# One traceback of a kind in this time; the others say only what failed.
_TRACEBACK_SECONDS: Final = 60.0
# Between two lines that say how many were left out.
_REPORT_SECONDS: Final = 10.0
# A kind is a constant sentence of the code, so there are few; a library could make them up.
_MOST_KINDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Rates:
    """What may be logged for ever, each second; at once it may be ``burst`` seconds' worth."""

    lines_of_a_kind: float = 5.0
    lines: float = 50.0
    bytes: float = 20_000.0
    burst: float = 30.0


@dataclass(slots=True)
class _Budget:
    """Refilled evenly, up to ``most``."""

    rate: float
    most: float
    left: float
    at: float

    def take(self, amount: float, now: float) -> bool:
        self.left = min(self.most, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < amount:
            return False
        self.left -= amount
        return True


@dataclass(slots=True)
class LogLimits:
    """Decides about each line; *now* counts seconds and is steady."""

    now: Callable[[], float]
    rates: Rates = field(default_factory=Rates)
    _kinds: dict[str, _Budget] = field(default_factory=dict)
    _traced: dict[str, float] = field(default_factory=dict)
    _lines: _Budget | None = None
    _bytes: _Budget | None = None
    _left_out: int = 0
    _reported_at: float | None = None

    def admits(self, kind: str) -> bool:
        """Whether a line of *kind* may be logged; one that may not is counted."""
        if kind not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()
        of_kind = self._kinds.setdefault(kind, self._budget(self.rates.lines_of_a_kind))
        if self._lines is None:
            self._lines = self._budget(self.rates.lines)
        if of_kind.take(1, self.now()) and self._lines.take(1, self.now()):
            return True
        self._left_out += 1
        return False

    def has_room(self, size: int) -> bool:
        """Whether a line of *size* bytes still fits; one that does not is counted."""
        if self._bytes is None:
            self._bytes = self._budget(self.rates.bytes)
        if self._bytes.take(size, self.now()):
            return True
        self._left_out += 1
        return False

    def traces(self, kind: str) -> bool:
        """Whether a traceback of *kind* may be logged now."""
        last = self._traced.get(kind)
        if last is not None and self.now() - last < _TRACEBACK_SECONDS:
            return False
        if len(self._traced) >= _MOST_KINDS:
            self._traced.clear()
        self._traced[kind] = self.now()
        return True

    def left_out(self) -> int:
        """How many lines were left out since this was said last; 0 when it is not time to say so."""
        now = self.now()
        if not self._left_out or (self._reported_at is not None and now - self._reported_at < _REPORT_SECONDS):
            return 0
        count, self._left_out, self._reported_at = self._left_out, 0, now
        return count

    def _budget(self, rate: float) -> _Budget:
        most = rate * self.rates.burst
        return _Budget(rate, most, most, self.now())
