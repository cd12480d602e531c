"""Incidents are found by what their reader may know of them, and counted, on a real PostgreSQL."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import asyncpg
import pytest

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.review import Outcome, Verdict
from services.alerts.incidents.search import Sought, Standing
from services.alerts.incidents.statistics import Counted
from services.alerts.incidents.store import Incident, Incidents
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.crops import CROPS
from tests.sightings import sighted

# A quarter past midnight of the 24th in the hospital, still the 23rd in UTC.
NOW: Final = datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
ZONE: Final = "Asia/Shanghai"
ANN, BEN = uuid.UUID(int=0xA), uuid.UUID(int=0xB)
READER: Final = Holder(uuid.UUID(int=1), "sue", Role.SUPERVISOR, NOW + timedelta(hours=12))


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[TimedDatabase]:
    async with TimedDatabase.of(database) as opened:
        await opened.set_clock(NOW)
        yield opened


async def see(store: TimedDatabase, entry: uuid.UUID, at: datetime, *, site: str = "h1", camera: str = "gate") -> None:
    ledger = PostgresLedger(store, 2, clock=clock.at(at + timedelta(seconds=1)))
    await store.set_clock(at + timedelta(seconds=1))
    await RecordSighting(ledger, CROPS.seal, EvidencePolicy(), Meters())(sighted(at, entry, site=site, camera=camera))


async def found(store: TimedDatabase, sought: Sought, reader: Holder = READER) -> list[int]:
    """The numbers of the incidents that are found, newest first."""
    return [each.number for each in await Incidents(store).search(sought, reader, limit=50, before=None, zone=ZONE)]


async def test_incidents_are_found_by_place_day_standing_and_people(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, ana = await clock.answerer(database, "li"), await clock.answerer(database, "ana")
    await see(store, ANN, NOW - timedelta(hours=1))
    await see(store, BEN, NOW, camera="ward")
    await see(store, ANN, NOW, site="h2")
    elsewhere, inside, before = await Incidents(store).page(limit=9, before=None)
    await Incidents(store).respond(inside.id, li)
    await Incidents(store).review(before.id, li, Verdict.SAME)
    await Incidents(store).review(before.id, ana, Verdict.SAME)
    await Incidents(store).review(elsewhere.id, li, Verdict.SAME)
    await Incidents(store).review(elsewhere.id, ana, Verdict.NOT_SAME)
    owner = await asyncpg.connect(database.owner)
    try:
        await owner.execute(
            """
            insert into delivery.arrangement (kind, name, site, document, changed_by_id, changed_by_name)
            values ('zone', 'inner', 'h1', '{"site": "h1", "cameras": ["ward", "lab"]}', $1, 'sue')
            """,
            READER.account_id,
        )
    finally:
        await owner.close()

    a, b, c = before.number, inside.number, elsewhere.number
    assert await found(store, Sought()) == [c, b, a]
    assert await found(store, Sought(), replace(READER, sites=frozenset({"h2"}))) == [c]
    assert await found(store, Sought(site="h1")) == [b, a]
    assert await found(store, Sought(camera="ward")) == [b]
    assert await found(store, Sought(zone="inner")) == [b]
    assert await found(store, Sought(zone="outer")) == []
    # Of the hospital's days, and not of UTC's.
    assert await found(store, Sought(since=date(2026, 11, 24))) == [c, b]
    assert await found(store, Sought(until=date(2026, 11, 23))) == [a]
    assert await found(store, Sought(standing=Standing.OPEN)) == [c, b]
    assert await found(store, Sought(standing=Standing.NEW)) == [c]
    assert await found(store, Sought(standing=Standing.RESPONDING)) == [b]
    assert await found(store, Sought(standing=Standing.DISPUTED)) == [c]
    assert await found(store, Sought(standing=Standing.CLOSED)) == [a]
    assert await found(store, Sought(outcome=Outcome.CONFIRMED)) == [a]
    assert await found(store, Sought(account="li")) == [b, a]
    assert await found(store, Sought(account="nobody")) == []
    assert await found(store, Sought(category="ban")) == []


async def test_nobody_is_found_by_what_the_reader_may_not_see_yet(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, ana = await clock.answerer(database, "li"), await clock.answerer(database, "ana")
    await see(store, ANN, NOW)
    (incident,) = await Incidents(store).page(limit=9, before=None)
    of_ann, by_ana = Sought(entries=[ANN]), Sought(account="ana")
    as_ana = Holder(ana.account_id, "ana", Role.SUPERVISOR, NOW)

    assert await found(store, of_ann) == []
    await Incidents(store).review(incident.id, ana, Verdict.SAME)
    # Whose verdict it was is one's own to know, and so is the label that came with it.
    assert (await found(store, of_ann), await found(store, by_ana)) == ([], [])
    assert (await found(store, of_ann, as_ana), await found(store, by_ana, as_ana)) == ([1], [1])
    await Incidents(store).review(incident.id, li, Verdict.SAME)
    assert (await found(store, of_ann), await found(store, by_ana)) == ([1], [1])


async def test_a_search_goes_on_where_a_page_ended(store: TimedDatabase) -> None:
    for hours in (3, 2, 1):
        await see(store, ANN, NOW - timedelta(hours=hours))
    search = Incidents(store).search

    first: list[Incident] = [*await search(Sought(site="h1"), READER, limit=2, before=None, zone=ZONE)]
    rest = await search(Sought(site="h1"), READER, limit=2, before=first[-1].number, zone=ZONE)

    assert [each.number for each in (*first, *rest)] == [3, 2, 1]


async def test_incidents_are_counted_by_day_outcome_and_answer(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, ana = await clock.answerer(database, "li"), await clock.answerer(database, "ana")
    await see(store, ANN, NOW - timedelta(hours=1))
    await see(store, BEN, NOW)
    second, first = await Incidents(store).page(limit=9, before=None)
    await store.set_clock(first.raised_at + timedelta(seconds=30))
    await Incidents(store).respond(first.id, li)
    await store.set_clock(second.raised_at + timedelta(seconds=31))
    for who in (li, ana):
        await Incidents(store).review(second.id, who, Verdict.NOT_SAME)
    count = Incidents(store).counts
    both, only = (date(2026, 11, 23), date(2026, 11, 24)), (date(2026, 11, 24), date(2026, 11, 24))

    rows = sorted(await count(READER, "", *both, zone=ZONE), key=lambda row: row.day)
    assert rows == [
        Counted(date(2026, 11, 23), None, "", 0, 1),
        Counted(date(2026, 11, 24), Outcome.REJECTED, "", 1, 1),
    ]
    assert [row.day for row in await count(READER, "", *only, zone=ZONE)] == [date(2026, 11, 24)]
    assert await count(READER, "h2", *both, zone=ZONE) == []
    assert await count(replace(READER, sites=frozenset({"h2"})), "", *both, zone=ZONE) == []
