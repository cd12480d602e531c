"""Where a photo is looked at again: on its side, and closer at its largest face. Pure geometry.

The detector is trained on faces that are about upright. It finds leaning ones, but their points lie as if they leant
less, which costs more similarity than anything else that is wrong with a photo. Cut out and turned back until the
points are level, they lie right. A face that was shrunk for the search gains in the same way.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.detector.core import Faces, Float32

# Side of the square that is looked at, and how many widths of the face it shows: 85 pixels are a face's share.
SIDE_PX: Final = 256
_WIDTHS: Final = 3.0
# Points that lean by less than this are taken as they are, as in a frame: the loss is too small to be seen.
LEVEL_DEGREES: Final = 2.0
# A second look ends when its points lean by less than this.
NEAR_DEGREES: Final = 0.5
# The points show about a third of a head's lean; more than this at once would overshoot with some heads.
GAIN: Final = 2.2
MOST_LOOKS: Final = 4
# A face this wide in the searched picture has points as exact as they get.
CLEAR_PX: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A square cut out of a picture: ``matrix`` (2, 3) takes the picture's pixels to those of the square."""

    matrix: NDArray[np.float64]
    side: int

    def central(self, found: Faces, min_score: float) -> int | None:
        """Which of *found* in the square is the face it was cut for."""
        centres = found.boxes[:, :2] + found.boxes[:, 2:] / 2
        away = np.where(found.scores >= min_score, np.linalg.norm(centres - self.side / 2, axis=1), np.inf)
        # A quarter of the side is three quarters of a face's width: further off it is a neighbour.
        return int(np.argmin(away)) if len(away) and away.min() < self.side / 4 else None

    def back(self, faces: Faces) -> Faces:
        """Faces found in the square, in the picture's pixels; boxes keep their sides, for they stand upright there."""
        linear = self.matrix[:, :2]
        inverse = np.linalg.inv(linear)
        scale = float(np.sqrt(abs(np.linalg.det(linear))))
        points = (faces.points - self.matrix[:, 2]) @ inverse.T
        centres = (faces.boxes[:, :2] + faces.boxes[:, 2:] / 2 - self.matrix[:, 2]) @ inverse.T
        sizes = faces.boxes[:, 2:] / scale
        boxes = np.concatenate([centres - sizes / 2, sizes], axis=1)
        return Faces(boxes.astype(np.float32), points.astype(np.float32), faces.scores)


def view(box: Float32, degrees: float) -> View:
    """The surroundings of the face *box* (4,), turned so that what leans by *degrees* clockwise stands upright."""
    centre = box[:2].astype(np.float64) + box[2:] / 2
    scale = min(1.0, SIDE_PX / (_WIDTHS * float(box[2:].max())))
    side = max(32, round(_WIDTHS * float(box[2:].max()) * scale))
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return View(np.column_stack([turn, side / 2 - turn @ centre]), side)


def replaced(found: Faces, index: int, better: Faces, better_index: int) -> Faces:
    """*found* with one face put in place of another."""
    boxes, points, scores = found.boxes.copy(), found.points.copy(), found.scores.copy()
    boxes[index], points[index] = better.boxes[better_index], better.points[better_index]
    scores[index] = better.scores[better_index]
    return Faces(boxes, points, scores)


def unturned(found: Faces, quarters: int, width: int, height: int) -> Faces:
    """Faces found after ``np.rot90(picture, quarters)``, in the pixels of the *width* x *height* picture before it."""
    corners = np.stack([found.boxes[:, :2], found.boxes[:, :2] + found.boxes[:, 2:]], axis=1)
    ends = _unturned(corners, quarters, width, height)
    low, high = ends.min(axis=1), ends.max(axis=1)
    return Faces(
        np.concatenate([low, high - low], axis=1), _unturned(found.points, quarters, width, height), found.scores
    )


def _unturned(places: Float32, quarters: int, width: int, height: int) -> Float32:
    x, y = places[..., 0], places[..., 1]
    match quarters % 4:
        case 1:
            moved = (width - y, x)
        case 2:
            moved = (width - x, height - y)
        case 3:
            moved = (y, height - x)
        case _:
            moved = (x, y)
    return np.stack(moved, axis=-1).astype(np.float32)
