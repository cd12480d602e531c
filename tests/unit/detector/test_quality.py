"""Measures of a face: what makes each grow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.values import Aligned, Quality
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


def nodding(degrees: float) -> Float32:
    """Five points of a level head with the assumed nose, seen from the front after it looked up by *degrees*."""
    angle = np.radians(degrees)
    level = np.array([[30, 40], [70, 40], [50, 40 + 0.57 * 40], [36, 80], [64, 80]], np.float32)
    points = level.copy()
    points[:, 1] = 60 + (level[:, 1] - 60) * np.cos(angle)
    points[2, 1] -= 0.5 * 40 * np.sin(angle)
    return points


@given(st.floats(-40, 40))
def test_pitch_is_read_back(degrees: float) -> None:
    assert abs(quality.pitch_degrees(nodding(degrees)) - degrees) < 0.1


@given(st.floats(-40, 40), st.floats(-80, 80))
def test_leaning_the_head_does_not_change_pitch(pitch: float, roll: float) -> None:
    angle = np.radians(roll)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)

    assert abs(quality.pitch_degrees(nodding(pitch) @ turn) - pitch) < 0.2


def test_a_blurred_face_is_less_sharp() -> None:
    sharp = np.random.default_rng(1).uniform(0, 255, (112, 112)).astype(np.float32)
    blurred = (sharp[1:, 1:] + sharp[:-1, 1:] + sharp[1:, :-1] + sharp[:-1, :-1]) / np.float32(4)

    assert quality.sharpness(blurred) < quality.sharpness(sharp) / 2


def test_an_even_area_has_no_sharpness() -> None:
    assert quality.sharpness(np.full((112, 112), 90, np.float32)) == 0


@pytest.mark.parametrize("step", [(0, 1), (1, 0), (1, 1), (1, -1)], ids=["across", "down", "falling", "rising"])
def test_movement_in_any_direction_shows_in_the_least_sharpness(step: tuple[int, int]) -> None:
    sharp = np.random.default_rng(1).uniform(0, 255, (112, 112)).astype(np.float32)
    moved = np.mean([np.roll(sharp, (step[0] * i, step[1] * i), (0, 1)) for i in range(9)], axis=0).astype(np.float32)

    assert quality.least_sharpness(moved) < quality.least_sharpness(sharp) / 20
    # Across the movement nothing is lost, which is why the Laplacian does not notice.
    assert quality.sharpness(moved) > 8 * quality.least_sharpness(moved)


def painted(skin: tuple[int, int, int], **parts: tuple[int, int, int]) -> Aligned:
    """An aligned face of one colour, with eyes and mouth where they lie after alignment."""
    places = {"right_eye": np.s_[44:62, 26:52], "left_eye": np.s_[44:62, 60:86], "mouth": np.s_[82:102, 38:74]}
    face = np.full((112, 112, 3), skin, np.uint8)
    for part, colour in parts.items():
        face[places[part]] = colour
    return face


def examined(aligned: Aligned) -> Quality:
    box = np.array([210, 220, 80, 100], np.float32)
    return quality.measure_photo(0.9, box, FRONTAL + 200, aligned, width=640, height=480)


LIGHT, DARK, LIPS, CLOTH = (220, 180, 160), (90, 62, 48), (190, 110, 110), (160, 200, 220)


@pytest.mark.parametrize("skin", [LIGHT, DARK], ids=["light", "dark"])
def test_lips_are_redder_than_skin_and_cloth_is_not(skin: tuple[int, int, int]) -> None:
    lips = (skin[0] + 10, skin[1] - 30, skin[2] - 20)

    assert examined(painted(skin, mouth=lips)).mouth_pallor < -0.05
    assert examined(painted(skin, mouth=CLOTH)).mouth_pallor > 0.1


@pytest.mark.parametrize("skin", [LIGHT, DARK], ids=["light", "dark"])
def test_dark_glasses_shade_both_eyes_and_a_patch_only_one(skin: tuple[int, int, int]) -> None:
    glasses = painted(skin, right_eye=(15, 15, 15), left_eye=(15, 15, 15))

    assert examined(glasses).eye_shade > 0.8
    assert abs(examined(painted(skin, right_eye=(15, 15, 15))).eye_shade) < 0.01


def test_colour_is_measured_and_grey_has_none() -> None:
    assert examined(painted((120, 120, 120))).chroma < 1e-3
    assert examined(painted(LIGHT)).chroma > 20


def test_white_counts_as_overexposed_and_an_even_face_has_no_contrast() -> None:
    half = painted((90, 90, 90))
    half[:, 56:] = 255

    assert abs(examined(half).overexposed - 0.5) < 0.01
    assert examined(half).contrast > 70
    assert examined(painted((90, 90, 90))).contrast < 1e-3


def test_a_photo_is_measured_like_a_frame_and_more() -> None:
    aligned = painted(LIGHT, mouth=LIPS)
    box = np.array([210, 220, 80, 100], np.float32)

    frame, photo = quality.measure(0.9, box, FRONTAL + 200, aligned), examined(aligned)

    alike = ("score", "face_px", "eye_distance_px", "sharpness", "yaw_degrees", "roll_degrees", "exposure")
    assert [getattr(photo, name) for name in alike] == [getattr(frame, name) for name in alike]
    assert frame.chroma == frame.contrast == frame.least_sharpness == 0
    assert photo.cut_off == 0


def test_sizes_are_in_frame_pixels_and_exposure_in_grey_levels() -> None:
    aligned = np.full((alignment.SIDE_PX, alignment.SIDE_PX, 3), 100, np.uint8)

    measured = quality.measure(0.9, np.array([1, 2, 80, 100], np.float32), FRONTAL, aligned)

    assert (measured.face_px, measured.eye_distance_px) == (80, 40)
    assert abs(measured.exposure - 100) < 1e-3


def test_points_that_coincide_are_measured_as_zero() -> None:
    assert quality.yaw_degrees(np.ones((5, 2), np.float32)) == 0
    assert quality.pitch_degrees(np.ones((5, 2), np.float32)) == 0
