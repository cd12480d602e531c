"""The similarity that brings five points onto the template."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.detector import alignment
from services.detector.core import Float32

TEMPLATE = np.stack([alignment.TEMPLATE.real, alignment.TEMPLATE.imag], axis=1)


def moved(points: Float32, angle: float, scale: float, x: float, y: float) -> Float32:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turned: NDArray[np.float64] = points.astype(np.float64) @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
    return turned.astype(np.float32)


def applied(matrix: NDArray[np.float64], points: Float32) -> NDArray[np.float64]:
    there: NDArray[np.float64] = points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return there


def test_points_on_the_template_stay_where_they_are() -> None:
    np.testing.assert_allclose(alignment.to_template(TEMPLATE.astype(np.float32)), np.eye(2, 3), atol=1e-4)


angles, scales, shifts = st.floats(-np.pi, np.pi), st.floats(0.2, 8), st.floats(-1000, 1000)


@given(angles, scales, shifts, shifts)
def test_wherever_the_face_is_its_points_land_on_the_template(a: float, s: float, x: float, y: float) -> None:
    points = moved(TEMPLATE.astype(np.float32), a, s, x, y)

    np.testing.assert_allclose(applied(alignment.to_template(points), points), TEMPLATE, atol=0.01)


@given(angles, scales, shifts, shifts, st.integers(0, 1000))
def test_a_crop_does_not_depend_on_where_the_face_was(a: float, s: float, x: float, y: float, seed: int) -> None:
    points = (TEMPLATE + np.random.default_rng(seed).normal(0, 4, (5, 2))).astype(np.float32)
    other = moved(points, a, s, x, y)

    here = applied(alignment.to_template(points), points)
    there = applied(alignment.to_template(other), other)

    np.testing.assert_allclose(here, there, atol=0.02)


@given(angles, scales)
def test_the_map_is_a_similarity_without_reflection(a: float, s: float) -> None:
    matrix = alignment.to_template(moved(TEMPLATE.astype(np.float32), a, s, 5, 6))[:, :2]

    assert np.linalg.det(matrix) > 0
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(2) * np.linalg.det(matrix), atol=1e-6)


def test_points_that_coincide_are_refused() -> None:
    with pytest.raises(ValueError, match="coincide"):
        alignment.to_template(np.full((5, 2), 7, np.float32))


@pytest.mark.parametrize(
    ("shift", "share"),
    [
        pytest.param((0, 0), 0.0, id="inside"),
        pytest.param((-56, 0), 0.5, id="half beyond the left edge"),
        pytest.param((0, -28), 0.25, id="a quarter above the top"),
        pytest.param((500, 0), 1.0, id="beyond the right edge"),
    ],
)
def test_what_lies_beyond_the_picture_is_known(shift: tuple[float, float], share: float) -> None:
    points = (TEMPLATE + shift).astype(np.float32)

    assert alignment.outside(points, 300, 300) == pytest.approx(share, abs=0.05)


def test_a_leaning_face_reaches_beyond_the_edge_with_its_corners() -> None:
    upright = moved(TEMPLATE.astype(np.float32), 0, 1, 2, 100)
    leaning = moved((TEMPLATE - 56).astype(np.float32), np.pi / 4, 1, 58, 156)

    assert alignment.outside(upright, 300, 300) == 0
    assert 0.02 < alignment.outside(leaning, 300, 300) < 0.2
