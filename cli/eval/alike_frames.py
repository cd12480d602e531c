"""Frames that a camera would take of somebody who stands still: one picture, found and seen a little differently.

Each frame of a picture has its own scale, blur, light, noise and JPEG, and its landmarks lie a little elsewhere, as a
face finder's do from frame to frame. Neighbouring faces of tracks in clips of people who walk about have cosines of
0.61 to 0.97, 0.85 at the median; ``STRENGTH`` is chosen so that frames of one picture have 0.85 at the median too. The
pose does not change: that is what another view is for.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
import simplejpeg

from cli.eval.open_set import Matrix
from proto.wardwatch.v1.values import Aligned
from services.detector import pixels
from services.detector.pixels import Picture

STRENGTH: Final = 1.0
# Standard deviation of a landmark, in distances between the eyes.
_LANDMARK: Final = 0.06
# Smallest scale: faces of the data are 78 to 122 pixels wide, and the live gate refuses those under 48.
_SMALLEST: Final = 0.4
_BLUR_PX: Final = 1.8
_GAMMA: Final = 0.2
_NOISE: Final = 8.0
_JPEG: Final = (50, 90)


def chance_of(name: str) -> np.random.Generator:
    """Its own for each picture, so that one picture more or less changes no other."""
    return np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))


def frames_of(picture: Picture, points: Matrix, count: int, rng: np.random.Generator) -> Iterator[Aligned]:
    """*count* aligned faces of *picture* (height, width, 3), whose five landmarks *points* (5, 2) are in pixels."""
    for _ in range(count):
        yield _frame(picture, points, rng)


def _frame(picture: Picture, points: Matrix, rng: np.random.Generator) -> Aligned:
    scale = rng.uniform(1 - STRENGTH * (1 - _SMALLEST), 1.0)
    height, width = picture.shape[:2]
    seen = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    seen = cv2.GaussianBlur(seen, (0, 0), max(0.01, rng.uniform(0, STRENGTH * _BLUR_PX) * scale))
    light = 255 * (seen / 255.0) ** np.exp(rng.normal(0, STRENGTH * _GAMMA))
    light += rng.normal(0, rng.uniform(0, STRENGTH * _NOISE), light.shape)
    lit = np.clip(light, 0, 255).astype(np.uint8)
    came = simplejpeg.decode_jpeg(simplejpeg.encode_jpeg(lit, int(rng.integers(*_JPEG)), "RGB", "420"), "RGB")
    eyes = float(np.hypot(*(points[1] - points[0])))
    shifted = (points + rng.normal(0, STRENGTH * _LANDMARK * eyes, points.shape)) * scale
    return pixels.align(came, shifted.astype(np.float32))
