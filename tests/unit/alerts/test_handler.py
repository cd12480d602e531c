"""What is recorded in the ledger for each sighting."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId, SiteId
from services.alerts.handler import RecordSighting
from services.alerts.incidents.core import Evidence, EvidencePolicy, Join, KnownIncident, Raise
from services.chassis.telemetry import Meters
from tests.sightings import sighted

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class FakeLedger:
    """One person at one site, in memory."""

    evidence: dict[str, Evidence] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    incident: KnownIncident | None = None
    written: list[Join | Raise] = field(default_factory=list)
    ended: bool = False  # the entry matches no more
    now: datetime = NOON + timedelta(seconds=20)

    @asynccontextmanager
    async def page(self, entry_id: EntryId, site: SiteId) -> AsyncIterator["FakeLedger"]:
        yield self

    async def add(self, sighting: PersonSighted, *, seen_at: datetime) -> bool:
        if sighting.sighting_id in self.evidence:
            return False
        origin = sighting.origin
        self.evidence[sighting.sighting_id] = Evidence(
            sighting.sighting_id, origin.place.camera, origin.frame_id, seen_at, sighting.similarity
        )
        return True

    async def has_ended(self) -> bool:
        return self.ended

    async def known(self, *, seen_at: datetime, policy: EvidencePolicy) -> Sequence[KnownIncident]:
        return [] if self.incident is None else [self.incident]

    async def pending(self, *, since: datetime, until: datetime) -> Sequence[Evidence]:
        waiting = [e for name, e in self.evidence.items() if name not in self.settled]
        return [e for e in waiting if since <= e.seen_at <= until]

    async def write(self, sighting: PersonSighted, decision: Join | Raise) -> None:
        self.written.append(decision)
        self.settled.add(sighting.sighting_id)
        if isinstance(decision, Raise):
            self.settled |= {e.sighting_id for e in decision.evidence}
            at = decision.evidence[-1].seen_at
            cameras = frozenset(e.camera for e in decision.evidence)
            self.incident = KnownIncident(decision.incident_id, at, at, decision.quiet_until, cameras, self.now, 0.7)


def sighting(*, similarity: float = 0.7, at: datetime = NOON) -> PersonSighted:
    return sighted(at, EntryId("person"), similarity=similarity)


def recorder(ledger: FakeLedger, meters: Meters | None = None) -> RecordSighting:
    return RecordSighting(ledger, EvidencePolicy(), meters or Meters())


async def test_a_strong_sighting_is_written_as_an_incident_and_counted() -> None:
    ledger, meters = FakeLedger(), Meters()

    await recorder(ledger, meters)(sighting())

    assert [type(d) for d in ledger.written] == [Raise]
    assert meters.value("wardwatch_incidents_raised_total", site="h1") == 1


async def test_a_weak_sighting_is_kept_and_nobody_is_told() -> None:
    ledger, meters = FakeLedger(), Meters()

    await recorder(ledger, meters)(sighting(similarity=0.5))

    assert ledger.written == []
    assert meters.value("wardwatch_sightings_recorded_total", outcome="waiting") == 1


async def test_a_known_sighting_changes_nothing() -> None:
    ledger, meters, once = FakeLedger(), Meters(), sighting()

    for _ in range(3):
        await recorder(ledger, meters)(once)

    assert len(ledger.written) == 1
    assert meters.value("wardwatch_sightings_recorded_total", outcome="known") == 2


async def test_possible_sightings_add_up_and_later_ones_join() -> None:
    ledger = FakeLedger()

    for second in range(5):
        await recorder(ledger)(sighting(similarity=0.52, at=NOON + timedelta(seconds=second)))

    assert [type(d) for d in ledger.written] == [Raise, Join, Join]


async def test_a_sighting_of_an_ended_entry_leaves_nothing_behind() -> None:
    ledger, meters = FakeLedger(ended=True), Meters()

    await recorder(ledger, meters)(sighting(similarity=0.9))

    assert (ledger.evidence, ledger.written) == ({}, [])
    assert meters.value("wardwatch_sightings_recorded_total", outcome="ended") == 1
