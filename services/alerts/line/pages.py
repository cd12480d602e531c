"""The open pages of all replicas: each knows its own, and says every second how many answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from proto.wardwatch.v1.replicas import Pages, ReplicaBeat
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.line.tellings import Tellings

# A replica speaks every second.
_LIVING_US: Final = 4_000_000


@dataclass(slots=True)
class PagesOfAll:
    """``sites`` are those that this replica speaks of. Event loop only."""

    tellings: Tellings
    sites: Callable[[], Iterable[SiteId]]
    clock_us: Callable[[], int]
    _said: dict[str, tuple[int, ReplicaBeat]] = field(default_factory=dict)

    def of(self, site: SiteId) -> Pages | None:
        """Those that would ring for *site*, and those that answer drills; None while no replica has had a drill."""
        before = self.clock_us() - _LIVING_US
        self._said = {replica: said for replica, said in self._said.items() if said[0] > before}
        others = [beat.pages.get(site) for _, beat in self._said.values()]
        known = [pages for pages in (self.tellings.pages(site), *others) if pages is not None]
        return sum(known, start=Pages(0, 0)) if known else None

    def heard(self, beat: ReplicaBeat) -> None:
        """What another replica says."""
        if beat.leaving:
            self._said.pop(beat.replica, None)
        else:
            self._said[beat.replica] = (self.clock_us(), beat)
        for answer in beat.answers:
            self.tellings.heard_elsewhere(answer)

    def beat(self, replica: str, number: int, *, leaving: bool) -> ReplicaBeat:
        """What this one says."""
        own = {site: pages for site in self.sites() if (pages := self.tellings.pages(site)) is not None}
        return ReplicaBeat(replica, number, leaving, {}, own, self.tellings.passed_on())
