"""Whether every matcher has the same list, the same threshold and the same stops. Pure: time is an argument."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import BENCH_SITE, SiteId
from services.alerts.state.core import Identity, identity
from services.alerts.state.reasons import Reason, Working

_SECOND_US: Final = 1_000_000
# A presence comes every two seconds.
_LIVING_US: Final = 6 * _SECOND_US
# So long a matcher may be behind the others, or behind what was said of a site.
_BEHIND_US: Final = 10 * _SECOND_US
_CLOCK_US: Final = 5 * _SECOND_US
_MOST: Final = 128


@dataclass(frozen=True, slots=True)
class _Said:
    at_us: int
    presence: MatcherPresence


class MatcherWatch:
    """What each matcher says of itself. ``stopped`` gives the sites where matching is to be stopped."""

    def __init__(self, stopped: Callable[[], Iterable[SiteId]]) -> None:
        self._stopped = stopped
        self._said: dict[str, _Said] = {}
        self._since_us: dict[Identity, int] = {}

    def take(self, presence: MatcherPresence, now_us: int) -> None:
        """Take note of a presence; a matcher that ends is forgotten."""
        if presence.ending:
            self._said.pop(presence.name, None)
        elif presence.name in self._said or len(self._said) < _MOST:
            self._said[presence.name] = _Said(now_us, presence)

    def living(self, now_us: int) -> list[MatcherPresence]:
        """Those that spoke a moment ago; who is silent is told of by its stage."""
        self._said = {name: said for name, said in self._said.items() if now_us - said.at_us < _LIVING_US}
        return [self._said[name].presence for name in sorted(self._said)]

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """Where matchers differ for longer than it takes a change to arrive."""
        living = self.living(now_us)
        differing = {identity(reason): reason for each in living for reason in self._differing(each, living)}
        self._since_us = {key: self._since_us.get(key, now_us) for key in differing}
        lasting = [reason for key, reason in differing.items() if now_us - self._since_us[key] >= _BEHIND_US]
        return [*lasting, *(reason for each in living for reason in _of_itself(each))]

    def _differing(self, each: MatcherPresence, living: Sequence[MatcherPresence]) -> list[Reason]:
        matcher = {"matcher": each.name}
        found = []
        if each.applied_sequence < max(other.applied_sequence for other in living):
            found.append(_differs("list_behind", matcher))
        if each.threshold_number < max(other.threshold_number for other in living):
            found.append(_differs("threshold_differs", matcher))
        stopped, held = frozenset(self._stopped()), frozenset(each.stopped_sites) - {BENCH_SITE}
        found += [_differs("stop_not_followed", matcher, site) for site in stopped - held]
        found += [_differs("still_stopped", matcher, site) for site in held - stopped]
        return found


@dataclass(frozen=True, slots=True)
class StoppedSites:
    """Sites where people have stopped matching."""

    stopped: Callable[[], Iterable[SiteId]]

    def reasons(self, _now_us: int) -> Sequence[Reason]:
        """One for each of them."""
        return [Reason("matching_stopped", Working.NO, site) for site in self.stopped()]


def _differs(code: str, matcher: dict[str, str], site: SiteId | None = None) -> Reason:
    return Reason(code, Working.DEGRADED, site, matcher)


def _of_itself(each: MatcherPresence) -> list[Reason]:
    found = []
    if each.locked:
        found.append(Reason("entries_locked", Working.DEGRADED, None, {"matcher": each.name, "count": each.locked}))
    if abs(each.clock_skew_us) >= _CLOCK_US:
        seconds = abs(each.clock_skew_us) // _SECOND_US
        found.append(Reason("matcher_clock", Working.DEGRADED, None, {"matcher": each.name, "seconds": seconds}))
    return found
