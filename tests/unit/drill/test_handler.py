"""What the drill service sends, hears and says."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from nacl.signing import SigningKey

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, DrillTemplate, Fault, Stage
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoEmbedReply, PhotoFace
from proto.wardwatch.v1.subjects import Author, Place, camera_id, site_id
from proto.wardwatch.v1.values import Drill, Model, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.drill_mark import Mark
from services.chassis.errors import NoAnswer, Refusal
from services.chassis.signing import Authors, Signer
from services.chassis.telemetry import Meters
from services.drill import face
from services.drill.core import Schedule, Timing
from services.drill.handler import Clocks, Drills, tell_template
from tests.contract.samples import MODEL, QUALITY, aligned, vector
from tests.fakes import FakeBus, eventually

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GATE = Place(site_id("h1"), camera_id("gate"))
KEY = SigningKey(b"d" * 32)
AUTHORS = Authors.parse(json.dumps({Author.DRILL: KEY.verify_key.encode().hex()}))
TIMING = Timing(period_us=120_000_000, silent_us=600_000_000)
TEMPLATE = DrillTemplate(MODEL, vector(0))
SECOND = Model("second", "cd" * 32)


@dataclass
class Rig:
    """The drill service without a broker."""

    bus: FakeBus = field(default_factory=FakeBus)
    meters: Meters = field(default_factory=Meters)

    def __post_init__(self) -> None:
        schedule = Schedule(TIMING, most=8)
        clocks = Clocks(lambda: NOW, lambda: 100.0)
        self.drills = Drills(
            schedule, TIMING, b"the face", Signer(Author.DRILL, KEY), self.bus.publish, self.meters, clocks
        )

    def hear(self, step: DrillStep, place: Place = GATE) -> None:
        self.drills.hear(Delivery(subjects.steps(place), step.encode()))

    async def until(self, happened: Callable[[], bool]) -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(self.drills.run(stop))
        await eventually(happened)
        stop.set()
        await running

    def count(self, outcome: str) -> float:
        return self.meters.value("wardwatch_drills_total", stage="sent", outcome=outcome)


async def test_a_camera_that_is_heard_is_sent_a_frame_with_a_genuine_mark() -> None:
    rig = Rig()
    rig.hear(DrillStep(GATE, Stage.HEARD, 1))

    await rig.until(lambda: len(rig.bus.published) == 2)

    said, frame = rig.bus.published
    mark = Mark.parse(frame.headers[subjects.HEADER_DRILL])
    assert (frame.subject, frame.payload) == (subjects.shared_frames(GATE), b"the face")
    assert mark.is_genuine(AUTHORS, frame.subject, frame.payload)
    step = DrillStep.decode(said.payload)
    assert step == DrillStep(GATE, Stage.SENT, to_microseconds(NOW), mark.drill, period_us=TIMING.period_us)


async def test_a_drill_that_came_through_is_counted_once() -> None:
    rig = Rig()
    rig.hear(DrillStep(GATE, Stage.HEARD, 1))
    await rig.until(lambda: len(rig.bus.published) == 2)
    drill = DrillStep.decode(rig.bus.published[0].payload).drill

    for _ in range(2):
        rig.hear(DrillStep(GATE, Stage.MATCHED, 1, drill, list_read=True))

    assert (rig.count("sent"), rig.count("proven")) == (1, 1)
    assert not rig.drills.unlike.is_set()


def test_a_drill_that_was_not_recognised_has_the_models_asked_anew() -> None:
    rig = Rig()
    rig.hear(DrillStep(GATE, Stage.MATCHED, 1, Drill("0" * 32, 1), Fault.NO_TEMPLATE, list_read=True))

    assert rig.drills.unlike.is_set()


def test_a_step_of_another_camera_is_counted() -> None:
    rig = Rig()
    rig.hear(DrillStep(GATE, Stage.HEARD, 1), Place(site_id("h1"), camera_id("door")))

    assert rig.meters.value("wardwatch_messages_unreadable_total", subject="steps") == 1


async def test_the_template_is_said_at_once_to_a_matcher_that_does_not_know_it() -> None:
    bus, unlike, stop, asked = FakeBus(), asyncio.Event(), asyncio.Event(), list[int]()

    async def ask() -> list[DrillTemplate]:
        asked.append(1)
        if len(asked) == 1:
            raise face.NoTemplate("nobody answers photo.detect")
        return [TEMPLATE]

    telling = asyncio.create_task(tell_template(ask, bus.publish, unlike, stop))
    await eventually(lambda: len(bus.published) == 1)
    unlike.set()
    await eventually(lambda: len(bus.published) == 3)
    stop.set()
    await telling

    assert {each.subject for each in bus.published} == {"drill.template"}
    assert len(asked) == 3
    assert not unlike.is_set()


@dataclass
class Models:
    """Answers as detector and embedder do, or not."""

    faces: int = 1
    fault: Exception | None = None
    second: bool = False

    async def request(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        assert payload
        assert timeout_seconds > 0
        if self.fault is not None:
            raise self.fault
        if subject == subjects.PHOTO_DETECT.pattern:
            return PhotoDetectReply(self.faces * (PhotoFace(QUALITY, aligned(1), b"jpeg"),), 240, 240).encode()
        if subject == subjects.PHOTO_EMBED_SECOND.pattern:
            if not self.second:
                raise NoAnswer("nobody answers photo.embed.second", nobody_listens=True)
            return PhotoEmbedReply(SECOND, (vector(1),)).encode()
        return PhotoEmbedReply(MODEL, (vector(0),)).encode()


@pytest.mark.parametrize("second", [False, True])
async def test_the_template_is_what_the_models_make_of_the_face(second: bool) -> None:
    made = [(each.model, each.vector.tolist()) for each in await face.templates(Models(second=second), b"the face")]

    assert made == [(MODEL, vector(0).tolist()), (SECOND, vector(1).tolist())][: 1 + second]


@pytest.mark.parametrize(
    "models",
    [
        Models(faces=0),
        Models(fault=NoAnswer("nobody answers photo.detect", nobody_listens=True)),
        Models(fault=Refusal(422, "face 0 yields no vector")),
    ],
)
async def test_models_that_make_nothing_of_it_are_told_in_words(models: Models) -> None:
    with pytest.raises(face.NoTemplate, match=r"\w+ \w+"):
        await face.templates(models, b"the face")
