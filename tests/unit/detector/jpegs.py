"""JPEG files for tests, whole and broken."""

import numpy as np
import simplejpeg


def jpeg(width: int = 64, height: int = 48) -> bytes:
    """A small picture with some structure."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([x * 3 % 256, y * 5 % 256, (x + y) % 256], axis=2).astype(np.uint8)
    content: bytes = simplejpeg.encode_jpeg(picture, 90, "RGB", "420")
    return content


def promising(width: int, height: int) -> bytes:
    """A JPEG whose header promises another size than its data holds."""
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = height.to_bytes(2) + width.to_bytes(2)
    return bytes(content)
