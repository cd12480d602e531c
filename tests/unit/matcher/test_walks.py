"""What tracks say: the mean of their looks, each counted once, of one person, and forgotten in time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.values import Vector, Walk
from services.matcher.walks import MOST_VIEWS, Ended, Seen, WalkLimits, Walks
from tests.unit.matcher.builders import DIMENSION, face, look, unit

LIMITS = WalkLimits(walks=4, seconds=30)


class Desk:
    """Walks, and why some ended."""

    def __init__(self, limits: WalkLimits = LIMITS) -> None:
        self.ended: list[Ended] = []
        self.walks = Walks(limits, self.ended.append)

    def add(
        self, number: int, vector: Vector, *, track: int = 1, at: float = 0, captured_us: int = 0, camera: str = "gate"
    ) -> Seen | None:
        origin = face(camera=camera, captured_us=captured_us).origin
        return self.walks.add(origin, look(number, track), vector, at)

    def walk(self, number: int, vector: Vector, *, track: int = 1, at: float = 0, captured_us: int = 0) -> Walk:
        seen = self.add(number, vector, track=track, at=at, captured_us=captured_us)
        assert seen is not None
        assert seen.walk is not None
        return seen.walk

    @property
    def arrays(self) -> list[Vector]:
        """White box: the promise is about memory, not about answers."""
        return [array for looks in self.walks._walks.values() for array in (looks._total, looks._kept)]


def person(seed: int, count: int) -> list[Vector]:
    """Vectors of one person, with cosines of about 0.8."""
    rng = np.random.default_rng(seed)
    mean = unit(*rng.standard_normal(DIMENSION))
    return [unit(*(mean + 0.12 * rng.standard_normal(DIMENSION))) for _ in range(count)]


@given(st.integers(0, 1_000), st.lists(st.integers(1, 12), min_size=1, max_size=24))
def test_the_mean_is_that_of_each_look_once_whatever_comes_again(seed: int, numbers: list[int]) -> None:
    desk, vectors = Desk(), person(seed, 13)
    taken: list[int] = []
    for number in numbers:
        seen = desk.add(number, vectors[number])
        if taken and number <= max(taken):
            assert seen is None
            continue

        taken.append(number)
        assert seen is not None
        assert seen.walk is not None
        assert seen.walk.looks == len(taken)
        expected = np.sum([vectors[each] for each in taken], axis=0)
        np.testing.assert_allclose(seen.vector, expected / np.linalg.norm(expected), atol=1e-5)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.floats(0, 20)), max_size=40))
def test_there_are_never_more_walks_than_may_be_nor_older_ones(steps: list[tuple[int, int, float]]) -> None:
    desk, now = Desk(), 0.0
    expected: dict[int, tuple[int, float]] = {}  # the one that was silent longest first
    for track, number, passed in steps:
        now += passed
        desk.walks.forget(now)
        expected = {each: (newest, at) for each, (newest, at) in expected.items() if at + LIMITS.seconds > now}
        newest, _ = expected.get(track, (0, 0.0))
        assert (desk.add(number, unit(1), track=track, at=now) is not None) == (number > newest)
        if number > newest:
            expected.pop(track, None)
            expected[track] = (number, now)
        if len(expected) > LIMITS.walks:
            del expected[next(iter(expected))]
        assert len(desk.walks) == len(expected)


def test_tracks_and_cameras_have_walks_of_their_own() -> None:
    desk = Desk()

    desk.add(1, unit(1))
    desk.add(1, unit(1), track=2)
    seen = desk.add(1, unit(0, 1), camera="ward")

    assert len(desk.walks) == 3
    assert seen is not None
    np.testing.assert_allclose(seen.vector, unit(0, 1))


def test_looks_are_told_from_views_and_the_time_between_them_is_kept() -> None:
    desk = Desk()

    walks = [
        desk.walk(1, unit(1), captured_us=5_000),
        desk.walk(2, unit(1, 0.1), captured_us=9_000),
        desk.walk(3, unit(1, 1.2), captured_us=7_000),
        desk.walk(4, unit(1, 1.1), captured_us=12_000),
    ]

    assert walks == [Walk(1, 1, 0), Walk(2, 1, 4_000), Walk(3, 2, 4_000), Walk(4, 2, 7_000)]


def test_views_are_bounded_and_looks_go_on() -> None:
    desk = Desk(WalkLimits(walks=4, seconds=30, same_person=-1, new_view=0.9))
    axes = np.eye(DIMENSION, dtype=np.float32)

    last = [desk.walk(number, vector) for number, vector in enumerate(axes, 1)][-1]

    assert (last.looks, last.views) == (DIMENSION, MOST_VIEWS)


def test_a_track_that_goes_over_to_somebody_else_begins_anew() -> None:
    desk = Desk()
    desk.walk(1, unit(1), captured_us=1_000)
    desk.walk(2, unit(1, 0.2), captured_us=2_000)

    seen = desk.add(3, unit(0.1, 0, 1), captured_us=3_000)
    again = desk.add(2, unit(1), captured_us=3_000)

    assert seen is not None
    np.testing.assert_allclose(seen.vector, unit(0.1, 0, 1))
    assert seen.walk == Walk(1, 1, 0)
    assert desk.ended == [Ended.ANOTHER_PERSON]
    assert again is None


def test_the_walk_that_was_silent_longest_makes_room() -> None:
    desk = Desk()
    for track in (1, 2, 3, 4):
        desk.add(1, unit(1), track=track, at=track)
    desk.add(2, unit(1), at=5)

    desk.add(1, unit(1), track=5, at=6)

    assert desk.walk(3, unit(1), at=7).looks == 3
    assert desk.walk(2, unit(1), track=2, at=8).looks == 1
    assert desk.ended == [Ended.FULL, Ended.FULL]


def test_a_walk_is_forgotten_a_while_after_its_last_look_and_not_before() -> None:
    desk = Desk()
    desk.add(1, unit(1), at=0)
    desk.add(2, unit(1), at=20)

    desk.walks.forget(49.9)
    before = len(desk.walks)
    desk.walks.forget(50)

    assert (before, len(desk.walks)) == (1, 0)


def test_what_is_forgotten_is_overwritten() -> None:
    desk = Desk()
    for track in range(1, 7):
        desk.add(1, unit(1), track=track)
        desk.add(2, unit(0, 1) if track == 5 else unit(1, 1), track=track)
    arrays = desk.arrays
    written = [bool(array.any()) for array in arrays]

    desk.walks.forget(30)

    assert all(written)
    assert not any(array.any() for array in arrays)
    assert len(desk.walks) == 0


def test_a_walk_that_begins_anew_and_one_that_makes_room_are_overwritten() -> None:
    desk = Desk()
    desk.add(1, unit(1))
    arrays = desk.arrays
    desk.add(2, unit(0, 1))
    anew = [bool(array.any()) for array in arrays]
    arrays = desk.arrays

    for track in range(2, 6):
        desk.add(1, unit(1), track=track)

    assert not any(anew)
    assert not any(array.any() for array in arrays)


def test_what_was_seen_is_a_copy_and_can_be_overwritten() -> None:
    desk = Desk()
    first = desk.add(1, unit(1))
    assert first is not None

    first.overwrite()
    second = desk.add(2, unit(1))

    assert second is not None
    assert not first.vector.any()
    np.testing.assert_allclose(second.vector, unit(1))


def test_nothing_is_left_when_all_is_cleared() -> None:
    desk = Desk()
    desk.add(1, unit(1))
    arrays = desk.arrays

    desk.walks.clear()

    assert not any(array.any() for array in arrays)
