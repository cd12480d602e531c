"""S1: a face that matches nobody is on no persistent medium after it went through the running system.

Nor is that of the drills, which go along the line of each camera meanwhile.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoDetectRequest, PhotoEmbedReply, PhotoEmbedRequest
from services.chassis.bus import Bus
from services.drill import face
from tests import installation
from tests.chaos import media
from tests.chaos.scan import Traces, scan, scan_files
from tests.fakes import eventually
from tests.installation import MODELS, Installation

# The time of the test alone: starting everything takes the longer, and has limits of its own.
pytestmark = [pytest.mark.live, pytest.mark.timeout(180, func_only=True)]

MARKER = b"wardwatch-canary-7f3a91c2"
PASSERS_BY = 4
FRAMES_EACH = 5


def strangers() -> list[bytes]:
    """JPEGs of people who are on no list: one portrait in several guises, each marked in a comment segment."""
    portrait = cv2.imread(str(MODELS / "grace_hopper.jpg"))
    assert portrait is not None
    jpegs = []
    for number in range(PASSERS_BY):
        picture = cv2.convertScaleAbs(portrait[:, ::-1] if number % 2 else portrait, alpha=1 - 0.1 * number)
        jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
        comment = MARKER + b"-%d" % number
        # A COM segment right behind the start marker; its length counts itself.
        jpegs.append(jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:])
    return jpegs


@pytest.fixture(scope="module")
def wardwatch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    temporary = tmp_path_factory.mktemp("canary")
    with installation.running({"TMPDIR": str(temporary)}) as running:
        running.enrol("Somebody else", MODELS / "astronaut.png")
        running.account("guard", "guard")
        yield running


@pytest.fixture
async def video(wardwatch: Installation) -> AsyncIterator[Bus]:
    async with wardwatch.bus("watchlist-video") as bus:
        yield bus


@pytest.fixture
async def record(wardwatch: Installation) -> AsyncIterator[Bus]:
    async with wardwatch.bus("operator") as bus:
        yield bus


async def is_more(wardwatch: Installation, service: str, name: str, than: float) -> bool:
    return await wardwatch.counter(service, name) > than


async def nobody_is_followed(wardwatch: Installation) -> bool:
    begun = await wardwatch.counter("detector", "wardwatch_tracks_begun_total")
    return begun > 0 and await wardwatch.counter("detector", "wardwatch_tracks_ended_total") == begun


async def traces_of(jpegs: list[bytes], video: Bus) -> Traces:
    """What the pipeline itself makes of these pictures: crops, pictures and vectors."""
    markers, aligned = [MARKER], []
    for jpeg in jpegs:
        request = PhotoDetectRequest(jpeg).encode()
        found = PhotoDetectReply.decode(
            await video.request(subjects.PHOTO_DETECT.pattern, request, timeout_seconds=10)
        ).faces
        assert len(found) == 1
        aligned.append(found[0].aligned)
        middle = len(found[0].picture) // 2
        # Rows through the eyes of the crop, and compressed bytes of the picture a guard would have been shown.
        markers += [found[0].aligned[50].tobytes(), jpeg[len(jpeg) // 2 :][:64], found[0].picture[middle:][:64]]
    request = PhotoEmbedRequest(tuple(aligned)).encode()
    reply = PhotoEmbedReply.decode(await video.request(subjects.PHOTO_EMBED.pattern, request, timeout_seconds=10))
    return Traces(tuple(markers), np.stack(reply.vectors))


async def test_passers_by_leave_no_trace_on_any_medium(wardwatch: Installation, video: Bus, record: Bus) -> None:
    jpegs = await asyncio.to_thread(strangers)
    traces = await traces_of([*jpegs, await asyncio.to_thread(face.frame)], video)

    # Each at a camera of their own, who stays for a while: looked at when they come, and followed then.
    async with AsyncExitStack() as stack:
        cameras = [await stack.enter_async_context(wardwatch.publishing(f"gate-{n}")) for n in range(PASSERS_BY)]
        events = await stack.enter_async_context(wardwatch.listening("guard"))
        came = datetime.now(UTC)
        for camera, jpeg in zip(cameras, jpegs, strict=True):
            for n in range(FRAMES_EACH):
                looked = await wardwatch.counter("detector", "wardwatch_frames_processed_total")
                # Ten a second, however long each of them takes here.
                captured = came + timedelta(seconds=n / 10)
                await camera.publish(jpeg, {"Captured-At": captured.isoformat(timespec="milliseconds")})
                await eventually(partial(is_more, wardwatch, "detector", "wardwatch_frames_processed_total", looked))
        await eventually(partial(is_more, wardwatch, "matcher", "wardwatch_vectors_searched_total", PASSERS_BY - 1))
        await eventually(partial(is_more, wardwatch, "matcher", "wardwatch_drills_total", PASSERS_BY - 1))

    # They were seen, followed and searched for: the scan below would otherwise prove nothing.
    assert await wardwatch.counter("detector", "wardwatch_faces_detected_total") == PASSERS_BY * FRAMES_EACH
    assert await wardwatch.counter("detector", "wardwatch_faces_followed_total") > 0
    assert [e for e in events if e.kind == "incident"] == []
    # Their cameras say nothing more, and their tracks are gone from memory all the same.
    await eventually(lambda: nobody_is_followed(wardwatch), within_seconds=30)
    findings = await asyncio.to_thread(lambda: list(scan_files(media.folders(wardwatch), traces)))
    findings += [finding async for finding in media.scan_streams(record, traces)]
    assert findings == []


def visitors(tmp_path: Path) -> dict[str, tuple[Path, bytes]]:
    """Photos that two visitors bring to ask what is held of them: one is listed, the other is not."""
    brought = {}
    for name, picture in (("listed", "astronaut.png"), ("stranger", "grace_hopper.jpg")):
        portrait = cv2.imread(str(MODELS / picture))
        assert portrait is not None
        jpeg = cv2.imencode(".jpg", cv2.convertScaleAbs(portrait, alpha=0.93), [cv2.IMWRITE_JPEG_QUALITY, 91])[1]
        path = tmp_path / f"{name}.jpg"
        path.write_bytes(jpeg.tobytes())
        brought[name] = (path, jpeg.tobytes())
    return brought


async def test_a_visitor_who_asks_leaves_no_photo_and_no_vector(
    wardwatch: Installation, video: Bus, record: Bus, tmp_path: Path
) -> None:
    brought = await asyncio.to_thread(visitors, tmp_path)
    traces = await traces_of([jpeg for _, jpeg in brought.values()], video)
    digests = [sha256(jpeg).digest() for _, jpeg in brought.values()]
    markers = (*traces.markers[1:], *digests, *(digest.hex().encode() for digest in digests))

    forms = {"listed": "AR-2026/1", "stranger": "AR-2026/2"}

    def ask(name: str) -> dict[str, object]:
        """As at the counter: one account asks, another approves, the photo is brought and looked for."""
        said = wardwatch.cli("access", "ask", "--consent", forms[name], "--as", "author")
        number = said.split()[1]
        wardwatch.cli("access", "approve", number, "--as", "approver")
        answer = json.loads(wardwatch.cli("access", "photo", number, str(brought[name][0]), "--as", "author", "--json"))
        assert isinstance(answer, dict)
        return answer

    found = {name: await asyncio.to_thread(ask, name) for name in brought}
    listed = json.loads(await asyncio.to_thread(wardwatch.cli, "access", "list", "--as", "approver", "--json"))

    # They were looked for, by the face that the scan looks for: it would otherwise prove nothing.
    assert [len(cast("list[object]", found[name]["entries"])) for name in ("listed", "stranger")] == [1, 0]
    assert {each["consent"]: each["found"] for each in listed["requests"]} == {"AR-2026/1": 1, "AR-2026/2": 0}
    await wardwatch.fetch("CHECKPOINT")
    sought = Traces(markers, traces.vectors)
    findings = await asyncio.to_thread(lambda: list(scan_files(media.folders(wardwatch), sought)))
    findings += [finding async for finding in media.scan_streams(record, sought)]
    findings += [finding async for finding in media.scan_tables(wardwatch, sought)]
    for service in ("detector", "embedder", "matcher", "watchlist", "alerts", "delivery"):
        findings += scan(f"metrics of {service}", (await wardwatch.metrics(service)).encode(), sought)
    assert findings == []


async def test_the_scan_would_find_each_kind_of_trace(wardwatch: Installation, video: Bus, tmp_path: Path) -> None:
    jpegs = await asyncio.to_thread(strangers)
    traces = await traces_of(jpegs, video)
    noise = np.random.default_rng(1).normal(0, 0.05, traces.vectors.shape[1])
    noisy = (traces.vectors[0] + noise).astype(np.float32)
    for number, content in enumerate([jpegs[0], b"x" * 1237 + traces.markers[1], b"odd" + noisy.tobytes() + b"tail"]):
        (tmp_path / str(number)).write_bytes(content)

    found = await asyncio.to_thread(lambda: list(scan_files([tmp_path], traces)))

    assert {Path(finding.where).name for finding in found} == {"0", "1", "2"}
    assert any(finding.what.startswith("vector") for finding in found)
