"""When a camera is told that its faces lie, and how rarely frames are searched for that."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.detector.lying import LEAST_BETWEEN_US, LyingFaces

SECOND = 1_000_000
HOUR = 3600 * SECOND


def place(name: str = "gate") -> Place:
    return Place(site_id("h1"), camera_id(name))


def watched(most: int = 8) -> LyingFaces:
    watch = LyingFaces(most)
    watch.due(place(), 0)
    return watch


def test_three_frames_of_different_moments_tell_the_camera() -> None:
    watch = watched()

    assert [watch.seen(place(), 90, at * SECOND) for at in range(1, 5)] == [False, False, True, False]


def test_frames_of_one_moment_count_once() -> None:
    watch = watched()

    assert not any(watch.seen(place(), 90, SECOND + at * 50_000) for at in range(13))


def test_somebody_who_stands_takes_it_back() -> None:
    watch = watched()
    answers = [watch.seen(place(), degrees, at * SECOND) for at, degrees in enumerate([90, 90, 0, 90, 90, 0, 90, 90])]

    assert not any(answers)


def test_frames_that_disagree_tell_nothing() -> None:
    watch = watched()

    assert not any(watch.seen(place(), 90 if at % 2 else 270, at * SECOND) for at in range(20))


def test_frames_without_anybody_change_nothing() -> None:
    watch = watched()
    for at, degrees in enumerate([180, None, 180, None, None]):
        watch.seen(place(), degrees, at * SECOND)

    assert watch.seen(place(), 180, 10 * SECOND)


def test_a_camera_is_told_again_after_an_hour() -> None:
    watch = watched()

    reports = [at for at in range(1, 8000) if watch.seen(place(), 90, at * SECOND)]

    assert len(reports) == 3
    assert all(later - earlier >= HOUR / SECOND for earlier, later in pairwise(reports))


def test_a_camera_s_first_frame_is_not_searched_and_a_later_one_is() -> None:
    watch = LyingFaces(8)

    assert [watch.due(place(), at * SECOND // 5) for at in range(12)] == [False] * 5 + [True] + [False] * 4 + [
        True,
        False,
    ]


def test_a_camera_that_is_not_known_is_not_told() -> None:
    assert not LyingFaces(8).seen(place(), 90, SECOND)


frames = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400_000)), max_size=300)


@given(frames, st.integers(1, 12))
def test_searches_are_bounded_whatever_the_number_of_cameras(came: list[tuple[int, int]], most: int) -> None:
    watch = LyingFaces(most)
    now, searched = 0, 0
    for camera, later in came:
        now += later
        searched += watch.due(place(str(camera)), now)

    assert searched <= now // LEAST_BETWEEN_US + 1


def test_many_cameras_that_are_known_share_one_search_a_second() -> None:
    watch = LyingFaces(64)
    searched = [
        (at, camera)
        for at in range(0, 200 * SECOND, SECOND // 10)
        for camera in range(20)
        if watch.due(place(str(camera)), at)
    ]

    late = [camera for at, camera in searched if at >= 100 * SECOND]
    assert len(late) <= 101
    assert set(late) == set(range(20))


def test_a_camera_that_was_silent_for_a_while_is_searched_soon_again() -> None:
    watch = LyingFaces(64)
    for at in range(0, 200 * SECOND, SECOND // 5):
        for camera in range(20):
            watch.due(place(str(camera)), at)

    watch.due(place("new"), 200 * SECOND)
    again = [watch.due(place("new"), 200 * SECOND + at * SECOND // 5) for at in range(25)]

    assert again.count(True) >= 3
