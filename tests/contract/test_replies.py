"""A reply goes to an inbox or nowhere: the broker checks no permission on the subject that a request names for it."""

import asyncio

import pytest

from proto.wardwatch.v1 import subjects
from services.chassis.telemetry import Meters
from tests.buses import connected, connected_at
from tests.fakes import eventually
from tests.servers import Nats

_ELSEWHERE = ("policy.threshold", "watchlist.e", "frames.h1.back", "_INBOXES.x", "desk.watchlist.x")


async def _answer(payload: bytes) -> bytes:
    return b"believe me: " + payload


@pytest.mark.parametrize("reply", _ELSEWHERE)
async def test_a_desk_replies_to_no_subject_but_an_inbox(nats_with_streams: Nats, reply: str) -> None:
    meters = Meters()
    async with (
        connected(nats_with_streams, "alerts") as alerts,
        connected(nats_with_streams, "watchlist-record", meters=meters) as desk,
        connected(nats_with_streams, "operator") as operator,
    ):
        async with desk.serve({subjects.desk("cards"): _answer}, queue="watchlist"):
            await alerts.client.publish(subjects.desk("cards"), b"x", reply=reply)
            answered = await alerts.request(subjects.desk("cards"), b"y", timeout_seconds=5)
        stored = [await operator.stream.stream_info(stream.name) for stream in subjects.STREAMS]

    assert answered == b"believe me: y"
    assert [info.state.messages for info in stored] == [0] * len(subjects.STREAMS)
    assert meters.value("wardwatch_requests_dropped_total", reason="reply_is_no_inbox") == 1


async def test_a_roll_call_is_answered_to_no_subject_but_an_inbox(nats_with_streams: Nats) -> None:
    meters = Meters()
    async with (
        connected(nats_with_streams, "watchlist-record") as caller,
        connected(nats_with_streams, "matcher-record", meters=meters) as matcher,
        connected(nats_with_streams, "operator") as operator,
        matcher.respond(subjects.ROLL.pattern, _answer),
    ):
        await caller.client.publish(subjects.ROLL.pattern, b"x", reply="policy.threshold")
        answers = await caller.ask_all(subjects.ROLL.pattern, b"y", within_seconds=5, expected=1)
        policy = await operator.stream.stream_info(subjects.POLICY_STREAM.name)

    assert answers == [b"believe me: y"]
    assert policy.state.messages == 0


async def test_a_request_that_wants_no_reply_is_not_handled(nats_with_streams: Nats) -> None:
    handled = list[bytes]()

    async def note(payload: bytes) -> bytes:
        handled.append(payload)
        return b""

    async with (
        connected(nats_with_streams, "alerts") as alerts,
        connected(nats_with_streams, "watchlist-record") as desk,
        desk.serve({subjects.desk("cards"): note}, queue="watchlist"),
    ):
        await alerts.client.publish(subjects.desk("cards"), b"x")
        await alerts.request(subjects.desk("cards"), b"y", timeout_seconds=5)

    assert handled == [b"y"]


async def test_where_an_answer_is_awaited_cannot_be_foretold(nats_with_streams: Nats) -> None:
    seen = list[str]()
    async with (
        connected(nats_with_streams, "alerts") as alerts,
        connected(nats_with_streams, "watchlist-record") as desk,
    ):
        subscription = await desk.client.subscribe(subjects.desk("cards"))
        await desk.client.flush()
        await desk.client.flush()
        waiting = [
            asyncio.create_task(alerts.request(subjects.desk("cards"), b"", timeout_seconds=5)) for _ in range(3)
        ]
        for _ in waiting:
            request = await subscription.next_msg(timeout=5)
            seen.append(request.reply.rpartition(".")[2])
            await desk.client.publish(request.reply, b"")
        await asyncio.gather(*waiting)

    # The library's own names share their first 12 characters and count on.
    assert len({token[:8] for token in seen}) == 3


async def test_a_camera_cannot_have_the_broker_speak_for_another(nats: Nats) -> None:
    seed = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    heard = list[tuple[str, bytes]]()
    async with (
        connected(nats, "detector") as detector,
        connected_at(nats.url, seed, "camera.h1.gate", account=subjects.Account.CAMERA) as camera,
        detector.listen(
            subjects.SHARED_FRAMES.pattern, queue="", offer=lambda each: heard.append((each.subject, each.payload))
        ),
    ):
        for asked in ("$SYS.REQ.USER.INFO", "$JS.API.INFO", "frames.h1.gate"):
            await camera.client.publish(asked, b"jpeg", reply="frames.h1.back")
        await eventually(lambda: bool(heard))

    assert [(subject.rpartition(".")[2], payload) for subject, payload in heard] == [("gate", b"jpeg")]
