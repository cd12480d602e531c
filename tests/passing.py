"""Frames in each of which a person stands elsewhere: to a detector somebody new each time, who is looked at at once.

Who stands still is looked at ever more seldom, so a test that needs many comparisons shows these.
"""

from typing import Final

import cv2
import numpy as np

from tests.installation import MODELS

# Whoever is back at the first place is a second older by then, at ten frames a second, and new there too.
PLACES: Final = 12
_COLUMNS: Final = 4
_CELL_PX: Final = 220
# The head in the picture: left, top and side of a square.
_HEADS: Final = {"astronaut.png": (100, 10, 240), "grace_hopper.jpg": (90, 40, 370)}


def passing(name: str, *, width: int = 880, height: int = 660) -> list[bytes]:
    """Twelve JPEGs of *width* x *height* with the head of *name*, each time in another place."""
    picture = cv2.imread(str(MODELS / name))
    assert picture is not None
    left, top, side = _HEADS[name]
    head = cv2.resize(picture[top : top + side, left : left + side], (_CELL_PX, _CELL_PX))
    return [_frame(np.asarray(head, np.uint8), place, width, height) for place in range(PLACES)]


def _frame(head: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], place: int, width: int, height: int) -> bytes:
    scene = np.full((height, width, 3), 150, np.uint8)
    # Neighbours in time are no neighbours in place.
    row, column = place % (PLACES // _COLUMNS), place % _COLUMNS
    top, left = row * _CELL_PX, column * _CELL_PX
    scene[top : top + _CELL_PX, left : left + _CELL_PX] = head
    return cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
