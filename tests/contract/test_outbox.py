"""The outbox on a real PostgreSQL: what it hands out, in which order, and what it notes of what was published."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest

from proto.wardwatch.v1.values import EntryState
from services.watchlist.record.database import Database
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.outbox import Change, Outbox, PublishedChange
from tests import servers
from tests.contract.record import Record, keyring
from tests.fakes import eventually


@dataclass
class Stream:
    """Takes changes and numbers them; ``refused`` are entries whose changes it does not take."""

    stored: list[Change] = field(default_factory=list)
    refused: set[UUID] = field(default_factory=set)

    async def publish(self, changes: Sequence[Change]) -> list[PublishedChange]:
        published = []
        for change in changes:
            if change.entry_id not in self.refused:
                self.stored.append(change)
                published.append(PublishedChange(change, len(self.stored)))
        return published

    def states(self, entry: UUID) -> list[EntryState]:
        return [change.state for change in self.stored if change.entry_id == entry]


@pytest.fixture
async def record(database: servers.Database) -> AsyncIterator[Record]:
    async with Record.open(database, keyring()) as opened:
        yield opened


@pytest.fixture
async def outbox(database: servers.Database) -> AsyncIterator[Outbox]:
    async with Database.open(database.matcher, password=None) as opened:
        yield Outbox(opened)


async def generations(record: Record) -> list[tuple[int | None, bool]]:
    """Each generation's sequence on the stream, and whether all of it is published."""
    rows = await record.connection.fetch(
        "SELECT published_sequence, published_at IS NOT NULL AS out FROM watchlist.generation ORDER BY number"
    )
    return [(row["published_sequence"], row["out"]) for row in rows]


async def test_changes_come_in_the_order_of_their_commits_without_drafts(record: Record, outbox: Outbox) -> None:
    stream = Stream()
    one, two = await record.drafts(2)
    await record.submit(one)
    await record.submit(two)
    await record.approve(two, one)
    await record.revoke(one)

    published = await outbox.relay(stream.publish)

    assert (published, await outbox.waiting()) == (5, 0)
    assert [(c.entry_id, c.revision) for c in stream.stored if c.entry_id == one] == [(one, 2), (one, 3), (one, 4)]
    assert stream.states(two) == [EntryState.PENDING, EntryState.ACTIVE]


async def test_templates_go_with_an_entry_only_while_it_is_active_then_and_now(record: Record, outbox: Outbox) -> None:
    stream = Stream()
    active, ended = await record.active(photos=3), await record.active()
    await record.revoke(ended)

    await outbox.relay(stream.publish)

    template_counts = {(c.entry_id, c.state): len(c.templates) for c in stream.stored}
    assert template_counts == {
        (active, EntryState.PENDING): 0,
        (active, EntryState.ACTIVE): 3,
        (ended, EntryState.PENDING): 0,
        (ended, EntryState.ACTIVE): 0,
        (ended, EntryState.REVOKED): 0,
    }


async def test_a_suspended_photo_is_left_out(record: Record, outbox: Outbox) -> None:
    stream = Stream()
    entry = await record.active(photos=2)
    await outbox.relay(stream.publish)
    await record.suspend_photo(entry, 0)

    await outbox.relay(stream.publish)

    assert [len(change.templates) for change in stream.stored] == [0, 2, 1]


async def test_a_generation_is_out_when_all_of_it_is(record: Record, outbox: Outbox) -> None:
    stream = Stream()
    one, two, three = await record.drafts(3)
    await record.submit(one, two, three)
    stream.refused = {two}

    await outbox.relay(stream.publish)
    partly = await generations(record)
    stream.refused = set()
    stream.stored.clear()  # the stream has the change already, under its first number
    await outbox.relay(stream.publish)

    assert partly == [(None, False)]
    assert await generations(record) == [(2, True)]


async def test_what_was_not_published_is_handed_out_before_later_changes(record: Record, outbox: Outbox) -> None:
    stream = Stream()
    entry = await record.active()
    stream.refused = {entry}
    assert await outbox.relay(stream.publish) == 0
    await record.suspend(entry)
    stream.refused = set()

    await outbox.relay(stream.publish)

    assert stream.states(entry) == [EntryState.PENDING, EntryState.ACTIVE, EntryState.SUSPENDED]


async def test_one_replica_at_a_time_empties_the_outbox(record: Record, outbox: Outbox) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()
    await record.active()

    async def slowly(changes: Sequence[Change]) -> list[PublishedChange]:
        began.set()
        await may_end.wait()
        return [PublishedChange(change, 1) for change in changes]

    first = asyncio.create_task(outbox.relay(slowly))
    await began.wait()
    second = await outbox.relay(Stream().publish)
    may_end.set()

    assert (second, await first) == (0, 2)


async def test_a_broker_that_is_slow_does_not_cost_the_transaction(
    record: Record, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.watchlist.replication.outbox._FROZEN_SECONDS", 1)
    monkeypatch.setattr("services.watchlist.replication.outbox._BEAT_SECONDS", 0.1)
    stream = Stream()
    await record.active()
    over = await record.connection.fetchval("SELECT clock_timestamp() + interval '2 seconds'")

    async def slowly(changes: Sequence[Change]) -> list[PublishedChange]:
        async def later() -> bool:
            return bool(await record.connection.fetchval("SELECT clock_timestamp() > $1", over))

        await eventually(later)
        return await stream.publish(changes)

    assert await outbox.relay(slowly) == 2
    assert await outbox.waiting() == 0


async def test_a_change_that_was_published_but_not_noted_is_handed_out_again(record: Record, outbox: Outbox) -> None:
    stream = Stream()
    await record.active()

    async def killed(changes: Sequence[Change]) -> list[PublishedChange]:
        await stream.publish(changes)
        raise StoreAway("killed before it is noted")

    with pytest.raises(StoreAway):
        await outbox.relay(killed)
    await outbox.relay(stream.publish)

    assert [change.revision for change in stream.stored] == [2, 3, 2, 3]
    assert await outbox.waiting() == 0


async def test_a_published_tombstone_is_noted_in_the_erasure(record: Record, outbox: Outbox) -> None:
    stream = Stream()
    entry = await record.active()
    await record.revoke(entry)
    await record.erase(entry)

    await outbox.relay(stream.publish)

    row = await record.connection.fetchrow("SELECT * FROM watchlist.erasure WHERE entry_id = $1", entry)
    assert row is not None
    assert row["stream_purged_at"] is not None
    assert row["key_destroyed_at"] is None


async def test_a_commit_wakes_who_waits_for_it(record: Record, outbox: Outbox) -> None:
    changed, stop = asyncio.Event(), asyncio.Event()
    waiting = asyncio.create_task(outbox.wait_for_change(changed, stop))

    async def woken() -> bool:
        await record.submit(*await record.drafts(1))
        return changed.is_set()

    await eventually(woken)
    stop.set()
    await waiting


async def test_losing_the_listening_connection_is_told(
    record: Record, outbox: Outbox, database: servers.Database
) -> None:
    changed = asyncio.Event()
    waiting = asyncio.create_task(outbox.wait_for_change(changed, asyncio.Event()))
    superuser = await asyncpg.connect(database.superuser)
    ended = 0
    while not ended:
        ended = await superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        )
    await superuser.close()

    with pytest.raises(StoreAway):
        await waiting
