"""What leaves the matcher for a face that comes in, and what the streams change."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished, FaceEmbedded, MatchingControl, PersonSighted
from proto.wardwatch.v1.replication import CameraThreshold, MeasuredModel
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import EntryState, Model, Walk, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.errors import BusClosed, Poison
from services.chassis.telemetry import Meters
from services.matcher.core import Gallery, sighting_id
from services.matcher.galleries import MOST_MODELS, Galleries
from services.matcher.handler import MatchFace, TakeControl, TakeEntry
from services.matcher.intake import Intake, IntakeLimits
from services.matcher.locked_entries import LockedEntries
from services.matcher.same_frame import SameFrame
from services.matcher.shed import Shed
from services.matcher.shield import Shield, ShieldLimits
from services.matcher.waiting import WaitingSightings
from services.matcher.walks import Ended, WalkLimits, Walks
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import MODEL, NOW, POLICY, entry, face, look, new_index, quality, unit


@dataclass
class Desk:
    """A matcher's inside, with the sightings it decided on."""

    gallery: Gallery = field(default_factory=Gallery)
    meters: Meters = field(default_factory=Meters)
    sighted: list[PersonSighted] = field(default_factory=list)
    departed: list[tuple[EntryId, datetime | None]] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.galleries = Galleries(POLICY, partial(new_index, self.meters))
        self.index = self.galleries.first.index
        self.walks = Walks(WalkLimits(walks=8, seconds=30), self.ended.append)
        self.shield = Shield(ShieldLimits())
        self.match = MatchFace(
            self.gallery,
            self.index,
            self,
            POLICY,
            self.meters,
            lambda: self.now,
            self.walks,
            SameFrame(),
            lambda: self.now.timestamp(),
            Shed(self.meters),
            self.shield,
        )
        self.take_entry = TakeEntry(
            self.gallery, self.galleries, self.meters, self, self.opened, LockedEntries(self.meters), self.shield
        )
        self.take_control = TakeControl(self.gallery, self.meters)

    def offer(self, sighting: PersonSighted) -> None:
        self.sighted.append(sighting)

    def tombstoned(self, entry_id: EntryId, stored_at: datetime | None) -> None:
        self.departed.append((entry_id, stored_at))

    def opened(self, entry: EntryPublished) -> EntryPublished:
        """Entries come with their vectors open here."""
        return entry

    async def publish(self, *names: str) -> None:
        for name in names:
            await self.take(subjects.watchlist(EntryId(name)), entry(name).encode())

    async def take(self, subject: str, payload: bytes) -> None:
        await self.take_entry(Delivery(subject, payload))

    def shed(self, reason: str) -> float:
        return self.meters.value("wardwatch_vectors_shed_total", reason=reason, camera="h1.gate")


def control(*, stopped: bool) -> bytes:
    return MatchingControl("c1", SiteId("h1"), stopped, "li.wei", "drill", NOW).encode()


async def test_a_listed_face_becomes_a_sighting() -> None:
    desk = Desk()
    await desk.publish("e1")

    await desk.match(face())

    (sighting,) = desk.sighted
    assert sighting.sighting_id == sighting_id("h1/gate/f1/0", EntryId("e1"))
    assert (sighting.entry_id, sighting.entry_revision, sighting.picture) == ("e1", 3, b"jpeg")
    assert sighting.photo_id == "e1-0"
    assert sighting.similarity == pytest.approx(1)
    assert sighting.origin.journey.matched_us == to_microseconds(NOW)


async def test_a_face_like_nobody_leaves_nothing_but_a_count() -> None:
    desk = Desk()
    await desk.publish("e1")

    await desk.match(face(unit(0, 1)))

    assert desk.sighted == []
    assert desk.meters.value("wardwatch_vectors_searched_total") == 1


async def test_a_sighting_says_what_the_mean_of_the_walk_says() -> None:
    desk = Desk()
    await desk.publish("e1")

    await desk.match(face(unit(1, 0.6), look=look(1), captured_us=1_000))
    await desk.match(face(unit(1, -0.6), frame="f2", look=look(2), captured_us=4_000))

    assert [s.similarity for s in desk.sighted] == pytest.approx([1.36**-0.5, 1])
    assert [s.walk for s in desk.sighted] == [Walk(1, 1, 0), Walk(2, 2, 3_000)]
    assert desk.sighted[1].sighting_id == sighting_id("h1/gate/f2/0", EntryId("e1"))
    assert len(desk.walks) == 1


async def test_looks_unlike_a_listed_person_weaken_what_a_walk_says() -> None:
    desk = Desk()
    await desk.publish("e1")

    await desk.match(face(unit(0.6, 0.8), look=look(1)))
    await desk.match(face(unit(0, 1), frame="f2", look=look(2)))

    assert [s.origin.frame_id for s in desk.sighted] == ["f1"]


async def test_a_face_that_belongs_to_no_track_is_compared_alone() -> None:
    desk = Desk()
    await desk.publish("e1")

    await desk.match(face(unit(1, 1)))

    assert desk.sighted[0].walk is None
    assert len(desk.walks) == 0


async def test_a_look_that_came_before_is_not_compared_again() -> None:
    desk = Desk()
    await desk.publish("e1")

    for _ in range(2):
        await desk.match(face(look=look(1)))

    assert len(desk.sighted) == 1
    assert desk.shed("repeated") == 1


async def test_a_poor_look_leaves_nothing_in_the_walk() -> None:
    desk = Desk()
    await desk.publish("e1")

    await desk.match(face(look=look(1), measured=quality(face_px=20)))
    await desk.take_control(Delivery("control.h1", control(stopped=True)))
    await desk.match(face(look=look(2)))

    assert len(desk.walks) == 0


async def test_no_vector_of_a_face_is_changed_or_kept_by_a_comparison() -> None:
    desk, vector = Desk(), unit(0, 1)
    await desk.publish("e1")

    await desk.match(face(vector))
    await desk.match(face(vector, look=look(1)))

    np.testing.assert_array_equal(vector, unit(0, 1))


@pytest.mark.parametrize("nearer_first", [True, False])
async def test_of_two_faces_of_a_frame_the_nearer_is_the_entry(nearer_first: bool) -> None:
    desk = Desk()
    await desk.publish("e1")
    faces = [face(unit(1, 0.2), index=0, look=look(1, 1)), face(unit(1, 0.6), index=1, look=look(1, 2))]

    for each in faces if nearer_first else reversed(faces):
        await desk.match(each)

    assert [s.origin.index for s in desk.sighted] == ([0] if nearer_first else [1, 0])


async def test_the_less_near_face_of_a_frame_may_be_another_entry() -> None:
    desk = Desk()
    await desk.publish("e1")
    await desk.take("watchlist.e2", entry("e2", vectors=(unit(1, 1.2),)).encode())

    await desk.match(face(unit(1, 0.1), index=0))
    await desk.match(face(unit(1, 0.4), index=1))

    assert [(s.origin.index, s.entry_id) for s in desk.sighted] == [(0, "e1"), (1, "e2")]


async def test_faces_of_other_frames_and_cameras_do_not_count_as_one() -> None:
    desk = Desk()
    await desk.publish("e1")

    await desk.match(face(index=0))
    await desk.match(face(unit(1, 0.5), index=1, frame="f2"))
    await desk.match(face(unit(1, 0.5), index=1, camera="ward"))

    assert len(desk.sighted) == 3


async def test_an_entry_is_compared_by_the_mean_of_its_photos() -> None:
    desk = Desk()
    await desk.take("watchlist.e1", entry("e1", vectors=(unit(1, 0.5), unit(1, -0.5), unit(1, 0, 0.5))).encode())

    await desk.match(face(unit(1)))
    await desk.match(face(unit(1, -0.5), frame="f2"))

    mean = unit(*np.sum([unit(1, 0.5), unit(1, -0.5), unit(1, 0, 0.5)], axis=0))
    expected = [float(mean @ unit(1)), float(mean @ unit(1, -0.5))]
    assert [s.similarity for s in desk.sighted] == pytest.approx(expected)
    assert desk.sighted[1].photo_id == "e1-1"


async def test_one_near_photo_among_others_is_not_the_entry() -> None:
    desk = Desk()
    await desk.take("watchlist.e1", entry("e1", vectors=(unit(0.6, 0.8), unit(1), unit(1, 0, 0.1))).encode())

    await desk.match(face(unit(-0.2, 1)))

    assert desk.sighted == []


async def test_a_vector_of_another_model_is_poison() -> None:
    with pytest.raises(Poison, match="vector of model other"):
        await Desk().match(face(model=Model("other", "cd" * 32)))


async def test_a_vector_of_another_length_is_poison() -> None:
    longer = np.zeros(2 * POLICY.dimension, np.float32)
    longer[0] = 1

    with pytest.raises(Poison, match=f"vector of {longer.size} numbers"):
        await Desk().match(face(longer))


async def test_a_poor_face_is_counted_by_reason_and_not_compared() -> None:
    desk = Desk()
    await desk.publish("e1")

    await desk.match(face(measured=quality(face_px=20)))

    assert desk.sighted == []
    assert (desk.shed("small"), desk.meters.value("wardwatch_vectors_searched_total")) == (1, 0)


async def test_a_stopped_site_is_not_compared() -> None:
    desk = Desk()
    await desk.publish("e1")
    await desk.take_control(Delivery("control.h1", control(stopped=True)))

    await desk.match(face())
    await desk.match(face(site="h2"))

    assert [s.origin.place.site for s in desk.sighted] == ["h2"]
    assert desk.shed("stopped") == 1
    assert desk.meters.value("wardwatch_matching_stopped") == 1


async def test_nobody_is_compared_once_the_report_of_the_recogniser_is_over() -> None:
    desk = Desk()
    await desk.publish("e1")
    over = (MeasuredModel(MODEL.sha256, NOW - timedelta(seconds=1)),)
    desk.gallery.set_threshold(1, 0.5, measured=over)

    await desk.match(face(look=look(1)))

    assert desk.sighted == []
    assert len(desk.walks) == 0
    assert desk.shed("unmeasured") == 1


async def test_an_entry_behind_many_barred_ones_is_still_found() -> None:
    desk = Desk()
    elsewhere = frozenset({SiteId("h2")})
    for number in range(POLICY.neighbours + 2):
        name = f"x{number}"
        await desk.take(subjects.watchlist(EntryId(name)), entry(name, sites=elsewhere).encode())
    await desk.take("watchlist.e1", entry("e1", vectors=(unit(1, 0.3),)).encode())

    await desk.match(face())

    assert [s.entry_id for s in desk.sighted] == ["e1"]


async def test_a_revoked_entry_leaves_the_index() -> None:
    desk = Desk()
    await desk.publish("e1")
    await desk.take("watchlist.e1", entry("e1", revision=4, state=EntryState.REVOKED).encode())

    await desk.match(face())

    assert desk.sighted == []
    assert desk.index.rows == 0


async def test_an_older_revision_changes_nothing() -> None:
    desk = Desk()
    await desk.take("watchlist.e1", entry("e1", revision=4, state=EntryState.REVOKED).encode())
    await desk.publish("e1")

    assert desk.index.rows == 0


async def test_a_tombstone_is_reported_with_its_time_also_when_it_comes_again() -> None:
    desk = Desk()
    await desk.publish("e1")
    tombstone = Delivery("watchlist.e1", entry(revision=5, state=EntryState.ERASED).encode(), stored_at=NOW)

    await desk.take_entry(tombstone)
    await desk.take_entry(tombstone)
    await desk.publish("e2")

    assert desk.departed == [("e1", NOW), ("e1", NOW)]
    assert desk.index.rows == 1


async def test_without_any_connection_an_entry_expires_by_the_matchers_clock() -> None:
    """Nothing is heard after the entry was published: no stream, no database, no other matcher (S4)."""
    desk = Desk()
    until = NOW + timedelta(hours=1)
    await desk.take("watchlist.e1", entry("e1", expires_at=until).encode())

    await desk.match(face())
    desk.now = until - timedelta(microseconds=1)
    await desk.match(face(frame="f2"))
    desk.now = until
    await desk.match(face(frame="f3"))
    desk.now = until + timedelta(seconds=60)
    await desk.match(face(frame="f4"))

    assert [s.origin.frame_id for s in desk.sighted] == ["f1", "f2"]
    assert desk.gallery.counts(desk.now)[EntryState.EXPIRED] == 1


@pytest.mark.parametrize("state", [EntryState.SUSPENDED, EntryState.EXPIRED, EntryState.REVOKED, EntryState.ERASED])
async def test_an_entry_that_stops_is_gone_with_the_message_that_says_so(state: EntryState) -> None:
    desk = Desk()
    await desk.publish("e1")
    await desk.match(face())

    await desk.take("watchlist.e1", entry("e1", revision=4, state=state).encode())
    await desk.match(face(frame="f2"))

    assert [s.origin.frame_id for s in desk.sighted] == ["f1"]
    assert desk.index.rows == 0


@pytest.mark.parametrize(
    ("subject", "payload"),
    [
        pytest.param("watchlist.e1", b"\xff\xff", id="no message"),
        pytest.param("watchlist.e2", entry("e1").encode(), id="another entry's subject"),
    ],
)
async def test_a_message_that_cannot_be_used_is_counted_and_passed_over(subject: str, payload: bytes) -> None:
    desk = Desk()

    await desk.take(subject, payload)
    await desk.publish("e9")

    assert desk.meters.value("wardwatch_messages_unreadable_total", subject="watchlist") == 1
    assert desk.index.rows == 1


async def test_a_revision_of_another_dimension_removes_the_former_rows() -> None:
    desk, short = Desk(), np.ones(1, np.float32)
    await desk.publish("e1")

    await desk.take("watchlist.e1", entry("e1", revision=4, vectors=(unit(1), short)).encode())
    await desk.match(face())
    left_after_one = desk.index.rows
    await desk.take("watchlist.e1", entry("e1", revision=5, vectors=(short,)).encode())
    await desk.match(face(frame="f2"))

    assert [(sighting.entry_revision, sighting.photo_id) for sighting in desk.sighted] == [(4, "e1-0")]
    assert (left_after_one, desk.index.rows) == (1, 0)
    assert desk.gallery.counts(NOW)[EntryState.ACTIVE] == 1
    assert desk.meters.value("wardwatch_templates_left_out_total", reason="dimension") == 2
    assert desk.meters.value("wardwatch_messages_unreadable_total", subject="watchlist") == 0


async def test_templates_of_ever_more_models_are_counted_and_not_searched() -> None:
    desk = Desk()

    for number in range(MOST_MODELS + 1):
        model = Model("other", f"{number:02d}" * 32)
        await desk.take(f"watchlist.e{number}", entry(f"e{number}", model=model).encode())

    assert (desk.index.rows, desk.galleries.rows) == (0, MOST_MODELS - 1)
    assert desk.meters.value("wardwatch_templates_left_out_total", reason="model") == 2


async def test_a_revoked_entry_s_templates_are_not_counted_as_left_out() -> None:
    desk = Desk()

    revoked = entry("e1", state=EntryState.REVOKED, model=Model("other", "cd" * 32))
    await desk.take("watchlist.e1", revoked.encode())

    assert desk.meters.value("wardwatch_templates_left_out_total", reason="model") == 0


async def test_an_unreadable_control_is_counted() -> None:
    desk = Desk()

    await desk.take_control(Delivery("control.h1", b"\xff"))

    assert desk.meters.value("wardwatch_messages_unreadable_total", subject="control") == 1


# -- the way in --


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Seen:
    frames: list[str] = field(default_factory=list)

    async def __call__(self, face: FaceEmbedded) -> None:
        if face.model != MODEL:
            raise Poison("another model")
        self.frames.append(face.origin.frame_id)


def delivery(frame: str, model: Model = MODEL) -> Delivery:
    return Delivery("vectors.0.h1.gate", face(frame=frame, model=model).encode())


async def worked(intake: Intake, seen: Seen, count: int) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(intake.work(seen, stop))
    await eventually(lambda: len(seen.frames) == count)
    stop.set()
    await working


async def test_the_freshest_vectors_are_kept_when_too_many_come() -> None:
    meters, seen = Meters(), Seen()
    intake = Intake(IntakeLimits(waiting=2, max_age_seconds=1), meters, Clock(), Shed(meters))
    for frame in ("a", "b", "c"):
        intake.offer(delivery(frame))

    await worked(intake, seen, 2)

    assert seen.frames == ["b", "c"]
    assert meters.value("wardwatch_vectors_shed_total", reason="full", camera="h1.gate") == 1
    assert meters.value("wardwatch_vectors_received_total") == 3


async def test_a_stale_vector_is_given_up() -> None:
    meters, seen, clock = Meters(), Seen(), Clock()
    intake = Intake(IntakeLimits(waiting=9, max_age_seconds=1), meters, clock, Shed(meters))
    intake.offer(delivery("old"))
    clock.seconds = 1.1
    intake.offer(delivery("new"))

    await worked(intake, seen, 1)

    assert seen.frames == ["new"]
    assert meters.value("wardwatch_vectors_shed_total", reason="stale", camera="h1.gate") == 1


async def test_unreadable_and_poisonous_vectors_are_counted_and_passed_over() -> None:
    meters, seen = Meters(), Seen()
    intake = Intake(IntakeLimits(waiting=9, max_age_seconds=1), meters, Clock(), Shed(meters))
    intake.offer(Delivery("vectors.0.h1.gate", b"\xff"))
    intake.offer(delivery("bad", Model("other", "cd" * 32)))
    intake.offer(delivery("good"))

    await worked(intake, seen, 1)

    assert meters.value("wardwatch_messages_unreadable_total", subject="vectors") == 1
    assert meters.value("wardwatch_vectors_shed_total", reason="poison", camera="h1.gate") == 1


# -- the way out --


async def sightings(count: int) -> list[PersonSighted]:
    desk = Desk()
    await desk.publish("e1")
    for number in range(count):
        await desk.match(face(frame=f"f{number}"))
    return desk.sighted


async def test_sightings_wait_while_the_stream_is_away_and_are_stored_once() -> None:
    bus, meters = FakeBus(storing=False), Meters()
    waiting = WaitingSightings(bus.publish_owed, meters, limit=9, retry_seconds=0.01)
    decided = await sightings(6)
    async with waiting.delivering():
        for sighting in [*decided, decided[0]]:
            waiting.offer(sighting)
        await eventually(lambda: meters.value("wardwatch_sightings_waiting") == 7)

        bus.storing = True
        await eventually(lambda: meters.value("wardwatch_sightings_waiting") == 0)

    assert sorted(d.headers["Nats-Msg-Id"] for d in bus.stored) == sorted(s.sighting_id for s in decided)
    assert {d.subject for d in bus.stored} == {"sightings.h1.gate"}
    assert meters.value("wardwatch_sightings_lost_total") == 0


async def test_the_oldest_sighting_is_lost_and_counted_when_too_many_wait() -> None:
    bus, meters = FakeBus(), Meters()
    waiting = WaitingSightings(bus.publish_owed, meters, limit=2)
    decided = await sightings(3)
    async with waiting.delivering():
        for sighting in decided:
            waiting.offer(sighting)

    assert [d.headers["Nats-Msg-Id"] for d in bus.stored] == [s.sighting_id for s in decided[1:]]
    assert meters.value("wardwatch_sightings_lost_total") == 1


async def test_what_the_stream_does_not_take_before_the_end_is_counted_as_lost() -> None:
    bus, meters = FakeBus(storing=False), Meters()
    waiting = WaitingSightings(bus.publish_owed, meters, limit=9, grace_seconds=0.01)
    async with waiting.delivering():
        for sighting in await sightings(2):
            waiting.offer(sighting)

    assert meters.value("wardwatch_sightings_lost_total") == 2


async def test_a_decided_sighting_is_stored_even_when_the_matcher_ends() -> None:
    bus, meters = FakeBus(), Meters()
    waiting = WaitingSightings(bus.publish_owed, meters, limit=9)
    (sighting,) = await sightings(1)

    async def lose_video() -> None:
        raise BusClosed

    async def match() -> None:
        async with asyncio.TaskGroup() as tasks, waiting.delivering():
            waiting.offer(sighting)
            tasks.create_task(lose_video())
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup):
        await match()

    assert [d.headers["Nats-Msg-Id"] for d in bus.stored] == [sighting.sighting_id]


async def test_a_sighting_not_stored_before_the_end_is_counted_as_lost() -> None:
    bus, meters = FakeBus(storing=False), Meters()
    waiting = WaitingSightings(bus.publish_owed, meters, limit=9, grace_seconds=0.01)

    async def match_until_cancelled() -> None:
        async with waiting.delivering():
            for sighting in await sightings(2):
                waiting.offer(sighting)
            await asyncio.Event().wait()

    matching = asyncio.create_task(match_until_cancelled())
    await eventually(lambda: meters.value("wardwatch_sightings_waiting") == 2)
    matching.cancel()
    await asyncio.wait({matching})

    assert matching.cancelled()
    assert meters.value("wardwatch_sightings_lost_total") == 2


async def test_a_sighting_says_from_when_on_its_walk_is_enough_at_its_camera() -> None:
    desk = Desk()
    await desk.publish("e1")
    await desk.match(face())
    desk.gallery.set_threshold(1, 0.5, 1, (CameraThreshold("h1", "gate", 0.6875), CameraThreshold("", "", 0.625)))
    await desk.match(face(frame="f2"))
    await desk.match(face(frame="f3", camera="hall"))

    assert [sighting.strong_similarity for sighting in desk.sighted] == [0, 0.6875, 0.625]


async def test_an_entry_like_many_people_must_be_seen_more_clearly() -> None:
    """A hundred entries look away from each other, and one is near to half of them."""
    desk = Desk()
    desk.gallery.set_threshold(1, 0.5, 1, (CameraThreshold("", "", 0.625),))
    for number in range(100):
        name = f"e{number}"
        away = [0.0] * (2 + number % 14) + [1.0]
        vectors = (unit(0.5, *away[1:]),)
        await desk.take(subjects.watchlist(EntryId(name)), entry(name, vectors=vectors).encode())
    await desk.publish("many")
    await desk.match(face(unit(1)))

    (sighting,) = desk.sighted
    assert sighting.entry_id == "many"
    assert 0.65 < sighting.strong_similarity <= 0.725
