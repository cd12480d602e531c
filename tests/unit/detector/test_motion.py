"""Where a face is expected next."""

import numpy as np
import pytest

from services.detector.motion import Motion, seen_in


def face(x: float, y: float = 200.0, size: float = 60.0) -> Motion:
    return seen_in(np.array([x - size / 2, y - size / 2, size, size], np.float32))


def walked(steps: int, velocity: float, seconds: float) -> Motion:
    """A face that was seen every *seconds* while it went across at *velocity* pixels a second."""
    motion = face(0)
    for n in range(1, steps + 1):
        motion = motion.after(seconds).corrected(face(n * seconds * velocity))
    return motion


def test_a_walk_goes_on_as_it_went() -> None:
    expected = walked(8, velocity=120, seconds=0.1).after(0.5)

    assert expected.x == pytest.approx(0.8 * 120 + 60, abs=10)
    assert expected.y == pytest.approx(200)
    assert expected.box == pytest.approx((expected.x - 30, 170, 60, 60))


def test_the_longer_unseen_the_less_is_known() -> None:
    motion = walked(8, velocity=0, seconds=0.1)

    near, far = motion.after(0.1), motion.after(0.8)

    assert near.variance < far.variance
    assert near.unlikelihood(face(30)) > far.unlikelihood(face(30))


def test_who_was_seen_often_is_known_better_than_who_just_came() -> None:
    assert walked(8, velocity=0, seconds=0.1).after(0.2).variance < face(0).after(0.2).variance


def test_a_face_of_another_size_fits_badly() -> None:
    expected = walked(3, velocity=0, seconds=0.1).after(0.1)

    assert expected.unlikelihood(face(0, size=120)) > 15 > expected.unlikelihood(face(0, size=66))


def test_near_and_far_people_move_alike() -> None:
    near, far = face(0, size=200).after(0.2), face(0, size=20).after(0.2)

    assert near.unlikelihood(face(100, size=200)) == pytest.approx(far.unlikelihood(face(10, size=20)))
