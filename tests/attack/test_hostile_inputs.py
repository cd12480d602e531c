"""A hundred thousand hostile inputs over every intake of a whole Wardwatch: nothing ends, nothing stands still.

Seeded: WARDWATCH_ATTACK_SEED gives other ones. After each intake a person who is listed is sighted as before.
"""

import asyncio
import json
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from io import BytesIO
from random import Random
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import pytest
from yarl import URL

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.replication import ThresholdPublished
from services.chassis.bus import Bus
from tests import appearances, installation
from tests.attack import stalls
from tests.attack.hostile_camera import Line
from tests.attack.inputs import files, http, messages, pictures
from tests.checkout import CHECKOUT
from tests.fakes import eventually
from tests.installation import MODELS, Installation

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

SEED: Final = int(os.environ.get("WARDWATCH_ATTACK_SEED", "8"))
# Of the inputs below, to try something out.
SHARE: Final = float(os.environ.get("WARDWATCH_ATTACK_SHARE", "1"))
INPUTS: Final = {
    "frames": 20_000,
    "lines of a camera": 25_000,
    "messages in VIDEO": 10_000,
    "messages in RECORD": 12_000,
    "connections to the page": 20_000,
    "requests with a session": 11_500,
    "photos and tables": 1_000,
    "files for the command": 500,
}
# A flood is another attack: here each input is to be looked at.
_FRAMES_A_SECOND: Final = 40
_LINES_A_SECOND: Final = 80
_CAMERAS: Final = 10
_MOST_MIB: Final = 300
_MOST_LOGGED: Final = 10_000_000
_SETTINGS: Final = {
    # So that bodies come to the desk, and are not only told to be slower.
    "WARDWATCH_WATCHLIST_DESK_REQUESTS_A_MINUTE": "1000000",
}
Attack = Callable[[], Awaitable[object]]


def test_the_inputs_are_a_hundred_thousand() -> None:
    assert sum(INPUTS.values()) >= 100_000


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    with installation.running(_SETTINGS) as running:
        running.enrol("Listed", MODELS / "astronaut.png")
        for role in ("guard", "supervisor", "administrator", "auditor"):
            running.account(f"the-{role}", role)
        for number in range(_CAMERAS):
            running.camera_seed(f"hostile-{number}")
        yield running


@asynccontextmanager
async def attacked(wardwatch: Installation, intake: str) -> AsyncIterator[tuple[Random, int, stalls.Seen]]:
    """Attack within; afterwards every process is what it was, and somebody listed is sighted."""
    former = len(stalls.faults(wardwatch))
    async with stalls.watched(wardwatch) as seen:
        count = round(INPUTS[intake] * SHARE)
        yield Random(f"{SEED} {intake}"), count, seen
    sys.stdout.write(f"\n{count:,} {intake}: {seen}\n")
    faults = stalls.faults(wardwatch)[former:]
    sys.stdout.write("".join(f"{each}\n" for each in faults[:20]))
    assert seen.ended == []
    assert faults == []
    await sighted(wardwatch)
    # An idle process beside them tells a busy machine from a service that stood still.
    assert {name: count for name, count in seen.stalls.items() if count > seen.busy} == {}
    assert max(seen.grown_mib.values()) < _MOST_MIB
    assert seen.logged < _MOST_LOGGED


async def sighted(wardwatch: Installation) -> None:
    """Somebody who is listed walks past a camera, and the page hears of it."""
    jpeg = await asyncio.to_thread(appearances.listed)
    async with (
        wardwatch.listening("the-guard") as events,
        wardwatch.publishing("gate") as camera,
        camera.showing(jpeg, frames_per_second=5),
    ):
        await eventually(
            lambda: any(event.kind == "incident" and event.content["camera"] == "gate" for event in events),
            within_seconds=60,
        )


async def test_hostile_frames(wardwatch: Installation) -> None:
    async with attacked(wardwatch, "frames") as (rng, count, seen):
        each = count // _CAMERAS

        async def send(number: int) -> None:
            own = Random(rng.random())
            async with wardwatch.publishing(f"hostile-{number}") as camera:
                for _ in range(each):
                    # What is late is not made up for: a burst is another attack.
                    await asyncio.sleep(1 / _FRAMES_A_SECOND)
                    await camera.publish(pictures.frame(own), _header(own))
                await camera.client.flush(30)

        await asyncio.gather(*(send(number) for number in range(_CAMERAS)))
        await _worked_off(wardwatch)

    received = seen.counted("detector", "wardwatch_frames_received_total", "hostile-")
    looked_at = seen.counted("detector", "wardwatch_frames_processed_total", "hostile-")
    shed = seen.counted("detector", "wardwatch_frames_shed_total")
    over_pace = seen.counted("detector", "wardwatch_frames_over_pace_total", "hostile-")
    refused = seen.counted("detector", "wardwatch_frames_rejected_total")
    sys.stdout.write(f"received {received:.0f}, looked at {looked_at:.0f}, refused {refused:.0f}, shed {shed:.0f}\n")
    # Those that the broker kept to itself are counted by nobody.
    assert seen.counted("detector", "wardwatch_camera_muted_total", "hostile-") == 0
    assert received + over_pace == count
    assert looked_at + shed >= received
    assert seen.counted("detector", "wardwatch_frames_shed_total", "fault") == 0


def _header(rng: Random) -> dict[str, str] | None:
    if rng.random() < 0.8:
        return None
    return {
        rng.choice(("Captured-At", "Rotation", "Nats-Msg-Id", "X")): rng.choice(
            ("2026-11-29T12:00:00Z", "9999-12-31T23:59:59+14:00", "nan", "90", "-90", "x" * 5000, "\u202e", "0")
        )
    }


async def _worked_off(wardwatch: Installation) -> None:
    """Wait until the detector has all that was sent."""
    before = -1.0

    async def quiet() -> bool:
        nonlocal before
        await asyncio.sleep(1)
        page = (await stalls.metrics(wardwatch))["detector"]
        now = page.sum("wardwatch_frames_received_total") + page.sum("wardwatch_frames_processed_total")
        same, before = now == before, now
        return same

    await eventually(quiet, within_seconds=60)


async def test_hostile_lines_of_a_camera(wardwatch: Installation) -> None:
    async with attacked(wardwatch, "lines of a camera") as (rng, count, seen):
        each = count // _CAMERAS

        async def send(number: int) -> None:
            own = Random(rng.random())
            camera = f"hostile-{number}"
            seed = (wardwatch.home / f"{camera}.nk").read_text().strip().encode()
            line = await asyncio.to_thread(Line, wardwatch.nats_url, seed)
            for _ in range(each):
                await asyncio.sleep(1 / _LINES_A_SECOND)
                content = rng.randbytes(rng.randrange(40))
                try:
                    await asyncio.to_thread(
                        line.send, messages.line(f"frames.{installation.SITE}.{camera}", content, own)
                    )
                except OSError:  # the broker ends a line that it cannot read
                    line = await asyncio.to_thread(Line, wardwatch.nats_url, seed)
            line.socket.close()

        await asyncio.gather(*(send(number) for number in range(_CAMERAS)))

    received = seen.counted("detector", "wardwatch_frames_received_total", "hostile-")
    unread = seen.counted("detector", "wardwatch_messages_unreadable_total")
    reconnects = sum(seen.counted(each, "wardwatch_bus_reconnects_total") for each in stalls.SERVICES)
    sys.stdout.write(f"received {received:.0f}, headers or replies that are none {unread:.0f}\n")
    assert received > count / 2
    assert unread > 0
    assert reconnects == 0


# Who says what in VIDEO: nothing is signed there.
VIDEO: Final = (
    ("detector", "faces.{share}.h1.gate-2", "FaceDetected"),
    ("detector", "faces.{share}.{token}.{token}", "FaceDetected"),
    ("embedder", "vectors.{share}.h1.gate-2", "FaceEmbedded"),
    ("embedder", "vectors.{share}.{token}.{token}", "FaceEmbedded"),
    ("detector", "replicas.detector.{token}", "ReplicaBeat"),
    ("embedder", "replicas.embedder.{token}", "ReplicaBeat"),
    ("matcher-video", "replicas.matcher.{token}", "ReplicaBeat"),
    ("detector", "rejected.h1.gate-2", "FrameRejected"),
    ("watchlist-video", "photo.detect", "PhotoDetectRequest"),
    ("watchlist-video", "photo.embed", "PhotoEmbedRequest"),
)
# And in RECORD: with the credential of each row, with its signature where one is asked for, and without.
RECORD: Final = (
    ("matcher-record", "sightings.h1.gate-2", "PersonSighted"),
    ("matcher-record", "sightings.{token}.{token}", "PersonSighted"),
    ("matcher-record", "receipts.{token}", "ErasureReceipt"),
    ("matcher-record", "matchers.{token}", "MatcherPresence"),
    ("watchlist-record", "watchlist.{token}", "EntryPublished"),
    ("watchlist-record", "keys.{token}", "KeyPublished"),
    ("watchlist-record", "policy.threshold", "ThresholdPublished"),
    ("watchlist-record", "roll.matchers", "RollCall"),
    ("watchlist-record", "alike.matchers", "AlikeRequest"),
    ("watchlist-record", "poison.{token}", ""),
    ("alerts", "control.x9", "MatchingControl"),
    ("alerts", "halt.matchers", "MatchingControl"),
    ("alerts", "audit.head", "AuditHead"),
    ("alerts", "desk.watchlist.show_entry", "DeskCall"),
    ("alerts", "desk.watchlist.add_photo", "DeskCall"),
    ("alerts", "desk.watchlist.{token}", "DeskCall"),
    ("alerts", "probe.alerts", ""),
    ("operator", "control.x9", "MatchingControl"),
)
_TOKENS: Final = (
    "x",
    "-",
    "_",
    "a" * 64,
    "a" * 500,
    "h1",
    "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
    "%00",
    "\u202e",
    "$JS",
    "a,b",
    "(x)",
)


def _subject(pattern: str, rng: Random) -> str:
    return ".".join(
        part.format(share=rng.choice(("0", "17", "63", "64", "-1", "x")), token=rng.choice(_TOKENS))
        for part in pattern.split(".")
    )


async def test_hostile_messages_in_video(wardwatch: Installation) -> None:
    async with attacked(wardwatch, "messages in VIDEO") as (rng, count, seen):
        users = {row[0] for row in VIDEO}
        async with _buses(wardwatch, users) as buses:
            for number in range(count):
                user, pattern, kind = rng.choice(VIDEO)
                await _say(buses[user], _subject(pattern, rng), messages.hostile(kind, rng), rng, signed=False)
                if number % 500 == 499:
                    await _flush(buses)
    unread = sum(seen.counted(each, "wardwatch_messages_unreadable_total") for each in stalls.SERVICES)
    sys.stdout.write(f"counted as unreadable {unread:.0f}\n")
    assert unread > count / 10


async def test_hostile_messages_in_record(wardwatch: Installation) -> None:
    async with attacked(wardwatch, "messages in RECORD") as (rng, count, seen):
        users = {row[0] for row in RECORD}
        async with _buses(wardwatch, users) as buses:
            for number in range(count):
                user, pattern, kind = rng.choice(RECORD)
                subject, content = _subject(pattern, rng), messages.hostile(kind, rng)
                signed = rng.random() < 0.5 and _says_nothing_true(subject, content)
                await _say(buses[user], subject, content, rng, signed=signed)
                if number % 200 == 199:
                    await _flush(buses)
        await _settled(wardwatch)
    unread = sum(seen.counted(each, "wardwatch_messages_unreadable_total") for each in stalls.SERVICES)
    forged = sum(seen.counted(each, "wardwatch_messages_forged_total") for each in stalls.SERVICES)
    poisoned = sum(seen.counted(each, "wardwatch_owed_settled_total", "poison") for each in stalls.SERVICES)
    sys.stdout.write(f"unreadable {unread:.0f}, forged {forged:.0f}, set aside {poisoned:.0f}\n")
    assert forged > count / 20


def _says_nothing_true(subject: str, content: bytes) -> bool:
    """Whether *content*, signed by its author, is no order that this author may give and this attack must not."""
    try:
        match subject.partition(".")[0]:
            case "policy":
                ThresholdPublished.decode(content)
            case "control" | "halt":
                return MatchingControl.decode(content).site != installation.SITE
            case _:
                return True
    except ValueError:
        return True
    return False


async def _settled(wardwatch: Installation) -> None:
    """Wait until what is owed was settled in one way or another."""

    async def empty() -> bool:
        async with wardwatch.bus("operator") as bus:
            return await bus.count_of(subjects.SIGHTINGS_STREAM.name) == 0

    await eventually(empty, within_seconds=300)


@asynccontextmanager
async def _buses(wardwatch: Installation, users: set[str]) -> AsyncIterator[dict[str, Bus]]:
    async with AsyncExitStack() as stack:
        yield {user: await stack.enter_async_context(wardwatch.bus(user)) for user in sorted(users)}


async def _flush(buses: dict[str, Bus]) -> None:
    for bus in buses.values():
        await bus.client.flush(60)


async def _say(bus: Bus, subject: str, content: bytes, rng: Random, *, signed: bool) -> None:
    headers = None
    if signed and subjects.authors_of(subject):
        headers = bus._signatures.headers(subject, content, None)
    reply = f"{subjects.inbox_prefix(bus.user)}.nobody" if rng.random() < 0.5 else ""
    with suppress(Exception):  # what the client itself refuses to send
        await bus.client.publish(subject, content, reply=reply, headers=headers)


async def test_hostile_connections_to_the_page(wardwatch: Installation) -> None:
    async with attacked(wardwatch, "connections to the page") as (rng, count, _seen):
        address, slow = urlsplit(wardwatch.url), asyncio.Semaphore(64)
        became = Counter[str]()

        async def send(content: bytes) -> None:
            async with slow:
                try:
                    became[await _answered(address.hostname or "", address.port or 0, content)] += 1
                except OSError as error:
                    became[type(error).__name__] += 1

        # Some of them say nothing more, and wait.
        waiting = [await asyncio.open_connection(address.hostname, address.port) for _ in range(100)]
        for number, (_, writer) in enumerate(waiting):
            writer.write(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n"[: number + 1])
        for _ in range(count // 100):
            await asyncio.gather(*(send(http.raw(rng)) for _ in range(100)))
        for _, writer in waiting:
            writer.close()
    sys.stdout.write(f"answers: {dict(became.most_common(12))}\n")
    assert not {status for status in became if status.startswith("5") and status not in ("501", "503", "505")}


async def _answered(host: str, port: int, content: bytes) -> str:
    """The status of the answer, or how the connection ended."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(content)
        with suppress(TimeoutError, ConnectionResetError):
            async with asyncio.timeout(0.3):
                await writer.drain()
                line = await reader.readline()
                return line.split(b" ")[1][:3].decode("ascii", "replace") if b" " in line else "closed"
        return "silence"
    finally:
        writer.close()


async def test_hostile_requests_of_every_role(wardwatch: Installation) -> None:
    document = json.loads((CHECKOUT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] not in ("end_session", "stream_events")
    ]
    async with attacked(wardwatch, "requests with a session") as (rng, count, _seen):
        became = Counter[str]()
        tokens = [wardwatch.tokens[f"the-{role}"] for role in ("guard", "supervisor", "administrator", "auditor")]
        async with aiohttp.ClientSession(wardwatch.url, connector=aiohttp.TCPConnector(limit=24)) as session:

            async def send() -> None:
                method, path, operation = rng.choice(operations)
                headers = {"Authorization": f"Bearer {rng.choice(tokens)}", "Content-Type": _type(rng)}
                if rng.random() < 0.3:
                    headers["Idempotency-Key"] = rng.choice(("k", "k" * 200, "0" * 36))
                url = _filled(path, rng)
                data = None if method == "get" else http.body(_properties(document, operation), rng)
                try:
                    async with session.request(method, url, headers=headers, data=data and BytesIO(data)) as answer:
                        await answer.read()
                        became[f"{answer.status}"] += 1
                        if answer.status >= 500 and answer.status != 503:
                            became[f"{answer.status} {operation['operationId']}"] += 1
                except aiohttp.ClientError as error:
                    became[type(error).__name__] += 1

            for _ in range(count // 50):
                await asyncio.gather(*(send() for _ in range(50)))
    sys.stdout.write(f"answers: {dict(became.most_common(16))}\n")
    assert not {status for status in became if status.startswith("5") and not status.startswith("503")}


def _type(rng: Random) -> str:
    return rng.choice(
        ("application/json", "application/json", "text/csv", "image/jpeg", "multipart/form-data", "x", "")
    )


def _filled(path: str, rng: Random) -> URL:
    filled = "".join(http.parameter(part[1:-1], rng) if part.startswith("{") else part for part in _parts(path))
    if rng.random() < 0.3:
        filled += f"?{rng.choice(('state', 'cursor', 'limit', 'x', 'name', 'open'))}={http.parameter('state', rng)}"
    return URL(filled, encoded=True)


def _parts(path: str) -> list[str]:
    return re.split(r"(\{\w+\})", path)


def _properties(document: dict[str, object], operation: dict[str, object]) -> dict[str, object]:
    """The properties of the operation's body, by its schema in the document."""
    try:
        schema = _within(operation, "requestBody", "content", "application/json", "schema")
        name = str(schema["$ref"]).rpartition("/")[2]
        return _within(document, "components", "schemas", name, "properties")
    except KeyError:
        return {}


def _within(document: dict[str, object], *names: str) -> dict[str, object]:
    """A part of a document, by the names that lead to it."""
    for name in names:
        part = document[name]
        assert isinstance(part, dict)
        document = part
    return document


async def test_hostile_photos_and_tables(wardwatch: Installation) -> None:
    async with attacked(wardwatch, "photos and tables") as (rng, count, _seen):
        became = Counter[str]()
        headers = {"Authorization": f"Bearer {wardwatch.tokens['author']}"}
        async with aiohttp.ClientSession(wardwatch.url, headers=headers) as session:
            entry, batch = await _draft(session), await _import(session)

            async def send(path: str, content: bytes, kind: str) -> None:
                async with session.put(path, data=BytesIO(content), headers={"Content-Type": kind}) as answer:
                    await answer.read()
                    became[f"{kind} {answer.status}"] += 1

            for _ in range(count // 6):
                photo = partial(pictures.photo, rng)
                position = rng.randrange(10)
                await asyncio.gather(
                    send(f"/api/v1/watchlist/entries/{entry}/photos/{position}", photo(), "image/jpeg"),
                    send(f"/api/v1/watchlist/entries/{entry}/photos/{(position + 1) % 10}", photo(), "image/jpeg"),
                    send(
                        f"/api/v1/watchlist/imports/{batch}/photos/p{rng.randrange(500)}__1.jpg", photo(), "image/jpeg"
                    ),
                    send(
                        f"/api/v1/watchlist/imports/{batch}/photos/p{rng.randrange(500)}__2.jpg", photo(), "image/jpeg"
                    ),
                    send(f"/api/v1/watchlist/imports/{batch}/people", files.table(rng), "text/csv"),
                    send(f"/api/v1/watchlist/imports/{batch}/people", files.table(rng), "text/csv"),
                )
    sys.stdout.write(f"answers: {dict(became.most_common(16))}\n")
    assert not {status for status in became if " 5" in status and not status.endswith(("503", "502"))}


async def _draft(session: aiohttp.ClientSession) -> UUID:
    body = {
        "label": "x", "category": "ban", "basis": "b 1", "evidence": "e 1", "instruction": "Call 8811.",
    }  # fmt: skip
    async with session.post("/api/v1/watchlist/entries", json=body) as answer:
        text = await answer.text()
        assert answer.status < 300, text
        return UUID(json.loads(text)["id"])


async def _import(session: aiohttp.ClientSession) -> UUID:
    body = {"category": "ban", "basis": "b 1", "evidence": "e 1", "instruction": "Call 8811.", "source": "s"}
    async with session.post("/api/v1/watchlist/imports", json=body) as answer:
        text = await answer.text()
        assert answer.status < 300, text
        return UUID(json.loads(text)["id"])


async def test_hostile_files_for_the_command(wardwatch: Installation) -> None:
    async with attacked(wardwatch, "files for the command") as (_rng, count, _seen):
        reading = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.attack.inputs.files", str(SEED), str(count),
            cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, complaint = await reading.communicate()
    assert reading.returncode == 0, complaint.decode()[-3000:]
    sys.stdout.write(said.decode())
    assert json.loads(said)["read"] + json.loads(said)["refused"] == count
