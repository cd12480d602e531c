"""Record a sighting, and raise an incident when there is enough evidence."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, assert_never

import structlog

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId, SiteId
from services.alerts.incidents.core import (
    Decision,
    Evidence,
    EvidencePolicy,
    Join,
    KnownIncident,
    Raise,
    Wait,
    decide,
    seen_at,
)
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)


class Page(Protocol):
    """What is known of one person at one site, for as long as nobody else may write to it."""

    @property
    def now(self) -> datetime:
        """When the page was opened, by the record's clock."""

    async def add(self, sighting: PersonSighted, *, seen_at: datetime) -> bool:
        """Keep the sighting; False when it is already known."""

    async def has_ended(self) -> bool:
        """Whether the entry no longer matches."""

    async def known(self, *, seen_at: datetime, policy: EvidencePolicy) -> Sequence[KnownIncident]:
        """The incidents that may take a sighting of then."""

    async def pending(self, *, since: datetime, until: datetime) -> Sequence[Evidence]:
        """Sightings without an incident, seen in that time."""

    async def write(self, sighting: PersonSighted, decision: Join | Raise) -> None: ...


class Ledger(Protocol):
    """Opens a page: one transaction that either happens whole or not at all."""

    def page(self, entry_id: EntryId, site: SiteId) -> AbstractAsyncContextManager[Page]: ...


@dataclass(frozen=True, slots=True)
class RecordSighting:
    """Handler of the SIGHTINGS stream. Doing it twice has the effect of doing it once."""

    ledger: Ledger
    policy: EvidencePolicy
    meters: Meters

    async def __call__(self, sighting: PersonSighted) -> None:
        place = sighting.origin.place
        async with self.ledger.page(sighting.entry_id, place.site) as page:
            now = page.now
            new = _evidence(sighting, seen_at(sighting.origin.journey, arrival=now))
            if await page.has_ended():
                self.meters.count("wardwatch_sightings_recorded_total", outcome="ended")
                return
            if not await page.add(sighting, seen_at=new.seen_at):
                self.meters.count("wardwatch_sightings_recorded_total", outcome="known")
                return
            span = self.policy.evidence
            pending = await page.pending(since=new.seen_at - span, until=new.seen_at + span)
            known = await page.known(seen_at=new.seen_at, policy=self.policy)
            decision = decide(new, pending, known, policy=self.policy, now=now)
            if not isinstance(decision, Wait):
                await page.write(sighting, decision)
        self._tell(sighting, decision, seen=new.seen_at, now=now)

    def _tell(self, sighting: PersonSighted, decision: Decision, *, seen: datetime, now: datetime) -> None:
        site = sighting.origin.place.site
        match decision:
            case Wait():
                outcome = "waiting"
            case Join():
                outcome = "joined"
            case Raise():
                outcome = "raised"
                self.meters.count("wardwatch_incidents_raised_total", site=site)
                self.meters.observe("wardwatch_incident_delay_seconds", max(0.0, (now - seen) / timedelta(seconds=1)))
                log.info("incident is raised", incident_id=str(decision.incident_id), site=site)
            case _:
                assert_never(decision)
        self.meters.count("wardwatch_sightings_recorded_total", outcome=outcome)


def _evidence(sighting: PersonSighted, at: datetime) -> Evidence:
    origin = sighting.origin
    return Evidence(sighting.sighting_id, origin.place.camera, origin.frame_id, at, sighting.similarity)
