"""What is recorded in the ledger for each sighting."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId, SiteId
from services.alerts.handler import IsStopped, RecordSighting
from services.alerts.incidents.core import Join, Raise
from services.alerts.incidents.policy import EvidencePolicy
from services.chassis.telemetry import Meters
from tests.crops import CROPS
from tests.ledgers import MemoryLedger
from tests.sightings import Track, sighted

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def ledger_of(*, ended: bool = False) -> MemoryLedger:
    return MemoryLedger(NOON + timedelta(seconds=20), ended=ended)


def sighting(*, similarity: float = 0.7, at: datetime = NOON, track: Track | None = None) -> PersonSighted:
    return sighted(at, EntryId("person"), similarity=similarity, track=track)


def recorder(ledger: MemoryLedger, meters: Meters | None = None) -> RecordSighting:
    return RecordSighting(ledger, CROPS.seal, EvidencePolicy(), meters or Meters())


async def test_a_strong_sighting_is_written_as_an_incident_and_counted() -> None:
    ledger, meters = ledger_of(), Meters()

    await recorder(ledger, meters)(sighting())

    assert [type(d) for d in ledger.written] == [Raise]
    assert meters.value("wardwatch_incidents_raised_total", site="h1") == 1


async def test_a_weak_sighting_is_kept_and_nobody_is_told() -> None:
    ledger, meters = ledger_of(), Meters()

    await recorder(ledger, meters)(sighting(similarity=0.5))

    assert ledger.written == []
    assert meters.value("wardwatch_sightings_recorded_total", outcome="waiting") == 1


async def test_a_known_sighting_changes_nothing() -> None:
    ledger, meters, once = ledger_of(), Meters(), sighting()

    for _ in range(3):
        await recorder(ledger, meters)(once)

    assert len(ledger.written) == 1
    assert meters.value("wardwatch_sightings_recorded_total", outcome="known") == 2


async def test_two_weak_walks_add_up_and_later_sightings_join() -> None:
    ledger = ledger_of()
    gate, ward = Track(NOON), Track(NOON, camera="ward")

    for second in range(3):
        for track in (gate, ward):
            await recorder(ledger)(sighting(similarity=0.56, at=NOON + timedelta(seconds=second), track=track))

    assert [type(d) for d in ledger.written] == [Raise, Join, Join, Join, Join]


async def test_the_looks_of_one_track_do_not_add_up() -> None:
    ledger, track = ledger_of(), Track(NOON)

    for second in range(20):
        await recorder(ledger)(sighting(similarity=0.59, at=NOON + timedelta(seconds=second), track=track))

    assert ledger.written == []


async def test_a_sighting_of_an_ended_entry_leaves_nothing_behind() -> None:
    ledger, meters = ledger_of(ended=True), Meters()

    await recorder(ledger, meters)(sighting(similarity=0.9))

    assert (ledger.rows, ledger.written) == ({}, [])
    assert meters.value("wardwatch_sightings_recorded_total", outcome="ended") == 1


async def test_nobody_is_told_of_what_waited_when_matching_was_stopped() -> None:
    ledger, meters = ledger_of(), Meters()

    for answers in ([True], [False, True], [False, False]):  # before, while the record was waited for, and not at all
        await RecordSighting(ledger, CROPS.seal, EvidencePolicy(), meters, stopping(answers))(sighting(similarity=0.9))

    assert [type(d) for d in ledger.written] == [Raise]
    assert len(ledger.rows) == 1
    assert meters.value("wardwatch_sightings_recorded_total", outcome="stopped") == 2


def stopping(answers: Iterable[bool]) -> IsStopped:
    told = iter(answers)

    async def is_stopped(site: SiteId) -> bool:
        assert site == "h1"
        return next(told)

    return is_stopped


async def test_a_budget_says_from_when_on_one_walk_is_enough() -> None:
    """More than usual at a camera that confuses people, and less where few false alerts are to be expected."""
    for similarity, enough, raised in (
        (0.66, 0.68, False),
        (0.69, 0.68, True),
        (0.59, 0.58, True),
        (0.57, 0.58, False),
    ):
        ledger = ledger_of()
        await recorder(ledger)(replace(sighting(similarity=similarity), strong_similarity=enough))
        assert [type(d) for d in ledger.written] == [Raise] * raised


async def test_with_a_budget_two_walks_are_enough_as_before_or_later() -> None:
    for similarity, enough, raised in (
        (0.60, 0.68, False),
        (0.62, 0.68, True),
        (0.52, 0.56, False),
        (0.555, 0.56, True),
    ):
        ledger = ledger_of()
        for camera in ("gate", "hall"):
            walk = sighting(similarity=similarity, track=Track(NOON, camera))
            await recorder(ledger)(replace(walk, strong_similarity=enough))
        assert [type(d) for d in ledger.written] == [Raise] * raised
