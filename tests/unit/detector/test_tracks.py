"""Tracks: of one person each, bounded, and gone with the person."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.detector.tracks import Bounds, Followed, Found, Moment, Track, Tracks
from tests.unit.detector.walkers import Shown, Walker, shown

# Films of people take a while where the machine is busy.
pytestmark = pytest.mark.timeout(120)

GATE, DOOR = (Place(site_id("h1"), camera_id(name)) for name in ("gate", "door"))
# A face's size in these scenes, in pixels.
SIZE = 60.0
MIN_SCORE = 0.6


@dataclass
class Watch:
    """Tracks of a scene, and who was in each."""

    bounds: Bounds = field(default_factory=Bounds)
    people_of: dict[str, set[int]] = field(default_factory=dict)
    tracks_of: dict[int, list[str]] = field(default_factory=dict)
    ended: list[Track] = field(default_factory=list)
    begun: int = 0

    def __post_init__(self) -> None:
        numbers = itertools.count()
        self.tracks = Tracks(self.bounds, lambda: f"track-{next(numbers)}")

    def see(self, seen: Shown, place: Place = GATE, captured: float | None = None) -> Followed:
        """A frame comes at its second; *captured* is when its camera says that it was taken, if not then."""
        moment = Moment(microseconds(seen.second if captured is None else captured), microseconds(seen.second))
        clear = seen.scores >= MIN_SCORE
        followed = self.tracks.follow(place, moment, Found(seen.boxes, clear, ~clear))
        for track, person in zip(followed.tracks, seen.people, strict=True):
            if track is not None:
                self.people_of.setdefault(track.id, set()).add(person)
                if track.id not in self.tracks_of.setdefault(person, []):
                    self.tracks_of[person].append(track.id)
        self.ended += followed.ended
        self.begun += followed.begun
        return followed

    @property
    def mixed(self) -> list[set[int]]:
        """Who shares a track."""
        return [people for people in self.people_of.values() if len(people) > 1]


def microseconds(second: float) -> int:
    return round((1000 + second) * 1e6)


def faces(second: float, *places: tuple[float, float], score: float = 0.9, size: float = SIZE) -> Shown:
    """Heads at these centres, each a person of its own by its number."""
    boxes = np.array([[x - size / 2, y - size / 2, size, size] for x, y in places], np.float32).reshape(-1, 4)
    return Shown(second, boxes, np.full(len(places), score, np.float32), tuple(range(len(places))))


def film(people: Sequence[Walker], rate: float, seconds: float, seed: int = 0, *, missed: float = 0.05) -> list[Shown]:
    """What a detector tells of each picture; one in ten pictures never comes."""
    chance = np.random.default_rng(seed)
    times = [n / rate for n in range(int(seconds * rate)) if chance.random() > missed * 2]
    return [shown(people, second, chance, jitter=0.04, missed=missed) for second in times]


def crossing(seed: int, down: float, speed: float = 4.0) -> list[Walker]:
    """Two people who walk towards each other and past, *down* sizes apart."""
    chance = np.random.default_rng(seed)
    there, back = (chance.uniform(1, speed) * SIZE for _ in range(2))
    far = there * chance.uniform(1.5, 3)
    sizes = chance.uniform(0.9, 1.1, 2) * SIZE
    return [
        Walker(0, 9, sizes[0], (0, 200), ((0, there, 0),)),
        Walker(0, 9, sizes[1], (far, 200 + down * SIZE), ((0, -back, 0),)),
    ]


@pytest.mark.parametrize("rate", [2, 3, 5, 8, 12, 25])
def test_somebody_who_stands_is_one_track_at_any_rate(rate: float) -> None:
    watch = Watch()
    for seen in film([Walker(0, 6, SIZE, (300, 200), ((0, 0, 0),))], rate, 6, missed=0):
        watch.see(seen)

    assert len(watch.tracks_of[0]) == 1


@pytest.mark.parametrize(("rate", "speed"), [(3, 1.5), (5, 3), (8, 5), (12, 7), (25, 9)])
def test_a_walk_across_the_picture_is_one_track(rate: float, speed: float) -> None:
    watch = Watch()
    for seen in film([Walker(0, 3, SIZE, (0, 200), ((0, speed * SIZE, 0),))], rate, 3, missed=0.02):
        watch.see(seen)

    assert len(watch.tracks_of[0]) == 1


def test_somebody_who_comes_nearer_stays_one_track() -> None:
    watch = Watch()
    for n in range(30):
        size = 30 * 1.06**n
        watch.see(faces(n / 10, (300 + n, 200 + n), size=size))

    assert watch.begun == 1


def test_people_side_by_side_have_a_track_each() -> None:
    row = [Walker(0, 8, SIZE, (n * 2.2 * SIZE, 200), ((0, 0, 0),)) for n in range(5)]
    watch = Watch()
    for seen in film(row, 8, 6, missed=0.02):
        watch.see(seen)

    assert watch.mixed == []
    assert all(len(tracks) <= 2 for tracks in watch.tracks_of.values())


@given(
    st.integers(0, 2**32),
    st.sampled_from([2.0, 3.0, 5.0, 8.0, 12.0, 25.0]),
    st.lists(st.tuples(st.floats(0, 3), st.floats(0.5, 6), st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=5),
)
@settings(max_examples=25, deadline=None)
def test_people_who_keep_apart_never_share_a_track(
    seed: int, rate: float, people: list[tuple[float, float, float, float]]
) -> None:
    # Each has a lane of its own, more than a stride apart, comes and goes, walks, stops and turns back.
    walkers = [
        Walker(
            came,
            came + stays,
            SIZE,
            (400, 300 * (n + 1)),
            ((came, across * SIZE, 0), (came + stays / 3, 0, 0), (came + stays / 2, back * SIZE, 0)),
        )
        for n, (came, stays, across, back) in enumerate(people)
    ]
    watch = Watch()
    for seen in film(walkers, rate, 6, seed):
        followed = watch.see(seen)
        ids = [track.id for track in followed.tracks if track is not None]
        assert len(ids) == len(set(ids))

    assert watch.mixed == []
    assert watch.begun == len(watch.people_of)


@pytest.mark.parametrize("rate", [5, 8, 12, 25])
def test_people_who_cross_at_different_depths_never_swap(rate: float) -> None:
    for seed in range(20):
        watch = Watch()
        for seen in film(crossing(seed, down=1.2, speed=rate / 3), rate, 4, seed):
            watch.see(seen)
        assert watch.mixed == [], f"crossing {seed}"


@pytest.mark.parametrize("rate", [2, 5, 12, 25])
def test_people_who_hide_each_other_are_hardly_ever_mixed(rate: float) -> None:
    mixed = tracks = 0
    for seed in range(20):
        watch = Watch()
        for seen in film(crossing(seed, down=0.2), rate, 4, seed):
            watch.see(seen)
        mixed += len(watch.mixed)
        tracks += len(watch.people_of)

    # These films are the same in every run. Who hides whom behind a face that was just seen first, nobody can tell.
    assert mixed <= 0.02 * tracks


def test_where_one_of_two_may_be_meant_both_end() -> None:
    watch = Watch()
    # Two people come together from both sides until one hides the other, and stay.
    for n in range(8):
        watch.see(faces(n / 10, (200 + 4 * n, 200), (300 - 4 * n, 200)))
    hiding = [watch.see(faces(n / 10, (250, 200))) for n in range(8, 20)]

    assert [each.tracks for each in hiding[:3]] == [(None,)] * 3
    assert sum(each.begun for each in hiding) == 1
    assert [track.id for each in hiding for track in each.ended] == ["track-0", "track-1"]
    assert [track.id for track in hiding[-1].tracks if track] == ["track-2"]


def test_who_hides_another_for_a_moment_in_passing_is_known_again() -> None:
    watch = Watch()
    for n in range(20):
        one, other = 100 + 20.0 * n, 400 - 20.0 * n
        seen = faces(n / 10, (one, 200), (other, 200))
        watch.see(seen if abs(one - other) > SIZE / 2 else faces(n / 10, (one, 200)))

    assert watch.mixed == []
    assert watch.begun == 2


def test_a_short_absence_is_bridged_and_a_long_one_is_not() -> None:
    for gap, tracks in ((0.9, 1), (1.1, 2)):
        watch = Watch()
        for second in (0, 0.1, 0.2, 0.2 + gap, 0.3 + gap):
            watch.see(faces(second, (300, 200)))
        assert watch.begun == tracks, f"{gap} s"


def test_who_leaves_while_frames_go_on_is_forgotten_after_the_gap() -> None:
    watch = Watch()
    watch.see(faces(0, (300, 200)))
    watch.see(faces(1.0))
    assert len(watch.tracks) == 1

    watch.see(faces(1.1))

    assert len(watch.tracks) == 0
    assert [track.lived_us for track in watch.ended] == [0]


def test_a_jump_is_a_new_track() -> None:
    watch = Watch()
    for n in range(5):
        watch.see(faces(n / 10, (300, 200)))

    jumped = watch.see(faces(0.5, (300 + 1.2 * SIZE, 200)))

    assert jumped.begun == 1
    assert watch.begun == 2


def test_a_faint_face_carries_a_track_on_and_begins_none() -> None:
    watch = Watch()
    assert watch.see(faces(0, (300, 200), score=0.4)).tracks == (None,)
    watch.see(faces(0.1, (300, 200)))
    for n in range(2, 30):
        watch.see(faces(n / 10, (300, 200), score=0.4))

    watch.see(faces(3.0, (300, 200)))

    assert watch.begun == 1
    assert len(watch.tracks) == 1


def test_a_frame_that_comes_again_or_late_changes_nothing() -> None:
    watch = Watch()
    for n in range(6):
        watch.see(faces(n / 5, (300 + 20 * n, 200)))
    same = watch.see(faces(1.0, (400, 200)))
    late = watch.see(faces(1.05, (340, 200)), captured=0.4)
    after = watch.see(faces(1.2, (420, 200)))

    assert late.tracks == (None,)
    assert [track.id for each in (same, after) for track in each.tracks if track] == ["track-0"] * 2
    assert watch.begun == 1


def test_a_clock_that_was_put_back_begins_anew() -> None:
    watch = Watch()
    watch.see(faces(0, (300, 200)))

    back = watch.see(faces(0.1, (300, 200)), captured=-30)

    assert len(back.ended) == 1
    assert back.begun == 1


def test_a_clock_of_whole_seconds_is_as_good_as_another() -> None:
    watch = Watch()
    for n in range(40):
        watch.see(faces(n / 10, (300 + 12 * n, 200)), captured=n // 10)

    assert watch.begun == 1


def test_a_clock_that_stands_still_keeps_nobody() -> None:
    watch = Watch()
    watch.see(faces(0, (300, 200)), captured=0)
    for n in range(1, 13):
        watch.see(faces(n / 10), captured=0)

    assert len(watch.tracks) == 0


def test_the_tracks_of_a_silent_camera_are_forgotten_within_seconds() -> None:
    watch = Watch()
    watch.see(faces(0, (300, 200)))
    watch.see(faces(1.5, (300, 200)), place=DOOR)
    assert watch.tracks.forget(microseconds(2.0)) == ()

    (forgotten,) = watch.tracks.forget(microseconds(2.1))

    assert forgotten.id == "track-0"
    assert len(watch.tracks) == 1
    watch.tracks.forget(microseconds(4.0))
    assert len(watch.tracks) == 0
    assert not watch.tracks._cameras


def test_a_track_ends_when_it_is_as_old_as_any_may_be() -> None:
    watch = Watch(Bounds(life_us=5_000_000))
    for n in range(120):
        watch.see(faces(n / 10, (300, 200)))

    assert watch.begun == 3
    assert all(track.lived_us <= 5_000_000 for track in watch.ended)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30), st.integers(12, 16), st.integers(1, 3))
@settings(deadline=None)
def test_tracks_and_cameras_are_bounded(crowds: list[int], most: int, cameras: int) -> None:
    watch = Watch(Bounds(tracks=most, cameras=cameras))
    for n, crowd in enumerate(crowds):
        place = Place(site_id("h1"), camera_id(f"c{n % 5}"))
        # Wherever they are, nobody was there before.
        watch.see(faces(n / 10, *((1000.0 * n + 200.0 * each, 200.0) for each in range(crowd))), place=place)

        assert len(watch.tracks) <= most * cameras
        assert len(watch.tracks._cameras) <= cameras
    assert watch.begun == sum(crowds) == len(watch.tracks) + len(watch.ended)


def test_a_track_is_expected_where_its_motion_leads() -> None:
    watch = Watch()
    for n in range(10):
        watch.see(faces(n / 10, (300 + 12 * n, 200)), captured=n / 10 - 200)

    (box,) = watch.tracks.expected(GATE, microseconds(1.2))

    assert box.tolist() == pytest.approx([300 + 144 - SIZE / 2, 200 - SIZE / 2, SIZE, SIZE], abs=6)
    assert box.dtype == np.float32
    assert watch.tracks.expected(GATE, microseconds(2.5)).shape == (0, 4)
    assert watch.tracks.expected(DOOR, microseconds(1.2)).shape == (0, 4)
