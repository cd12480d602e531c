"""What the broker keeps of owed messages, as `wardwatch streams ensure` sets it up."""

import asyncio
from dataclasses import replace
from time import perf_counter

import pytest

from access import streams
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import KEYRING_STREAM, SIGHTINGS_STREAM
from services.chassis import owed
from services.chassis.bus import Bus
from services.chassis.errors import NotStored, Poison, StartupError
from tests.buses import connected
from tests.fakes import eventually
from tests.servers import Nats

SUBJECT = "sightings.h1.gate"


async def message_count(operator: Bus) -> int:
    """How many sightings the broker holds."""
    return int((await operator.stream.stream_info(SIGHTINGS_STREAM.name)).state.messages)


async def test_a_sighting_is_kept_until_it_is_recorded_or_ended(nats_with_streams: Nats) -> None:
    stop = asyncio.Event()

    async def record(message: bytes) -> None:
        if message == b"poison":
            raise Poison("of another model")

    async with (
        connected(nats_with_streams, "matcher-record") as matcher,
        connected(nats_with_streams, "alerts") as bus,
        connected(nats_with_streams, "operator") as operator,
    ):
        for number, message in enumerate((b"a", b"poison", b"b")):
            await matcher.publish_owed(SUBJECT, message, message_id=str(number))
        unread = await message_count(operator)
        consuming = asyncio.create_task(
            owed.consume(bus, SIGHTINGS_STREAM.name, "alerts", bytes, record, concurrency=1, stop=stop)
        )

        async def empty() -> bool:
            return await message_count(operator) == 0

        await eventually(empty)
        stop.set()
        await consuming

    assert unread == 3


async def test_the_same_sighting_again_is_not_stored_although_the_first_is_gone(nats_with_streams: Nats) -> None:
    stop, handled = asyncio.Event(), list[bytes]()

    async def record(message: bytes) -> None:
        handled.append(message)

    async with connected(nats_with_streams, "matcher-record") as matcher, connected(nats_with_streams, "alerts") as bus:
        await matcher.publish_owed(SUBJECT, b"a", message_id="same")
        consuming = asyncio.create_task(
            owed.consume(bus, SIGHTINGS_STREAM.name, "alerts", bytes, record, concurrency=1, stop=stop)
        )
        await eventually(lambda: len(handled) == 1)
        await matcher.publish_owed(SUBJECT, b"a", message_id="same")
        await matcher.publish_owed(SUBJECT, b"b", message_id="other")
        await eventually(lambda: b"b" in handled)
        stop.set()
        await consuming

    assert handled == [b"a", b"b"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker redelivers a message to another consumer after half a second without a sign of progress."""
    monkeypatch.setattr("services.chassis.owed._ACK_WAIT_SECONDS", 0.5)
    monkeypatch.setattr("services.chassis.owed._HOLD_SECONDS", 0.1)


async def test_a_message_in_hand_for_long_is_not_given_out_again(nats_with_streams: Nats, impatient: None) -> None:
    stop, handled = asyncio.Event(), list[bytes]()

    async def record(message: bytes) -> None:
        handled.append(message)
        enough = perf_counter() + 1.5
        await eventually(lambda: perf_counter() > enough)

    async with (
        connected(nats_with_streams, "matcher-record") as matcher,
        connected(nats_with_streams, "alerts") as bus,
        connected(nats_with_streams, "operator") as operator,
    ):
        consuming = asyncio.create_task(
            owed.consume(bus, SIGHTINGS_STREAM.name, "alerts", bytes, record, concurrency=2, stop=stop)
        )
        await matcher.publish_owed(SUBJECT, b"a", message_id="1")

        async def empty() -> bool:
            return bool(handled) and await message_count(operator) == 0

        await eventually(empty)
        stop.set()
        await consuming

    assert handled == [b"a"]


async def test_a_message_in_the_hand_of_one_who_is_frozen_goes_to_another(
    nats_with_streams: Nats, impatient: None
) -> None:
    stop, handled = asyncio.Event(), list[bytes]()

    async def record(message: bytes) -> None:
        handled.append(message)

    async with (
        connected(nats_with_streams, "matcher-record") as matcher,
        connected(nats_with_streams, "alerts") as frozen,
        connected(nats_with_streams, "alerts") as bus,
    ):
        at_once = asyncio.Event()
        at_once.set()
        await owed.consume(bus, SIGHTINGS_STREAM.name, "alerts", bytes, record, concurrency=1, stop=at_once)
        taking = await frozen.stream.pull_subscribe_bind(consumer="alerts", stream=SIGHTINGS_STREAM.name)
        await matcher.publish_owed(SUBJECT, b"a", message_id="1")
        fetched = await taking.fetch(1, timeout=5)
        consuming = asyncio.create_task(
            owed.consume(bus, SIGHTINGS_STREAM.name, "alerts", bytes, record, concurrency=1, stop=stop)
        )
        await eventually(lambda: handled == [b"a"])
        stop.set()
        await consuming
        await taking.unsubscribe()

    assert [message.data for message in fetched] == handled


async def test_a_message_that_comes_at_a_stop_is_given_back_at_once(
    nats_with_streams: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.chassis.owed._ACK_WAIT_SECONDS", 60)
    names, handled = [str(n).encode() for n in range(20)], set[bytes]()

    async def record(message: bytes) -> None:
        handled.add(message)

    async with connected(nats_with_streams, "matcher-record") as matcher, connected(nats_with_streams, "alerts") as bus:

        def consuming(stop: asyncio.Event) -> asyncio.Task[None]:
            return asyncio.create_task(
                owed.consume(bus, SIGHTINGS_STREAM.name, "alerts", bytes, record, concurrency=1, stop=stop)
            )

        for name in names:
            stop = asyncio.Event()
            task = consuming(stop)
            await matcher.client.flush()  # meanwhile it asks
            storing = asyncio.create_task(matcher.publish_owed(SUBJECT, name, message_id=name.decode()))
            stop.set()
            await asyncio.gather(task, storing)
        last = asyncio.Event()
        task = consuming(last)
        await eventually(lambda: handled == set(names))
        last.set()
        await task


async def test_streams_are_made_once_and_may_be_ensured_again(nats: Nats) -> None:
    seed = nats.seed_file("operator")

    created = [await streams.ensure(nats.url, seed), await streams.ensure(nats.url, seed)]

    assert created == [[stream.name for stream in subjects.STREAMS], []]


async def test_a_stream_that_keeps_what_was_read_is_refused_with_a_remedy(nats: Nats) -> None:
    async with connected(nats, "operator") as operator:
        await operator.stream.add_stream(streams.configuration(replace(SIGHTINGS_STREAM, forget_once_read=False)))

    with pytest.raises(StartupError, match=r"SIGHTINGS was made with retention limits.* to workqueue: .* remove the"):
        await streams.ensure(nats.url, nats.seed_file("operator"))


async def test_a_broker_killed_while_it_made_a_block_still_has_the_stream(nats_with_streams: Nats) -> None:
    async with connected(nats_with_streams, "matcher-record") as matcher:
        await matcher.publish_owed(SUBJECT, b"a", message_id="1")

    nats_with_streams.kill()
    # What nats-server leaves of a new block in the moment before it writes the block's key.
    (nats_with_streams.blocks(SIGHTINGS_STREAM.name) / "2.blk").touch()
    await asyncio.to_thread(nats_with_streams.restart)

    async with connected(nats_with_streams, "operator") as operator:
        assert await message_count(operator) == 1


async def test_a_stream_that_was_lost_and_made_anew_is_read_again(nats_with_streams: Nats) -> None:
    stop, handled = asyncio.Event(), list[bytes]()

    async def record(message: bytes) -> None:
        handled.append(message)

    async with connected(nats_with_streams, "alerts") as bus:
        consuming = asyncio.create_task(
            owed.consume(bus, SIGHTINGS_STREAM.name, "alerts", bytes, record, concurrency=1, stop=stop)
        )
        async with connected(nats_with_streams, "matcher-record") as matcher:
            await matcher.publish_owed(SUBJECT, b"before", message_id="1")
            await eventually(lambda: handled == [b"before"])
        await asyncio.to_thread(nats_with_streams.lose, SIGHTINGS_STREAM.name)
        await streams.ensure(nats_with_streams.url, nats_with_streams.seed_file("operator"))
        async with connected(nats_with_streams, "matcher-record") as matcher:
            await matcher.publish_owed(SUBJECT, b"after", message_id="2")
        await eventually(lambda: b"after" in handled)
        stop.set()
        await consuming


async def test_a_full_keyring_refuses_a_new_key_and_gives_up_none(nats: Nats) -> None:
    small = replace(KEYRING_STREAM, max_bytes=1024)
    async with connected(nats, "operator") as operator:
        await operator.stream.add_stream(streams.configuration(small))

        async def fill() -> None:
            for number in range(100):
                await operator.publish_owed(f"keys.{number}", bytes(60), message_id=str(number))

        with pytest.raises(NotStored):
            await fill()

        assert await operator.last_of("KEYRING", "keys.0") is not None


@pytest.mark.xfail(
    strict=True,
    reason="nats-server 2.15 deletes a message of an enciphered store without writing over it (docs/adr/0043)",
)
async def test_a_deleted_key_is_written_over_on_the_disk(nats_with_streams: Nats) -> None:
    def blocks() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(nats_with_streams.blocks("KEYRING").glob("*.blk")))

    async with connected(nats_with_streams, "watchlist-record") as watchlist:
        # A block whose last message goes is removed whole, so there are others beside it.
        _, sequence, _ = [await watchlist.publish_owed(f"keys.{o}", bytes(60), message_id=o) for o in "abc"]
        before = await asyncio.to_thread(blocks)
        await watchlist.delete("KEYRING", sequence)
        after = await asyncio.to_thread(blocks)

    assert len(before) > 60
    assert not after.startswith(before)
