"""Which part of a frame the guard may see of one face: this head with a margin, everyone and everything else blurred.

Pure geometry. Blurring all that is not this head, and not only the faces that were found, also hides a bystander whom
the detector missed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.detector.core import Float32

LONGEST_PX: Final = 320

# Shares of the face box, chosen by eye on the demonstration pictures: the crop leaves room for hair and shoulders, the
# head's ellipse takes in hair and chin, the face's own ellipse lies within its box.
_MARGIN: Final = 0.4
_HEAD: Final = 1.55
_FACE: Final = 0.95
# A bystander's ellipse is a little larger than the box, so that no outline is left.
_BYSTANDER: Final = 1.35


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the frame, in whole pixels, and the size at which it is shown."""

    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int

    @property
    def scale(self) -> tuple[float, float]:
        """Shown pixels per frame pixel, across and down."""
        return self.width / (self.right - self.left), self.height / (self.bottom - self.top)


def crop(box: Float32, frame_width: int, frame_height: int) -> Crop:
    """The face box (4,) with its margin, cut at the frame's edges, at most 320 pixels long and never enlarged."""
    x, y, w, h = (float(each) for each in box)
    left, top = max(0, int(x - _MARGIN * w)), max(0, int(y - _MARGIN * h))
    right, bottom = min(frame_width, int(x + (1 + _MARGIN) * w) + 1), min(frame_height, int(y + (1 + _MARGIN) * h) + 1)
    # A face at the very edge still yields one pixel.
    left, top = min(left, frame_width - 1), min(top, frame_height - 1)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    scale = min(1.0, LONGEST_PX / max(right - left, bottom - top))
    return Crop(left, top, right, bottom, max(1, int((right - left) * scale)), max(1, int((bottom - top) * scale)))


def clear_area(area: Crop, boxes: Float32, subject: int) -> NDArray[np.bool_]:
    """(height, width) of the shown crop: True where it may stay sharp for face number *subject* of *boxes* (n, 4)."""
    head = _ellipse(area, boxes[subject], _HEAD)
    face = _ellipse(area, boxes[subject], _FACE)
    others = np.zeros_like(head)
    for index, box in enumerate(boxes):
        if index != subject:
            others |= _ellipse(area, box, _BYSTANDER)

    return head & (~others | face)


def _ellipse(area: Crop, box: Float32, factor: float) -> NDArray[np.bool_]:
    """The ellipse in *box* enlarged by *factor*, in the shown crop's pixels."""
    across, down = area.scale
    x, y, w, h = (float(each) for each in box)
    centre_x, centre_y = (x + w / 2 - area.left) * across, (y + h / 2 - area.top) * down
    radius_x, radius_y = max(0.5, factor * w / 2 * across), max(0.5, factor * h / 2 * down)
    columns = ((np.arange(area.width) + 0.5 - centre_x) / radius_x) ** 2
    rows = ((np.arange(area.height) + 0.5 - centre_y) / radius_y) ** 2
    inside: NDArray[np.bool_] = rows[:, np.newaxis] + columns <= 1
    return inside
