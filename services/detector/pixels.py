"""Pixels in and out: the only module here that knows simplejpeg and OpenCV.

Pictures are (height, width, 3) uint8 RGB.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from proto.wardwatch.v1.values import Aligned
from services.detector import alignment, segments
from services.detector.core import Float32
from services.detector.portrait import Crop

Picture = NDArray[np.uint8]

_QUALITY: Final = 85
# A blurred area keeps about this many dots along its longer side: a face in it is one or two of them.
_DOTS: Final = 10
# A face that is shrunk to less than this by its alignment loses detail to aliasing: at 240 pixels its vector is as good
# as that of a shrunk photo, at 1,000 the cosine with it has fallen by 0.03 to 0.04.
_MUCH_SMALLER: Final = 0.25
# So many pixels of a mosaic's part, along a side, may be halved: which of them is at an edge still matters little.
_FINE_ENOUGH: Final = 8
_UNKNOWN_SAMPLING: Final = "subsampling"
# EXIF 2.32, tag Orientation: whether the picture is mirrored from side to side first, and by how many degrees it is
# then turned clockwise to stand upright.
_ORIENTATIONS: Final = {
    1: (False, 0),
    2: (True, 0),
    3: (False, 180),
    4: (True, 180),
    5: (True, 270),
    6: (False, 90),
    7: (True, 90),
    8: (False, 270),
}
_TURNS: Final = {0: None, 90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def stay_on_one_thread() -> None:
    """Keep OpenCV, in the whole process, from spreading its work over all cores: detectors are many, cores few."""
    cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the decoder says against a JPEG; ``None`` in place of words when it cannot lay the picture out at all."""

    words: str | None


def decode(jpeg: bytes, shrunk: int = 1) -> Picture | Complaint:
    """Decode strictly: anything that the decoder notices is a complaint.

    *shrunk* is 1, 2 or 4: with 2 the picture has half the width and height, rounded up. All data are read all the same,
    so nothing that is lost goes unnoticed.
    """
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(jpeg)
    except (ValueError, KeyError) as error:
        # Sampling that it has no name for is one or the other, by how it is unusual.
        unknown = isinstance(error, KeyError) or _UNKNOWN_SAMPLING in str(error)
        return Complaint(None if unknown else _words(error))
    try:
        picture: Picture = simplejpeg.decode_jpeg(
            jpeg, "RGB", strict=True, min_height=-(-height // shrunk), min_width=-(-width // shrunk)
        )
    except ValueError as error:
        return Complaint(_words(error))

    return picture


def decode_unusual(jpeg: bytes) -> Picture | None:
    """Decode a JPEG of unusual sampling that is known to be whole: this decoder says nothing of what is missing."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if picture is None else _uint8(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))


def standard_tables() -> bytes:
    """The Huffman tables that a camera means when it sends none: those of the JPEG standard, as in segments."""
    usual = encode(np.zeros((8, 8, 3), np.uint8))
    found = [each for each in segments.walk(usual).segments if each.marker == segments.DHT]
    return b"".join(each.content(usual) for each in found)


def upright(picture: Picture, orientation: int, degrees: int) -> Picture:
    """Turn a picture that lies as EXIF *orientation* says, and then clockwise by *degrees* (0, 90, 180, 270)."""
    mirrored, clockwise = _ORIENTATIONS.get(orientation, (False, 0))
    if mirrored:
        picture = _uint8(cv2.flip(picture, 1))
    return turned_by(picture, clockwise + degrees)


def clockwise(orientation: int) -> int:
    """By how many degrees clockwise :func:`upright` turns a picture that lies as EXIF *orientation* says."""
    return _ORIENTATIONS.get(orientation, (False, 0))[1]


def turned_by(picture: Picture, degrees: int) -> Picture:
    """The picture turned clockwise by a multiple of 90 degrees."""
    turn = _TURNS[degrees % 360]
    return picture if turn is None else _uint8(cv2.rotate(picture, turn))


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


def shrunk(picture: Picture, factor: int) -> Picture:
    """The picture at 1/*factor* of its sides, rounded up as the decoder rounds them."""
    height, width = picture.shape[:2]
    return _resize(picture, -(-width // factor), -(-height // factor))


def resized(picture: Picture, width: int, height: int) -> Picture:
    """The picture at this size; as it is when that is its own."""
    return _resize(picture, width, height)


def mosaic(picture: Picture, columns: int, rows: int) -> Picture:
    """(rows, columns, 3): the mean colour of each part of the picture, a pixel at its edge more or less."""
    height, width = picture.shape[:2]
    if width >= _FINE_ENOUGH * columns and width % 2 == height % 2 == 0:
        # Exact halves are several times as fast as what follows.
        picture = _uint8(cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return _uint8(cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA))


def padded(picture: Picture, multiple: int) -> Picture:
    """Add black to the right and below until both sides are multiples of *multiple*."""
    height, width = picture.shape[:2]
    more_below, more_right = -height % multiple, -width % multiple
    if not more_below and not more_right:
        return picture

    return _uint8(cv2.copyMakeBorder(picture, 0, more_below, 0, more_right, cv2.BORDER_CONSTANT))


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
    return _uint8(cv2.copyTo(picture, clear.view(np.uint8), smooth))


def sketch(picture: Picture) -> NDArray[np.float32]:
    """The picture as 18 x 32 grey points, enough to tell one scene from another."""
    points: NDArray[np.float32] = picture[_grid(*picture.shape[:2])].mean(axis=2, dtype=np.float32)
    return points


@lru_cache(maxsize=64)
def _grid(height: int, width: int) -> tuple[NDArray[np.intp], ...]:
    return np.ix_(*(np.linspace(0, end - 1, many).astype(np.intp) for end, many in ((height, 18), (width, 32))))


def _resize(picture: Picture, width: int, height: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return picture

    # Below half size, averaging avoids the false detail that skipping pixels would leave; above, interpolation leaves
    # none and is several times as fast.
    mild = 2 * width > picture.shape[1] and 2 * height > picture.shape[0]
    return _uint8(cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR if mild else cv2.INTER_AREA))


def _words(error: Exception) -> str:
    return str(error).strip().rstrip(".")


def _uint8(picture: object) -> Picture:
    # OpenCV's stubs allow any dtype; these operations keep the one they were given.
    return np.asarray(picture, np.uint8)
