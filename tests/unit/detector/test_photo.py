"""How a photo is searched: turned by quarters when that helps, and closely at its largest face."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.detector import closer, quality
from services.detector.core import Faces, Float32
from services.detector.photo import PhotoSearch
from services.detector.pixels import Picture

Find = Callable[[Picture], Faces]


def level(x: float, y: float, width: float) -> tuple[Float32, Float32]:
    """Box and points of an upright face whose centre is at (*x*, *y*)."""
    box = np.array([x - width / 2, y - 0.6 * width, width, 1.2 * width], np.float32)
    shares = np.array([[-0.2, -0.15], [0.2, -0.15], [0, 0.05], [-0.15, 0.25], [0.15, 0.25]])
    return box, (np.array([x, y]) + shares * width).astype(np.float32)


def leaning(points: Float32, degrees: float, centre: tuple[float, float]) -> Float32:
    """*points* turned clockwise, as the picture shows it, about *centre*."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    there: Float32 = ((points - centre) @ turn + centre).astype(np.float32)
    return there


def faces(*found: tuple[Float32, Float32, float]) -> Faces:
    if not found:
        return Faces(np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, np.float32))
    boxes, points, scores = zip(*found, strict=True)
    return Faces(np.array(boxes), np.array(points), np.array(scores, np.float32))


class Script:
    """A detector that gives scripted answers in turn, and remembers the pictures it searched."""

    def __init__(self, *answers: Faces) -> None:
        self._answers = list(answers)
        self.searched: list[Picture] = []

    def __call__(self, picture: Picture) -> Faces:
        self.searched.append(picture)
        return self._answers.pop(0)


def search(find: Find, longest_px: int = 960) -> PhotoSearch:
    return PhotoSearch(find, longest_px, min_score=0.6)


def photo(height: int = 480, width: int = 640) -> Picture:
    return np.zeros((height, width, 3), np.uint8)


def test_a_clear_level_face_is_looked_at_once() -> None:
    script = Script(faces((*level(300, 200, 100), 0.93)))

    found = search(script)(photo())

    assert len(script.searched) == 1
    assert found.scores[0] == np.float32(0.93)


def test_a_photo_of_nobody_is_tried_on_every_side() -> None:
    script = Script(faces(), faces(), faces(), faces())

    assert len(search(script)(photo())) == 0
    assert [each.shape[:2] for each in script.searched] == [(480, 640), (640, 480), (480, 640), (640, 480)]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_on_its_side_is_found_lying_as_it_does(quarters: int) -> None:
    # Where the face appears in the photo turned upright, and where that is in the photo as it came.
    width, height = (640, 480) if quarters == 2 else (480, 640)
    box, points = level(width / 2 - 40, height / 2 + 30, 100)
    answers = [faces((*level(50, 50, 40), 0.65)), faces(), faces(), faces()]
    answers[quarters] = faces((box, points, 0.94))
    again = faces((*level(closer.SIDE_PX / 2, closer.SIDE_PX / 2, 85), 0.94))

    found = search(Script(*answers, again))(photo())

    assert abs(abs(quality.roll_degrees(found.points[0])) - {1: 90, 2: 180, 3: 90}[quarters]) < 1
    turned = np.rot90(np.arange(480 * 640).reshape(480, 640), quarters)
    x, y = (int(each) for each in points[2])
    expected_y, expected_x = divmod(int(turned[y, x]), 640)
    nose = closer.unturned(faces((box, points, 0.94)), quarters, 640, 480).points[0, 2]
    assert abs(nose[0] - expected_x) <= 1
    assert abs(nose[1] - expected_y) <= 1


def test_chance_does_not_turn_a_photo() -> None:
    weak = faces((*level(300, 200, 100), 0.75))
    script = Script(weak, faces((*level(100, 100, 80), 0.77)), faces((*level(100, 100, 80), 0.70)), faces())

    found = search(script)(photo())

    assert found.scores[0] == np.float32(0.75)


def slope() -> Picture:
    """Dark on the left, light on the right, so that a view shows how far it was turned."""
    return np.repeat(np.linspace(0, 255, 640).astype(np.uint8)[np.newaxis, :, np.newaxis], 480, axis=0).repeat(
        3, axis=2
    )


def turned_by(picture: Picture) -> float:
    """How far anticlockwise, in degrees, the slope is turned in *picture*."""
    height, width = picture.shape[:2]
    middle = picture[height // 4 : -height // 4, width // 4 : -width // 4, 0].astype(np.float64)
    down, across = np.gradient(middle)
    return float(np.degrees(np.arctan2(-down.mean(), across.mean())))


@pytest.mark.parametrize("degrees", [-35, -15, 12, 30])
def test_a_leaning_face_is_turned_upright_until_its_points_are_level(degrees: float) -> None:
    def find(picture: Picture) -> Faces:
        """Less than half of the lean shows, as with the real detector."""
        first = picture.shape == (480, 640, 3)
        centre = (320.0, 240.0) if first else (picture.shape[1] / 2, picture.shape[0] / 2)
        box, points = level(centre[0], centre[1], 100 if first else 85)
        return faces((box, leaning(points, 0.45 * (degrees - turned_by(picture)), centre), 0.93))

    found = search(find)(slope())

    assert abs(quality.roll_degrees(found.points[0]) - degrees) < 3
    np.testing.assert_allclose(found.boxes[0, :2] + found.boxes[0, 2:] / 2, (320, 240), atol=1)


def test_a_face_that_is_lost_when_turned_stays_as_it_was_found() -> None:
    box, points = level(320, 240, 100)
    points = leaning(points, 10, (320, 240))
    script = Script(faces((box, points, 0.92)), faces())

    found = search(script)(photo())

    np.testing.assert_array_equal(found.points[0], points)


def test_a_neighbour_does_not_take_the_place_of_the_face() -> None:
    box, points = level(320, 240, 100)
    points = leaning(points, 10, (320, 240))
    beside = faces((*level(20, 128, 60), 0.95))
    script = Script(faces((box, points, 0.92)), beside)

    np.testing.assert_array_equal(search(script)(photo()).points[0], points)


def test_a_face_that_the_search_shrank_is_looked_at_in_its_own_pixels() -> None:
    box, points = level(2000, 1500, 120)  # 29 pixels wide when it was searched
    middle = closer.SIDE_PX / 2
    script = Script(faces((box, points, 0.91)), faces((*level(middle + 2, middle, 85), 0.93)))

    found = search(script)(photo(3000, 4000))

    assert script.searched[1].shape == (256, 256, 3)
    centre = found.boxes[0, :2] + found.boxes[0, 2:] / 2
    np.testing.assert_allclose(centre, (2000 + 2 * 120 * 3.6 / 256, 1500), atol=3)
    assert found.scores[0] == np.float32(0.93)


boxes = st.tuples(st.floats(100, 500), st.floats(100, 400), st.floats(20, 400))


@given(boxes, st.floats(-180, 180))
def test_what_is_seen_in_a_view_is_known_in_the_picture(box: tuple[float, float, float], degrees: float) -> None:
    around, points = level(*box)
    view = closer.view(around, degrees)
    there = Faces(
        around[np.newaxis],
        (points @ view.matrix[:, :2].T + view.matrix[:, 2]).astype(np.float32)[np.newaxis],
        np.array([0.9], np.float32),
    )

    back = view.back(there)

    np.testing.assert_allclose(back.points[0], points, atol=0.05)


@given(boxes, st.floats(-60, 60))
def test_a_view_turns_what_leans_upright_and_shows_it_in_its_middle(
    box: tuple[float, float, float], degrees: float
) -> None:
    around, points = level(*box)
    view = closer.view(around, degrees)

    seen = (leaning(points, degrees, (box[0], box[1])) @ view.matrix[:, :2].T + view.matrix[:, 2]).astype(np.float32)

    assert abs(quality.roll_degrees(seen)) < 0.1
    assert view.side <= closer.SIDE_PX
    assert np.linalg.norm(seen.mean(axis=0) - view.side / 2) < view.side / 8
