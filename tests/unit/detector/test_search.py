"""How finely the parts of a frame are searched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.detector import search
from services.detector.core import NOBODY, Faces
from services.detector.search import MULTIPLE, Plan, View

LONGEST = 960
SIDES = st.integers(32, 6000)


def plan(width: int, height: int, min_face_px: int = 40) -> Plan:
    return search.plan(width, height, min_face_px, LONGEST)


def faces(*boxes: tuple[float, float, float, float]) -> Faces:
    array = np.array(boxes, np.float32).reshape(-1, 4)
    points = np.repeat((array[:, :2] + array[:, 2:] / np.float32(2))[:, np.newaxis], 5, axis=1)
    return Faces(array, points, np.linspace(0.9, 0.8, len(array), dtype=np.float32))


def padded(view: View) -> int:
    return (view.width + -view.width % MULTIPLE) * (view.height + -view.height % MULTIPLE)


@pytest.mark.parametrize("size", [(480, 270), (640, 360), (1280, 720), (1920, 1080), (3840, 2160), (1080, 1920)])
def test_the_smallest_wanted_face_is_forty_pixels_wide_in_a_part(size: tuple[int, int]) -> None:
    assert {part.scale for part in plan(*size).parts} == {1.0}
    assert all(part.scale == pytest.approx(0.5, abs=0.01) for part in plan(*size, min_face_px=80).parts)


@pytest.mark.parametrize(("size", "parts"), [((640, 360), 1), ((1280, 720), 2), ((1920, 1080), 4), ((3840, 2160), 18)])
def test_larger_frames_have_more_parts(size: tuple[int, int], parts: int) -> None:
    assert len(plan(*size).parts) == parts


def test_the_whole_is_seen_at_half_size_and_no_longer_than_allowed() -> None:
    assert (plan(640, 360).whole.width, plan(640, 360).whole.height) == (320, 180)
    assert plan(3840, 2160).whole.width == LONGEST


def test_faces_so_small_that_the_whole_must_be_seen_in_full_have_no_parts() -> None:
    assert plan(640, 360, min_face_px=20).parts == ()


@given(SIDES, SIDES, st.integers(10, 400))
def test_parts_cover_the_frame_and_are_of_bounded_size(width: int, height: int, min_face_px: int) -> None:
    planned = plan(width, height, min_face_px)
    covered = np.zeros((planned.rows, planned.columns), bool)

    for part in planned.parts:
        assert 0 <= part.left < part.right <= width
        assert 0 <= part.top < part.bottom <= height
        rows = slice(int(part.top * planned.rows / height), int(np.ceil(part.bottom * planned.rows / height)))
        columns = slice(int(part.left * planned.columns / width), int(np.ceil(part.right * planned.columns / width)))
        covered[rows, columns] = True

    assert covered.all() or not planned.parts
    # Beyond sixty-four parts a part is larger instead.
    assert len(planned.parts) == 64 or all(padded(part) <= 0.75 * LONGEST**2 for part in planned.parts)


@given(st.integers(641, 6000), st.integers(400, 4000))
def test_a_face_that_only_parts_show_lies_whole_in_one(width: int, height: int) -> None:
    planned = plan(width, height)
    widest = 31 / planned.whole.scale
    rng = np.random.default_rng(width * height)
    for x, y in rng.uniform((0, 0), (width - widest, height - 1.3 * widest), (20, 2)):
        assert any(
            part.left <= x and x + widest <= part.right and part.top <= y and y + 1.3 * widest <= part.bottom
            for part in planned.parts
        )


def test_what_is_found_in_a_view_is_told_in_pixels_of_the_frame() -> None:
    found = View(100, 50, 300, 250, 100, 100).in_frame(faces((10, 20, 30, 40)))

    assert found.boxes.tolist() == [[120, 90, 60, 80]]
    assert found.points[0, 0].tolist() == [150, 130]


def test_a_face_at_the_edge_of_a_part_is_left_to_its_neighbour() -> None:
    view = View(0, 0, 100, 100, 100, 100)

    found = search.uncut(faces((-5, 10, 30, 30), (40, 40, 20, 20), (80, 10, 30, 30), (10, 90, 20, 20)), view, 200, 100)

    # The frame ends at the left and below, so nobody else would see these two whole.
    assert found.boxes[:, 0].tolist() == [-5, 40, 10]


@given(st.floats(-500, 2500), st.floats(-500, 1500), st.floats(0, 800), st.floats(0, 800))
def test_surroundings_of_any_box_lie_in_the_frame(x: float, y: float, width: float, height: float) -> None:
    view = search.near(np.array([x, y, width, height], np.float32), 1920, 1080)

    assert 0 <= view.left < view.right <= 1920
    assert 0 <= view.top < view.bottom <= 1080
    assert view.width >= 1
    assert view.height >= 1
    assert view.scale <= 1 + 1 / view.width


def test_a_small_face_is_looked_for_in_native_size_and_a_large_one_shrunk() -> None:
    small, large = (search.near(np.array([500, 400, px, 1.3 * px], np.float32), 1920, 1080) for px in (40, 192))

    assert small.scale == 1
    assert large.scale == pytest.approx(0.25, abs=0.01)


def test_of_expected_faces_those_are_unmatched_where_nobody_was_found() -> None:
    expected = faces((0, 0, 40, 50), (200, 100, 40, 50)).boxes

    assert search.unmatched(expected, faces((5, 4, 40, 50))).tolist() == [[200, 100, 40, 50]]
    assert search.unmatched(expected, NOBODY).tolist() == expected.tolist()
    assert search.unmatched(NOBODY.boxes, faces((5, 4, 40, 50))).tolist() == []


def test_the_same_face_is_the_clearest_in_the_middle_of_its_box() -> None:
    box = np.array([100, 100, 40, 40], np.float32)

    assert search.same(box, faces((300, 300, 40, 40), (104, 98, 40, 44), (101, 101, 40, 40))) == 1
    assert search.same(box, faces((300, 300, 40, 40))) is None
    assert search.same(box, NOBODY) is None
