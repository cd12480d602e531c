"""Marked faces and found boxes."""

import numpy as np
import pytest

from cli.eval import detection
from cli.eval.detection import Marked, MarkedFace


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array(rows, np.float32).reshape(-1, 4)


def test_overlap_is_the_part_of_both_that_is_shared() -> None:
    assert detection.overlap(boxes((0, 0, 10, 10), (20, 0, 10, 10)), boxes((5, 0, 10, 10))[0]) == pytest.approx(
        [50 / 150, 0]
    )


def test_a_found_box_is_one_marked_faces_and_no_second_ones() -> None:
    marked = Marked(boxes((0, 0, 10, 20), (1, 0, 10, 20)), ("with", "without"))

    once = detection.matched(marked, boxes((0, 0, 10, 20)))
    twice = detection.matched(marked, boxes((0, 0, 10, 20), (1, 0, 10, 20)))

    assert once == [MarkedFace("with", 20, True), MarkedFace("without", 20, False)]
    assert all(face.found for face in twice)


def test_boxes_without_a_marked_face_change_nothing() -> None:
    assert detection.matched(Marked(boxes(), ()), boxes((0, 0, 10, 10))) == []
    assert not detection.matched(Marked(boxes((0, 0, 10, 10)), ("",)), boxes())[0].found


def test_every_face_is_of_one_height() -> None:
    faces = [MarkedFace("", height, True) for height in (3, 15.9, 16, 24, 47, 48, 63, 64, 900)]

    counted = [len(some) for _, _, some in detection.by_height(faces)]

    assert counted == [2, 1, 1, 1, 2, 2]
