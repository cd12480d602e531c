"""Pixels in and out: the only module here that knows simplejpeg and OpenCV.

Pictures are (height, width, 3) uint8 RGB.
"""

from typing import Final

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from proto.wardwatch.v1.messages import RejectReason
from proto.wardwatch.v1.values import Aligned
from services.detector import alignment
from services.detector.core import Float32
from services.detector.header import Refused
from services.detector.portrait import Crop

Picture = NDArray[np.uint8]

_QUALITY: Final = 85
# A blurred area keeps about this many dots along its longer side: a face in it is one or two of them.
_DOTS: Final = 10
# A face that is shrunk to less than this by its alignment loses detail to aliasing: at 240 pixels its vector is as good
# as that of a shrunk photo, at 1,000 the cosine with it has fallen by 0.03 to 0.04.
_MUCH_SMALLER: Final = 0.25


def stay_on_one_thread() -> None:
    """Keep OpenCV, in the whole process, from spreading its work over all cores: detectors are many, cores few."""
    cv2.setNumThreads(1)


def decode(jpeg: bytes) -> Picture | Refused:
    """Decode strictly: any damage that the decoder notices refuses the frame."""
    try:
        picture: Picture = simplejpeg.decode_jpeg(jpeg, "RGB", strict=True)
    except ValueError as error:
        text = str(error).strip().rstrip(".")
        cut = "premature end" in text.lower()
        return Refused(RejectReason.TRUNCATED if cut else RejectReason.CORRUPT, f"The JPEG is damaged: {text}.")

    return picture


def encode(picture: Picture) -> bytes:
    """A small JPEG for people to look at."""
    jpeg: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(picture), _QUALITY, "RGB", "420")
    return jpeg


def fit(picture: Picture, longest_px: int) -> Picture:
    """Shrink so that the longer side is at most *longest_px*; never enlarges."""
    height, width = picture.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        return picture

    return _resize(picture, max(1, round(width * scale)), max(1, round(height * scale)))


def padded(picture: Picture, multiple: int) -> Picture:
    """Add black to the right and below until both sides are multiples of *multiple*."""
    height, width = picture.shape[:2]
    more_below, more_right = -height % multiple, -width % multiple
    if not more_below and not more_right:
        return picture

    return np.pad(picture, ((0, more_below), (0, more_right), (0, 0)))


def align(picture: Picture, points: Float32) -> Aligned:
    """Turn the face with *points* (5, 2) upright into 112x112. Raises ValueError when the points coincide."""
    matrix = alignment.to_template(points)
    size = (alignment.SIDE_PX, alignment.SIDE_PX)
    return _uint8(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR))


def align_photo(picture: Picture, points: Float32) -> Aligned:
    """The same for a photo, whose face may be a thousand pixels wide.

    Interpolation looks at four pixels and skips the rest, and with them a very large face's detail turns into noise;
    so the picture is shrunk by averaging first.
    """
    matrix = alignment.to_template(points)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale >= _MUCH_SMALLER:
        return align(picture, points)

    small = fit(picture, max(1, round(2 * scale * max(picture.shape[:2]))))
    ratio = np.array([small.shape[1] / picture.shape[1], small.shape[0] / picture.shape[0]], np.float32)
    return align(small, points * ratio)


def turned(picture: Picture, matrix: NDArray[np.float64], side: int) -> Picture:
    """What *matrix* (2, 3) puts into a square of *side* pixels; beyond the picture its edge goes on."""
    return _uint8(
        cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def cut(picture: Picture, area: Crop) -> Picture:
    """The *area* of *picture* at its shown size."""
    return _resize(picture[area.top : area.bottom, area.left : area.right], area.width, area.height)


def blur_outside(picture: Picture, clear: NDArray[np.bool_]) -> Picture:
    """Keep *picture* where *clear* (height, width) is True; elsewhere leave a few colours that cannot be made sharp."""
    height, width = picture.shape[:2]
    scale = _DOTS / max(height, width)
    dots = _resize(picture, max(1, round(width * scale)), max(1, round(height * scale)))
    smooth = _uint8(cv2.resize(dots, (width, height), interpolation=cv2.INTER_LINEAR))
    return np.where(clear[:, :, np.newaxis], picture, smooth)


def _resize(picture: Picture, width: int, height: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return picture

    # Below half size, averaging avoids the false detail that skipping pixels would leave; above, interpolation leaves
    # none and is several times as fast.
    mild = 2 * width > picture.shape[1] and 2 * height > picture.shape[0]
    return _uint8(cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR if mild else cv2.INTER_AREA))


def _uint8(picture: object) -> Picture:
    # OpenCV's stubs allow any dtype; these operations keep the one they were given.
    return np.asarray(picture, np.uint8)
