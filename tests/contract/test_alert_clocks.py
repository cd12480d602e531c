"""Nothing is destroyed or opened by a wrong clock, and what one stamped holds nothing up, on a real PostgreSQL."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import EntryId
from services.alerts.accounts.holder import Holder
from services.alerts.edge.hub import PostgresEventLog
from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.retention import Retention, Sweep, end_alerts
from services.alerts.incidents.review import Outcome
from services.alerts.incidents.store import Incidents
from services.chassis.clocks import ClockGuard
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.contract.record import Record, keyring
from tests.contract.sessions import replica
from tests.crops import CROPS
from tests.sightings import sighted

NOW = datetime.now(UTC)
AHEAD, DAYS = timedelta(hours=8), timedelta(days=4)
PERSON, OTHER = (EntryId(str(uuid4())) for _ in range(2))


def sighting(at: datetime, *, similarity: float = 0.8, entry: EntryId = PERSON) -> PersonSighted:
    return sighted(at, entry, similarity=similarity)


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[TimedDatabase]:
    async with TimedDatabase.of(database) as opened:
        yield opened


async def see(store: TimedDatabase, seen: PersonSighted, *, now: datetime) -> None:
    await store.set_clock(now)
    await RecordSighting(PostgresLedger(store), CROPS.seal, EvidencePolicy(), Meters())(seen)


async def outcomes(store: TimedDatabase) -> list[Outcome | None]:
    return [i.case.outcome for i in await Incidents(store).page(limit=10, before=None)]


async def test_a_waiting_sighting_of_the_future_is_deleted_like_an_old_one(store: TimedDatabase) -> None:
    await see(store, sighting(NOW + AHEAD, similarity=0.5), now=NOW + AHEAD)
    await see(store, sighting(NOW, similarity=0.5), now=NOW)

    assert await Sweep(store, Retention(), clock.believed)() == 1


async def test_an_incident_of_the_future_ends_unresolved_in_its_time(store: TimedDatabase) -> None:
    ages = timedelta(days=9000)
    await see(store, sighting(NOW + ages), now=NOW + ages)
    await see(store, sighting(NOW, entry=OTHER), now=NOW)
    sweep = Sweep(store, Retention(), clock.believed)

    await store.set_clock(NOW + timedelta(hours=71))
    await sweep()
    assert await outcomes(store) == [None, None]
    await store.set_clock(NOW + timedelta(hours=73))
    await sweep()

    assert await outcomes(store) == [Outcome.UNRESOLVED, Outcome.UNRESOLVED]


async def test_an_event_of_the_future_is_deleted_with_those_around_it(store: TimedDatabase) -> None:
    await see(store, sighting(NOW + AHEAD), now=NOW + AHEAD)
    await see(store, sighting(NOW, entry=OTHER), now=NOW)
    log = PostgresEventLog(store)

    await store.set_clock(NOW + timedelta(days=7, minutes=1))
    await Sweep(store, Retention(), clock.believed)()

    assert [event.kind for event in await log.after(0, limit=10)] == ["closed", "closed"]


class Broker:
    """Whose clock is right, until a test says otherwise."""

    ahead = timedelta(0)

    async def time(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def guard(self, store: TimedDatabase) -> ClockGuard:
        return ClockGuard(store.clock, store.believe_clock, self.time, Meters())


async def test_a_database_days_ahead_closes_deletes_and_signs_out_nothing(
    store: TimedDatabase, database: servers.Database
) -> None:
    reader = Holder(uuid4(), "li", Role.GUARD, NOW)
    await see(store, sighting(NOW), now=NOW)
    await see(store, sighting(NOW, similarity=0.5, entry=OTHER), now=NOW)
    guard = await clock.answerer(database, "li")
    async with Record.open(database, keyring()) as record:
        entry = await record.active(expires_at=NOW + timedelta(days=2))
        await see(store, sighting(NOW, entry=EntryId(str(entry))), now=NOW)
    watch = Broker().guard(store)
    sweep = Sweep(store, Retention(), watch.may_destroy)

    await store.set_clock(DAYS)
    await sweep()
    await end_alerts(store, watch.may_destroy)

    assert await outcomes(store) == [None, None]
    for incident in await Incidents(store).page(limit=10, before=None):
        assert await Incidents(store, open_crop=CROPS.open).picture(incident.id, reader) == b"jpeg"
    async with replica(database) as sessions:
        assert await sessions.holder(guard.token) is not None
    assert str(await watch.check()) == (
        "the database's clock is 4 days ahead of the broker's: nothing is deleted until they agree"
    )
    await store.set_clock(timedelta(0))
    await end_alerts(store, watch.may_destroy)
    assert await watch.check() is None


@pytest.mark.parametrize("delete", ["sweep", "end"])
async def test_a_clock_that_jumps_while_it_is_used_deletes_nothing(
    store: TimedDatabase, database: servers.Database, delete: str
) -> None:
    async with Record.open(database, keyring()) as record:
        entry = await record.active(expires_at=NOW + timedelta(days=2))
        await see(store, sighting(NOW, entry=EntryId(str(entry))), now=NOW)
    watch = Broker().guard(store)

    async def jumps() -> bool:
        believed = await watch.may_destroy()
        await store.set_clock(DAYS)
        return believed

    if delete == "sweep":
        assert await Sweep(store, Retention(), jumps)() == 0
    else:
        assert await end_alerts(store, jumps) == 0

    assert await outcomes(store) == [None]
    assert await watch.check() is not None


async def test_what_people_ended_ends_its_alerts_whatever_the_clocks_show(
    store: TimedDatabase, database: servers.Database
) -> None:
    async with Record.open(database, keyring()) as record:
        entry = await record.active()
        await see(store, sighting(NOW, entry=EntryId(str(entry))), now=NOW)
        await record.suspend(entry)
    watch = Broker().guard(store)

    await store.set_clock(DAYS)
    assert await end_alerts(store, watch.may_destroy) == 1

    assert await outcomes(store) == [Outcome.ENDED]


async def test_nobody_is_overlooked_because_the_databases_clock_is_ahead(
    store: TimedDatabase, database: servers.Database
) -> None:
    watch = Broker().guard(store)
    async with Record.open(database, keyring()) as record:
        entry = await record.active(expires_at=NOW + timedelta(days=2))
    await store.set_clock(DAYS)
    assert not await watch.may_destroy()
    ledger = PostgresLedger(store, is_clock_believed=watch.is_believed)

    await RecordSighting(ledger, CROPS.seal, EvidencePolicy(), Meters())(sighting(NOW, entry=EntryId(str(entry))))

    assert await outcomes(store) == [None]


async def test_what_a_far_off_process_says_moves_no_incident(store: TimedDatabase) -> None:
    await store.set_clock(NOW)
    record = RecordSighting(PostgresLedger(store), CROPS.seal, EvidencePolicy(), Meters())
    await record(sighting(NOW + timedelta(days=40)))

    (incident,) = await Incidents(store).page(limit=10, before=None)

    assert (incident.raised_at, incident.last_seen_at) == (NOW, NOW)


async def test_a_session_and_a_code_of_far_ahead_open_nothing(database: servers.Database) -> None:
    owner = await asyncpg.connect(database.owner)
    codes = [hashlib.sha256(name.encode()).digest() for name in ("one", "two", "three")]
    year = timedelta(days=365)
    try:
        await owner.execute("select accounts.add_account('li', 'guard', $1, now() + interval '1 day')", codes[0])
        account = await owner.fetchval("select id from accounts.account")
        made = "insert into accounts.code values ($1, $2, $3::timestamptz, $3::timestamptz + interval '1 hour')"
        opened = "insert into accounts.session values ($1, $2, $3::timestamptz, $3::timestamptz + interval '12 hours')"
        await owner.execute(made, codes[1], account, NOW + year)
        await owner.execute(opened, hashlib.sha256(b"year").digest(), account, NOW + year)
        await owner.execute(opened, hashlib.sha256(b"shift").digest(), account, NOW + AHEAD)
    finally:
        await owner.close()

    async with replica(database) as sessions:
        assert await sessions.redeem(codes[1], "token") is None
        assert await sessions.holder("year") is None
        # Nobody is signed out because a clock was wrong by a time zone.
        assert await sessions.holder("shift") is not None


async def test_a_session_lasts_a_day_at_most_whatever_is_asked_for(database: servers.Database) -> None:
    owner = await asyncpg.connect(database.owner)
    code = hashlib.sha256(b"one").digest()
    await owner.execute("select accounts.add_account('li', 'guard', $1, now() + interval '1 day')", code)
    await owner.close()

    async with replica(database, life=timedelta(days=9000)) as sessions:
        holder = await sessions.redeem(code, "token")

    assert holder is not None
    assert holder.expires_at <= datetime.now(UTC) + timedelta(hours=24, minutes=5)
