"""A follower of a stream when the broker is started again, or its stream is not the one it was."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus, Delivery
from services.chassis.replica import follow
from services.chassis.telemetry import Meters
from services.cli import streams
from tests.fakes import eventually
from tests.servers import Nats

pytestmark = pytest.mark.timeout(60)


@asynccontextmanager
async def matcher(nats: Nats) -> AsyncIterator[Bus]:
    seed = nats.seed_file("matcher-record")
    async with Bus.connect(
        nats.url, user="matcher-record", user_seed_file=seed, account=Account.RECORD, meters=Meters()
    ) as bus:
        yield bus


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


async def test_a_follower_goes_on_behind_what_it_applied_when_the_broker_is_started_again(
    nats_with_streams: Nats,
) -> None:
    async with matcher(nats_with_streams) as bus, following(bus) as applied:
        await store(bus, "a=1", "b=1")
        await eventually(lambda: len(applied) == 2)
        await asyncio.to_thread(nats_with_streams.restart)
        async with matcher(nats_with_streams) as other:
            await store(other, "a=2")
        await eventually(lambda: len(applied) == 3, within_seconds=30)

    assert applied == ["a=1", "b=1", "a=2"]


async def test_a_stream_that_was_made_anew_is_read_from_its_start_also_when_it_is_longer_than_the_former(
    nats_with_streams: Nats,
) -> None:
    nats = nats_with_streams
    async with matcher(nats) as bus, following(bus) as applied:
        await store(bus, "a=1")
        await eventually(lambda: len(applied) == 1)
        await asyncio.to_thread(nats.lose, "WATCHLIST")
        await streams.ensure(nats.url, nats.seed_file("operator"))
        async with matcher(nats) as other:
            await store(other, "x=1", "y=1", "z=1")
        await eventually(lambda: "x=1" in applied, within_seconds=30)
        await eventually(lambda: "z=1" in applied, within_seconds=30)

    assert applied == ["a=1", "x=1", "y=1", "z=1"]


async def test_thousands_are_read_in_batches_and_each_once(nats_with_streams: Nats) -> None:
    async with matcher(nats_with_streams) as bus:
        for start in range(0, 1500, 100):
            await asyncio.gather(*(store(bus, f"e{n}=1") for n in range(start, start + 100)))
        async with following(bus) as applied:
            assert len(applied) == 1500
            await store(bus, "late=1")
            await eventually(lambda: applied[-1] == "late=1")

    assert len(set(applied)) == len(applied) == 1501
