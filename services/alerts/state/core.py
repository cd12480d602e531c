"""The one answer to "are alerts working?", from what every source knows. Pure: time is an argument."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.subjects import SiteId
from services.alerts.state.reasons import Reason, Working

# How long what kept alerts from working must be away before it is over: what comes and goes does not flicker.
HOLD_US: Final = 5_000_000
# An answer that is older says nothing of now.
STALE_US: Final = 5_000_000
_SEVERITY: Final = {Working.NO: 0, Working.DEGRADED: 1, Working.YES: 2}

# What makes a reason the same one at different times.
Identity = tuple[str, str, tuple[tuple[str, str], ...]]
# By the name of each source what it said, or None where it did not answer.
Said = Mapping[str, Sequence[Reason] | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether alerts work at the *sites*, and what keeps them from it, worst first.

    ``at_us`` is when it was found; no answer is of use for longer than ``STALE_US``.
    """

    at_us: int
    reasons: tuple[Reason, ...]
    sites: frozenset[SiteId] = frozenset()

    @property
    def working(self) -> Working:
        """Of all sites: no where none works, degraded where something is wrong at any."""
        if not self.reasons:
            return Working.YES
        each = {self.at(site) for site in self.sites} or {_worst(self.reasons)}
        return Working.NO if each == {Working.NO} else Working.DEGRADED

    def at(self, site: SiteId) -> Working:
        """Of one site."""
        return _worst(reason for reason in self.reasons if reason.site in (None, site))

    def seen(self, sees: Callable[[SiteId], bool]) -> "Answer":
        """What may be told to who sees some sites only."""
        reasons = tuple(reason for reason in self.reasons if reason.site is None or sees(reason.site))
        return Answer(self.at_us, reasons, frozenset(site for site in self.sites if sees(site)))

    def now(self, now_us: int) -> "Answer":
        """What it is worth at *now_us*: an old answer is none."""
        age_us = now_us - self.at_us
        if 0 <= age_us < STALE_US:
            return self
        stale = Reason("state_stale", Working.NO, parameters={"seconds": max(0, age_us) // 1_000_000})
        return Answer(self.at_us, (stale, *self.reasons), self.sites)


def judge(said: Said) -> tuple[Reason, ...]:
    """What keeps alerts from working, worst first; a source that did not answer is a reason itself."""
    unanswered = [
        Reason("source_unknown", Working.DEGRADED, parameters={"source": name})
        for name, reasons in said.items()
        if reasons is None
    ]
    known = [reason for reasons in said.values() for reason in reasons or () if reason.working is not Working.YES]
    return in_order([*known, *unanswered])


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Worst first; of one kind those of all sites first, then by site and what they name."""
    return tuple(sorted(reasons, key=lambda r: (_SEVERITY[r.working], r.site or "", r.code, identity(r)[2])))


def identity(reason: Reason) -> Identity:
    """What makes two reasons one and the same at different times: words name something, numbers measure it."""
    named = {name: value for name, value in reason.parameters.items() if isinstance(value, str)}
    return reason.code, reason.site or "", tuple(sorted(named.items()))


class Steady:
    """Holds a reason until it was away for a while. What is new shows at once: nothing is "yes" on trust.

    Until all is well for the first time nothing is held: a service that has just started hears of one after the other.
    """

    def __init__(self, hold_us: int = HOLD_US) -> None:
        self._hold_us = hold_us
        self._was_well = False
        self._last: dict[Identity, tuple[int, Reason]] = {}

    def __call__(self, reasons: Iterable[Reason], now_us: int) -> tuple[Reason, ...]:
        """*reasons* and those that ended a moment ago, as they were last."""
        # Of before a clock that went back: nobody knows how long ago that was.
        held = {key: last for key, last in self._last.items() if 0 <= now_us - last[0] < self._hold_us}
        present = {identity(reason): (now_us, reason) for reason in reasons}
        self._last = held | present if self._was_well else present
        self._was_well = self._was_well or not present
        return in_order(reason for _, reason in self._last.values())


def _worst(reasons: Iterable[Reason]) -> Working:
    return min((reason.working for reason in reasons), key=_SEVERITY.__getitem__, default=Working.YES)
