"""Which frames are drills, and that every other frame with a mark is looked at as any other."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from nacl.signing import SigningKey

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, Fault, Stage
from proto.wardwatch.v1.messages import FaceDetected, RejectReason
from proto.wardwatch.v1.subjects import Author, Place, camera_id, site_id
from proto.wardwatch.v1.values import Drill, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.drill_mark import mark
from services.chassis.signing import Authors, Signer
from services.chassis.telemetry import Meters
from services.detector.drilling import DetectDrill
from services.detector.finder import Sight
from services.detector.floods import Floods
from services.detector.header import Refused
from services.detector.heard import Heard
from services.detector.inbox import Inbox
from services.detector.intake import Frame
from services.detector.marks import FRESH_US, MOST_BYTES, Marks
from services.detector.pace import Allowance, Paces
from tests.fakes import FakeBus
from tests.unit.detector.test_handler import CLOCK, looks_of, seen_face, sight

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GATE = Place(site_id("h1"), camera_id("gate"))
DOOR = Place(site_id("h1"), camera_id("door"))
KEY = SigningKey(b"d" * 32)
AUTHORS = Authors.parse(json.dumps({Author.DRILL: KEY.verify_key.encode().hex()}))
JPEG = b"\xff\xd8 a drawn face"


def drill(number: int = 1, at: datetime = NOW) -> Drill:
    return Drill(f"{number:032x}", to_microseconds(at))


def marked(
    one: Drill, place: Place = GATE, jpeg: bytes = JPEG, *, meant_for: Place | None = None, key: SigningKey = KEY
) -> Delivery:
    """A frame of *place* with a mark that was made for a camera, the same one unless *meant_for* is another."""
    subject = subjects.shared_frames(place)
    header = mark(Signer(Author.DRILL, key), one, subjects.shared_frames(meant_for or place), jpeg)
    return Delivery(subject, jpeg, {subjects.HEADER_DRILL: header})


@dataclass
class Rig:
    """What is before the worker of a detector, at a time that the test says."""

    now: datetime = NOW
    meters: Meters = field(default_factory=Meters)
    frames_per_second: float = 100

    def __post_init__(self) -> None:
        allowance = Allowance(frames_per_second=self.frames_per_second, bytes_per_second=1_000_000)
        self.inbox = Inbox(
            max_cameras=2,
            max_age_us=1_000_000,
            clock=CLOCK,
            paces=Paces(allowance, 2),
            floods=Floods(allowance, self.meters, lambda: self.now, 2),
            meters=self.meters,
            now=lambda: self.now,
            marks=Marks(AUTHORS, self.meters, lambda: self.now),
            heard=Heard(2),
        )

    def arrive(self, delivery: Delivery) -> bool:
        """Whether the frame was taken in, as the shares of a replica do it."""
        admitted = self.inbox.admit(delivery)
        if admitted:
            self.inbox.offer(delivery)
        return admitted

    def camera(self, jpeg: bytes, place: Place = GATE) -> None:
        assert self.arrive(Delivery(subjects.shared_frames(place), jpeg))

    def marks(self, outcome: str) -> float:
        return self.meters.value("wardwatch_drill_marks_total", outcome=outcome)

    def received(self) -> float:
        return self.meters.value("wardwatch_frames_received_total", camera="h1.gate")


async def test_a_drill_is_taken_once_and_counted_with_no_frame() -> None:
    rig = Rig()
    rig.arrive(marked(drill()))

    frame = await rig.inbox.next()

    assert (frame.drill, frame.place, frame.jpeg, frame.rotation) == (drill(), GATE, JPEG, 0)
    assert (rig.marks("taken"), rig.received()) == (1, 0)


def replayed(rig: Rig) -> Delivery:
    rig.arrive(marked(drill()))
    return marked(drill())


BAD: Mapping[str, Callable[[Rig], Delivery]] = {
    "forged": lambda _: marked(drill(), key=SigningKey(b"x" * 32)),
    "malformed": lambda _: Delivery(subjects.shared_frames(GATE), JPEG, {subjects.HEADER_DRILL: "1"}),
    "stale": lambda rig: marked(drill(at=rig.now - timedelta(microseconds=FRESH_US + 1))),
    "replayed": replayed,
}


@pytest.mark.parametrize("why", BAD)
async def test_a_mark_that_is_none_is_counted_and_hides_nobody(why: str) -> None:
    rig = Rig()
    delivery = BAD[why](rig)
    if why == "replayed":
        await rig.inbox.next()

    assert rig.arrive(delivery)

    frame = await rig.inbox.next()
    assert (frame.drill, frame.jpeg) == (None, JPEG)
    assert (rig.marks(why), rig.received()) == (1, 1)


@pytest.mark.parametrize(
    "delivery",
    [
        pytest.param(marked(drill(), meant_for=DOOR), id="of another camera"),
        pytest.param(marked(drill(), jpeg=JPEG + b"\0" * MOST_BYTES), id="large"),
        pytest.param(
            Delivery(subjects.shared_frames(GATE), b"\xff\xd8 somebody", marked(drill()).headers), id="another picture"
        ),
    ],
)
async def test_a_mark_for_something_else_is_forged(delivery: Delivery) -> None:
    rig = Rig()
    rig.arrive(delivery)

    assert (await rig.inbox.next()).drill is None
    assert rig.marks("forged") == 1


async def test_a_mark_of_the_future_is_remembered_for_as_long_as_it_is_fresh() -> None:
    rig = Rig()
    ahead = drill(at=NOW + timedelta(microseconds=FRESH_US))
    rig.arrive(marked(ahead))
    await rig.inbox.next()
    rig.now += timedelta(microseconds=2 * FRESH_US)

    rig.arrive(marked(ahead))

    assert (await rig.inbox.next()).drill is None
    assert rig.marks("replayed") == 1


async def test_neither_a_drill_nor_a_frame_displaces_the_other() -> None:
    rig = Rig()
    rig.camera(b"one")
    rig.arrive(marked(drill()))
    rig.camera(b"two", DOOR)

    taken = [await rig.inbox.next() for _ in range(3)]

    assert [frame.jpeg for frame in taken] == [JPEG, b"one", b"two"]
    assert rig.meters.value("wardwatch_frames_shed_total", reason="replaced", camera="h1.gate") == 0


async def test_drills_of_all_cameras_cost_a_frame_one_turn() -> None:
    rig = Rig()
    rig.arrive(marked(drill(1)))
    rig.arrive(marked(drill(2), DOOR))
    rig.camera(b"a frame")

    taken = [await rig.inbox.next() for _ in range(3)]

    assert [frame.drill is not None for frame in taken] == [True, False, True]


async def test_a_drill_is_no_part_of_a_camera_s_pace() -> None:
    rig = Rig(frames_per_second=1)
    for number in range(20):
        assert rig.arrive(marked(drill(number)))

    rig.camera(b"a frame")

    assert rig.meters.value("wardwatch_frames_over_pace_total", camera="h1.gate") == 0


async def test_a_drill_that_waited_too_long_is_counted_apart() -> None:
    rig = Rig()
    rig.arrive(marked(drill()))
    rig.now += timedelta(seconds=2)
    rig.camera(b"a frame")

    assert (await rig.inbox.next()).jpeg == b"a frame"
    assert rig.meters.value("wardwatch_drills_total", stage="detected", outcome="stale") == 1
    assert rig.meters.value("wardwatch_frames_shed_total", reason="stale", camera="h1.gate") == 0


@dataclass
class OneAnswer:
    answer: Sight | Refused

    async def look_at_drill(self, frame: Frame) -> Sight | Refused:
        return looks_of(frame, self.answer) if isinstance(self.answer, Sight) else self.answer


async def drilled(answer: Sight | Refused) -> tuple[FakeBus, Meters]:
    """What becomes of a drill of which the finder says *answer*."""
    rig, bus = Rig(), FakeBus()
    rig.arrive(marked(drill()))
    await DetectDrill(OneAnswer(answer), bus.publish, rig.meters, lambda: NOW)(await rig.inbox.next())
    return bus, rig.meters


async def test_the_face_of_a_drill_bears_its_mark_and_the_step_is_told() -> None:
    bus, meters = await drilled(sight(seen_face()))

    face, step = bus.published
    origin = FaceDetected.decode(face.payload).origin
    assert face.subject == subjects.faces(GATE, origin.face_id)
    assert (origin.drill, face.headers) == (drill(), {subjects.HEADER_DRILL: drill().id})
    assert step.subject == subjects.steps(GATE)
    assert DrillStep.decode(step.payload) == DrillStep(GATE, Stage.DETECTED, to_microseconds(NOW), drill())
    assert meters.value("wardwatch_faces_detected_total") == 0


@pytest.mark.parametrize("answer", [sight(), Refused(RejectReason.CORRUPT, "Cut.")])
async def test_a_drill_without_a_face_is_told_as_such(answer: Sight | Refused) -> None:
    bus, _ = await drilled(answer)

    (step,) = bus.published
    assert DrillStep.decode(step.payload).fault is Fault.NO_FACE


def test_a_camera_is_told_at_once_and_then_every_ten_seconds() -> None:
    heard = Heard(2)
    heard.note(GATE)

    assert heard.due(0) == [GATE]
    heard.note(GATE)
    assert heard.due(9_000_000) == []
    heard.note(DOOR)
    assert heard.due(10_000_000) == [GATE, DOOR]
    assert heard.due(30_000_000) == []
