"""Measures of a face: what makes each grow."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.detector import alignment, quality
from services.detector.core import Float32

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [36, 80], [64, 80]], np.float32)


def turned(degrees: float) -> Float32:
    """Five points of a head with the assumed nose, seen from the front after a turn to the subject's left."""
    angle = np.radians(degrees)
    points = FRONTAL.copy()
    points[:, 0] = 50 + (FRONTAL[:, 0] - 50) * np.cos(angle)
    points[2, 0] += 0.5 * 40 * np.sin(angle)
    return points


def test_a_frontal_upright_face_has_no_angles() -> None:
    assert quality.yaw_degrees(FRONTAL) == 0
    assert quality.roll_degrees(FRONTAL) == 0


@given(st.floats(-60, 60))
def test_yaw_is_read_back(degrees: float) -> None:
    assert abs(quality.yaw_degrees(turned(degrees)) - degrees) < 0.1


@given(st.floats(-40, 40), st.floats(-80, 80))
def test_leaning_the_head_changes_roll_and_not_yaw(yaw: float, roll: float) -> None:
    angle = np.radians(roll)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)

    points = turned(yaw) @ turn

    assert abs(quality.roll_degrees(points) - roll) < 0.1
    assert abs(quality.yaw_degrees(points) - yaw) < 0.2


def test_a_blurred_face_is_less_sharp() -> None:
    sharp = np.random.default_rng(1).uniform(0, 255, (112, 112)).astype(np.float32)
    blurred = (sharp[1:, 1:] + sharp[:-1, 1:] + sharp[1:, :-1] + sharp[:-1, :-1]) / np.float32(4)

    assert quality.sharpness(blurred) < quality.sharpness(sharp) / 2


def test_an_even_area_has_no_sharpness() -> None:
    assert quality.sharpness(np.full((112, 112), 90, np.float32)) == 0


def test_sizes_are_in_frame_pixels_and_exposure_in_grey_levels() -> None:
    aligned = np.full((alignment.SIDE_PX, alignment.SIDE_PX, 3), 100, np.uint8)

    measured = quality.measure(0.9, np.array([1, 2, 80, 100], np.float32), FRONTAL, aligned)

    assert (measured.face_px, measured.eye_distance_px) == (80, 40)
    assert abs(measured.exposure - 100) < 1e-3


def test_points_that_coincide_are_measured_as_zero() -> None:
    assert quality.yaw_degrees(np.ones((5, 2), np.float32)) == 0
