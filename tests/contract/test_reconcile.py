"""Stream and record compared and put right, on a real nats-server and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.imports import ReconciliationView
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer
from services.chassis.telemetry import Meters
from services.watchlist.keys.keyring import Keyring
from services.watchlist.record.database import Database
from services.watchlist.replication.differences import StreamMessage
from services.watchlist.replication.liststream import ListStream
from services.watchlist.replication.outbox import Outbox
from services.watchlist.replication.reconcile import Reconcile
from services.watchlist.replication.reconcile_store import ReconcileStore, Requester
from services.watchlist.replication.relay import Relay
from services.watchlist.replication.stream_writer import StreamWriter
from tests import buses, servers
from tests.contract.record import Record, keyring
from tests.unit.matcher.builders import entry as published

ASKER = Requester(UUID(int=1), "ana")


class BreaksOff(ListStream):
    """The broker goes away while the stream is read."""

    async def everything(self, stop: asyncio.Event) -> dict[EntryId, StreamMessage]:
        raise NoAnswer("away")


@dataclass
class Place:
    """A matcher's relay and comparison, and the record as the desk writes it."""

    bus: Bus
    database: Database
    record: Record
    owner: "asyncpg.Connection[asyncpg.Record]"
    keys: Keyring
    meters: Meters = field(default_factory=Meters)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.stream = ListStream(self.bus)
        self.writer = StreamWriter(self.stream, self.meters)
        self.store = ReconcileStore(self.database)
        self.reconcile = Reconcile(
            self.store, self.stream, self.writer, self.keys, self.meters, lambda: datetime.now(UTC), uuid4
        )
        self.relay = Relay(Outbox(self.database), self.writer, self.meters, interval_seconds=1)

    async def publish(self) -> None:
        """Relay the outbox once."""
        await Outbox(self.database).relay(self.relay.publish)

    async def compare(self, *, tombstone_unknown: bool = False) -> ReconciliationView:
        """Compare, and publish what that put into the outbox."""
        assert await self.reconcile.requested(self.stop, uuid4(), ASKER, tombstone_unknown=tombstone_unknown)
        await self.publish()
        latest = await self.store.latest()
        assert latest is not None
        return latest

    async def last(self, entry: UUID | str) -> tuple[int, EntryState, int] | None:
        """Revision, state and number of vectors of an entry's last message."""
        messages = await self.stream.messages(EntryId(str(entry)))
        return summary(messages[-1]) if messages else None

    async def wipe(self, *entries: UUID) -> None:
        """As if the stream had been made anew: it lacks *entries*, and ends before what was published on it."""
        for entry in entries:
            for message in await self.stream.messages(EntryId(str(entry))):
                await self.stream.delete(message.sequence)
        await self.owner.execute(
            "UPDATE watchlist.generation SET published_sequence = published_sequence + 1000,"
            " carried_sequence = carried_sequence + 1000"
        )

    async def restore(self, entry: UUID, state: str, revision: int) -> None:
        """Make the record of an entry what it was, as a backup of the database would."""
        await self.owner.execute("ALTER TABLE watchlist.entry DISABLE TRIGGER USER")
        await self.owner.execute(
            "UPDATE watchlist.entry SET state = $2, revision = $3, sealed_label = coalesce(sealed_label, $4),"
            " basis = 'b', evidence = 'e', instruction = 'i' WHERE id = $1",
            entry,
            state,
            revision,
            bytes(40),
        )
        await self.owner.execute("ALTER TABLE watchlist.entry ENABLE TRIGGER USER")
        await self.owner.execute("ALTER TABLE watchlist.change DISABLE TRIGGER USER")
        await self.owner.execute("DELETE FROM watchlist.change WHERE entry_id = $1 AND revision > $2", entry, revision)
        await self.owner.execute("ALTER TABLE watchlist.change ENABLE TRIGGER USER")


def summary(message: StreamMessage) -> tuple[int, EntryState, int]:
    assert message.effect is not None
    return message.revision, message.effect.state, message.effect.templates


def found(run: ReconciliationView) -> dict[str, int]:
    """What a comparison found and did, without the zeros."""
    names = ("missing", "behind", "different", "ahead", "unknown", "repaired", "buried", "keys_destroyed")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


@pytest.fixture
async def place(nats_with_streams: servers.Nats, database: servers.Database) -> AsyncIterator[Place]:
    nats, keys = nats_with_streams, keyring()
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(buses.connected(nats, "watchlist-record"))
        opened = await stack.enter_async_context(Database.open(database.matcher, password=None))
        record = await stack.enter_async_context(Record.open(database, keys))
        owner = await asyncpg.connect(database.owner)
        stack.push_async_callback(owner.close)
        yield Place(bus, opened, record, owner, keys)


async def test_a_list_that_agrees_is_left_alone(place: Place) -> None:
    active, revoked, erased = (
        await place.record.active(photos=2),
        await place.record.active(),
        await place.record.active(),
    )
    await place.record.drafts(1)
    await place.record.revoke(revoked, erased)
    await place.record.erase(erased)
    await place.publish()
    before = await place.stream.last_sequence()

    run = await place.compare()

    assert (run.entries, found(run), run.cause, run.asked_by) == (3, {}, "asked", "ana")
    assert run.ended_at is not None
    assert await place.stream.last_sequence() == before
    assert await place.last(active) == (3, EntryState.ACTIVE, 2)


async def test_what_the_stream_lacks_is_published_again_under_the_same_revision(place: Place) -> None:
    active, revoked = await place.record.active(photos=2), await place.record.active()
    await place.record.revoke(revoked)
    await place.publish()
    for entry in (active, revoked):
        for message in await place.stream.messages(EntryId(str(entry))):
            await place.stream.delete(message.sequence)

    run = await place.compare()

    assert found(run) == {"missing": 2, "repaired": 2}
    assert await place.last(active) == (3, EntryState.ACTIVE, 2)
    assert await place.last(revoked) == (4, EntryState.REVOKED, 0)
    assert found(await place.compare()) == {}


async def test_an_earlier_revision_and_other_content_are_put_right(place: Place) -> None:
    behind, emptied = await place.record.active(), await place.record.active(photos=2)
    await place.publish()
    await place.record.revoke(behind)
    await place.owner.execute("DELETE FROM watchlist.outbox")  # lost: no program of ours can do this
    await place.bus.publish_owed(
        subjects.watchlist(EntryId(str(emptied))),
        published(str(emptied), vectors=()).encode(),
        message_id="somebody else",
    )

    run = await place.compare()

    assert found(run) == {"behind": 1, "different": 1, "repaired": 2}
    assert await place.last(behind) == (4, EntryState.REVOKED, 0)
    assert await place.last(emptied) == (3, EntryState.ACTIVE, 2)
    assert place.meters.value("wardwatch_reconcile_differences_total", difference="behind") == 1


async def test_a_change_that_waits_in_the_outbox_is_no_difference(place: Place) -> None:
    await place.record.active()

    assert await place.reconcile.nightly(place.stop)

    latest = await place.store.latest()
    assert latest is not None
    assert (latest.entries, found(latest)) == (1, {})


async def test_a_keyring_that_was_lost_takes_no_vector_from_the_stream(place: Place) -> None:
    active = await place.record.active(photos=2)
    await place.publish()
    place.reconcile = Reconcile(
        place.store, place.stream, place.writer, keyring(), place.meters, lambda: datetime.now(UTC), uuid4
    )

    assert found(await place.compare()) == {}
    assert await place.last(active) == (3, EntryState.ACTIVE, 2)


async def test_a_record_from_a_backup_brings_no_erased_entry_back(place: Place) -> None:
    erased, suspended = await place.record.active(), await place.record.active()
    await place.record.revoke(erased)
    await place.record.erase(erased)
    await place.record.suspend(suspended)
    await place.publish()
    await place.restore(erased, "active", 3)
    await place.restore(suspended, "active", 3)

    run = await place.compare()
    await place.record.revoke(erased)  # by somebody who believes the restored record
    await place.record.revoke(suspended)
    await place.publish()

    assert found(run) == {"ahead": 2}
    assert await place.last(erased) == (5, EntryState.ERASED, 0)
    assert await place.last(suspended) == (4, EntryState.REVOKED, 0)
    assert place.meters.value("wardwatch_changes_withheld_total") == 1


async def test_an_entry_that_nobody_answers_for_is_ended(place: Place) -> None:
    for name in ("stray", "broken"):
        payload = b"\xff\xff" if name == "broken" else published(name).encode()
        await place.bus.publish_owed(subjects.watchlist(EntryId(name)), payload, message_id=name)
    unknown = uuid4()
    await place.writer(published(str(unknown)), message_id="unknown")

    run = await place.compare()

    assert found(run) == {"unknown": 3, "buried": 3}
    assert await place.last("stray") == (4, EntryState.ERASED, 0)
    assert await place.last("broken") == (1, EntryState.ERASED, 0)
    assert await place.last(unknown) == (4, EntryState.ERASED, 0)
    assert found(await place.compare()) == {}


ODD_NAMES = ("x", "\u202e", "$JS", "%00", "a,b", "(x)", "a" * 500)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("whole", [False, True])
async def test_a_name_that_no_entry_has_is_taken_off_the_stream(place: Place, signed: bool, whole: bool) -> None:
    for name in ODD_NAMES:
        subject, payload = f"watchlist.{name}", published(name).encode()
        headers = place.bus._signatures.headers(subject, payload, None) if signed else None
        await place.bus.stream.publish(subject, payload, headers=headers)

    if whole:
        await place.compare(tombstone_unknown=True)
    else:
        await place.reconcile.repair([EntryId(name) for name in ODD_NAMES])

    # What a watchlist service signed some matcher has believed, so it is ended; the rest is deleted.
    ended = (4, EntryState.ERASED, 0) if signed else None
    assert [await place.last(name) for name in ODD_NAMES] == [ended for _ in ODD_NAMES]


async def test_a_record_that_lacks_much_ends_nobody_until_a_person_says_so(place: Place) -> None:
    for number in range(11):
        await place.writer(published(f"e{number}"), message_id=f"{number}")

    run = await place.compare()
    first = await place.last("e0")
    confirmed = await place.compare(tombstone_unknown=True)

    assert (found(run), first) == ({"unknown": 11}, (3, EntryState.ACTIVE, 1))
    assert found(confirmed) == {"unknown": 11, "buried": 11}
    assert await place.last("e0") == (4, EntryState.ERASED, 0)


async def test_a_key_that_came_back_with_a_backup_is_destroyed_again(place: Place) -> None:
    erased = await place.record.active()
    await place.record.revoke(erased)
    await place.record.erase(erased)
    await place.publish()
    unfinished = await place.compare()
    await place.owner.execute("UPDATE watchlist.erasure SET key_destroyed_at = now()")

    run = await place.compare()

    assert (found(unfinished), found(run)) == ({}, {"keys_destroyed": 1})
    assert not place.keys.knows(erased)


async def test_one_replica_compares_at_a_time(place: Place) -> None:
    async with place.store.exclusively() as alone:
        assert alone
        assert not await place.reconcile.nightly(place.stop)


async def test_a_new_stream_is_filled_but_for_what_is_long_erased(place: Place) -> None:
    active, erased = await place.record.active(photos=2), await place.record.active()
    await place.record.revoke(erased)
    await place.record.erase(erased)
    await place.publish()
    await place.owner.execute(
        "UPDATE watchlist.erasure SET erased_at = now() - interval '31 days', key_destroyed_at = now()"
    )
    before = await place.reconcile.was_stream_recreated()
    await place.wipe(active, erased)

    assert (before, await place.reconcile.was_stream_recreated()) == (False, True)
    assert await place.reconcile.refill(place.stop)
    await place.publish()

    assert await place.last(active) == (3, EntryState.ACTIVE, 2)
    assert await place.last(erased) is None
    assert not await place.reconcile.was_stream_recreated()
    published_on = await place.owner.fetch("SELECT published_sequence FROM watchlist.generation ORDER BY number")
    assert [row[0] for row in published_on][:-1] == [0] * (len(published_on) - 1)


async def test_a_stream_stays_to_be_filled_until_a_comparison_came_to_its_end(place: Place) -> None:
    active = await place.record.active(photos=2)
    await place.publish()
    await place.wipe(active)
    broken = replace(place.reconcile, stream=BreaksOff(place.bus))
    for _ in range(2):
        with pytest.raises(NoAnswer):
            await broken.refill(place.stop)
    # What is published meanwhile takes the stream beyond where the former one ended.
    await place.record.submit(*await place.record.drafts(10))
    await place.publish()

    with pytest.raises(NoAnswer):
        await broken.nightly(place.stop)
    owed = await place.reconcile.was_stream_recreated()
    assert await place.reconcile.refill(place.stop)
    await place.publish()

    assert owed
    assert await place.last(active) == (3, EntryState.ACTIVE, 2)
    assert not await place.reconcile.was_stream_recreated()


async def test_a_refill_that_finds_another_replica_comparing_is_owed_as_before(place: Place) -> None:
    active = await place.record.active()
    await place.publish()
    await place.wipe(active)

    async with place.store.exclusively():
        assert not await place.reconcile.refill(place.stop)

    assert await place.reconcile.was_stream_recreated()


async def test_any_comparison_that_came_to_its_end_fills_a_stream(place: Place) -> None:
    active = await place.record.active()
    await place.publish()
    await place.wipe(active)
    with pytest.raises(NoAnswer):
        await replace(place.reconcile, stream=BreaksOff(place.bus)).refill(place.stop)

    await place.compare()

    assert not await place.reconcile.was_stream_recreated()
    assert await place.last(active) == (3, EntryState.ACTIVE, 1)


async def test_only_a_comparison_that_broke_off_is_shown_as_such(place: Place) -> None:
    latest = []
    async with place.store.exclusively():
        await place.store.begin(uuid4(), "nightly", None, tombstone_unknown=False)
        latest.append(await place.store.latest())
    latest.append(await place.store.latest())
    ended = await place.compare()

    assert [(each.ended_at, each.broken_off) for each in latest if each] == [(None, False), (None, True)]
    assert ended.ended_at is not None
    assert not ended.broken_off


async def test_what_is_tried_again_is_one_comparison_and_its_asking_one_event(place: Place) -> None:
    request_id, broken = uuid4(), replace(place.reconcile, stream=BreaksOff(place.bus))
    for _ in range(3):
        with pytest.raises(NoAnswer):
            await broken.requested(place.stop, request_id, ASKER, tombstone_unknown=False)
        with pytest.raises(NoAnswer):
            await broken.nightly(place.stop)

    assert await place.reconcile.requested(place.stop, request_id, ASKER, tombstone_unknown=False)
    assert await place.reconcile.nightly(place.stop)
    await place.compare()

    rows = await place.owner.fetch("SELECT cause, ended_at FROM watchlist.reconciliation ORDER BY began_at")
    assert [row["cause"] for row in rows] == ["asked", "nightly", "asked"]
    assert all(row["ended_at"] is not None for row in rows)


async def test_thousands_of_missing_entries_are_put_back_in_parts(place: Place) -> None:
    entries = await place.record.drafts(450)
    await place.record.submit(*entries)
    await place.owner.execute("DELETE FROM watchlist.outbox")

    assert await place.reconcile.nightly(place.stop)

    latest = await place.store.latest()
    assert latest is not None
    assert found(latest) == {"missing": 450, "repaired": 450}
