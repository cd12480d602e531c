"""The end of an entry is the end of its alerts, on a real PostgreSQL with the product's own schema and grants."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from cli.audit import agreement, guards
from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.edge.hub import PostgresEventLog
from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.retention import Retention, Sweep, end_alerts
from services.alerts.incidents.review import Outcome, Verdict, VerdictRefused
from services.alerts.incidents.store import Incidents, ResponseRefused
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.contract.record import Record, keyring
from tests.crops import CROPS
from tests.sightings import sighted

NOW = datetime.now(UTC)
LI = Holder(UUID(int=1), "li", Role.GUARD, NOW + timedelta(hours=12))
ENDS = ["suspend", "revoke"]


def sighting(entry: UUID, *, similarity: float = 0.8, site: str = "h1", photo: UUID | None = None) -> PersonSighted:
    return sighted(NOW, entry, similarity=similarity, site=site, photo=photo)


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[TimedDatabase]:
    async with TimedDatabase.of(database) as opened:
        yield opened


@pytest.fixture
async def listed(database: servers.Database) -> AsyncIterator[Record]:
    async with Record.open(database, keyring()) as record:
        yield record


async def see(store: TimedDatabase, *sightings: PersonSighted, reviewers: int = 2) -> None:
    for seen in sightings:
        await RecordSighting(
            PostgresLedger(store, reviewers, clock=clock.at(NOW)), CROPS.seal, EvidencePolicy(), Meters()
        )(seen)


async def stored(store: TimedDatabase) -> tuple[int, int]:
    """How many sightings there are, and how many of them with a picture."""
    async with store.transaction() as connection:
        row = await connection.fetchrow("select count(*) as all, count(picture) as pictured from alerts.sighting")
    assert row is not None
    return row["all"], row["pictured"]


async def end(listed: Record, how: str, entry: UUID) -> None:
    if how == "suspend":
        await listed.suspend(entry)
        return
    await listed.revoke(entry)
    if how == "erase":
        await listed.erase(entry)


@pytest.mark.parametrize("how", ["suspend", "revoke", "erase"])
async def test_an_entry_that_ends_ends_its_open_alert_and_the_picture(
    store: TimedDatabase, listed: Record, database: servers.Database, how: str
) -> None:
    guard, entry, other = await clock.answerer(database, "li"), await listed.active(), await listed.active()
    await see(store, sighting(entry), sighting(other), sighting(entry, similarity=0.5, site="h2"))
    incidents = Incidents(store, open_crop=CROPS.open)
    (theirs, ours) = await incidents.page(limit=10, before=None)
    await incidents.respond(ours.id, guard)
    await end(listed, how, entry)

    assert await end_alerts(store, clock.believed) == 1
    assert await end_alerts(store, clock.believed) == 0

    ended, unharmed = await incidents.one(ours.id), await incidents.one(theirs.id)
    assert (ended.case.outcome, ended.category, ended.instruction) == (Outcome.ENDED, None, None)
    assert (unharmed.case.outcome, unharmed.instruction) == (None, "call 8811")
    assert await incidents.picture(ours.id, LI) is None
    assert await incidents.picture(theirs.id, LI) == b"jpeg"
    # The sighting that waited is gone, too.
    assert await stored(store) == (2, 1)
    assert [e.kind for e in await PostgresEventLog(store).after(0, limit=10)][-1] == "closed"
    with pytest.raises(VerdictRefused, match="this entry has ended"):
        await incidents.review(ours.id, guard, Verdict.SAME)


async def test_nobody_can_be_on_the_way_for_an_ended_entry(
    store: TimedDatabase, listed: Record, database: servers.Database
) -> None:
    guard, entry = await clock.answerer(database, "li"), await listed.active()
    await see(store, sighting(entry))
    (incident,) = await Incidents(store).page(limit=10, before=None)
    await listed.revoke(entry)
    await end_alerts(store, clock.believed)

    with pytest.raises(ResponseRefused):
        await Incidents(store).respond(incident.id, guard)


async def test_an_entry_past_its_time_ends_its_alert_before_it_is_marked(store: TimedDatabase, listed: Record) -> None:
    entry = await listed.active(expires_at=NOW + timedelta(days=2))
    await see(store, sighting(entry))

    await store.set_clock(NOW + timedelta(days=1))
    assert await end_alerts(store, clock.believed) == 0
    await store.set_clock(NOW + timedelta(days=3))
    assert await end_alerts(store, clock.believed) == 1


async def test_sightings_of_an_ended_entry_raise_nothing_and_leave_nothing(
    store: TimedDatabase, listed: Record
) -> None:
    entry = await listed.active()
    await listed.suspend(entry)

    await see(store, *(sighting(entry) for _ in range(3)))
    assert await stored(store) == (0, 0)

    await listed.resume(entry)
    await see(store, sighting(entry))
    assert await stored(store) == (1, 1)


async def test_an_entry_that_is_resumed_raises_again_within_the_window(store: TimedDatabase, listed: Record) -> None:
    entry = await listed.active()
    await see(store, sighting(entry))
    await listed.suspend(entry)
    await end_alerts(store, clock.believed)
    await listed.resume(entry)

    await see(store, sighting(entry))

    found = await Incidents(store).page(limit=10, before=None)
    assert [i.case.outcome for i in found] == [None, Outcome.ENDED]


async def test_two_wrong_alerts_end_the_third_that_is_open_elsewhere(
    store: TimedDatabase, listed: Record, database: servers.Database
) -> None:
    guard, entry = await clock.answerer(database, "li"), await listed.active()
    photo = await listed.connection.fetchval("select id from watchlist.photo where entry_id = $1", entry)
    await see(store, *(sighting(entry, site=site, photo=photo) for site in ("h1", "h2", "h3")), reviewers=1)
    incidents = Incidents(store, open_crop=CROPS.open)
    third, second, first = await incidents.page(limit=10, before=None)
    for wrong in (first, second):
        await incidents.review(wrong.id, guard, Verdict.NOT_SAME)

    assert await end_alerts(store, clock.believed) == 1

    assert (await incidents.one(third.id)).case.outcome is Outcome.ENDED


async def test_an_erasure_takes_every_picture_with_it_in_its_own_transaction(
    store: TimedDatabase, listed: Record, database: servers.Database
) -> None:
    guard, entry, other = await clock.answerer(database, "li"), await listed.active(), await listed.active()
    await see(store, sighting(entry), sighting(other), sighting(entry, similarity=0.5, site="h2"), reviewers=1)
    incidents = Incidents(store, open_crop=CROPS.open)
    _, ours = await incidents.page(limit=10, before=None)
    await incidents.review(ours.id, guard, Verdict.SAME)
    await listed.revoke(entry)
    assert await incidents.picture(ours.id, LI) == b"jpeg"

    await listed.erase(entry)

    assert await incidents.picture(ours.id, LI) is None
    assert await stored(store) == (2, 1)
    assert (await incidents.one(ours.id)).case.outcome is Outcome.CONFIRMED
    # Phones that show it are told, once.
    await end_alerts(store, clock.believed)
    await end_alerts(store, clock.believed)
    events = await PostgresEventLog(store).after(0, limit=10)
    assert [e.kind for e in events if e.incident_id == ours.id] == ["raised", "closed", "updated"]


async def test_a_picture_that_an_erasure_could_not_see_goes_with_the_sweep(
    store: TimedDatabase, listed: Record, database: servers.Database
) -> None:
    entry = await listed.active()
    await see(store, sighting(entry))
    await listed.revoke(entry)
    await listed.erase(entry)
    owner = await asyncpg.connect(database.owner)
    await owner.execute("update alerts.sighting set picture = 'late'")
    await owner.close()

    await Sweep(store, Retention(), clock.believed)()

    assert await stored(store) == (1, 0)


async def test_verdict_and_end_at_once_leave_one_outcome(
    store: TimedDatabase, listed: Record, database: servers.Database
) -> None:
    guards_ = [await clock.answerer(database, name) for name in ("li", "ana")]
    entries = [await listed.active() for _ in range(4)]
    await see(store, *map(sighting, entries), reviewers=1)
    incidents = Incidents(store, open_crop=CROPS.open)
    found = await incidents.page(limit=10, before=None)

    async def verdicts() -> None:
        for incident in found:
            for guard in guards_:
                try:
                    await incidents.review(incident.id, guard, Verdict.NOT_SAME)
                except VerdictRefused:
                    return

    async def ends() -> None:
        for entry in entries:
            await listed.revoke(entry)
            await end_alerts(store, clock.believed)

    await asyncio.gather(verdicts(), ends())

    for incident in await incidents.page(limit=10, before=None):
        assert incident.case.outcome in (Outcome.ENDED, Outcome.REJECTED)
        assert await incidents.picture(incident.id, LI) is None


async def test_the_audit_says_that_the_program_ended_the_alert_and_agrees(
    store: TimedDatabase, listed: Record, database: servers.Database
) -> None:
    entry = await listed.active()
    await see(store, sighting(entry))
    await listed.revoke(entry)
    await end_alerts(store, clock.believed)

    auditor = await asyncpg.connect(database.audit)
    try:
        async with auditor.transaction():
            faults = [*await guards.missing(auditor), *await agreement.disagreements(auditor)]
        (event,) = await auditor.fetch("select * from audit.event where action = 'incident.decided'")
    finally:
        await auditor.close()

    assert [fault for fault in faults if "incident" in fault.where or "functions" in fault.where] == []
    assert event["actor_name"] == "wardwatch"
    assert '"outcome": "ended"' in event["details"]


async def test_the_service_reads_of_entries_only_whether_they_stand(store: TimedDatabase, listed: Record) -> None:
    entry = await listed.active()

    async with store.transaction() as connection:
        (row,) = await connection.fetch("select * from watchlist.entry_standing")

    assert set(row.keys()) == {"entry_id", "ended", "erased", "expires_at"}
    assert (row["entry_id"], row["ended"], row["erased"]) == (entry, False, False)
