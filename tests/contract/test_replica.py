"""A follower of a stream when the broker is started again, or its stream is not the one it was."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from access import streams
from services.chassis.bus import Bus, Delivery
from services.chassis.replica import follow, messages
from tests import buses
from tests.fakes import eventually
from tests.servers import Nats

pytestmark = pytest.mark.timeout(60)


def watchlist(nats: Nats) -> AbstractAsyncContextManager[Bus]:
    return buses.connected(nats, "watchlist-record")


@asynccontextmanager
async def following(bus: Bus) -> AsyncIterator[list[str]]:
    """What a follower of the watchlist applies, as subject and content."""
    applied: list[str] = []
    caught_up, stop = asyncio.Event(), asyncio.Event()

    async def apply(delivery: Delivery) -> None:
        applied.append(f"{delivery.subject.partition('.')[2]}={delivery.payload.decode()}")
        assert delivery.stored_at is not None

    running = asyncio.create_task(follow(bus, "WATCHLIST", apply, caught_up=caught_up, stop=stop))
    await caught_up.wait()
    yield applied
    stop.set()
    await running


async def store(bus: Bus, *changes: str) -> None:
    for change in changes:
        entry, _, content = change.partition("=")
        await bus.publish_owed(f"watchlist.{entry}", content.encode(), message_id=change)


async def test_a_follower_goes_on_after_a_restart_of_the_broker(
    nats_with_streams: Nats,
) -> None:
    async with watchlist(nats_with_streams) as bus, following(bus) as applied:
        await store(bus, "a=1", "b=1")
        await eventually(lambda: len(applied) == 2)
        await asyncio.to_thread(nats_with_streams.restart)
        async with watchlist(nats_with_streams) as other:
            await store(other, "a=2")
        await eventually(lambda: len(applied) == 3, within_seconds=30)

    assert applied == ["a=1", "b=1", "a=2"]


async def test_a_new_stream_is_read_from_its_start_also_when_it_is_longer(
    nats_with_streams: Nats,
) -> None:
    nats = nats_with_streams
    async with watchlist(nats) as bus, following(bus) as applied:
        await store(bus, "a=1")
        await eventually(lambda: len(applied) == 1)
        await asyncio.to_thread(nats.lose, "WATCHLIST")
        await streams.ensure(nats.url, nats.seed_file("operator"))
        async with watchlist(nats) as other:
            await store(other, "x=1", "y=1", "z=1")
        await eventually(lambda: "x=1" in applied, within_seconds=30)
        await eventually(lambda: "z=1" in applied, within_seconds=30)

    assert applied == ["a=1", "x=1", "y=1", "z=1"]


async def test_thousands_are_read_in_batches_and_each_once(nats_with_streams: Nats) -> None:
    async with watchlist(nats_with_streams) as bus:
        for start in range(0, 1500, 100):
            await asyncio.gather(*(store(bus, f"e{n}=1") for n in range(start, start + 100)))
        async with following(bus) as applied:
            assert len(applied) == 1500
            await store(bus, "late=1")
            await eventually(lambda: applied[-1] == "late=1")

    assert len(set(applied)) == len(applied) == 1501


# More than two batches.
MANY = 600


async def store_keys(bus: Bus, first: int, count: int) -> list[int]:
    """One message for each of *count* owners; their sequences, in order."""
    stored: list[int] = []
    for start in range(first, first + count, 100):
        numbers = range(start, min(start + 100, first + count))
        stored += await asyncio.gather(*(bus.publish_owed(f"keys.{n}", b"k", message_id=f"key/{n}") for n in numbers))
    return sorted(stored)


async def delete_keys(bus: Bus, sequences: set[int]) -> None:
    await asyncio.gather(*(bus.delete("KEYRING", sequence) for sequence in sequences))


@pytest.mark.parametrize(
    "is_deleted",
    [
        pytest.param(lambda n: False, id="none"),
        pytest.param(lambda n: n % 2 == 0, id="every other"),
        pytest.param(lambda n: n % 2 == 1, id="every other, the first stays"),
        pytest.param(lambda n: n % 100 != 50, id="nearly all"),
        pytest.param(lambda n: n < 300, id="the head"),
        pytest.param(lambda n: n >= 300, id="the tail"),
        pytest.param(lambda n: n == MANY - 1, id="the last"),
        pytest.param(lambda n: 200 <= n < 400, id="over the end of a batch"),
        pytest.param(lambda n: n in (254, 256, 511, 513), id="around the ends of batches"),
        pytest.param(lambda n: n not in (0, MANY - 1), id="all between the first and the last"),
        pytest.param(lambda n: n * n % 7 < 3, id="here and there"),
        pytest.param(lambda n: True, id="all"),
    ],
)
async def test_reading_a_stream_with_gaps_gives_each_message_that_it_holds_once(
    nats_with_streams: Nats, is_deleted: Callable[[int], bool]
) -> None:
    async with watchlist(nats_with_streams) as bus:
        stored = await store_keys(bus, 0, MANY)
        deleted = {sequence for n, sequence in enumerate(stored) if is_deleted(n)}
        await delete_keys(bus, deleted)

        assert [each.sequence async for each in messages(bus, "KEYRING")] == sorted(set(stored) - deleted)


async def test_what_is_deleted_and_stored_while_a_stream_is_read_hides_nothing(nats_with_streams: Nats) -> None:
    async with watchlist(nats_with_streams) as bus, watchlist(nats_with_streams) as other:
        stored = await store_keys(other, 0, MANY)
        read: list[int] = []
        deleted: set[int] = set()
        async for each in messages(bus, "KEYRING"):
            read.append(each.sequence)
            if len(read) in (10, 200, 300):  # some that were read, some on their way, some not asked for yet
                some = {s for s in stored if s % 5 == len(read) % 3}
                deleted |= some
                await delete_keys(other, some)
                stored += await store_keys(other, MANY + len(read), 10)

    assert set(stored) - deleted <= set(read)
    assert read == sorted(set(read))


Receive = Callable[[Msg], Awaitable[None]]


def change_what_comes(bus: Bus, monkeypatch: pytest.MonkeyPatch, change: Callable[[Msg], Msg | None]) -> None:
    """Pass each message through *change* on its way to new subscriptions; None means that it is lost."""
    subscribe = bus.client.subscribe

    async def changed(subject: str, *, cb: Receive) -> Subscription:
        async def receive(message: Msg) -> None:
            if (delivered := change(message)) is not None:
                await cb(delivered)

        return await subscribe(subject, cb=receive)

    monkeypatch.setattr(bus.client, "subscribe", changed)


async def test_a_message_lost_on_its_way_is_read_again(
    nats_with_streams: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watchlist(nats_with_streams) as bus:
        stored = await store_keys(bus, 0, 20)
        lost: list[Msg] = []

        def lose_the_tenth(message: Msg) -> Msg | None:
            if not lost and message.reply and message.metadata.sequence.stream == stored[9]:
                lost.append(message)
                return None
            return message

        change_what_comes(bus, monkeypatch, lose_the_tenth)

        assert [each.sequence async for each in messages(bus, "KEYRING")] == stored
        assert lost


def counting(more: int) -> Callable[[Msg], Msg | None]:
    """Falsify the broker's count of pending messages by *more*."""

    def miscount(message: Msg) -> Msg | None:
        if message.reply:
            rest, _, pending = message.reply.rpartition(".")
            message.reply = f"{rest}.{max(0, int(pending) + more)}"
        return message

    return miscount


@pytest.mark.parametrize("more", [1, -50])
async def test_a_stream_is_read_to_its_end_though_the_broker_counts_wrongly(
    nats_with_streams: Nats, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    async with watchlist(nats_with_streams) as bus:
        stored = await store_keys(bus, 0, 300)
        change_what_comes(bus, monkeypatch, counting(more))

        async with asyncio.timeout(20):
            assert [each.sequence async for each in messages(bus, "KEYRING")] == stored


async def test_a_follower_catches_up_though_the_broker_counts_more_to_come(
    nats_with_streams: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watchlist(nats_with_streams) as bus:
        await store(bus, "a=1", "b=1")
        change_what_comes(bus, monkeypatch, counting(1))

        async with asyncio.timeout(20), following(bus) as applied:
            assert applied == ["a=1", "b=1"]
