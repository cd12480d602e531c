"""What nobody signed who may write it is not believed, by whatever way it is read, on a real broker."""

import asyncio
from base64 import b64encode

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account, Author
from services.chassis import owed
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NotStored
from services.chassis.replica import follow, messages
from services.chassis.signing import Signer, key_file
from services.chassis.telemetry import Meters
from tests.buses import connected
from tests.fakes import eventually
from tests.servers import Nats

_FORGED = (b"", True)


def _seen(delivery: Delivery) -> tuple[bytes, bool]:
    return delivery.payload, delivery.forged


async def _store_unsigned(bus: Bus, subject: str, payload: bytes, signature: str | None = None) -> None:
    """As who has a credential that may publish there, and no key."""
    headers = None if signature is None else {subjects.HEADER_SIGNATURE: signature}
    await bus.stream.publish(subject, payload, headers=headers)


async def test_a_follower_gets_what_is_signed_and_nothing_of_the_rest(nats_with_streams: Nats) -> None:
    seen, read, stop = list[tuple[bytes, bool]](), asyncio.Event(), asyncio.Event()

    async def apply(delivery: Delivery) -> None:
        seen.append(_seen(delivery))

    meters = Meters()
    async with (
        connected(nats_with_streams, "watchlist-record") as watchlist,
        connected(nats_with_streams, "matcher-record", meters=meters) as matcher,
    ):
        await _store_unsigned(watchlist, "watchlist.e", b"unsigned")
        await _store_unsigned(watchlist, "watchlist.f", b"nonsense", "watchlist:" + b64encode(bytes(64)).decode())
        await watchlist.publish_owed("watchlist.e", b"signed", message_id="1")
        following = asyncio.create_task(follow(matcher, "WATCHLIST", apply, caught_up=read, stop=stop))
        await read.wait()
        await _store_unsigned(watchlist, "watchlist.e", b"unsigned")
        await eventually(lambda: len(seen) == 4)
        stop.set()
        await following

    assert sorted(seen) == sorted([_FORGED, _FORGED, (b"signed", False), _FORGED])
    assert meters.value("wardwatch_messages_forged_total", subject="watchlist") == 3


async def test_many_messages_are_checked_in_their_order(nats_with_streams: Nats) -> None:
    seen, read, stop = list[tuple[bytes, bool]](), asyncio.Event(), asyncio.Event()

    async def apply(delivery: Delivery) -> None:
        seen.append(_seen(delivery))

    async with (
        connected(nats_with_streams, "watchlist-record") as watchlist,
        connected(nats_with_streams, "matcher-record") as matcher,
    ):
        for number in range(300):
            if number % 7 == 0:
                await _store_unsigned(watchlist, f"keys.{number}", b"unsigned")
            else:
                await watchlist.publish_owed(f"keys.{number}", str(number).encode(), message_id=str(number))
        following = asyncio.create_task(follow(matcher, "KEYRING", apply, caught_up=read, stop=stop))
        await read.wait()
        stop.set()
        await following

    assert seen == [_FORGED if n % 7 == 0 else (str(n).encode(), False) for n in range(300)]


async def test_an_author_is_not_believed_on_another_s_subject(nats_with_streams: Nats) -> None:
    key = (nats_with_streams.credentials_dir / key_file(Author.ALERTS)).read_text()
    signer = Signer.parse(Author.ALERTS, key)
    own = signer.sign("control.h1", b"x")
    async with connected(nats_with_streams, "watchlist-record") as watchlist:
        for signature in (own, own.replace("alerts", "watchlist")):
            await _store_unsigned(watchlist, "policy.threshold", b"x", signature)
            last = await watchlist.last_of("POLICY", "policy.threshold")

            assert last is not None
            assert _seen(last) == _FORGED


async def test_a_signed_message_moved_to_another_subject_is_not_believed(nats_with_streams: Nats) -> None:
    async with (
        connected(nats_with_streams, "watchlist-record") as watchlist,
        connected(nats_with_streams, "operator") as operator,
    ):
        await watchlist.publish_owed("watchlist.e", b"the entry", message_id="1")
        signed = await operator.stream.get_last_msg("WATCHLIST", "watchlist.e")
        assert signed.headers is not None
        await _store_unsigned(watchlist, "watchlist.f", b"the entry", signed.headers[subjects.HEADER_SIGNATURE])

        assert [_seen(each) for each in await watchlist.all_of("WATCHLIST", "watchlist.e")] == [(b"the entry", False)]
        assert [_seen(each) for each in await watchlist.all_of("WATCHLIST", "watchlist.f")] == [_FORGED]
        assert [_seen(each) async for each in messages(watchlist, "WATCHLIST")] == [(b"the entry", False), _FORGED]


async def test_an_owed_message_that_nobody_signed_is_set_aside(nats_with_streams: Nats) -> None:
    stop, handled = asyncio.Event(), list[bytes]()

    async def record(message: bytes) -> None:
        handled.append(message)

    async with (
        connected(nats_with_streams, "matcher-record") as matcher,
        connected(nats_with_streams, "alerts") as alerts,
        connected(nats_with_streams, "operator") as operator,
    ):
        await _store_unsigned(matcher, "sightings.h1.gate", b"unsigned")
        await matcher.publish_owed("sightings.h1.gate", b"signed", message_id="1")
        consuming = asyncio.create_task(
            owed.consume(alerts, "SIGHTINGS", "alerts", bytes, record, concurrency=1, stop=stop)
        )
        await eventually(lambda: handled == [b"signed"])
        copy = await operator.stream.get_last_msg("POISON", "poison.sightings.h1.gate")
        stop.set()
        await consuming

    assert copy.data == b"unsigned"
    assert (copy.headers or {})[subjects.HEADER_REASON] == "nobody signed it who may write there"


async def test_what_a_matcher_has_not_signed_is_not_heard(nats_with_streams: Nats) -> None:
    heard = list[bytes]()
    async with (
        connected(nats_with_streams, "matcher-record") as matcher,
        connected(nats_with_streams, "watchlist-record") as watchlist,
        watchlist.listen("matchers.*", queue="watchlist", offer=lambda each: heard.append(each.payload)),
    ):
        await matcher.client.publish("matchers.m1", b"unsigned")
        await matcher.publish("matchers.m1", b"signed")
        await eventually(lambda: bool(heard))

    assert heard == [b"signed"]


async def test_who_may_not_write_a_subject_sends_nothing(nats_with_streams: Nats) -> None:
    async with connected(nats_with_streams, "matcher-record") as matcher:
        with pytest.raises(ValueError, match="matcher does not write on control"):
            await matcher.publish_owed("control.h1", b"x", message_id="1")
        with pytest.raises(ValueError, match="matcher does not write on policy"):
            await matcher.publish("policy.threshold", b"x")


async def test_an_acknowledgement_of_another_stream_is_none(nats_with_streams: Nats) -> None:
    """Whoever foretells where it is awaited could have the broker acknowledge something else there."""
    async with (
        connected(nats_with_streams, "watchlist-record") as watchlist,
        connected(nats_with_streams, "operator") as operator,
    ):
        info = await operator.stream.stream_info("POLICY")
        info.config.subjects = ["policy.other"]
        await operator.stream.update_stream(info.config)
        info = await operator.stream.stream_info("POISON")
        info.config.subjects = ["poison.>", "policy.threshold"]
        await operator.stream.update_stream(info.config)

        with pytest.raises(NotStored, match="acknowledged by stream POISON instead of POLICY"):
            await watchlist.publish_owed("policy.threshold", b"x", message_id="1")


def test_no_subject_of_passers_by_is_signed() -> None:
    """Nothing of them is kept, so there is nothing to believe later; and a signature for each frame costs.

    But of a judged walk for hours: who could invent one could keep a listed person from ringing.
    """
    signed = [row for row in subjects.TABLE if row.account is Account.VIDEO and row.authors]

    # The former is of nobody: it decides what the line of every camera is proven by.
    assert signed == [subjects.DRILL_TEMPLATE, subjects.SHIELDS]


async def test_a_request_that_decides_is_answered_to_its_author_alone(nats: Nats) -> None:
    subject, asked, meters = subjects.federation("content"), list[bytes](), Meters()

    async def answer(payload: bytes) -> bytes:
        asked.append(payload)
        return b"sealed"

    async with (
        connected(nats, "watchlist-record", meters=meters) as watchlist,
        connected(nats, "federation-record") as federation,
        watchlist.serve({subject: answer}, queue="watchlist"),
    ):
        await federation.client.publish(subject, b"unsigned", reply=federation.client.new_inbox())
        replayed = Signer.parse(Author.FEDERATION, (nats.credentials_dir / key_file(Author.FEDERATION)).read_text())
        headers = {subjects.HEADER_SIGNATURE: replayed.sign(subjects.federation("receive"), b"elsewhere")}
        await federation.client.publish(subject, b"elsewhere", reply=federation.client.new_inbox(), headers=headers)
        assert await federation.request(subject, b"signed", timeout_seconds=30) == b"sealed"

    assert asked == [b"signed"]
    assert meters.value("wardwatch_messages_forged_total", subject="federation") == 2
