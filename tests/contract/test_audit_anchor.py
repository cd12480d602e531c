"""The audit's head is published outside the database whenever it has changed (safeguard S9)."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

from proto.wardwatch.v1.replication import AuditHead
from services.alerts.anchor import Anchor
from services.alerts.database import Database, StoreAway
from services.chassis.errors import NotStored
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import acts
from tests.fakes import FakeBus, eventually, quiet_repairs

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[Database]:
    async with Database.open(database.alerts, None, connections=2) as opened:
        yield opened


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator["Connection"]:
    connection = await asyncpg.connect(database.importer)
    yield connection
    await connection.close()


def heads(bus: FakeBus) -> list[int]:
    """The sequences published so far."""
    return [AuditHead.decode(delivery.payload).sequence for delivery in bus.stored]


async def test_an_empty_audit_has_no_head_to_publish(store: Database) -> None:
    bus = FakeBus()

    assert not await Anchor(store, bus.publish_owed, bus.last_of, quiet_repairs(), Meters())()
    assert bus.stored == []


async def test_the_head_is_published_once_and_again_when_it_has_moved(store: Database, desk: "Connection") -> None:
    bus, meters = FakeBus(), Meters()
    anchor = Anchor(store, bus.publish_owed, bus.last_of, quiet_repairs(), meters)
    await acts.note(desk, "entry.read")

    assert [await anchor(), await anchor()] == [True, False]
    await acts.note(desk, "entry.read")
    await acts.note(desk, "entry.read")
    assert await anchor()

    assert heads(bus) == [1, 3]
    assert {delivery.subject for delivery in bus.stored} == {"audit.head"}
    assert meters.value("wardwatch_audit_heads_published_total") == 2
    assert meters.value("wardwatch_audit_sequence") == 3


async def test_what_is_published_is_the_hash_of_the_last_event(
    store: Database, desk: "Connection", database: servers.Database
) -> None:
    bus = FakeBus()
    await acts.note(desk, "entry.read")
    await Anchor(store, bus.publish_owed, bus.last_of, quiet_repairs(), Meters())()

    auditor = await asyncpg.connect(database.audit)
    last = await auditor.fetchval("select sha256 from audit.event order by sequence desc limit 1")
    await auditor.close()
    assert AuditHead.decode(bus.stored[0].payload).sha256 == last


async def test_two_replicas_that_publish_the_same_head_store_it_once(store: Database, desk: "Connection") -> None:
    bus = FakeBus()
    await acts.note(desk, "entry.read")

    for _ in range(2):
        await Anchor(store, bus.publish_owed, bus.last_of, quiet_repairs(), Meters())()

    assert heads(bus) == [1]


async def test_a_head_that_no_stream_takes_is_tried_again(store: Database, desk: "Connection") -> None:
    bus = FakeBus(storing=False)
    anchor = Anchor(store, bus.publish_owed, bus.last_of, quiet_repairs(), Meters())
    await acts.note(desk, "entry.read")
    with pytest.raises(NotStored):
        await anchor()
    bus.storing = True

    assert await anchor()
    assert heads(bus) == [1]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("update audit.chain set sequence = 1", id="cut off"),
        pytest.param("update audit.chain set sha256 = sha256(sha256)", id="rewritten"),
    ],
)
async def test_a_chain_that_contradicts_its_published_head_is_counted(
    store: Database, desk: "Connection", database: servers.Database, statement: str
) -> None:
    bus, meters = FakeBus(), Meters()
    anchor = Anchor(store, bus.publish_owed, bus.last_of, quiet_repairs(), meters)
    await acts.note(desk, "entry.read")
    await acts.note(desk, "entry.read")
    await anchor()
    superuser = await asyncpg.connect(database.superuser)
    await superuser.execute(statement)
    await superuser.close()

    await anchor()

    assert len(bus.stored) == 2
    assert meters.value("wardwatch_audit_heads_regressed_total") == 1


async def test_a_fault_is_counted_and_the_next_turn_makes_up_for_it(store: Database, desk: "Connection") -> None:
    bus, meters, stop = FakeBus(storing=False), Meters(), asyncio.Event()
    await acts.note(desk, "entry.read")
    running = asyncio.create_task(
        Anchor(store, bus.publish_owed, bus.last_of, quiet_repairs(), meters).run(every_seconds=0.01, stop=stop)
    )
    await eventually(lambda: meters.value("wardwatch_audit_heads_late_total") > 0)
    bus.storing = True
    await eventually(lambda: heads(bus) == [1])

    stop.set()
    await running


async def test_a_database_that_is_away_is_no_end(database: servers.Database) -> None:
    nowhere = database.alerts.replace("host=", "host=/nowhere")
    async with Database.open(nowhere, None, connections=1) as away:
        with pytest.raises(StoreAway):
            await Anchor(away, FakeBus().publish_owed, FakeBus().last_of, quiet_repairs(), Meters())()


async def test_a_head_that_cannot_be_read_is_followed_by_one_that_can(store: Database, desk: "Connection") -> None:
    bus = FakeBus()
    anchor = Anchor(store, bus.publish_owed, bus.last_of, quiet_repairs(), Meters())
    await acts.note(desk, "entry.read")
    assert await anchor()

    await bus.publish_owed("audit.head", b"\xff no head", message_id="signed, and no message")

    assert [await anchor(), await anchor()] == [True, False]
    assert AuditHead.decode(bus.stored[-1].payload).sequence == 1
