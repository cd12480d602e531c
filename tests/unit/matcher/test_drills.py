"""A drill matches the drill's template and nothing else, and nothing else matches it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, DrillTemplate, Fault, Stage
from proto.wardwatch.v1.messages import FaceEmbedded
from proto.wardwatch.v1.requests import AlikeRequest, AlikeResponse
from proto.wardwatch.v1.subjects import EntryId, Place, SiteId, camera_id, site_id
from proto.wardwatch.v1.values import Drill, EntryState, Model, Vector, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from services.matcher.alike import AnswerAlike
from services.matcher.drill_bridge import DrillBridge
from services.matcher.drills import DRILL_ENTRY, ByKind, MatchDrill, Template, WithoutDrills
from services.matcher.handler import MatchFace
from services.matcher.intake import Intake, IntakeLimits
from services.matcher.same_frame import SameFrame
from services.matcher.shed import Shed
from services.matcher.walks import WalkLimits, Walks
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import DIMENSION, MODEL, NOW, POLICY, entry, face, quality, unit
from tests.unit.matcher.test_handler import Desk

DRILL = Drill("ab" * 16, 5)
DRAWN = unit(1, 1)
GATE = Place(site_id("h1"), camera_id("gate"))


def said(vector: Vector, model: Model = MODEL) -> Delivery:
    return Delivery(subjects.DRILL_TEMPLATE.pattern, DrillTemplate(model, vector).encode())


def marked(vector: Vector) -> FaceEmbedded:
    one = face(vector)
    return replace(one, origin=replace(one.origin, drill=DRILL))


@dataclass
class Drilled(Desk):
    """A matcher's inside that knows the drill's template, unless the test says otherwise."""

    record: FakeBus = field(default_factory=FakeBus)
    video: FakeBus = field(default_factory=FakeBus)
    stopped: set[SiteId] = field(default_factory=set)
    list_read: bool = True
    tells: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.template = Template(self.index, POLICY, self.meters)
        self.match = MatchFace(
            self.gallery,
            WithoutDrills(self.index),
            self,
            POLICY,
            self.meters,
            lambda: self.now,
            Walks(WalkLimits(walks=8, seconds=30), self.ended.append),
            SameFrame(),
            lambda: self.now.timestamp(),
            Shed(self.meters),
            self.shield,
        )
        self.drill = MatchDrill(
            self.index,
            self.template,
            POLICY,
            self.gallery.threshold,
            lambda site: site in self.stopped,
            lambda: self.list_read,
            self.record.publish,
            self.video.publish,
            self.meters,
            lambda: self.now,
        )
        self.see = ByKind(self.match, self.drill)
        if self.tells:
            self.template.offer(said(DRAWN))

    async def step(self, vector: Vector = DRAWN) -> DrillStep:
        """What is said of a drill with this *vector*."""
        await self.see(marked(vector))
        assert [each.payload for each in self.record.published] == [each.payload for each in self.video.published]
        assert self.record.published[-1].subject == subjects.drills(GATE)
        return DrillStep.decode(self.record.published[-1].payload)


async def test_a_drill_that_finds_its_template_proves_the_line() -> None:
    step = await Drilled().step()

    assert step.proves
    assert (step.place, step.stage, step.drill, step.at_us) == (GATE, Stage.MATCHED, DRILL, to_microseconds(NOW))
    assert step.journey is not None
    assert step.journey.matched_us == to_microseconds(NOW)


async def test_a_stopped_site_proves_its_line_and_says_that_it_is_stopped() -> None:
    desk = Drilled(stopped={SiteId("h1")})

    step = await desk.step()

    assert (step.proves, step.stopped) == (True, True)


async def test_a_list_that_is_half_read_proves_nothing() -> None:
    assert not (await Drilled(list_read=False).step()).proves


async def test_why_a_drill_proves_nothing_is_said() -> None:
    assert (await Drilled(tells=False).step()).fault is Fault.NO_TEMPLATE
    assert (await Drilled().step(unit(0, 0, 1))).fault is Fault.UNLIKE
    desk = Drilled()
    await desk.see(replace(marked(DRAWN), quality=quality(face_px=10)))
    await desk.see(replace(marked(DRAWN), model=Model("other", "cd" * 32)))
    assert [DrillStep.decode(each.payload).fault for each in desk.record.published] == [Fault.UNFIT, Fault.UNFIT]


async def test_a_drill_that_looks_like_somebody_listed_sights_nobody() -> None:
    desk = Drilled()
    await desk.take(subjects.watchlist(EntryId("e1")), entry("e1", vectors=(DRAWN,)).encode())

    step = await desk.step()

    assert step.proves
    assert desk.sighted == []
    assert len(desk.walks) == 0
    assert desk.meters.value("wardwatch_vectors_searched_total") == 0


async def test_who_looks_like_the_drill_and_is_listed_is_sighted() -> None:
    desk = Drilled()
    await desk.take(subjects.watchlist(EntryId("e1")), entry("e1", vectors=(DRAWN,)).encode())

    await desk.see(face(DRAWN))

    assert [sighting.entry_id for sighting in desk.sighted] == ["e1"]


# Numbers of which a unit vector can be made.
_PARTS = st.lists(st.floats(-1, 1, width=32), min_size=DIMENSION, max_size=DIMENSION).filter(
    lambda parts: float(np.linalg.norm(parts)) > 1e-3
)
_MOST_LISTED = 6
_VECTORS = st.one_of(st.just(DRAWN), _PARTS.map(lambda parts: unit(*parts)))


@dataclass
class Compared:
    """The same list with the drill's template and without it; each comparison has another list."""

    drilled: Drilled = field(default_factory=Drilled)
    without: Drilled = field(default_factory=lambda: Drilled(tells=False))
    revision: int = 0

    async def publish(self, vectors: Sequence[Vector]) -> None:
        self.revision += 1
        for desk in (self.drilled, self.without):
            desk.sighted.clear()
            for number in range(_MOST_LISTED):
                state = EntryState.ACTIVE if number < len(vectors) else EntryState.REVOKED
                name, photos = f"e{number}", tuple(vectors[number : number + 1])
                made = entry(name, revision=self.revision, state=state, vectors=photos)
                await desk.take(subjects.watchlist(EntryId(name)), made.encode())


@pytest.fixture(scope="module")
def compared() -> Iterator[Compared]:
    both = Compared()
    with both.drilled.index, both.without.index:
        yield both


@settings(max_examples=60, deadline=None)
@given(_VECTORS, st.lists(_VECTORS, max_size=_MOST_LISTED), st.integers(1, 5))
def test_no_ordinary_probe_is_ever_given_the_drill_s_template(
    compared: Compared, probe: Vector, listed: list[Vector], count: int
) -> None:
    drilled, without = compared.drilled, compared.without
    # A cosine that is as near as this to the threshold may lie on either side of it, by the order of additions.
    assume(all(abs(float(probe @ each) - drilled.gallery.min_similarity) > 1e-5 for each in listed))

    async def compare() -> None:
        await compared.publish(listed)
        people = WithoutDrills(drilled.index)

        near, above = await people.nearest(probe, count), await people.above(probe, -1.1)

        # It is as if the template were not there: neither found, nor in anybody's place.
        expected = [each.similarity for each in await without.index.nearest(probe, count)]
        assert [each.similarity for each in near] == pytest.approx(expected, abs=1e-5)
        assert len(above) == len(listed)
        found = [*near, *above, *people.entries([*near, *above], probe, -1.1)]
        assert DRILL_ENTRY not in {each.entry_id for each in found}
        await drilled.see(face(probe))
        await without.see(face(probe))
        assert len(drilled.sighted) == len(without.sighted)

    asyncio.run(compare())


async def test_an_enrolment_photo_does_not_resemble_the_drill() -> None:
    desk = Drilled()

    request = AlikeRequest(MODEL.sha256, (DRAWN,), 0.1)
    answer = AlikeResponse.decode(await AnswerAlike(WithoutDrills(desk.index), POLICY)(request.encode()))

    assert answer.faces == ({},)


async def test_no_entry_of_the_list_can_have_the_name_of_the_template() -> None:
    desk = Drilled()

    with pytest.raises(ValueError, match="entry"):
        subjects.watchlist(DRILL_ENTRY)
    await desk.take("watchlist.e1", entry(DRILL_ENTRY, vectors=(unit(0, 1),)).encode())

    assert (await desk.step()).proves


def test_the_template_takes_one_row_however_often_it_is_said() -> None:
    desk = Drilled()
    for _ in range(5):
        desk.template.offer(said(DRAWN))
    assert desk.index.rows == 1

    desk.template.offer(said(unit(0, 0, 1)))
    assert desk.index.rows == 1


@pytest.mark.parametrize(
    "delivery",
    [
        pytest.param(said(DRAWN, Model("other", "cd" * 32)), id="another model"),
        pytest.param(said(np.array([0.6, 0.8], np.float32)), id="another dimension"),
        pytest.param(Delivery("drill.template", b"", forged=True), id="forged"),
    ],
)
def test_a_template_that_does_not_fit_is_not_taken(delivery: Delivery) -> None:
    desk = Drilled(tells=False)

    desk.template.offer(delivery)

    assert not desk.template.known
    assert desk.index.rows == 0


async def test_drills_and_faces_do_not_crowd_each_other_out() -> None:
    meters, seen, over = Meters(), list[FaceEmbedded](), asyncio.Event()
    intake = Intake(IntakeLimits(waiting=2, max_age_seconds=60, workers=1), meters, lambda: 0.0, Shed(meters))
    vectors, headers = subjects.vectors(GATE), {subjects.HEADER_DRILL: DRILL.id}
    for number in range(2):
        intake.offer(Delivery(vectors, face(frame=f"f{number}").encode()))
        intake.offer(Delivery(vectors, marked(DRAWN).encode(), headers))

    async def take(one: FaceEmbedded) -> None:
        seen.append(one)

    working = asyncio.create_task(intake.work(take, over))
    await eventually(lambda: len(seen) == 4)
    over.set()
    await working

    assert [one.origin.drill is not None for one in seen] == [True, True, False, False]
    assert meters.value("wardwatch_vectors_received_total") == 2
    assert meters.value("wardwatch_vectors_shed_total", reason="full", camera="h1.gate") == 0


async def passed_on(*steps: DrillStep) -> list[tuple[str, bytes]]:
    """What a bridge says of *steps*, which come with a field of a later version."""
    bridge, stop, messages = DrillBridge(Meters()), asyncio.Event(), list[tuple[str, bytes]]()

    async def publish(subject: str, payload: bytes) -> bool:
        messages.append((subject, payload))
        return True

    for step in steps:
        bridge.offer(Delivery(subjects.steps(step.place), step.encode() + b"\xc2\x3e\x06a face"))
    running = asyncio.create_task(bridge.run(publish, stop))
    await asyncio.sleep(0)
    stop.set()
    await running
    return messages


async def test_how_far_a_drill_came_is_passed_on_and_nothing_else() -> None:
    sent = DrillStep(GATE, Stage.SENT, 1, DRILL, period_us=7)
    left = DrillStep(GATE, Stage.LEFT, 1)
    # A matcher says itself what it has matched, and who is heard is for the drill service.
    others = [DrillStep(GATE, Stage.MATCHED, 1, DRILL, list_read=True), DrillStep(GATE, Stage.HEARD, 1)]

    assert await passed_on(sent, *others, left) == [
        (subjects.drills(GATE), sent.encode()),
        (subjects.drills(GATE), left.encode()),
    ]


def test_a_step_of_another_camera_is_counted() -> None:
    meters = Meters()
    DrillBridge(meters).offer(Delivery("steps.h1.door", DrillStep(GATE, Stage.LEFT, 1).encode()))

    assert meters.value("wardwatch_messages_unreadable_total", subject="steps") == 1
