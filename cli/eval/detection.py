"""Which of the faces that a person has marked are found, by how high they are in the picture. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cli.eval.open_set import Matrix

# Lower ends of the heights that are counted apart, in pixels.
HEIGHTS_PX: Final = (0, 16, 24, 32, 48, 64)
# A found box and a marked one are one face's from this overlap on: marks of faces vary more than those of cars, for
# which 0.5 is usual.
OVERLAP: Final = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """The faces that a person marked in a picture: ``boxes`` (n, 4) as left, top, width, height, and what each is."""

    boxes: Matrix
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarkedFace:
    """One of them, and whether it was found."""

    label: str
    height_px: float
    found: bool


def matched(marked: Marked, found: Matrix) -> list[MarkedFace]:
    """Each marked face with at most one of the *found* boxes (m, 4), best first, and each of these with at most one."""
    left = list(range(len(marked.boxes)))
    hit: set[int] = set()
    for box in found:
        if not left:
            break
        overlaps = overlap(marked.boxes[left], box)
        best = int(np.argmax(overlaps))
        if overlaps[best] >= OVERLAP:
            hit.add(left.pop(best))
    return [
        MarkedFace(label, float(box[3]), number in hit)
        for number, (box, label) in enumerate(zip(marked.boxes, marked.labels, strict=True))
    ]


def overlap(boxes: Matrix, box: Matrix) -> Matrix:
    """(n,), the intersection over union of *box* (4,) with each of *boxes* (n, 4)."""
    begin = np.maximum(boxes[:, :2], box[:2])
    end = np.minimum(boxes[:, :2] + boxes[:, 2:], box[:2] + box[2:])
    both: Matrix = np.clip(end - begin, 0, None).prod(axis=1)
    shares: Matrix = both / (boxes[:, 2:].prod(axis=1) + box[2:].prod() - both)
    return shares


def by_height(faces: Sequence[MarkedFace]) -> list[tuple[int, int | None, list[MarkedFace]]]:
    """Lowest and highest height, the last without an end, and the faces between."""
    ends = (*HEIGHTS_PX[1:], None)
    return [
        (low, high, [face for face in faces if low <= face.height_px and (high is None or face.height_px < high)])
        for low, high in zip(HEIGHTS_PX, ends, strict=True)
    ]
