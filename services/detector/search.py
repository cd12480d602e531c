"""How finely the parts of a frame are searched, from its size and the smallest wanted face. Pure.

What finds a face is its size in the network's input, so a frame is searched twice over: as a whole, as coarsely as
the smallest wanted face still shows in, and part by part as finely as it is found for certain (ADR 83). A part, or the
whole, seen at some scale is a view.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from proto.wardwatch.v1 import cameras
from services.detector.core import Faces, Float32

# Width of the smallest wanted face in the input, whose height is a quarter more: of faces 16 to 24 pixels high the
# network finds half, of those 32 to 64 pixels high nine of ten, of taller ones hardly more.
COARSE_PX: Final = 20
FINE_PX: Final = cameras.FOUND_PX
# A face that is cut by the edge of a part lies whole in the next one, unless it is so wide in the coarse input that it
# is found there.
_SURE_PX: Final = 32
_HEIGHT: Final = 1.3  # of a face, in its widths
# A part holds so many pixels of the input at most, as a share of the square of the longest side that is searched at
# once: what a camera has to wait for another one is bounded.
_LARGEST: Final = 0.75
_MOST_PARTS: Final = 8  # in a row or a column
# The network halves its input five times.
MULTIPLE: Final = 32
# Colours are compared by areas of half the smallest wanted face, so one of them lies within it wherever it stands.
_AREAS_A_FACE: Final = 2
_MOST_AREAS: Final = 128  # in a row
# What one view does not show, another one of nearly its scale does not show either.
_AS_FINE: Final = 0.8
# A piece of a part has sides of multiples of this in the input: onnxruntime plans its memory anew for each size.
_STEP: Final = 96
# A larger share of a part is not worth a piece of its own.
_MOST_OF_A_PART: Final = 0.6
# Around a face that is expected, in widths of it: it moves on between two frames.
_AROUND: Final = 4.0
# Width of a face in the input from which its points are as exact as in any larger one.
NEAR_PX: Final = 48.0


@dataclass(frozen=True, slots=True)
class View:
    """A part of a frame, in its pixels, and the size in which it is put before the network."""

    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels of the input for one of the frame."""
        return self.width / (self.right - self.left)

    def shows(self, other: "View") -> bool:
        """Whether the middle of *other* is in this view, about as finely."""
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        within = self.left <= x < self.right and self.top <= y < self.bottom
        return within and self.scale >= _AS_FINE * other.scale

    def in_frame(self, found: Faces) -> Faces:
        """What was *found* in the input, in pixels of the frame."""
        across, down = (self.right - self.left) / self.width, (self.bottom - self.top) / self.height
        return found.scaled(across, down).moved(self.left, self.top)


@dataclass(frozen=True, slots=True)
class Plan:
    """The views of frames of one size, and into how many areas they are divided to be compared."""

    whole: View
    parts: tuple[View, ...]  # finer than the whole; they cover the frame
    columns: int
    rows: int

    @property
    def views(self) -> tuple[View, ...]:
        """The whole first."""
        return (self.whole, *self.parts)


@dataclass(frozen=True, slots=True)
class Reach:
    """How wide the smallest wanted face is in a frame, and the longer side of the largest picture searched at once."""

    min_face_px: int
    longest_px: int

    @property
    def least_face_px(self) -> int:
        """Width from which nine of ten faces are found."""
        return cameras.least_face_px(self.min_face_px)

    def plan(self, width: int, height: int) -> Plan:
        """How frames of this size are searched."""
        return plan(width, height, self.min_face_px, self.longest_px)


@lru_cache(maxsize=64)
def plan(width: int, height: int, min_face_px: int, longest_px: int) -> Plan:
    """How to search frames of *width* x *height* for faces *min_face_px* wide; the whole at most *longest_px* long."""
    coarse = min(1.0, COARSE_PX / min_face_px, longest_px / max(width, height))
    fine = min(1.0, FINE_PX / min_face_px)
    columns = min(_MOST_AREAS, math.ceil(_AREAS_A_FACE * width / min_face_px))
    rows = max(1, round(columns * height / width))
    whole = _view(0, 0, width, height, coarse)
    parts = tuple(_parts(width, height, fine, _SURE_PX / coarse, _LARGEST * longest_px**2)) if fine > coarse else ()
    return Plan(whole, parts, columns, rows)


def near(box: Float32, width: int, height: int) -> View:
    """The surroundings of an expected face's *box* (4,) in a *width* x *height* frame, in native size or smaller."""
    x, y, w, h = (float(each) for each in box)
    side = _AROUND * max(w, h / _HEIGHT, 1.0)
    left, top = max(0, math.floor(x + w / 2 - side / 2)), max(0, math.floor(y + h / 2 - side / 2))
    right, bottom = min(width, math.ceil(x + w / 2 + side / 2)), min(height, math.ceil(y + h / 2 + side / 2))
    # Of a face that has left the frame its edge remains.
    left, top = min(left, width - 1), min(top, height - 1)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    return _view(left, top, right, bottom, min(1.0, NEAR_PX / max(w, 1.0)))


def piece(part: View, across: tuple[float, float], down: tuple[float, float]) -> View | None:
    """The piece of *part* that shows the frame from *across*[0] to [1] and from *down*[0] to [1]; None if it is most.

    It is as fine as the part, and no more of the rectangle than lies in the part is shown.
    """
    left, right = _stretch(across, part.left, part.right, part.scale)
    top, bottom = _stretch(down, part.top, part.bottom, part.scale)
    view = _view(left, top, right, bottom, part.scale)
    return view if view.width * view.height <= _MOST_OF_A_PART * part.width * part.height else None


def uncut(found: Faces, view: View, width: int, height: int) -> Faces:
    """Those of the *found* faces that no edge of *view* cuts, but for the edges of the *width* x *height* frame.

    Of a face that is cut there is a better box from the view beside this one, or from the whole frame.
    """
    low, high = found.boxes[:, :2], found.boxes[:, :2] + found.boxes[:, 2:]
    within_low = (low >= (view.left, view.top)) | (np.array([view.left, view.top]) == 0)
    within_high = (high <= (view.right, view.bottom)) | (np.array([view.right, view.bottom]) == (width, height))
    within = np.all(within_low & within_high, axis=1)
    return found if within.all() else found.chosen(np.flatnonzero(within))


def same(box: Float32, found: Faces) -> int | None:
    """Which of the *found* faces is that of *box* (4,): the clearest of those with their centre in its middle half."""
    if not len(found):
        return None
    near_by = np.all(np.abs(_centres(found.boxes) - _centres(box[np.newaxis])) <= box[2:] / 4, axis=1)
    return int(np.argmax(np.where(near_by, found.scores, -1))) if near_by.any() else None


def unmatched(expected: Float32, found: Faces) -> Float32:
    """Of the *expected* boxes (n, 4) those in whose middle half no face was *found*."""
    if not len(expected) or not len(found):
        return expected
    apart = np.abs(_centres(expected)[:, np.newaxis] - _centres(found.boxes)[np.newaxis])
    reached = np.all(apart <= expected[:, np.newaxis, 2:] / 2, axis=2).any(axis=1)
    lost: Float32 = expected[~reached]
    return lost


def _centres(boxes: Float32) -> Float32:
    return boxes[:, :2] + boxes[:, 2:] / np.float32(2)


def _view(left: int, top: int, right: int, bottom: int, scale: float) -> View:
    width, height = round((right - left) * scale), round((bottom - top) * scale)
    return View(left, top, right, bottom, max(1, width), max(1, height))


def _parts(width: int, height: int, scale: float, overlap: float, most_pixels: float) -> Iterator[View]:
    """The parts that cover the frame with the fewest pixels of input, none of them more than *most_pixels*."""
    across = [_cut(width, count, overlap) for count in range(1, _MOST_PARTS + 1)]
    down = [_cut(height, count, _HEIGHT * overlap) for count in range(1, _MOST_PARTS + 1)]
    ways = [(each, other) for each in across for other in down]
    costs = [_padded(scale * (c[0][1] - c[0][0])) * _padded(scale * (r[0][1] - r[0][0])) for c, r in ways]
    allowed = [index for index, cost in enumerate(costs) if cost <= most_pixels] or [len(ways) - 1]
    best = min(allowed, key=lambda index: costs[index] * len(ways[index][0]) * len(ways[index][1]))
    columns, rows = ways[best]
    for top, bottom in rows:
        for left, right in columns:
            yield _view(left, top, right, bottom, scale)


def _stretch(wanted: tuple[float, float], least: int, most: int, scale: float) -> tuple[int, int]:
    """The *wanted* stretch, lengthened to a multiple of the step in the input, as far as *least* and *most* allow."""
    low, high = max(wanted[0], least), min(wanted[1], most)
    length = min(most - least, math.ceil(math.ceil((high - low) * scale / _STEP) * _STEP / scale))
    start = min(max(least, math.floor((low + high - length) / 2)), most - length)
    return start, start + length


def _cut(length: int, count: int, overlap: float) -> list[tuple[int, int]]:
    """*count* stretches of one length that cover *length* and overlap by *overlap* at least."""
    each = min(length, math.ceil((length + (count - 1) * overlap) / count))
    starts = [round(index * (length - each) / max(1, count - 1)) for index in range(count)]
    return [(start, start + each) for start in starts]


def _padded(length: float) -> int:
    return math.ceil(round(length) / MULTIPLE) * MULTIPLE
