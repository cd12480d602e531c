"""Stamps that a wrong clock wrote hold nothing up once the clock is put right, on a real PostgreSQL."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId
from services.alerts.accounts.store import Sessions
from services.alerts.database import Database
from services.alerts.edge.hub import PostgresEventLog
from services.alerts.handler import RecordSighting
from services.alerts.incidents.core import EvidencePolicy
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.retention import Retention, Sweep
from services.alerts.incidents.review import Outcome
from services.alerts.incidents.store import Incidents
from services.chassis.telemetry import Meters
from tests import servers
from tests.sightings import sighted

NOW = datetime.now(UTC)
AHEAD = timedelta(hours=8)
PERSON, OTHER = (EntryId(str(uuid4())) for _ in range(2))


def sighting(at: datetime, *, similarity: float = 0.8, entry: EntryId = PERSON) -> PersonSighted:
    return sighted(at, entry, similarity=similarity)


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[Database]:
    async with Database.open(database.alerts, None, connections=4) as opened:
        yield opened


async def see(store: Database, seen: PersonSighted, *, now: datetime) -> None:
    await RecordSighting(PostgresLedger(store), EvidencePolicy(), Meters(), lambda: now)(seen)


async def test_a_waiting_sighting_of_the_future_is_deleted_like_an_old_one(store: Database) -> None:
    await see(store, sighting(NOW + AHEAD, similarity=0.5), now=NOW + AHEAD)
    await see(store, sighting(NOW, similarity=0.5), now=NOW)

    assert await Sweep(store, Retention())(NOW) == 1


async def test_an_incident_of_the_future_ends_unresolved_in_its_time(store: Database) -> None:
    ages = timedelta(days=9000)
    await see(store, sighting(NOW + ages), now=NOW + ages)
    await see(store, sighting(NOW, entry=OTHER), now=NOW)
    sweep = Sweep(store, Retention())

    await sweep(NOW + timedelta(hours=71))
    assert [i.case.outcome for i in await Incidents(store).page(limit=10, before=None)] == [None, None]
    await sweep(NOW + timedelta(hours=73))

    outcomes = [i.case.outcome for i in await Incidents(store).page(limit=10, before=None)]
    assert outcomes == [Outcome.UNRESOLVED, Outcome.UNRESOLVED]


async def test_an_event_of_the_future_is_deleted_with_those_around_it(store: Database) -> None:
    await see(store, sighting(NOW + AHEAD), now=NOW + AHEAD)
    await see(store, sighting(NOW, entry=OTHER), now=NOW)
    log = PostgresEventLog(store)

    await Sweep(store, Retention())(NOW + timedelta(days=7, minutes=1))

    assert [event.kind for event in await log.after(0, limit=10)] == ["closed", "closed"]


async def test_a_session_and_a_code_of_far_ahead_open_nothing(store: Database, database: servers.Database) -> None:
    owner = await asyncpg.connect(database.owner)
    codes = [hashlib.sha256(name.encode()).digest() for name in ("one", "two", "three")]
    try:
        await owner.execute("select accounts.add_account('li', 'guard', $1, now() + interval '1 day')", codes[0])
        sessions, year = Sessions(store, timedelta(hours=12)), timedelta(days=365)
        new_code = (
            "insert into accounts.code"
            " select $1, id, $2::timestamptz, $2::timestamptz + interval '1 hour' from accounts.account"
        )
        await owner.execute(new_code, codes[1], NOW + year)
        await owner.execute(new_code, codes[2], NOW + AHEAD)

        assert await sessions.redeem(codes[1], "token", NOW) is None
        assert await sessions.redeem(codes[2], "shift", NOW + AHEAD) is not None
        assert await sessions.redeem(codes[1], "year", NOW + year) is not None
    finally:
        await owner.close()

    assert await sessions.holder("year") is None
    # Nobody is signed out because a clock was wrong by a time zone.
    assert await sessions.holder("shift") is not None
