"""Detector and embedder as services on a real broker with real models: frames in, vectors and reasons out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from proto.wardwatch.v1 import cameras
from proto.wardwatch.v1.cameras import CameraSettings
from proto.wardwatch.v1.entries import Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.messages import FaceEmbedded, FrameRejected, Hint, RejectReason
from proto.wardwatch.v1.model_card import ModelCard, card_path, prepared_path
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoDetectRequest, PhotoEmbedReply, PhotoEmbedRequest
from proto.wardwatch.v1.subjects import Account, Place, camera_id, site_id
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NoAnswer, Refusal, StartupError
from services.detector import __main__ as detector
from services.detector import pixels
from services.detector.header import Refused
from services.detector.opening import opened
from services.embedder import __main__ as embedder
from services.watchlist.enrolment.assessment import PhotoAssessor
from services.watchlist.enrolment.photo_client import PhotoClient
from services.watchlist.rules.gate import PhotoGate
from tests import buses, jpegs
from tests.fakes import eventually
from tests.golden.conftest import DETECTOR, EMBEDDER, LIMITS
from tests.servers import Nats

pytestmark = pytest.mark.live


def settings(nats: Nats, models_dir: Path, patch: pytest.MonkeyPatch) -> None:
    for service, file in (("detector", DETECTOR), ("embedder", EMBEDDER)):
        prefix = f"WARDWATCH_{service.upper()}_"
        patch.setenv(f"{prefix}NATS_URL", nats.url)
        patch.setenv(f"{prefix}VIDEO_SEED_FILE", str(nats.seed_file(service)))
        patch.setenv(f"{prefix}MODEL_PATH", str(prepared_path(models_dir / file)))
        # Other work on the machine must not make frames stale in a test about something else.
        patch.setenv(f"{prefix}MAX_AGE_SECONDS", "10")


@asynccontextmanager
async def both_running() -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(detector.main(stop))
        tasks.create_task(embedder.main(stop))
        try:
            yield
        finally:
            stop.set()


async def is_answered(bus: Bus, subject: str, payload: bytes) -> bool:
    """Whether somebody answers on *subject*, be it with a refusal."""
    try:
        await bus.request(subject, payload, timeout_seconds=5)
    except NoAnswer:
        return False
    except Refusal:
        return True
    return True


async def both_answer(bus: Bus) -> bool:
    return await is_answered(bus, "photo.detect", b"\xff") and await is_answered(bus, "photo.embed", b"\xff")


async def test_frames_become_vectors_and_bad_ones_reasons(
    nats: Nats, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(nats, models_dir, monkeypatch)
    gate = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    portrait = await asyncio.to_thread((models_dir / "grace_hopper.jpg").read_bytes)
    bomb = bytearray(portrait)
    size_at = portrait.index(b"\xff\xc0") + 5
    bomb[size_at : size_at + 4] = (40_000).to_bytes(2) * 2
    bad = {
        b"": RejectReason.EMPTY,
        b"these are words": RejectReason.NOT_JPEG,
        b"\x89PNG\r\n\x1a\n": RejectReason.NOT_JPEG,
        portrait[:20_000]: RejectReason.TRUNCATED,
        bytes(bomb): RejectReason.TOO_MANY_PIXELS,
    }
    vectors: list[FaceEmbedded] = []
    refused: asyncio.Queue[RejectReason | Hint] = asyncio.Queue()

    def take(delivery: Delivery) -> None:
        vectors.append(FaceEmbedded.decode(delivery.payload))

    def refuse(delivery: Delivery) -> None:
        refused.put_nowait(FrameRejected.decode(delivery.payload).reason)

    async with (
        both_running(),
        buses.connected(nats, "matcher-video") as reader,
        buses.connected(nats, "watchlist-video") as asker,
        buses.connected_at(nats.url, gate, "camera.h1.gate", account=Account.CAMERA) as sender,
        reader.listen("vectors.*.*.*", queue="matcher", offer=take),
        sender.listen("rejected.h1.gate", queue="integrator", offer=refuse),
    ):
        await eventually(lambda: both_answer(asker), within_seconds=15)
        for content, reason in bad.items():
            await sender.publish("frames.h1.gate", content)
            # One by one, or the next frame would take the place of this one.
            assert await asyncio.wait_for(refused.get(), 10) is reason
        await sender.publish("frames.h1.gate", portrait)
        await eventually(lambda: len(vectors) == 1)

        # The same picture as an enrolment photo yields the same template.
        photo = await asker.request("photo.detect", PhotoDetectRequest(portrait).encode(), timeout_seconds=5)
        faces = PhotoDetectReply.decode(photo).faces
        request = PhotoEmbedRequest(tuple(face.aligned for face in faces))
        enrolled = PhotoEmbedReply.decode(await asker.request("photo.embed", request.encode(), timeout_seconds=5))

    (live,) = vectors
    assert live.model == enrolled.model
    assert float(np.dot(live.vector, enrolled.vectors[0])) > 0.99999
    journey = live.origin.journey
    assert 0 < journey.received_us <= journey.detected_us <= journey.embedded_us


async def test_a_camera_on_its_side_is_set_right_while_the_detector_runs(
    nats: Nats, models_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings(nats, models_dir, monkeypatch)
    path = tmp_path / "cameras.json"
    monkeypatch.setenv("WARDWATCH_DETECTOR_CAMERAS_FILE", str(path))
    gate = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    portrait = await asyncio.to_thread((models_dir / "grace_hopper.jpg").read_bytes)
    upright = opened(portrait, LIMITS)
    assert not isinstance(upright, Refused)
    lying = pixels.encode(np.ascontiguousarray(np.rot90(upright)))
    vectors: list[FaceEmbedded] = []
    rejections: list[FrameRejected] = []
    began = datetime.now(UTC) - timedelta(minutes=1)

    async with (
        both_running(),
        buses.connected(nats, "matcher-video") as reader,
        buses.connected(nats, "watchlist-video") as asker,
        buses.connected_at(nats.url, gate, "camera.h1.gate", account=Account.CAMERA) as sender,
        reader.listen(
            "vectors.*.*.*", queue="matcher", offer=lambda found: vectors.append(FaceEmbedded.decode(found.payload))
        ),
        sender.listen(
            "rejected.h1.gate", queue="", offer=lambda found: rejections.append(FrameRejected.decode(found.payload))
        ),
    ):
        await eventually(lambda: both_answer(asker), within_seconds=15)

        async def seen(jpeg: bytes, **headers: str) -> FaceEmbedded:
            """The vector of one frame, named by its number."""
            name = f"f{len(vectors)}"
            # As if each was two seconds after the one before: in between nobody is followed any more.
            captured = began + timedelta(seconds=2 * len(vectors))
            stated = {"Nats-Msg-Id": name, "Captured-At": captured.isoformat(timespec="milliseconds")}
            await sender.publish("frames.h1.gate", jpeg, {**stated, **headers})
            await eventually(lambda: any(named(vector, name) for vector in vectors), within_seconds=10)
            return next(vector for vector in vectors if named(vector, name))

        usual = await seen(portrait)
        by_exif = await seen(jpegs.after_start(lying, jpegs.exif(6)))
        by_header = await seen(lying, Rotation="90")
        path.write_bytes(cameras.encode({Place(site_id("h1"), camera_id("gate")): CameraSettings(90)}))
        as_set = await seen(lying)

    assert [float(np.dot(each.vector, usual.vector)) > 0.98 for each in (by_exif, by_header, as_set)] == [True] * 3
    assert rejections == []


def named(vector: FaceEmbedded, name: str) -> bool:
    return vector.origin.frame_id.startswith(f"{name}@")


async def test_a_service_with_an_unprepared_model_does_not_start(
    nats: Nats, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(nats, models_dir, monkeypatch)
    monkeypatch.setenv("WARDWATCH_EMBEDDER_MODEL_PATH", str(models_dir / EMBEDDER))

    with pytest.raises(StartupError, match="wardwatch models fetch"):
        await embedder.main(asyncio.Event())


async def test_photos_are_judged_over_the_broker(nats: Nats, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(nats, models_dir, monkeypatch)
    portrait = await asyncio.to_thread((models_dir / "grace_hopper.jpg").read_bytes)
    card = await asyncio.to_thread(card_path(prepared_path(models_dir / EMBEDDER)).read_bytes)
    async with both_running(), buses.connected(nats, "watchlist-video") as bus:
        await eventually(lambda: both_answer(bus), within_seconds=15)
        assess = PhotoAssessor(PhotoClient(bus), PhotoGate(), model_sha256=ModelCard.decode(card).original_sha256)

        good, *broken = await asyncio.gather(assess(portrait), assess(portrait[:-900]), assess(b"a note"))

    assert good.verdict is Verdict.READY
    assert good.face is not None
    assert [finding.code for each in broken for finding in each.findings] == [
        FindingCode.DAMAGED,
        FindingCode.NOT_AN_IMAGE,
    ]
