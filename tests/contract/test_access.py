"""Grants on the real server: each user can do what it needs, and not more."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from nats import errors as nats_errors
from nats.aio.client import Client
from nats.js.api import StreamConfig

from access import grants
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Place, camera_id, shared_frames, site_id
from tests.fakes import eventually
from tests.servers import Nats

_SERVICES = (
    "detector",
    "embedder",
    "drill",
    "matcher-video",
    "matcher-record",
    "watchlist-video",
    "watchlist-record",
    "alerts",
    "delivery",
    "federation-record",
    "federation",
    "hospital",
    "operator",
)


class User:
    """A connection that remembers what the server refused."""

    def __init__(self) -> None:
        self.refused: asyncio.Queue[str] = asyncio.Queue()
        self.client = Client()

    async def _on_error(self, error: Exception) -> None:
        self.refused.put_nowait(str(error).lower())

    async def connect(self, url: str, name: str, seed: Path) -> None:
        await self.client.connect(
            url,
            nkeys_seed=str(seed),
            inbox_prefix=subjects.inbox_prefix(name),
            error_cb=self._on_error,
            allow_reconnect=False,
        )

    async def may_publish(self, subject: str) -> bool:
        await self.client.publish(subject, b"x")
        return await self._allowed()

    async def may_subscribe(self, subject: str, queue: str = "") -> bool:
        subscription = await self.client.subscribe(subject, queue=queue)
        allowed = await self._allowed()
        if allowed:
            await subscription.unsubscribe()
        return allowed

    async def _allowed(self) -> bool:
        # The client's ping overtakes what waits to be sent; the second one does not, and the server's refusal, if any,
        # comes before its answer to it.
        await self.client.flush()
        await self.client.flush()
        refused = not self.refused.empty()
        while not self.refused.empty():
            assert "permissions violation" in self.refused.get_nowait()
        return not refused


async def wait_for_server(one: User) -> None:
    """Return when the server has taken what *one* sent so far."""
    await one.client.flush()
    await one.client.flush()


@asynccontextmanager
async def user(server: Nats, name: str, seed: Path | None = None) -> AsyncIterator[User]:
    """A connection as *name*."""
    opened = User()
    await opened.connect(server.url, name, seed or server.seed_file(name))
    try:
        yield opened
    finally:
        await opened.client.close()


@pytest.fixture
async def camera(nats: Nats) -> AsyncIterator[User]:
    seed = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    async with user(nats, "camera.h1.gate", seed) as opened:
        yield opened


async def test_camera_may_publish_its_own_frames_and_read_its_own_refusals(camera: User) -> None:
    assert await camera.may_publish("frames.h1.gate")
    assert await camera.may_subscribe("rejected.h1.gate")
    assert await camera.may_subscribe("_INBOX.camera-h1-gate.*")


@pytest.mark.parametrize(
    "subject",
    [
        "frames.h1.other",
        "frames.h2.gate",
        "frames.h1.gate.more",
        "frames.0.h1.gate",
        "replicas.detector.a",
        "pings.detector.a",
        "troubles.h1.gate",
        "cameras.h1.gate",
        "steps.h1.gate",
        "drill.template",
        "drills.h1.gate",
        "shields.h1",
        "judged.h1",
        "faces.h1.gate",
        "vectors.h1.gate",
        "rejected.h1.gate",
        "photo.detect",
        "photo.embed",
        "sightings.h1.gate",
        "watchlist.anyone",
        "control.h1",
        "desk.watchlist.draft_entry",
        "keys.e",
        "receipts.e",
        "counts.h1.gate",
        "matchers.m1",
        "roll.matchers",
        "$JS.API.STREAM.CREATE.FRAMES",
        "$JS.API.STREAM.NAMES",
        "$SRV.PING",
        "$SYS.REQ.SERVER.PING",
        "_INBOX.detector.x",
    ],
)
async def test_camera_may_not_publish(camera: User, subject: str) -> None:
    assert not await camera.may_publish(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "frames.>",
        "frames.h1.gate",
        "frames.h1.other",
        "faces.>",
        "vectors.>",
        "rejected.>",
        "rejected.h1.other",
        "rejected.*.*",
        "troubles.>",
        "troubles.h1.gate",
        "cameras.>",
        "steps.>",
        "drill.>",
        "drills.>",
        "shields.>",
        "judged.>",
        "frames.*.*.*",
        "replicas.>",
        "_INBOX.>",
        "_INBOX.detector.>",
        "photo.detect",
        ">",
        "$SYS.>",
    ],
)
async def test_camera_may_not_hear(camera: User, subject: str) -> None:
    assert not await camera.may_subscribe(subject)


async def test_camera_s_old_key_is_void_once_it_has_a_new_one(nats: Nats) -> None:
    seed = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    old = seed.with_name("old.nk")
    await asyncio.to_thread(shutil.copy, seed, old)
    await asyncio.to_thread(nats.add_camera, "h1", "gate")

    refused = User()
    with pytest.raises(nats_errors.Error):
        await refused.connect(nats.url, "camera.h1.gate", old)
    await refused.client.close()


_TAKING_AWAY = ("DELETE", "PURGE", "MSG.DELETE")
_ALLOWED = {
    "detector": (
        [
            "faces.0.h1.gate",
            "rejected.h1.gate",
            "troubles.h1.gate",
            "steps.h1.gate",
            "replicas.detector.a",
            "pings.detector.a",
        ],
        ["frames.7.*.*", "photo.detect", "replicas.detector.*", "pings.detector.a"],
    ),
    "embedder": (
        ["vectors.0.h1.gate", "steps.h1.gate", "replicas.embedder.a", "pings.embedder.a"],
        ["faces.7.*.*", "photo.embed", "replicas.embedder.*", "pings.embedder.a"],
    ),
    "drill": (["frames.0.h1.gate", "drill.template", "steps.h1.gate", "photo.detect", "photo.embed"], ["steps.*.*"]),
    "matcher-video": (
        ["steps.h1.gate", "shields.h1", "replicas.matcher.a", "pings.matcher.a"],
        [
            "vectors.7.*.*",
            "shields.*",
            "troubles.*.*",
            "steps.*.*",
            "drill.template",
            "replicas.matcher.*",
            "replicas.*.*",
            "pings.matcher.a",
        ],
    ),
    "matcher-record": (
        [
            "sightings.h1.gate",
            "receipts.e",
            "counts.h1.gate",
            "matchers.m1",
            "cameras.h1.gate",
            "drills.h1.gate",
            "stages.m1",
            "probe.matcher-record",
        ],
        ["roll.matchers", "halt.matchers", "alike.matchers", "judged.*"],
    ),
    "watchlist-video": (["photo.detect", "photo.embed"], []),
    "watchlist-record": (
        [
            "watchlist.e",
            "keys.e",
            "policy.threshold",
            "roll.matchers",
            "alike.matchers",
            "$JS.API.STREAM.MSG.DELETE.WATCHLIST",
            "$JS.API.STREAM.MSG.DELETE.KEYRING",
            "probe.watchlist-record",
            "services.watchlist.a",
        ],
        ["desk.watchlist.draft_entry", "matchers.*"],
    ),
    "alerts": (
        [
            "poison.sightings.h1.gate",
            "control.h1",
            "halt.matchers",
            "desk.watchlist.cards",
            "audit.head",
            "judged.h1",
            "probe.alerts",
            "services.alerts.a",
        ],
        ["cameras.*.*", "drills.*.*", "stages.*", "matchers.*", "services.*.*", "expected.cameras"],
    ),
    "delivery": (["alerts.h1.i"], []),
    "federation-record": (["federation.watchlist.receive", "services.federation.a"], []),
    "federation": (["fed.city.in.x.head", "$JS.API.STREAM.INFO.LIST_city", "$JS.API.CONSUMER.LIST.LIST_city"], []),
    "hospital": (["$JS.API.CONSUMER.CREATE.ALERTS"], ["alerts.*.*"]),
    "operator": (["control.h1", "halt.matchers", "expected.cameras", "keys.e", "desk.watchlist.verify_keys"], []),
}
_REFUSED = {
    "detector": (
        [
            "frames.0.h1.gate",
            "frames.h1.gate",
            "vectors.0.h1.gate",
            "sightings.h1.gate",
            "drill.template",
            "shields.h1",
            "replicas.matcher.a",
        ],
        ["faces.>", "vectors.>", "rejected.>", "troubles.*.*", "steps.*.*", "shields.*", "replicas.*.*"],
    ),
    "embedder": (
        [
            "faces.0.h1.gate",
            "frames.0.h1.gate",
            "photo.detect",
            "troubles.h1.gate",
            "drill.template",
            "shields.h1",
            "replicas.detector.a",
            "pings.matcher.a",
        ],
        ["frames.*.*.*", "shields.*", "vectors.*.*.*", "troubles.*.*", "steps.*.*", "replicas.*.*"],
    ),
    # It sends as if it were each camera, and hears no frame, no face and no vector.
    "drill": (
        [
            "frames.h1.gate",
            "faces.0.h1.gate",
            "vectors.0.h1.gate",
            "rejected.h1.gate",
            "troubles.h1.gate",
            "replicas.detector.a",
            "drills.h1.gate",
            "sightings.h1.gate",
        ],
        [
            "frames.*.*.*",
            "faces.*.*.*",
            "vectors.*.*.*",
            "photo.*",
            "rejected.*.*",
            "troubles.*.*",
            "drill.template",
            "replicas.*.*",
        ],
    ),
    "matcher-video": (
        [
            "vectors.0.h1.gate",
            "faces.0.h1.gate",
            "frames.0.h1.gate",
            "photo.detect",
            "photo.embed",
            "troubles.h1.gate",
            "drill.template",
            "replicas.detector.a",
        ],
        ["frames.*.*.*", "faces.*.*.*", "photo.*", "rejected.*.*", "pings.*.*"],
    ),
    "matcher-record": (
        [
            "watchlist.e",
            "keys.e",
            "policy.threshold",
            "control.h1",
            "roll.matchers",
            "alike.matchers",
            "poison.sightings.h1.gate",
            "probe.alerts",
            "halt.matchers",
            "desk.watchlist.draft_entry",
            *(f"$JS.API.STREAM.{verb}.{s.name}" for s in subjects.STREAMS for verb in _TAKING_AWAY),
        ],
        [
            "sightings.>",
            "watchlist.>",
            "keys.>",
            "receipts.>",
            "matchers.*",
            "cameras.*.*",
            "drills.*.*",
            "desk.>",
            "_INBOX.operator.>",
        ],
    ),
    "watchlist-video": (
        ["vectors.0.h1.gate", "faces.0.h1.gate", "frames.0.h1.gate", "rejected.h1.gate", "replicas.matcher.a"],
        ["frames.*.*.*", "faces.*.*.*", "vectors.*.*.*", "photo.*", "rejected.*.*", "troubles.*.*", "replicas.*.*"],
    ),
    "watchlist-record": (
        [
            "sightings.h1.gate",
            "receipts.e",
            "counts.h1.gate",
            "matchers.m1",
            "cameras.h1.gate",
            "control.h1",
            "audit.head",
            "desk.watchlist.draft_entry",
            "$JS.API.STREAM.DELETE.WATCHLIST",
            "$JS.API.STREAM.PURGE.WATCHLIST",
            "$JS.API.STREAM.MSG.DELETE.POLICY",
            "$JS.API.STREAM.MSG.DELETE.SIGHTINGS",
        ],
        ["sightings.>", "watchlist.>", "keys.>", "receipts.>", "cameras.>", "alike.>", "roll.>", "_INBOX.operator.>"],
    ),
    "alerts": (
        [
            "sightings.h1.gate",
            "watchlist.e",
            "keys.e",
            "receipts.e",
            "counts.h1.gate",
            "roll.matchers",
            "cameras.h1.gate",
            "drills.h1.gate",
            "stages.m1",
            "services.watchlist.a",
            "expected.cameras",
            "probe.matcher-record",
            "$JS.API.STREAM.CREATE.X",
        ],
        ["desk.>", "sightings.>", "replicas.>", "troubles.>", "$SRV.PING"],
    ),
    "delivery": (
        ["sightings.h1.gate", "control.h1", "halt.matchers", "desk.watchlist.cards", "audit.head", "probe.delivery"],
        ["alerts.>", "sightings.>", "watchlist.>", "keys.>", "cameras.>", "desk.>"],
    ),
    "federation-record": (
        [
            "watchlist.e",
            "keys.e",
            "control.h1",
            "halt.matchers",
            "sightings.h1.gate",
            "desk.watchlist.approve_entry",
            "fed.city.head",
            "$JS.API.STREAM.INFO.WATCHLIST",
            "$JS.API.CONSUMER.CREATE.KEYRING",
        ],
        ["federation.>", "watchlist.>", "keys.>", "sightings.>", "desk.>", "matchers.*", "fed.>"],
    ),
    # Nothing of a hospital's own may be said by the publisher's side.
    "federation": (
        [
            "fed.city.head",
            "fed.city.receipt.h07.e.m",
            "fed.city.hello.h07",
            "fed.city.to.h07",
            "sightings.h1.gate",
            "frames.h1.gate",
            "frames.0.h1.gate",
            "watchlist.e",
            "keys.e",
            "federation.watchlist.receive",
            "$SYS.REQ.SERVER.PING",
            "$JS.ACK.LIST_city.h07.1.1.1.0.0",
        ],
        ["fed.>", "fed.city.receipt.*.*.*", "frames.*.*.*", "sightings.>", "watchlist.>", "keys.>"],
    ),
    "hospital": (
        [
            "alerts.h1.i",
            "sightings.h1.gate",
            "control.h1",
            "halt.matchers",
            "desk.watchlist.cards",
            "$JS.API.CONSUMER.CREATE.SIGHTINGS",
            "$JS.API.STREAM.MSG.DELETE.ALERTS",
            "$JS.API.STREAM.PURGE.ALERTS",
        ],
        ["sightings.>", "watchlist.>", "keys.>", "cameras.>", "desk.>", "matchers.*"],
    ),
    "operator": (
        [
            "sightings.h1.gate",
            "watchlist.e",
            "receipts.e",
            "counts.h1.gate",
            "audit.head",
            "cameras.h1.gate",
            "$JS.API.STREAM.CREATE.FRAMES",
            "$JS.API.STREAM.DELETE.SIGHTINGS",
            "$JS.API.STREAM.MSG.DELETE.AUDIT",
            "$JS.API.STREAM.PURGE.AUDIT",
        ],
        ["desk.>", "sightings.>", "watchlist.>", "cameras.>"],
    ),
}


@pytest.mark.parametrize("name", _SERVICES)
async def test_service_user_may_do_its_work(nats: Nats, name: str) -> None:
    async with user(nats, name) as one:
        publish, subscribe = _ALLOWED[name]

        assert [s for s in publish if not await one.may_publish(s)] == []
        assert [s for s in subscribe if not await one.may_subscribe(s, queue="q")] == []


@pytest.mark.parametrize("name", _SERVICES)
async def test_service_user_may_do_nothing_else(nats: Nats, name: str) -> None:
    async with user(nats, name) as one:
        publish, subscribe = _REFUSED[name]
        everyone = [">", "_INBOX.>", "$SYS.>", "$JS.>", "$SRV.>"]

        assert [s for s in publish if await one.may_publish(s)] == []
        assert [s for s in (*subscribe, *everyone) if await one.may_subscribe(s)] == []


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("detector", "VIDEO"),
        ("embedder", "VIDEO"),
        ("matcher-video", "VIDEO"),
        ("alerts", "RECORD"),
        ("federation-record", "RECORD"),
        ("federation", "FED"),
    ],
)
async def test_server_says_which_account_a_user_is_in(nats: Nats, name: str, account: str) -> None:
    async with user(nats, name) as one:
        reply = json.loads((await one.client.request("$SYS.REQ.USER.INFO", timeout=2)).data)

    assert reply["data"]["account"] == account


async def test_video_has_no_jetstream(nats: Nats) -> None:
    async with user(nats, "detector") as one:
        reply = json.loads((await one.client.request("$JS.API.INFO", timeout=2)).data)

    assert reply["error"]["err_code"] == 10039  # JetStream not enabled for account


async def test_frames_do_not_cross_into_the_record_account(nats: Nats) -> None:
    seed = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    async with user(nats, "camera.h1.gate", seed) as camera, user(nats, "detector") as detector:
        subscription = await detector.client.subscribe("frames.*.*.*", queue="detector")
        await wait_for_server(detector)
        await camera.client.publish("frames.h1.gate", b"a frame")

        assert (await subscription.next_msg(timeout=2)).data == b"a frame"
        async with user(nats, "operator") as record:
            assert not await record.may_subscribe("frames.>")


async def test_federation_hears_and_stores_nothing_of_record_and_video(nats: Nats) -> None:
    seed = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    everything = StreamConfig("LIST_x", subjects=["frames.>", "faces.>", "vectors.>", "sightings.>", "watchlist.>"])
    async with user(nats, "federation") as one:
        await one.client.jetstream().add_stream(everything)
        for name, subject, key in (
            ("camera.h1.gate", "frames.h1.gate", seed),
            ("detector", "faces.0.h1.gate", None),
            ("embedder", "vectors.0.h1.gate", None),
            ("matcher-record", "sightings.h1.gate", None),
            ("watchlist-record", "watchlist.e", None),
        ):
            async with user(nats, name, key) as other:
                assert await other.may_publish(subject)

        assert (await one.client.jetstream().stream_info("LIST_x")).state.messages == 0


async def test_a_request_may_be_answered_and_nothing_else_said(nats: Nats) -> None:
    async with user(nats, "detector") as detector, user(nats, "watchlist-video") as watchlist:
        subscription = await detector.client.subscribe("photo.detect", queue="detector")
        await wait_for_server(detector)
        answer = asyncio.create_task(watchlist.client.request("photo.detect", b"?", timeout=2))
        request = await subscription.next_msg(timeout=2)
        await request.respond(b"!")

        assert (await answer).data == b"!"
        assert not await detector.may_publish("_INBOX.watchlist-video.guess")


async def test_a_camera_has_few_connections_and_takes_none_from_another(nats: Nats) -> None:
    seeds = [await asyncio.to_thread(nats.add_camera, "h1", camera) for camera in ("gate", "door")]
    async with AsyncExitStack() as stack:
        for _ in range(grants.CAMERA_CONNECTIONS):
            await stack.enter_async_context(user(nats, "camera.h1.gate", seeds[0]))
        one_more = User()
        with pytest.raises(nats_errors.Error, match="maximum account active connections exceeded"):
            await one_more.connect(nats.url, "camera.h1.gate", seeds[0])
        await one_more.client.close()

        door = await stack.enter_async_context(user(nats, "camera.h1.door", seeds[1]))
        assert await door.may_publish("frames.h1.door")


async def test_a_camera_that_listens_too_often_loses_its_connection(nats: Nats, camera: User) -> None:
    for number in range(grants.CAMERA_SUBSCRIPTIONS):
        await camera.client.subscribe(f"_INBOX.camera-h1-gate.{number}")
    await wait_for_server(camera)
    assert camera.client.is_connected

    await camera.client.subscribe("_INBOX.camera-h1-gate.more")

    await eventually(lambda: camera.client.is_closed)


async def test_what_a_camera_has_the_broker_answer_stays_in_its_own_account(nats: Nats, camera: User) -> None:
    # NATS checks no permission on the subject of an answer.
    await asyncio.to_thread(nats.add_camera, "h1", "door")
    door = shared_frames(Place(site_id("h1"), camera_id("door")))
    async with user(nats, "detector") as detector:
        heard = await detector.client.subscribe("frames.*.*.*")
        await wait_for_server(detector)
        for reply in ("frames.h1.door", door, "rejected.h1.door"):
            await camera.client.publish("$SYS.REQ.USER.INFO", reply=reply)
        await wait_for_server(camera)
        await camera.client.publish("frames.h1.gate", b"its own")

        assert (await heard.next_msg(timeout=5)).data == b"its own"


async def test_a_frame_is_heard_once_however_often_cameras_were_added(nats: Nats) -> None:
    seed = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    async with user(nats, "camera.h1.gate", seed) as one, user(nats, "detector") as detector:
        heard = await detector.client.subscribe("frames.*.*.*", queue="q")
        await wait_for_server(detector)
        later = [await asyncio.to_thread(nats.add_camera, "h1", f"later-{number}") for number in range(3)]
        async with user(nats, "camera.h1.later-2", later[2]) as new:
            for number in range(20):
                await one.client.publish("frames.h1.gate", b"%d" % number)
                await new.client.publish("frames.h1.later-2", b"%d" % number)
            await wait_for_server(one)
            await wait_for_server(new)
            await wait_for_server(detector)

            assert heard.pending_msgs == 40
