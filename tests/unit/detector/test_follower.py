"""From the faces of frames to looks: pixels are touched for shots alone, and no track is without one."""

import gc
import itertools
import weakref
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey, Quality
from services.detector.core import Faces
from services.detector.follower import Follower, Shot, Watched
from services.detector.intake import Frame
from services.detector.looks import Pace
from services.detector.seen import SeenFace, TakenLook, Tally
from services.detector.tracks import Bounds
from tests.unit.detector.walkers import Walker, shown

# Films of people take a while where the machine is busy.
pytestmark = pytest.mark.timeout(120)

GATE = Place(site_id("h1"), camera_id("gate"))
SIZE = 60.0
# Where the five points of a face that looks this way lie in its box.
POINTS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)


def faces(boxes: np.ndarray[tuple[int, int], np.dtype[np.float32]], scores: list[float]) -> Faces:
    points = boxes[:, np.newaxis, :2] + POINTS * boxes[:, np.newaxis, 2:]
    return Faces(boxes, points, np.array(scores, np.float32))


@dataclass
class Shots:
    """Makes shots of one sharpness and notes of which faces."""

    found: Faces
    sharpness: float
    measures: list[int] = field(default_factory=list)
    finishes: list[int] = field(default_factory=list)
    cut: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]] = field(default_factory=list)

    def measured(self, index: int) -> Shot:
        self.measures.append(index)
        quality = Quality(0.9, float(self.found.boxes[index, 2]), 30, self.sharpness, 0, 0, 120)
        self.cut.append(np.zeros((112, 112, 3), np.uint8))
        return Shot(index, quality, self.cut[-1])

    def scene(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.eye(18, 32, dtype=np.float32)

    def finished(self, shot: Shot) -> SeenFace:
        self.finishes.append(shot.index)
        return SeenFace(shot.quality, shot.aligned, b"portrait")


@dataclass
class Rig:
    """A follower and what it said."""

    looks: list[TakenLook] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    later_lost: int = 0

    def __post_init__(self) -> None:
        numbers = itertools.count()
        self.follower = Follower(Bounds(), Pace(), lambda: f"track-{next(numbers)}")

    def see(self, second: float, found: Faces, sharpness: float = 300, *, loses: bool = False) -> Shots:
        at_us = round((1000 + second) * 1e6)
        frame = Frame(GATE, FrameId(f"f{second:.2f}"), Journey(at_us, at_us), b"")
        shots = Shots(found, sharpness)
        chosen = np.flatnonzero(found.scores >= 0.6)
        watched: Watched = self.follower.follow(frame, found, chosen, found.scores < 0.6, shots)
        if loses:
            self.follower.lost(watched.looks)
            self.later_lost += sum(
                look.origin.look is not None and look.origin.look.number > 1 for look in watched.looks
            )
        else:
            self.looks += watched.looks
        self.tallies.append(watched.tally)
        return shots

    def forget(self) -> None:
        self.tallies.append(self.follower.forget(round(2e9)))

    def sum_of(self, name: str) -> int:
        return sum(cast("int", getattr(tally, name)) for tally in self.tallies)


def at(*lefts: float, score: float = 0.9, size: float = SIZE) -> Faces:
    boxes = np.array([[left, 200, size, size] for left in lefts], np.float32).reshape(-1, 4)
    return faces(boxes, [score] * len(lefts))


def test_two_people_are_looked_at_once_each_and_then_followed() -> None:
    rig = Rig()

    first, second = rig.see(0, at(100, 400)), rig.see(0.1, at(102, 398))

    assert [look.origin.look and look.origin.look.track_id for look in rig.looks] == ["track-0", "track-1"]
    assert [look.origin.index for look in rig.looks] == [0, 1]
    assert (first.measures, first.finishes) == ([0, 1], [0, 1])
    # What a followed face costs beyond being found: nothing.
    assert (second.measures, second.finishes) == ([], [])
    assert [(tally.found, tally.followed, tally.begun) for tally in rig.tallies] == [(2, 0, 2), (2, 2, 0)]


def test_a_look_says_which_it_is_and_when_its_track_began() -> None:
    rig = Rig()
    for n in range(40):
        rig.see(n / 10, at(100))

    said = [look.origin.look for look in rig.looks]
    assert [each.number for each in said if each] == [1, 2, 3, 4]
    assert {each.track_began_us for each in said if each} == {1_000_000_000}
    assert [look.origin.frame_id for look in rig.looks] == ["f0.00", "f0.50", "f1.50", "f3.50"]


def test_a_shot_that_was_kept_is_sent_as_of_its_own_frame() -> None:
    rig = Rig()
    for n in range(12):
        rig.see(n / 10, at(100), sharpness=5 if n == 4 else 3)

    (look,) = rig.looks
    assert look.origin.frame_id == "f0.40"
    assert look.origin.journey.captured_us == 1_000_400_000
    assert look.origin.look is not None
    assert look.origin.look.number == 1


def test_a_faint_face_has_no_shot_but_what_was_kept_goes_in_time() -> None:
    rig = Rig()
    rig.see(0, at(100), sharpness=3)
    shots = [rig.see(n / 10, at(100, score=0.4)) for n in range(1, 12)]

    assert not any(each.measures for each in shots)
    assert [look.origin.frame_id for look in rig.looks] == ["f0.00"]


def test_of_who_is_gone_at_once_and_was_never_seen_well_nothing_is_sent() -> None:
    rig = Rig()
    rig.see(0, at(100), sharpness=3)
    for second in (0.1, 1.1):
        rig.see(second, at())

    assert rig.looks == []
    assert len(rig.follower) == 0
    assert [track.looks for tally in rig.tallies for track in tally.ended] == [0]
    assert (rig.sum_of("found"), rig.sum_of("followed")) == (1, 1)


def test_who_is_gone_is_forgotten_with_what_was_kept() -> None:
    rig = Rig()
    rig.see(0, at(100), sharpness=3)
    assert len(rig.follower) == 1

    rig.forget()

    assert len(rig.follower) == 0
    assert rig.looks == []
    assert [(track.lived_us, track.looks) for tally in rig.tallies for track in tally.ended] == [(0, 0)]
    assert rig.sum_of("followed") == 1


def test_a_look_that_was_lost_is_taken_again_also_when_the_track_is_over() -> None:
    rig = Rig()
    rig.see(0, at(100), loses=True)
    rig.see(0.1, at(100), loses=True)
    rig.see(1.3, at(), loses=True)
    assert rig.looks == []

    rig.see(1.4, at())

    assert [look.origin.frame_id for look in rig.looks] == ["f0.10"]
    assert (rig.sum_of("found"), rig.sum_of("followed")) == (2, 1)


def test_what_was_lost_of_a_camera_that_is_silent_is_forgotten() -> None:
    rig = Rig()
    for n in range(10):
        rig.see(n / 10, at(100), loses=True)
    rig.see(2, at(), loses=True)

    rig.forget()
    rig.see(1000, at())

    assert rig.looks == []


def test_of_who_is_gone_no_pixel_stays_in_memory() -> None:
    rig, kept = Rig(), list[weakref.ref[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]]()
    for n in range(5):
        # Clearly better each time, and never good: only the last one may still be there.
        shots = rig.see(n / 10, at(100), sharpness=1.6**n)
        kept += [weakref.ref(each) for each in shots.cut]
        del shots
    gc.collect()
    assert [each() is not None for each in kept] == [False, False, False, False, True]

    rig.forget()

    gc.collect()
    assert [each() for each in kept] == [None] * 5


@given(
    st.integers(0, 2**32),
    st.sampled_from([2.0, 5.0, 12.0, 25.0]),
    st.lists(st.tuples(st.floats(0, 3), st.floats(0.2, 6), st.floats(-4, 4), st.floats(40, 600)), max_size=5),
    st.sampled_from([0.0, 0.0, 0.3, 0.8]),
)
@settings(max_examples=25, deadline=None)
def test_every_track_that_lives_a_second_is_looked_at(
    seed: int, rate: float, people: list[tuple[float, float, float, float]], lost: float
) -> None:
    chance = np.random.default_rng(seed)
    walkers = [
        Walker(came, came + stays, SIZE, (x, 200), ((came, across * SIZE, 0),)) for came, stays, across, x in people
    ]
    rig = Rig()
    for n in range(int(6 * rate)):
        seen = shown(walkers, n / rate, chance, jitter=0.04, missed=0.1)
        # Frames of any quality, in any order now and then.
        second = seen.second - (0.3 if chance.random() < 0.05 else 0)
        sharpness, loses = float(chance.choice([3, 6, 300])), bool(chance.random() < lost)
        rig.see(second, faces(seen.boxes, seen.scores.tolist()), sharpness=sharpness, loses=loses)
    for second in (6.1, 7.4, 7.5):
        rig.see(second, at())
    rig.forget()

    ended = [track for tally in rig.tallies for track in tally.ended]
    assert all(track.looks for track in ended if track.lived_us >= 1_000_000)
    assert len(ended) == rig.sum_of("begun")
    assert sum(track.looks for track in ended) == len(rig.looks)
    # Each face that was found is a look or followed; another one is taken in place of a later look that was lost.
    assert rig.sum_of("found") == len(rig.looks) + rig.sum_of("followed") + rig.later_lost
    assert all(tally.followed >= 0 for tally in rig.tallies)
    by_track: dict[str, list[int]] = {}
    for look in rig.looks:
        assert look.origin.look is not None
        by_track.setdefault(look.origin.look.track_id, []).append(look.origin.look.number)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_track.values())
