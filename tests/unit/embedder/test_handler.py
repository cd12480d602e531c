"""What the embedder publishes for what comes in."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, Fault, Stage
from proto.wardwatch.v1.messages import FaceDetected, FaceEmbedded
from proto.wardwatch.v1.requests import PhotoEmbedReply, PhotoEmbedRequest
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Aligned, Drill, Journey, Model, Origin, Quality, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.embedder.core import BatchSize, Float32
from services.embedder.handler import EmbedFaces, EmbedPhotos, embed_forever
from services.embedder.inbox import Inbox
from tests.fakes import FakeBus, eventually

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MODEL = Model("tiny", "ab" * 32)
GATE = Place(site_id("h1"), camera_id("gate"))

DRILL = Drill("ab" * 16, 5)


def aligned(level: int) -> Aligned:
    return np.full((112, 112, 3), level, np.uint8)


def face(level: int = 1) -> FaceDetected:
    origin = Origin(GATE, FrameId(f"f{level}"), 0, Journey(1, 2, 3))
    return FaceDetected(origin, Quality(0.9, 90, 40, 300, 0, 0, 120), aligned(level), b"portrait")


@dataclass
class LevelNetwork:
    """The vector of a face is (its level, 1); a face of level 0 has none, and level 255 is a fault."""

    batches: list[int] = field(default_factory=list)

    async def embed(self, faces: Sequence[Aligned]) -> Float32:
        self.batches.append(len(faces))
        levels = [int(each[0, 0, 0]) for each in faces]
        if 255 in levels:
            raise RuntimeError("the network broke")
        return np.array([(level, 1) if level else (0, 0) for level in levels], np.float32)


@dataclass
class Rig:
    """An embedder without network and broker."""

    network: LevelNetwork = field(default_factory=LevelNetwork)
    bus: FakeBus = field(default_factory=FakeBus)
    meters: Meters = field(default_factory=Meters)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.inbox = Inbox(max_waiting=3, max_age_us=1_000_000, max_cameras=2, meters=self.meters, now=lambda: self.now)
        self.embed = EmbedFaces(
            self.network,
            MODEL,
            self.bus.publish,
            self.meters,
            BatchSize(2, 1000.0),
            lambda: self.now,
            self.inbox.shed,
        )

    def arrive(self, *levels: int, camera: str = "gate", look: int | None = None) -> None:
        headers = {} if look is None else {subjects.HEADER_LOOK: str(look)}
        for level in levels:
            self.inbox.offer(Delivery(f"faces.0.h1.{camera}", face(level).encode(), headers))

    def drilled(self, level: int = 1) -> None:
        """The face of a drill arrives."""
        one = face(level)
        marked = replace(one, origin=replace(one.origin, drill=DRILL))
        self.inbox.offer(Delivery("faces.0.h1.gate", marked.encode(), {subjects.HEADER_DRILL: DRILL.id}))

    def published(self) -> list[FaceEmbedded]:
        return [FaceEmbedded.decode(message.payload) for message in self.bus.published]


async def test_a_face_becomes_a_vector_that_names_its_model() -> None:
    rig = Rig()
    rig.arrive(3)

    await rig.embed(await rig.inbox.next(8))

    (message,) = rig.bus.published
    assert message.subject == subjects.vectors(GATE)
    embedded = FaceEmbedded.decode(message.payload)
    assert embedded.model == MODEL
    assert embedded.picture == b"portrait"
    assert embedded.origin.journey == Journey(1, 2, 3, to_microseconds(NOW))
    np.testing.assert_allclose(embedded.vector, np.array([3, 1]) / np.sqrt(10), rtol=1e-6)


async def test_what_has_gathered_is_one_batch_in_order() -> None:
    rig = Rig()
    rig.arrive(1, 2, 3)

    await rig.embed(await rig.inbox.next(8))

    assert rig.network.batches == [3]
    assert [each.origin.frame_id for each in rig.published()] == ["f1", "f2", "f3"]


async def test_overload_gives_up_the_oldest_and_counts_it() -> None:
    rig = Rig()
    rig.arrive(1, 2, 3, 4)

    await rig.embed(await rig.inbox.next(8))

    assert [each.origin.frame_id for each in rig.published()] == ["f2", "f3", "f4"]
    assert rig.meters.value("wardwatch_faces_shed_total", reason="crowded_out", camera="h1.gate") == 1


async def test_first_looks_go_before_later_ones() -> None:
    rig = Rig()
    rig.arrive(1, look=2)
    rig.arrive(2, look=7)
    rig.arrive(3, look=1)

    await rig.embed(await rig.inbox.next(2))

    assert [each.origin.frame_id for each in rig.published()] == ["f3", "f1"]


async def test_later_looks_make_room_for_first_ones_of_any_camera() -> None:
    rig = Rig()
    rig.arrive(1, look=2)
    rig.arrive(2, 3, look=1)
    rig.arrive(4, camera="door", look=1)
    rig.arrive(5, look=2)

    await rig.embed(await rig.inbox.next(8))

    assert [each.origin.frame_id for each in rig.published()] == ["f2", "f4", "f3"]
    assert rig.meters.value("wardwatch_faces_shed_total", reason="crowded_out", camera="h1.gate") == 2


async def test_what_is_given_up_is_counted_by_camera_within_a_bound() -> None:
    rig = Rig()
    for camera in ("a", "b", "c", "d"):
        rig.arrive(1, camera=camera)
    rig.now = NOW + timedelta(seconds=2)
    rig.arrive(9, camera="a")

    await rig.inbox.next(8)

    shed = {
        (reason, camera): rig.meters.value("wardwatch_faces_shed_total", reason=reason, camera=camera)
        for reason in ("crowded_out", "stale")
        for camera in ("h1.a", "h1.b", "others")
    }
    assert shed == {
        ("crowded_out", "h1.a"): 1,
        ("crowded_out", "h1.b"): 1,
        ("crowded_out", "others"): 0,
        ("stale", "h1.a"): 0,
        ("stale", "h1.b"): 0,
        ("stale", "others"): 2,
    }


async def test_a_subject_that_names_no_camera_is_counted_and_dropped() -> None:
    rig = Rig()

    rig.inbox.offer(Delivery("faces.0.h1.gäte", face().encode()))

    assert rig.meters.value("wardwatch_messages_unreadable_total", subject="faces") == 1


async def test_a_stale_face_is_given_up() -> None:
    rig = Rig()
    rig.arrive(1)
    rig.now = NOW + timedelta(seconds=2)
    rig.arrive(2)

    await rig.embed(await rig.inbox.next(8))

    assert [each.origin.frame_id for each in rig.published()] == ["f2"]
    assert rig.meters.value("wardwatch_faces_shed_total", reason="stale", camera="h1.gate") == 1


async def test_a_face_without_a_direction_does_not_harm_its_batch() -> None:
    rig = Rig()
    rig.arrive(0, 5)

    await rig.embed(await rig.inbox.next(8))

    assert [each.origin.frame_id for each in rig.published()] == ["f5"]
    assert rig.meters.value("wardwatch_faces_shed_total", reason="no_direction", camera="h1.gate") == 1


async def test_bytes_that_are_no_face_are_counted() -> None:
    rig = Rig()
    rig.inbox.offer(Delivery("faces.0.h1.gate", b"\xff\xff"))
    rig.arrive(1)

    assert len(await rig.inbox.next(8)) == 1
    assert rig.meters.value("wardwatch_messages_unreadable_total", subject="faces") == 1


async def test_a_fault_costs_the_batch_and_not_the_service() -> None:
    rig = Rig()
    worker = asyncio.create_task(embed_forever(rig.inbox, rig.embed, asyncio.Event()))
    rig.arrive(255)
    await eventually(lambda: rig.meters.value("wardwatch_faces_shed_total", reason="fault", camera="h1.gate") == 1)
    rig.arrive(6)
    await eventually(lambda: rig.meters.value("wardwatch_faces_embedded_total") == 1)

    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)

    assert [each.origin.frame_id for each in rig.published()] == ["f6"]


async def test_the_worker_ends_though_the_library_swallows_a_cancellation() -> None:
    rig, over, begun = Rig(), asyncio.Event(), asyncio.Event()

    async def swallow(_subject: str, _payload: bytes, _headers: Mapping[str, str] | None = None) -> bool:
        # As nats-py's flush does.
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return True

    embed = EmbedFaces(rig.network, MODEL, swallow, rig.meters, BatchSize(2, 1000.0), lambda: rig.now, rig.inbox.shed)
    worker = asyncio.create_task(embed_forever(rig.inbox, embed, over))
    rig.arrive(1)
    await begun.wait()
    over.set()
    worker.cancel()

    done, _ = await asyncio.wait({worker}, timeout=5)
    assert done


async def test_a_drill_is_embedded_like_a_face_and_counted_with_none() -> None:
    rig = Rig()
    rig.drilled(3)

    await rig.embed(await rig.inbox.next(8))

    vector, step = rig.bus.published
    embedded = FaceEmbedded.decode(vector.payload)
    assert (vector.subject, vector.headers) == (subjects.vectors(GATE), {subjects.HEADER_DRILL: DRILL.id})
    assert embedded.origin.drill == DRILL
    np.testing.assert_allclose(embedded.vector, np.array([3, 1]) / np.sqrt(10), rtol=1e-6)
    assert step.subject == subjects.steps(GATE)
    assert DrillStep.decode(step.payload) == DrillStep(GATE, Stage.EMBEDDED, to_microseconds(NOW), DRILL)
    assert rig.meters.value("wardwatch_faces_received_total") == 0
    assert rig.meters.value("wardwatch_faces_embedded_total") == 0


async def test_a_drill_that_yields_no_vector_is_told_as_such() -> None:
    rig = Rig()
    rig.drilled(0)

    await rig.embed(await rig.inbox.next(8))

    (step,) = rig.bus.published
    assert DrillStep.decode(step.payload).fault is Fault.NO_VECTOR
    assert rig.meters.value("wardwatch_faces_shed_total", reason="no_direction", camera="h1.gate") == 0


async def test_drills_and_faces_crowd_nobody_out_and_share_a_batch() -> None:
    rig = Rig()
    rig.arrive(1, 2, 3)
    for _ in range(3):
        rig.drilled(4)

    batches = [await rig.inbox.next(2) for _ in range(3)]

    assert [[face.origin.drill is not None for face in batch] for batch in batches] == 3 * [[True, False]]
    assert rig.meters.value("wardwatch_faces_shed_total", reason="crowded_out", camera="h1.gate") == 0


async def test_enrolled_faces_are_answered_in_order_and_in_parts() -> None:
    network = LevelNetwork()
    embed = EmbedPhotos(network, MODEL, BatchSize(2, 1000.0), max_faces=5)

    request = PhotoEmbedRequest(tuple(aligned(level) for level in (3, 4, 5)))
    reply = PhotoEmbedReply.decode(await embed(request.encode()))

    assert reply.model == MODEL
    assert network.batches == [2, 1]
    assert [round(float(vector[0] / vector[1])) for vector in reply.vectors] == [3, 4, 5]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(b"\xff\xff\xff", 400, id="no request"),
        pytest.param(PhotoEmbedRequest(tuple(aligned(1) for _ in range(6))).encode(), 413, id="too many"),
        pytest.param(PhotoEmbedRequest((aligned(0),)).encode(), 422, id="no vector"),
    ],
)
async def test_a_request_that_cannot_be_answered_is_refused(payload: bytes, code: int) -> None:
    embed = EmbedPhotos(LevelNetwork(), MODEL, BatchSize(2, 1000.0), max_faces=5)

    with pytest.raises(Refusal) as refused:
        await embed(payload)

    assert refused.value.code == code
