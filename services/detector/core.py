"""Read YuNet's outputs: candidate faces per cell, then the best of each group that overlap. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

# YuNet looks at three grids; a cell of each is this many input pixels wide.
STRIDES: Final = (8, 16, 32)
# Candidates kept before overlaps are resolved; a noisy frame can have thousands.
MAX_CANDIDATES: Final = 1000
# exp() of a larger number is no face size but an overflow: exp(12) cells are over a million pixels.
_MAX_LOG_SIZE: Final = 12.0
_LEAST_EXTENT_PX: Final = 0.5
# Rounding may bring a product under the square of a score that its root still reaches.
_NEARLY: Final = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What YuNet says for one grid of (rows x columns) cells."""

    face: Float32  # (cells,) probability that the cell holds a face
    thing: Float32  # (cells,) probability that the cell holds any object
    box: Float32  # (cells, 4): centre offset and log size, in cells
    points: Float32  # (cells, 10): five (x, y) offsets, in cells


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Faces of one picture, best first, in that picture's pixels.

    Points are: the subject's right eye, left eye, nose tip, right and left corner of the mouth.
    """

    boxes: Float32  # (n, 4): left, top, width, height
    points: Float32  # (n, 5, 2): x, y
    scores: Float32  # (n,): 0 to 1

    def __len__(self) -> int:
        return len(self.scores)

    def chosen(self, indices: NDArray[np.intp]) -> "Faces":
        """The faces at *indices*, in that order."""
        return Faces(self.boxes[indices], self.points[indices], self.scores[indices])

    def scaled(self, x: float, y: float) -> "Faces":
        """The same faces in a picture that is *x* times as wide and *y* times as high."""
        factor = np.array([x, y], np.float32)
        return Faces(self.boxes * np.tile(factor, 2), self.points * factor, self.scores)

    def moved(self, x: float, y: float) -> "Faces":
        """The same faces *x* pixels further right and *y* further down."""
        by = np.array([x, y], np.float32)
        return Faces(self.boxes + np.concatenate([by, np.zeros(2, np.float32)]), self.points + by, self.scores)


# What is found in an empty picture.
NOBODY: Final = Faces(np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32))


def read(heads: Mapping[int, Head], width: int, height: int, *, min_score: float, max_overlap: float) -> Faces:
    """Turn the outputs for an input of *width* x *height* pixels (multiples of 32) into separate faces.

    A candidate whose centre lies in the padding, or whose points fall together, is none.
    """
    cells = {stride: _likely(heads[stride], min_score) for stride in STRIDES}
    found = [_candidates(heads[s], s, width // s, some, min_score) for s, some in cells.items() if len(some)]
    if not any(len(scores) for _, _, scores in found):
        return NOBODY
    boxes, points, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    candidates = Faces(boxes, points, scores)
    best = np.argsort(-scores, kind="stable")[:MAX_CANDIDATES]
    candidates = candidates.chosen(best)
    sound = _centre_inside(candidates.boxes, width, height) & _has_extent(candidates.points)
    candidates = candidates.chosen(np.flatnonzero(sound))
    return candidates.chosen(suppress(candidates.boxes, candidates.scores, max_overlap))


def merged(parts: Sequence[Faces], max_overlap: float) -> Faces:
    """The faces of several searches of one picture, of those that overlap the best."""
    some = [each for each in parts if len(each)]
    if len(some) <= 1:
        return some[0] if some else NOBODY
    every = Faces(
        np.concatenate([each.boxes for each in some]),
        np.concatenate([each.points for each in some]),
        np.concatenate([each.scores for each in some]),
    )
    return every.chosen(suppress(every.boxes, every.scores, max_overlap))


def suppress(boxes: Float32, scores: Float32, max_overlap: float) -> NDArray[np.intp]:
    """Non-maximum suppression: indices of the boxes to keep, best score first.

    A box goes when its intersection over union with a better one that stays is above *max_overlap*.
    """
    order = np.argsort(-scores, kind="stable")
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    areas = boxes[:, 2] * boxes[:, 3]
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        low = np.maximum(corners[best, :2], corners[rest, :2])
        high = np.minimum(corners[best, 2:], corners[rest, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        union = areas[best] + areas[rest] - shared
        order = rest[shared <= max_overlap * union]

    return np.array(kept, np.intp)


def _likely(head: Head, min_score: float) -> NDArray[np.intp]:
    """The cells that may hold a face: of thousands a few, of which alone the rest is worked out."""
    # The score of YuNet is the geometric mean of its two probabilities.
    return np.flatnonzero(head.face * head.thing >= _NEARLY * min_score * min_score)


def _candidates(
    head: Head, stride: int, columns: int, cells: NDArray[np.intp], min_score: float
) -> tuple[Float32, Float32, Float32]:
    """Boxes, points and scores of those of *cells* that hold a face."""
    scores = np.sqrt(np.clip(head.face[cells], 0, 1) * np.clip(head.thing[cells], 0, 1))
    enough = scores >= min_score
    cells, scores = cells[enough], scores[enough]
    corner = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    centre = (corner + head.box[cells, :2]) * stride
    size = np.exp(np.minimum(head.box[cells, 2:], _MAX_LOG_SIZE)) * stride
    points = (head.points[cells].reshape(-1, 5, 2) + corner[:, np.newaxis]) * stride
    boxes = np.concatenate([centre - size / 2, size], axis=1)
    return boxes.astype(np.float32), points.astype(np.float32), scores.astype(np.float32)


def _centre_inside(boxes: Float32, width: int, height: int) -> NDArray[np.bool_]:
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    inside: NDArray[np.bool_] = np.all((centre >= 0) & (centre < (width, height)), axis=1)
    return inside


def _has_extent(points: Float32) -> NDArray[np.bool_]:
    """False where all five points fall together: such a face cannot be aligned."""
    extent: NDArray[np.bool_] = np.max(np.ptp(points, axis=1), axis=1) > _LEAST_EXTENT_PX
    return extent
