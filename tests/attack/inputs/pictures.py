"""Hostile pictures without end: broken, lying and swollen files of every format, by a seeded source of chance."""

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Final

import numpy as np

from tests import jpegs
from tests.bad_files import BAD_FILES, GOOD_FILES
from tests.bad_photos import Picture

_MARKERS: Final = tuple(range(0xC0, 0x100))
# Files that swell to gigabytes, or take a second each: enough of them are among the photos.
_SLOW: Final = frozenset({"more than 15 MB", "a PNG of 48 million pixels"})
_FOREIGN: Final = (
    b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", b"GIF89a", b"%PDF-1.7\n", b"PK\x03\x04",
    b"<html><script>alert(1)</script>", b'{"frame": "base64"}', b"\x89PNG\r\n\x1a\n", b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    b"\0\0\0\x18ftypheic", b"\x7fELF", b"MZ", b"\x1f\x8b\x08", b"BM", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08",
)  # fmt: skip


def _picture(rng: Random) -> Picture:
    return jpegs.scene(rng.choice((33, 64, 96, 200)), rng.choice((33, 48, 80, 160)))


@lru_cache(maxsize=1)
def bases() -> tuple[bytes, ...]:
    """Whole JPEGs of every form, from which the others are made."""
    rng = Random(1)
    whole = [change(make(jpegs.scene())) for make, change in jpegs.WHOLE.values()]
    sampled = [jpegs.encoded(jpegs.scene(48, 40), factors) for factors in jpegs.SAMPLINGS.values()]
    plain = [jpegs.saved(_picture(rng), progressive=n % 3 == 0, quality=10 + 5 * n) for n in range(16)]
    return (*whole, *sampled, *plain)


@lru_cache(maxsize=1)
def photos() -> tuple[bytes, ...]:
    """Files of every format that an enrolment may get, good and bad ones."""
    picture = np.ascontiguousarray(np.tile(jpegs.scene(128, 128), (4, 4, 1)))
    bad = [make(picture) for name, (make, _) in BAD_FILES.items() if name not in _SLOW]
    good = [make(picture) for make in GOOD_FILES.values()]
    return (*bad, *good)


def frame(rng: Random) -> bytes:
    """The next hostile frame."""
    if rng.random() < 0.05:
        return rng.choice(_FOREIGN) + rng.randbytes(rng.randrange(200))
    return changed(rng.choice(bases()), rng)


def photo(rng: Random) -> bytes:
    """The next hostile file of an enrolment photo."""
    content = rng.choice(photos())
    return content if rng.random() < 0.3 else changed(content, rng)


def changed(content: bytes, rng: Random) -> bytes:
    """*content* after one to three changes that no camera makes."""
    for _ in range(rng.randint(1, 3)):
        content = rng.choice(_CHANGES)(content, rng)
    return content[: 7 * 1024 * 1024]


def _cut(content: bytes, rng: Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _flipped(content: bytes, rng: Random) -> bytes:
    flipped = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8, 64)) if content else 0):
        flipped[rng.randrange(len(flipped))] = rng.choice((0, 0xFF, 0xD8, 0xD9, 0xDA, rng.randrange(256)))
    return bytes(flipped)


def _torn(content: bytes, rng: Random) -> bytes:
    """Without a piece of it, or with one twice."""
    a, b = sorted((rng.randrange(len(content) + 1), rng.randrange(len(content) + 1)))
    return content[:a] + content[b:] if rng.random() < 0.5 else content[:b] + content[a:]


def _lying_sides(content: bytes, rng: Random) -> bytes:
    """Other sides in the header, from nothing to four billion pixels."""
    at = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
    if at < 0:
        return content
    sides = struct.pack(">HH", *(rng.choice((0, 1, 7, 31, 640, 6000, 16_384, 65_500, 65_535)) for _ in range(2)))
    return content[: at + 5] + sides + content[at + 9 :]


def _segments(content: bytes, rng: Random) -> bytes:
    """Segments that nobody knows, that lie about their length, or that never end."""
    kind = rng.choice(_MARKERS)
    one = jpegs.segment(kind, rng.randbytes(rng.randrange(80)), length=rng.choice((None, None, 0, 1, 2, 8, 65_535)))
    return content[:2] + one * rng.choice((1, 1, 3, 500)) + content[2:]


def _fill(content: bytes, rng: Random) -> bytes:
    """Fill bytes, restart markers or scans without end."""
    filling = rng.choice((b"\xff", b"\xff\xd0", b"\xff\x01", b"\xff\xd8", b"\xff\xff\xda", b"\0"))
    at = rng.randrange(len(content) + 1)
    return content[:at] + filling * rng.choice((1, 100, 10_000, 200_000)) + content[at:]


def _exif(content: bytes, rng: Random) -> bytes:
    """Orientations that are none, directories that point to themselves, counts of billions."""
    tiff = bytearray(jpegs.exif(rng.randrange(256), rng.choice("<>"), before=rng.randrange(40)))
    for _ in range(rng.randrange(12)):
        tiff[rng.randrange(10, len(tiff))] = rng.choice((0, 8, 0xFF, rng.randrange(256)))
    return content[:2] + bytes(tiff) * rng.choice((1, 1, 40)) + content[2:]


def _polyglot(content: bytes, rng: Random) -> bytes:
    """Another format before, behind or within."""
    other = rng.choice(_FOREIGN) * rng.choice((1, 50))
    at = rng.choice((0, 2, len(content) // 2, len(content)))
    return content[:at] + other + content[at:]


def _scans(content: bytes, rng: Random) -> bytes:
    """The last scan, or the last table, again and again."""
    marker = rng.choice((b"\xff\xda", b"\xff\xc4", b"\xff\xdb"))
    at = content.rfind(marker)
    if at < 0:
        return content
    piece = content[at:-2][:4000]
    return content[:-2] + piece * rng.choice((2, 20, 400)) + content[-2:]


_CHANGES: Final[Sequence[Callable[[bytes, Random], bytes]]] = (
    _cut, _flipped, _flipped, _torn, _lying_sides, _segments, _fill, _exif, _polyglot, _scans,
)  # fmt: skip
