"""The WATCHLIST stream as its only writer uses it, and writing entries to it: on a real nats-server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.bus import Bus, Limits
from services.chassis.clocks import broker_time
from services.chassis.errors import NoAnswer, NotStored, Overtaken
from services.chassis.telemetry import Meters
from services.watchlist.replication.differences import Effect, StreamMessage
from services.watchlist.replication.liststream import ListStream
from services.watchlist.replication.stream_writer import StreamWriter
from tests import buses, servers
from tests.unit.matcher.builders import entry, unit

E1 = EntryId("e1")


@dataclass
class Wire:
    """A matcher's connection and what it does with the stream."""

    bus: Bus
    stream: ListStream
    write: StreamWriter
    meters: Meters
    nats: servers.Nats

    async def publish(self, published: EntryPublished, name: str = "") -> int:
        message_id = name or f"{published.entry_id}/{published.revision}/{published.generation}"
        return await self.write(published, message_id=message_id)

    async def messages(self) -> list[tuple[int, EntryState | None, int]]:
        """Revision, state and number of vectors of each message of e1, oldest first."""
        return [
            (h.revision, h.effect.state if h.effect else None, h.effect.templates if h.effect else -1)
            for h in await self.stream.messages(E1)
        ]


@pytest.fixture
async def wire(nats_with_streams: servers.Nats) -> AsyncIterator[Wire]:
    nats, meters = nats_with_streams, Meters()
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(buses.connected(nats, "watchlist-record", meters=meters))
        stream = ListStream(bus)
        yield Wire(bus, stream, StreamWriter(stream, meters), meters, nats)


@asynccontextmanager
async def brief(nats: servers.Nats) -> AsyncIterator[ListStream]:
    """The stream over a connection that does not wait long for a broker that is away."""
    async with buses.connected(nats, "watchlist-record", limits=Limits(store_seconds=0.2)) as bus:
        yield ListStream(bus)


async def test_what_the_stream_holds_of_an_entry_is_read_oldest_first(wire: Wire) -> None:
    assert await wire.stream.messages(E1) == []
    first = await wire.stream.publish(entry(revision=2, state=EntryState.PENDING), message_id="a", after=0)
    await wire.stream.publish(entry("e2"), message_id="b", after=0)
    second = await wire.stream.publish(entry(revision=3), message_id="c", after=first)

    messages = await wire.stream.messages(E1)

    assert messages == [
        StreamMessage(first, 2, Effect.of(entry(revision=2, state=EntryState.PENDING))),
        StreamMessage(second, 3, Effect.of(entry(revision=3))),
    ]


async def test_bytes_that_are_no_entry_may_hold_vectors(wire: Wire) -> None:
    sequence = await wire.bus.publish_owed("watchlist.e1", b"\xff\xff", message_id="a")

    assert await wire.stream.messages(E1) == [StreamMessage(sequence, 0, None)]
    assert (await wire.stream.messages(E1))[0].holds_vectors


async def test_a_message_that_another_came_before_is_not_stored(wire: Wire) -> None:
    await wire.stream.publish(entry(revision=2), message_id="a", after=0)

    with pytest.raises(Overtaken):
        await wire.stream.publish(entry(revision=3), message_id="b", after=0)


async def test_everything_is_the_last_message_of_each_entry(wire: Wire) -> None:
    for revision in (2, 3):
        await wire.publish(entry(revision=revision))
    await wire.publish(entry("e2", state=EntryState.REVOKED))

    found = await wire.stream.everything(asyncio.Event())

    assert {name: message.revision for name, message in found.items()} == {"e1": 3, "e2": 3}


async def test_reading_everything_ends_when_it_is_time_to_stop(nats_with_streams: servers.Nats) -> None:
    stop = asyncio.Event()
    async with brief(nats_with_streams) as stream:
        nats_with_streams.kill()
        reading = asyncio.create_task(stream.everything(stop))
        await asyncio.sleep(0)
        stop.set()

        async with asyncio.timeout(15):
            assert await reading == {}


async def test_the_brokers_clock_is_this_machines(wire: Wire) -> None:
    before = datetime.now(UTC)
    theirs = await broker_time(wire.bus, subjects.WATCHLIST_STREAM.name)

    assert before - timedelta(milliseconds=5) <= theirs <= datetime.now(UTC)


async def test_a_renewed_entry_is_never_missing_and_has_its_vectors_once(wire: Wire) -> None:
    await wire.publish(entry(revision=2, state=EntryState.PENDING))
    for revision in (3, 4, 5):
        await wire.publish(entry(revision=revision, vectors=(unit(1), unit(0, 1))))

    assert (await wire.messages())[-1] == (5, EntryState.ACTIVE, 2)
    assert sum(vectors > 0 for _, _, vectors in await wire.messages()) == 1


@pytest.mark.parametrize("state", [EntryState.SUSPENDED, EntryState.EXPIRED, EntryState.REVOKED, EntryState.ERASED])
async def test_when_an_entry_stops_no_message_with_vectors_is_left(wire: Wire, state: EntryState) -> None:
    await wire.publish(entry(revision=3))

    await wire.publish(entry(revision=4, state=state))

    assert await wire.messages() == [(4, state, 0)]


async def test_the_same_change_again_is_stored_once_and_keeps_its_sequence(wire: Wire) -> None:
    first = await wire.publish(entry(revision=3))
    again = await wire.publish(entry(revision=3))
    ended = await wire.publish(entry(revision=4, state=EntryState.REVOKED))

    assert first == again
    assert await wire.publish(entry(revision=4, state=EntryState.REVOKED)) == ended
    assert await wire.stream.last_sequence() == ended


async def test_an_interrupted_change_leaves_nothing_behind_once_repeated(wire: Wire) -> None:
    """As left by a relay that was killed between publishing and deleting, so long ago that it is stored again."""
    first = await wire.stream.publish(entry(revision=3), message_id="a", after=0)
    await wire.stream.publish(entry(revision=4), message_id="b", after=first)

    await wire.publish(entry(revision=4), "again")

    assert await wire.messages() == [(4, EntryState.ACTIVE, 1)]


async def test_unreadable_bytes_make_way_for_the_entry(wire: Wire) -> None:
    await wire.bus.publish_owed("watchlist.e1", b"\xff\xff", message_id="a")

    await wire.publish(entry(revision=3))

    assert await wire.messages() == [(3, EntryState.ACTIVE, 1)]


async def test_what_is_erased_stays_erased(wire: Wire) -> None:
    await wire.publish(entry(revision=6, state=EntryState.ERASED))
    tombstone = await wire.stream.last_sequence()

    for revision in (3, 7):
        assert await wire.publish(entry(revision=revision)) == tombstone

    assert await wire.messages() == [(6, EntryState.ERASED, 0)]
    assert wire.meters.value("wardwatch_changes_withheld_total") == 2


async def test_an_older_record_can_stop_an_entry_but_not_start_it(wire: Wire) -> None:
    await wire.publish(entry(revision=6, state=EntryState.SUSPENDED))

    await wire.publish(entry(revision=4))
    withheld = await wire.messages()
    await wire.publish(entry(revision=5, state=EntryState.REVOKED))

    assert withheld == [(6, EntryState.SUSPENDED, 0)]
    assert (await wire.messages())[-1] == (7, EntryState.REVOKED, 0)


async def test_a_broker_that_is_away_is_told(nats_with_streams: servers.Nats) -> None:
    async with brief(nats_with_streams) as stream:
        nats_with_streams.kill()
        errors = await asyncio.gather(
            stream.messages(E1),
            stream.delete(1),
            stream.last_sequence(),
            stream.publish(entry(), message_id="a", after=0),
            return_exceptions=True,
        )

    assert [type(each) for each in errors] == [NoAnswer, NoAnswer, NoAnswer, NotStored]
