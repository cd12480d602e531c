"""Which views of a camera's scene are searched anew, and who stays found meanwhile."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.detector import search
from services.detector.core import NOBODY, Faces
from services.detector.scenes import CHANGED, SILENT_US, Mosaic, Rhythm, Scene, Scenes
from services.detector.search import View

FINE, STILL = 250_000, 1_000_000
RHYTHM = Rhythm(fine_us=FINE, still_us=STILL)
SMALL = search.plan(640, 360, 40, 960)
LARGE = search.plan(1920, 1080, 40, 960)
# Covers the areas in columns 10 to 12 and rows 5 to 7 of a small frame.
FACE = Faces(np.array([[200, 100, 40, 50]], np.float32), np.zeros((1, 5, 2), np.float32), np.ones(1, np.float32))


def place(name: str = "gate") -> Place:
    return Place(site_id("h1"), camera_id(name))


def empty(scene: Scene) -> Mosaic:
    return np.full((scene.plan.rows, scene.plan.columns, 3), 100, np.uint8)


def other(mosaic: Mosaic, row: int, column: int, by: int = CHANGED) -> Mosaic:
    changed = mosaic.copy()
    changed[row, column, 1] += by
    return changed


def searched(scene: Scene, mosaic: Mosaic, at_us: int, found: Faces = NOBODY) -> tuple[tuple[View, ...], Faces]:
    """What is due in a frame, and its faces when each search of it finds *found*."""
    due = scene.due(mosaic, at_us)
    return due, scene.found(mosaic, dict.fromkeys(due, found), at_us, 0.3)


def test_a_small_frame_is_searched_in_full_first_and_then_coarsely() -> None:
    scene = Scene(SMALL, RHYTHM)
    colours = [np.full_like(empty(scene), 20 * number) for number in range(5)]

    due = [searched(scene, each, number * FINE // 3)[0] for number, each in enumerate(colours)]

    assert due == [SMALL.parts, (SMALL.whole,), (SMALL.whole,), SMALL.parts, (SMALL.whole,)]


def test_an_unchanged_scene_is_not_searched_until_its_time_is_over() -> None:
    scene = Scene(SMALL, RHYTHM)
    due = [searched(scene, empty(scene), at)[0] for at in range(0, 3 * STILL, STILL // 10)]

    assert [len(each) for each in due] == [1, 1, *[0] * 8, 1, 1, *[0] * 8, 1, 1, *[0] * 8]


def test_less_than_a_face_changes_is_no_change() -> None:
    scene = Scene(SMALL, RHYTHM)
    for at in (0, 1):
        searched(scene, empty(scene), at)

    assert searched(scene, other(empty(scene), 5, 5, CHANGED - 1), 2)[0] == ()
    assert searched(scene, other(empty(scene), 5, 5, CHANGED), 3)[0] == (SMALL.whole,)


def test_slow_changes_add_up() -> None:
    scene = Scene(SMALL, RHYTHM)
    for at in (0, 1):
        searched(scene, empty(scene), at)

    due = [searched(scene, other(empty(scene), 5, 5, by), 2 + by)[0] for by in range(CHANGED + 1)]

    assert [len(each) for each in due] == [*[0] * CHANGED, 1]


def test_a_darker_area_is_a_change_as_a_lighter_one_is() -> None:
    scene = Scene(SMALL, RHYTHM)
    for at in (0, 1):
        searched(scene, other(empty(scene), 5, 5, 50), at)

    assert searched(scene, empty(scene), 2)[0] == (SMALL.whole,)


def test_who_stands_still_stays_found_until_the_scene_is_searched_again() -> None:
    scene = Scene(SMALL, RHYTHM)
    searched(scene, empty(scene), 0, FACE)
    searched(scene, empty(scene), 1, NOBODY)

    # Somebody walks elsewhere: the coarse search misses the still face, which the fine one had found.
    _, found = searched(scene, other(empty(scene), 15, 25), 2, NOBODY)

    assert found.boxes.tolist() == FACE.boxes.tolist()


def test_a_face_whose_area_changed_must_be_found_anew() -> None:
    scene = Scene(SMALL, RHYTHM)
    searched(scene, empty(scene), 0, FACE)

    _, found = searched(scene, other(empty(scene), 6, 11), 1, NOBODY)

    assert len(found) == 0


def test_a_face_found_by_two_views_is_one() -> None:
    scene = Scene(SMALL, RHYTHM)
    searched(scene, empty(scene), 0, FACE)

    _, found = searched(scene, empty(scene), 1, FACE)

    assert len(found) == 1


def test_each_part_of_a_large_frame_has_its_turn_one_a_frame() -> None:
    scene = Scene(LARGE, RHYTHM)
    due = [searched(scene, empty(scene), at)[0] for at in range(len(LARGE.parts))]

    assert due == [(LARGE.whole, LARGE.parts[0]), *((part,) for part in LARGE.parts[1:])]


def test_of_a_part_in_which_little_changed_a_piece_is_searched() -> None:
    scene = Scene(SMALL, RHYTHM)
    searched(scene, empty(scene), 0)

    due, _ = searched(scene, other(empty(scene), 9, 16), FINE)

    whole, piece = due
    assert whole == SMALL.whole
    assert (piece.width, piece.height, piece.scale) == (192, 192, 1)
    # The area that changed, with a face's width around it.
    assert (piece.left, piece.top) <= (16 * 20 - 40, 9 * 20 - 40)
    assert (piece.right, piece.bottom) >= (17 * 20 + 40, 10 * 20 + 40)


def test_a_piece_shows_all_of_a_face_that_moves() -> None:
    scene = Scene(SMALL, RHYTHM)
    tall = Faces(np.array([[200, 100, 200, 250]], np.float32), np.zeros((1, 5, 2), np.float32), np.ones(1, np.float32))
    searched(scene, empty(scene), 0, tall)

    # The mouth alone.
    (_, piece), found = searched(scene, other(empty(scene), 15, 15), FINE)

    assert (piece.left, piece.top) <= (200, 100)
    assert (piece.right, piece.bottom) >= (400, 350)
    assert len(found) == 0


def test_beside_a_piece_the_others_stay_found() -> None:
    scene = Scene(SMALL, RHYTHM)
    searched(scene, empty(scene), 0, FACE)

    changes = [other(empty(scene), 15, 28, by) for by in (20, 40, 60)]
    found = [searched(scene, each, FINE * (1 + number))[1] for number, each in enumerate(changes)]

    assert [each.boxes.tolist() for each in found] == [FACE.boxes.tolist()] * 3


def test_all_of_a_part_is_searched_in_time_however_much_its_pieces_are() -> None:
    scene = Scene(SMALL, RHYTHM)
    colours = [other(empty(scene), 3, 3, 20 * (number % 5)) for number in range(30)]

    due = [searched(scene, each, number * STILL // 10)[0] for number, each in enumerate(colours)]

    assert [number for number, each in enumerate(due) if each == SMALL.parts] == [0, 10, 20]
    assert [number for number, each in enumerate(due) if len(each) == 2] == [3, 6, 9, 13, 16, 19, 23, 26, 29]


def test_a_part_in_which_something_changed_goes_first() -> None:
    scene = Scene(LARGE, RHYTHM)
    for at in range(len(LARGE.parts)):
        searched(scene, empty(scene), at)

    # The bottom right corner lies in the last part alone.
    due, _ = searched(scene, other(empty(scene), LARGE.rows - 1, LARGE.columns - 1), 4 * FINE + len(LARGE.parts))

    whole, piece = due
    assert whole == LARGE.whole
    assert (piece.right, piece.bottom) == (LARGE.parts[-1].right, LARGE.parts[-1].bottom)
    assert piece.left >= LARGE.parts[-1].left


def test_parts_that_change_all_the_time_take_turns() -> None:
    scene = Scene(LARGE, RHYTHM)
    counts = dict.fromkeys(LARGE.parts, 0)
    for number in range(48):
        mosaic = np.full_like(empty(scene), 20 * (number % 10))
        due, _ = searched(scene, mosaic, number * 83_333)
        for view in due[1:]:
            counts[view] += 1

    assert set(counts.values()) == {4}


def test_a_clock_that_was_put_back_stops_no_search() -> None:
    scene = Scene(SMALL, RHYTHM)
    searched(scene, empty(scene), 10 * STILL)

    assert searched(scene, empty(scene), 5 * STILL)[0] == SMALL.parts


def test_a_silent_camera_s_scene_is_forgotten() -> None:
    scenes = Scenes(8, RHYTHM)
    scenes.of(place("a"), SMALL, 0)
    scenes.of(place("b"), SMALL, SILENT_US)

    scenes.forget(SILENT_US + 1)

    assert len(scenes) == 1
    scenes.forget(2 * SILENT_US + 1)
    assert len(scenes) == 0


def test_frames_of_another_size_begin_a_new_scene() -> None:
    scenes = Scenes(8, RHYTHM)
    first = scenes.of(place(), SMALL, 0)

    assert scenes.of(place(), SMALL, 1) is first
    assert scenes.of(place(), LARGE, 2) is not first


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, SILENT_US)), max_size=60))
def test_there_are_never_more_scenes_than_allowed(frames: list[tuple[int, int]]) -> None:
    scenes, now_us = Scenes(5, RHYTHM), 0
    for number, passed_us in frames:
        now_us += passed_us
        scenes.of(place(f"camera-{number}"), SMALL, now_us)

        assert len(scenes) <= 5


@given(st.lists(st.tuples(st.integers(1, 400_000), st.booleans()), min_size=30, max_size=120))
def test_who_stands_there_is_never_lost_whatever_else_moves(frames: list[tuple[int, bool]]) -> None:
    scene, now_us = Scene(SMALL, RHYTHM), 0
    for number, (passed_us, moves) in enumerate(frames):
        now_us += passed_us
        mosaic = other(empty(scene), 15, 25, 20 * (number % 7)) if moves else empty(scene)
        due = scene.due(mosaic, now_us)
        # Only the fine search finds this face, where it shows it.
        fresh = {view: FACE if view != SMALL.whole and _shows(view, FACE) else NOBODY for view in due}

        assert len(scene.found(mosaic, fresh, now_us, 0.3)) == 1


def _shows(view: View, face: Faces) -> bool:
    left, top, width, height = face.boxes[0].tolist()
    return bool(view.left <= left and view.top <= top and left + width <= view.right and top + height <= view.bottom)
