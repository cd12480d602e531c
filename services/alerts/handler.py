"""Record a sighting, and raise an incident when there is enough evidence."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, assert_never
from uuid import UUID

import structlog

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import uuid_or_none
from services.alerts.incidents.core import Decision, Join, KnownIncident, Raise, Wait, belongs, weigh, whole
from services.alerts.incidents.crops import SealCrop
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.times import began_at, seen_at
from services.alerts.incidents.walks import Evidence
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)


class Page(Protocol):
    """What is known of one person at one site, for as long as nobody else may write to it."""

    @property
    def now(self) -> datetime:
        """When the page was opened, by the record's clock."""

    async def add(self, sighting: PersonSighted, *, seen_at: datetime, crop: bytes) -> bool:
        """Keep the sighting with its sealed face *crop*; False when it is already known."""

    async def has_ended(self) -> bool:
        """Whether the entry no longer matches."""

    async def known(self, new: Evidence, policy: EvidencePolicy) -> Sequence[KnownIncident]:
        """The incidents that may take *new*: those of its track, undecided ones, and those of about that time."""

    async def pending(self, new: Evidence, policy: EvidencePolicy) -> Sequence[Evidence]:
        """What waits without an incident and may be evidence with *new*: of each walk all that it says."""

    async def waiting(self, tracks: Collection[UUID], new: Evidence, policy: EvidencePolicy) -> Sequence[Evidence]:
        """Every sighting of *tracks* that waits, as far as it may be evidence with *new*."""

    async def write(self, sighting: PersonSighted, decision: Join | Raise) -> None: ...


class Ledger(Protocol):
    """Opens a page: one transaction that either happens whole or not at all."""

    def page(self, entry_id: EntryId, site: SiteId) -> AbstractAsyncContextManager[Page]: ...


# Whether matching is stopped at a site; waits a while for that to be known, and raises what is tried again.
IsStopped = Callable[[SiteId], Awaitable[bool]]


async def _nowhere(_site: SiteId) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class RecordSighting:
    """Handler of the SIGHTINGS stream. Doing it twice has the effect of doing it once.

    What waited on the stream when matching was stopped there is as if it had not been matched: nobody is told of it.
    """

    ledger: Ledger
    seal_crop: SealCrop
    policy: EvidencePolicy
    meters: Meters
    is_stopped: IsStopped = _nowhere

    async def __call__(self, sighting: PersonSighted) -> None:
        place = sighting.origin.place
        # Before the record is asked for, which may be away: so that nothing is held up there until this is known.
        if await self.is_stopped(place.site):
            self.meters.count("wardwatch_sightings_recorded_total", outcome="stopped")
            return
        # Its key is kept before the record has the face: what cannot be shredded is not written down.
        crop = await self.seal_crop(sighting.sighting_id, sighting.picture)
        async with self.ledger.page(sighting.entry_id, place.site) as page:
            now = page.now
            # And again: the record may have been waited for.
            if await self.is_stopped(place.site):
                self.meters.count("wardwatch_sightings_recorded_total", outcome="stopped")
                return
            new = _evidence(sighting, seen_at(sighting.origin.journey, arrival=now))
            if await page.has_ended():
                self.meters.count("wardwatch_sightings_recorded_total", outcome="ended")
                return
            if not await page.add(sighting, seen_at=new.seen_at, crop=crop):
                self.meters.count("wardwatch_sightings_recorded_total", outcome="known")
                return
            decision = await self._decide(page, new, self.policy.alone_from(sighting.strong_similarity))
            if not isinstance(decision, Wait):
                await page.write(sighting, decision)
        self._tell(sighting, decision, seen=new.seen_at, now=now)

    async def _decide(self, page: Page, new: Evidence, policy: EvidencePolicy) -> Decision:
        known = await page.known(new, policy)
        join = belongs(new, known, policy=policy, now=page.now)
        if join is not None:
            return join
        pending = await page.pending(new, policy) if policy.is_corroborating(new.similarity) else ()
        decision = weigh(new, pending, known, policy=policy, now=page.now)
        if isinstance(decision, Wait):
            return decision
        return whole(decision, await page.waiting(decision.tracks, new, policy))

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
    origin, look = sighting.origin, sighting.origin.look
    return Evidence(
        sighting.sighting_id,
        origin.place.camera,
        origin.frame_id,
        at,
        sighting.similarity,
        None if look is None else uuid_or_none(look.track_id),
        None if look is None else began_at(origin.journey.captured_us, look.track_began_us, seen_at=at),
    )
