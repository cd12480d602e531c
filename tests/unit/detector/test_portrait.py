"""What of a frame a guard may see of one face."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.detector import portrait

FRAME = (640, 480)
ONE = np.array([[200, 100, 80, 100]], np.float32)


def test_the_crop_has_a_margin_and_its_own_size() -> None:
    area = portrait.crop(ONE[0], *FRAME)

    assert (area.left, area.top, area.right, area.bottom) == (168, 60, 313, 241)
    assert (area.width, area.height) == (145, 181)


@given(st.floats(-300, 2000), st.floats(-300, 2000), st.floats(1, 3000), st.floats(1, 3000))
def test_a_crop_lies_in_the_frame_and_is_never_too_large(x: float, y: float, w: float, h: float) -> None:
    area = portrait.crop(np.array([x, y, w, h], np.float32), *FRAME)

    assert 0 <= area.left < area.right <= FRAME[0]
    assert 0 <= area.top < area.bottom <= FRAME[1]
    assert 1 <= min(area.width, area.height) <= max(area.width, area.height) <= portrait.LONGEST_PX


def test_the_middle_of_the_face_is_clear_and_the_corners_are_not() -> None:
    clear = portrait.clear_area(portrait.crop(ONE[0], *FRAME), ONE, 0)

    assert clear[clear.shape[0] // 2, clear.shape[1] // 2]
    assert not clear[[0, 0, -1, -1], [0, -1, 0, -1]].any()


def test_a_bystander_in_the_margin_is_not_clear() -> None:
    boxes = np.concatenate([ONE, np.array([[275, 120, 40, 50]], np.float32)])
    area = portrait.crop(ONE[0], *FRAME)

    clear = portrait.clear_area(area, boxes, 0)

    assert not clear[145 - area.top, 295 - area.left]
    assert clear[150 - area.top, 240 - area.left]


def test_the_subject_stays_clear_where_a_bystander_overlaps() -> None:
    boxes = np.concatenate([ONE, ONE + np.array([50, 0, 0, 0], np.float32)])

    clear = portrait.clear_area(portrait.crop(ONE[0], *FRAME), boxes, 0)

    assert clear[clear.shape[0] // 2, clear.shape[1] // 2]
