"""JPEG in and out: the only module of the publisher that imports simplejpeg."""

import numpy as np
import simplejpeg
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, 3), RGB


def encode(picture: Picture, quality: int) -> bytes:
    """Compress *picture*; *quality* is 1 to 100."""
    contiguous = np.ascontiguousarray(picture)
    return bytes(simplejpeg.encode_jpeg(contiguous, quality=quality, colorspace="RGB", colorsubsampling="420"))


def size_px(jpeg: bytes) -> tuple[int, int]:
    """Return (width, height) as the header says, or (0, 0) when there is no readable header."""
    try:
        height, width, _colours, _sampling = simplejpeg.decode_jpeg_header(jpeg)
    except (ValueError, KeyError):
        # No header, or sampling that the library has no name for.
        return 0, 0
    return int(width), int(height)
