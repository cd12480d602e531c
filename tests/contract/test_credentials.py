"""What each credential can make others believe: every request it may send, with every subject as the place of reply.

The broker checks no permission on the subject of a reply, so whoever may ask anything can have the answer put on any
subject of its account, and with a consumer what a stream holds. Everybody who reads is here with the code that reads,
and must believe nothing of it. The table that this makes is in docs/security.md.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from access import grants, streams
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.camera_states import CameraState
from proto.wardwatch.v1.drills import DrillStep
from proto.wardwatch.v1.messages import FaceDetected, FaceEmbedded, FrameRejected
from proto.wardwatch.v1.replicas import ReplicaBeat
from proto.wardwatch.v1.subjects import Account, Place, camera_id, site_id
from services.chassis import owed
from services.chassis.bus import Bus, Delivery
from services.chassis.replica import follow
from services.chassis.telemetry import Meters
from tests import buses
from tests.checkout import CHECKOUT
from tests.fakes import eventually
from tests.servers import Nats, running_nats

_CAMERA: Final = Place(site_id("h1"), camera_id("gate"))
_ROWS: Final = re.compile(r"(?<=## What one credential can make others believe\n).*?(?=\n## )", re.DOTALL)
# A subject of each row of the table; two cameras, because one must not speak for the other.
_EXAMPLES: Final = {
    Account.VIDEO: (
        "frames.0.h1.gate", "frames.0.h1.back", "rejected.h1.gate", "faces.0.h1.back", "vectors.0.h1.back",
        "troubles.h1.gate", "steps.h1.gate", "drill.template", "shields.h1", "replicas.detector.x",
        "replicas.embedder.x", "replicas.matcher.x", "photo.detect", "photo.embed", "_INBOX.watchlist-video.x",
    ),
    Account.CAMERA: (
        "frames.h1.gate", "frames.h1.back", "frames.0.h1.back", "rejected.h1.gate", "rejected.h1.back",
        "faces.0.h1.gate", "vectors.0.h1.gate", "replicas.detector.x", "policy.threshold", "_INBOX.detector.x",
    ),
    Account.RECORD: (
        "sightings.h1.gate", "watchlist.e", "control.h1", "poison.x", "desk.watchlist.approve_entry", "keys.e",
        "receipts.e", "matchers.m1", "cameras.h1.gate", "drills.h1.gate", "judged.h1", "roll.matchers", "halt.matchers",
        "alike.matchers", "policy.threshold", "audit.head", "_INBOX.alerts.x",
    ),
    # Nobody else is in this account; what comes over its links is attacked in test_links.py.
    Account.FED: ("fed.city.head", "fed.city.hello.h07", "sightings.h1.gate", "watchlist.e", "frames.0.h1.gate"),
}  # fmt: skip
_GENUINE: Final = b"genuine"


@dataclass
class Readers:
    """What those who read have believed, and what came to them that they did not believe, by subject."""

    believed: list[tuple[str, bytes]] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    meters: Meters = field(default_factory=Meters)

    def take(self, delivery: Delivery) -> None:
        if not delivery.forged:
            self.believed.append((delivery.subject, delivery.payload))

    async def apply(self, delivery: Delivery) -> None:
        self.take(delivery)

    def decoding(self, decode: Callable[[bytes], object]) -> Callable[[Delivery], None]:
        """Who listens where nothing is signed believes what it can read."""

        def offer(delivery: Delivery) -> None:
            try:
                decode(delivery.payload)
            except ValueError:
                self.unreadable.add(delivery.subject.partition(".")[0])
            else:
                self.take(delivery)

        return offer

    def answering(self, subject: str) -> Callable[[bytes], "asyncio.Future[bytes]"]:
        """Who answers believes every request that it takes up."""

        def answer(payload: bytes) -> "asyncio.Future[bytes]":
            self.believed.append((subject, payload))
            answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            answered.set_result(b"the answer")
            return answered

        return answer

    def owing(self, stream: str) -> Callable[[bytes], "asyncio.Future[None]"]:
        def handle(payload: bytes) -> "asyncio.Future[None]":
            self.believed.append((stream, payload))
            handled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            handled.set_result(None)
            return handled

        return handle

    def refused(self) -> set[str]:
        """First tokens of the subjects on which something came that was not believed."""
        signed = {row.pattern.partition(".")[0] for row in subjects.TABLE if row.authors}
        forged = {kind for kind in signed if self.meters.value("wardwatch_messages_forged_total", subject=kind)}
        return forged | self.unreadable

    def seen(self, text: bytes) -> int:
        return sum(payload == text for _, payload in self.believed)


def _a_jpeg(payload: bytes) -> None:
    """As the detector's header check begins."""
    if not payload.startswith(b"\xff\xd8"):
        raise ValueError("no JPEG")


@asynccontextmanager
async def reading(nats: Nats, readers: Readers) -> AsyncIterator[dict[str, Bus]]:
    """Everybody who reads anything, until left; yields their connections by user."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        users = {
            grant.user: await stack.enter_async_context(buses.connected(nats, grant.user, meters=readers.meters))
            for grant in grants.services()
        }
        detector, embedder = users[grants.DETECTOR], users[grants.EMBEDDER]
        matcher, watchlist, alerts = (users[u] for u in (grants.MATCHER_RECORD, grants.WATCHLIST_RECORD, grants.ALERTS))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        for entered in (
            detector.listen("frames.*.*.*", queue="", offer=readers.decoding(_a_jpeg)),
            embedder.listen("faces.*.*.*", queue="", offer=readers.decoding(FaceDetected.decode)),
            users[grants.MATCHER_VIDEO].listen("vectors.*.*.*", queue="", offer=readers.decoding(FaceEmbedded.decode)),
            detector.listen("replicas.detector.*", queue="", offer=readers.decoding(ReplicaBeat.decode)),
            embedder.listen("replicas.embedder.*", queue="", offer=readers.decoding(ReplicaBeat.decode)),
            users[grants.MATCHER_VIDEO].listen(
                "replicas.matcher.*", queue="", offer=readers.decoding(ReplicaBeat.decode)
            ),
            users[grants.MATCHER_VIDEO].listen("troubles.*.*", queue="", offer=readers.decoding(CameraState.decode)),
            users[grants.MATCHER_VIDEO].listen("steps.*.*", queue="", offer=readers.decoding(DrillStep.decode)),
            users[grants.MATCHER_VIDEO].listen("drill.template", queue="", offer=readers.take),
            users[grants.MATCHER_VIDEO].listen("shields.*", queue="", offer=readers.take),
            matcher.listen("judged.*", queue="", offer=readers.take),
            watchlist.listen("matchers.*", queue="", offer=readers.take),
            alerts.listen("cameras.*.*", queue="", offer=readers.take),
            alerts.listen("drills.*.*", queue="", offer=readers.take),
            detector.serve({"photo.detect": readers.answering("photo.detect")}, queue="q"),
            embedder.serve({"photo.embed": readers.answering("photo.embed")}, queue="q"),
            watchlist.serve({"desk.watchlist.*": readers.answering("desk")}, queue="q"),
            matcher.serve({"alike.matchers": readers.answering("alike.matchers")}, queue="q"),
            matcher.respond("roll.matchers", readers.answering("roll.matchers")),
            matcher.respond("halt.matchers", readers.answering("halt.matchers")),
        ):
            await stack.enter_async_context(entered)
        for bus, stream in (
            (matcher, "WATCHLIST"), (watchlist, "WATCHLIST"), (matcher, "CONTROL"), (alerts, "CONTROL"),
            (matcher, "KEYRING"), (watchlist, "KEYRING"), (matcher, "POLICY"), (users[grants.OPERATOR], "AUDIT"),
        ):  # fmt: skip
            tasks.create_task(follow(bus, stream, readers.apply, caught_up=asyncio.Event(), stop=stop))
        for bus, stream, durable in ((alerts, "SIGHTINGS", "alerts"), (watchlist, "RECEIPTS", "matcher")):
            tasks.create_task(
                owed.consume(bus, stream, durable, bytes, readers.owing(stream), concurrency=8, stop=stop)
            )
        yield users
        stop.set()


# How often each genuine message is read: once, or by two.
_AUTHORED: Final = (
    (grants.MATCHER_RECORD, "sightings.h1.gate", 1),
    (grants.MATCHER_RECORD, "receipts.e", 1),
    (grants.WATCHLIST_RECORD, "watchlist.e", 2),
    (grants.WATCHLIST_RECORD, "keys.e", 2),
    (grants.WATCHLIST_RECORD, "policy.threshold", 1),
    (grants.ALERTS, "control.h1", 2),
    (grants.ALERTS, "audit.head", 1),
)


async def all_read(users: dict[str, Bus], readers: Readers, text: bytes) -> None:
    """Have something genuine stored on every stream, and wait until everybody has read it: and all that was before."""
    for user, subject, _ in _AUTHORED:
        await users[user].publish_owed(subject, text, message_id=f"{subject}/{text.decode()}")
    await users[grants.MATCHER_RECORD].publish("matchers.m1", text)
    wanted = sum(count for *_, count in _AUTHORED) + 1
    await eventually(lambda: readers.seen(text) >= wanted, within_seconds=60)


def concrete(pattern: str) -> str:
    """A subject that *pattern* allows."""
    return ".".join({"*": "x", ">": "x"}.get(token, token) for token in pattern.split("."))


def requests(grant: grants.Grant, *, backward: bool) -> Iterator[tuple[str, bytes, str]]:
    """Every request that *grant* allows, its content, and every subject that it can name for the reply."""
    for pattern in sorted(grant.publish):
        subject = concrete(pattern)
        for reply in _EXAMPLES[grant.account]:
            yield subject, _content(subject, reply, backward=backward), reply


def _content(subject: str, reply: str, *, backward: bool) -> bytes:
    match subject.split("."):
        case ["$JS", "API", "CONSUMER", "CREATE", stream]:
            return _consumer(stream, reply, backward=backward)
        case ["$JS", "API", "CONSUMER", "DURABLE", "CREATE", stream, durable]:
            return _consumer(stream, reply, backward=backward, durable_name=durable)
        case ["$JS", "API", "STREAM", "MSG", "GET", _]:
            return json.dumps({"last_by_subj": ">"}).encode()
        case ["$JS", "API", "CONSUMER", "MSG", "NEXT", _, _]:
            return json.dumps({"batch": 5, "no_wait": True}).encode()
        case ["$JS" | "$SYS", *_]:
            return b""
    return b"of who has no key"


def _consumer(stream: str, reply: str, *, backward: bool, **more: str) -> bytes:
    """One that is not pulled from: the broker itself delivers what the stream holds to *reply*.

    Two that deliver into each other's stream would go on for ever, so at a time they all go one way.
    """
    names = [each.name for each in subjects.STREAMS]
    target = subjects.stream_of(reply)
    goes_back = target is not None and stream in names and names.index(target.name) < names.index(stream)
    if target is not None and goes_back is not backward:
        return b""
    config = {"deliver_subject": reply, "deliver_policy": "all", "ack_policy": "none", **more}
    return json.dumps({"stream_name": stream, "config": config}).encode()


async def attack(attacker: Bus, grant: grants.Grant, *, backward: bool) -> None:
    """Send them all; returns once the broker has answered."""
    for subject, content, reply in requests(grant, backward=backward):
        await attacker.client.publish(subject, content, reply=reply)
    # The broker answers in order, each API by itself.
    for last in ("$SYS.REQ.USER.INFO", "$JS.API.STREAM.NAMES", "$JS.API.INFO"):
        if last in grant.publish:
            await attacker.request(last, b"", timeout_seconds=20)
    await attacker.client.flush()
    await attacker.client.flush()


async def landed_and_believed(
    nats: Nats, camera_seed: Path, grant: grants.Grant, *, backward: bool
) -> tuple[set[str], set[str]]:
    """Where *grant* can have put what it may not say itself, by the first token, and what of that was believed."""
    readers = Readers()
    await streams.ensure(nats.url, nats.seed_file("operator"))
    camera = buses.connected_at(nats.url, camera_seed, "camera.h1.gate", account=Account.CAMERA)
    heard = readers.decoding(FrameRejected.decode)
    async with reading(nats, readers) as users, camera as gate, gate.listen("rejected.h1.gate", queue="", offer=heard):
        await all_read(users, readers, _GENUINE)
        await attack(gate if grant.place is not None else users[grant.user], grant, backward=backward)
        for bus in (*users.values(), gate):
            # What the broker has for a connection comes before its answer to this.
            await bus.client.flush()
            await bus.client.flush()
        await all_read(users, readers, _GENUINE + b" afterwards")
    # A camera is alone in its account, so what it hears there nobody else does.
    heard_alone = grant.subscribe if grant.place is not None else frozenset[str]()
    own = {pattern.partition(".")[0] for pattern in grant.publish | heard_alone}
    believed = {subject for subject, payload in readers.believed if not payload.startswith(_GENUINE)}
    # What it may say or ask in its own right is no news.
    return readers.refused() - own, {subject for subject in believed if subject.partition(".")[0] not in own}


def on_a_broker_of_its_own(grant: grants.Grant, *, backward: bool) -> tuple[set[str], set[str]]:
    with running_nats() as nats:
        return asyncio.run(landed_and_believed(nats, nats.add_camera("h1", "gate"), grant, backward=backward))


def row(grant: grants.Grant, landed: set[str], believed: set[str]) -> str:
    author = str(buses.AUTHORS.get(grant.user, ""))
    user = "a camera" if grant.place is not None else f"`{grant.user}`"
    places = ", ".join(f"`{kind}`" for kind in sorted(landed)) or "nowhere"
    said = ", ".join(f"`{kind}`" for kind in sorted(believed)) or "nothing"
    return f"| {user} | {grant.account} | {author} | {places} | {said} |"


@pytest.mark.live
@pytest.mark.timeout(180)
def test_no_credential_makes_another_process_believe_anything() -> None:
    rows = list[str]()
    for grant in (grants.camera(_CAMERA), *grants.services()):
        landed, believed = on_a_broker_of_its_own(grant, backward=False)
        if any("CONSUMER" in subject for subject in grant.publish):
            back = on_a_broker_of_its_own(grant, backward=True)
            landed, believed = landed | back[0], believed | back[1]
        rows.append(row(grant, landed, believed))

    stated = _ROWS.search((CHECKOUT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert stated is not None
    assert [line for line in stated[0].splitlines() if line.startswith("| ")][2:] == rows, "\n".join(rows)
