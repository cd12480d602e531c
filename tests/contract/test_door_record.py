"""The door on a real record, with the watchlist service's own receiving behind it."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.federation import CLOSING, InvitationAnswer
from proto.wardwatch.v1.statements import SIGNATURE_BYTES
from proto.wardwatch.v1.values import EntryState
from services.chassis.federation_keys import FederationKeys
from services.chassis.telemetry import Meters
from services.federation.door.answers import Answering
from services.federation.door.door import Door
from services.federation.door.ports import HeadKept, RecordAway
from services.federation.door.receipts import Receipts
from services.federation.door.record import DoorRecord
from services.watchlist.federation.receiving import Answer
from tests import servers
from tests.contract.desks import MODEL, OTTO, Desk, opened, person
from tests.contract.test_received_entries import NoPhotos, join
from tests.doors import FakeCopy
from tests.publishers import HOSPITAL, LIST, changed, local_id
from tests.unit.federation.test_door_core import Hub

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)
WHY = {"reason": "because of it"}


@dataclass
class Installation:
    """A hospital that has joined: record, watchlist service and door, and its publisher's hub in memory."""

    desk: Desk
    record: DoorRecord
    answers: dict[str, Answer]
    hub: Hub
    keys: FederationKeys
    copy: FakeCopy

    async def ask(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        return await self.answers[subject](payload)

    async def door(self) -> Door:
        """A process that has just started, and heard all that the publisher ever said."""
        (joined,) = await self.record.lists()
        door = Door(
            joined, self.copy, self.record, self.ask, self.keys, Meters(),
            now=lambda: datetime.now(UTC), monotonic=lambda: 0.0,
        )  # fmt: skip
        await door.load()
        for subject, payload in self.hub.said:
            door.take(subject, payload)
        assert await door.hand_on()
        await door.tick()
        return door

    def receipts(self) -> Receipts:
        return Receipts(LIST, HOSPITAL, lambda: self.keys.signing, self.copy, self.record, lambda: datetime.now(UTC))


@pytest.fixture
async def installation(database: servers.Database) -> AsyncIterator[Installation]:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(opened(database))
        pool = await stack.enter_async_context(asyncpg.create_pool(database.federation, min_size=0, max_size=2))
        hub, keys = Hub(), FederationKeys.new()
        hub.sealing = keys.sealing[keys.current]
        await join(desk, hub.publisher.invitation())
        answers = dict(desk.receiving(NoPhotos()).answers())
        yield Installation(desk, DoorRecord(pool), answers, hub, keys, FakeCopy())


async def test_a_list_comes_into_the_record_and_agrees(installation: Installation) -> None:
    hub, desk = installation.hub, installation.desk
    people = [hub.publisher.lists(person(i), model=MODEL) for i in range(1, 6)]
    for of in people:
        hub.says(of)
    hub.says(changed(people[0], EntryState.SUSPENDED))

    door = await installation.door()
    again = await installation.door()

    compared = door.compared()
    assert (compared.agrees, compared.entries, compared.waiting) == (True, 5, 0)
    assert again.compared().digest == compared.digest
    standing = await desk.fetch("SELECT id FROM watchlist.entry WHERE state = 'active'")
    assert {row["id"] for row in standing} == {local_id(hub.publisher, of) for of in people[1:]}
    view = json.loads((await desk.call("list_subscriptions")).body)["subscriptions"][0]
    assert (view["number"], view["listed"], view["entries"]) == (hub.publisher.number, 5, 4)
    assert (view["differing"], view["locked"], view["answered"]) == (0, 0, False)


async def test_an_erasure_is_signed_for_and_closed(installation: Installation) -> None:
    hub, desk = installation.hub, installation.desk
    kept, unknown = (hub.publisher.lists(person(i), model=MODEL) for i in (1, 2))
    hub.says(kept)
    await installation.door()
    entry_id = local_id(hub.publisher, kept)
    await desk.fetch(
        "INSERT INTO watchlist.replica (name, incarnation, started_at, seen_at, applied_sequence, entries, templates,"
        " index_generation, clock_skew_ms) VALUES ('m1', gen_random_uuid(), now(), now(), 9, 1, 1, 1, 0)"
    )
    for of in (kept, unknown):
        hub.says(changed(of, EntryState.ERASED))
    await installation.door()
    telling = installation.receipts()

    assert await telling.round() == 1
    assert set(installation.copy.receipts) == {(unknown.entry_id, CLOSING)}
    assert (await installation.record.counts(LIST)).owed == 1
    await desk.fetch("UPDATE watchlist.erasure SET key_destroyed_at = now(), stream_purged_at = now()")
    assert await telling.round() == 1
    await desk.fetch(
        "INSERT INTO watchlist.receipt (entry_id, replica, incarnation, index_generation, released_at)"
        " SELECT $1, name, incarnation, 2, now() FROM watchlist.replica",
        entry_id,
    )
    assert await telling.round() == 0

    assert set(installation.copy.receipts) == {
        (unknown.entry_id, CLOSING), (kept.entry_id, "m1"), (kept.entry_id, CLOSING)
    }  # fmt: skip
    counts = await installation.record.counts(LIST)
    assert (counts.owed, counts.matchers, counts.matchers_current) == (0, 1, 1)


async def test_a_list_that_was_left_is_closed_entry_by_entry(installation: Installation) -> None:
    hub = installation.hub
    for i in (1, 2):
        hub.says(hub.publisher.lists(person(i), model=MODEL))
    hub.says(changed(hub.publisher.lists(person(3), model=MODEL), EntryState.SUSPENDED))
    await installation.door()
    await installation.desk.call("leave_list", {"list": LIST}, by=OTTO, body=WHY)
    await installation.desk.fetch("UPDATE watchlist.erasure SET key_destroyed_at = now(), stream_purged_at = now()")

    assert await installation.receipts().round() == 0

    assert len(installation.copy.receipts) == 3
    (joined,) = await installation.record.lists()
    assert joined.left


async def test_heads_and_written_entries_are_read_as_they_were_kept(installation: Installation) -> None:
    record = installation.record
    head = HeadKept(7, NOW, NOW, 3, NOW, 6, NOW, 2, 1)

    assert await record.head(LIST) is None
    await record.keep_head(LIST, head)
    assert await record.head(LIST) == head
    later = replace(head, number=8, differs_since=None, differs=0)
    await record.keep_head(LIST, later)
    assert await record.head(LIST) == later
    assert await record.written(LIST) == []
    assert await record.joined("else") is None
    assert await record.signed(uuid4()) == []


async def test_an_answer_is_signed_once(installation: Installation) -> None:
    answering = Answering(
        installation.record, lambda: installation.keys, title="H 7", link_key=lambda _: "U" + "A" * 55
    )

    assert await answering.round() == 1
    assert await answering.round() == 0

    (row,) = await installation.desk.fetch("SELECT answer FROM federation.subscription")
    assert InvitationAnswer.decode(row["answer"][:-SIGNATURE_BYTES]).title == "H 7"


async def test_the_federation_service_can_list_nobody(database: servers.Database, installation: Installation) -> None:
    hub = installation.hub
    hub.says(hub.publisher.lists(person(1), model=MODEL))
    await installation.door()
    connection = await asyncpg.connect(database.federation)
    try:
        for statement in (
            "UPDATE federation.subscription SET joined_at = now()",
            "UPDATE federation.subscription SET publisher = sha256('x')",
            "UPDATE federation.subscription SET silent_since = NULL",
            "UPDATE federation.received SET state = 'active'",
            "INSERT INTO federation.received SELECT * FROM federation.received",
            "UPDATE watchlist.entry SET state = 'active'",
            "SELECT * FROM watchlist.entry",
            "SELECT * FROM watchlist.photo",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_record_that_is_away_is_told_as_such(database: servers.Database) -> None:
    async with asyncpg.create_pool(database.federation, min_size=0) as pool:
        record = DoorRecord(pool)

    with pytest.raises(RecordAway):
        await record.lists()
