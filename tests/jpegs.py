"""JPEG files byte by byte: a small encoder of any sampling, and what careless programs do to a file.

Pictures are (height, width, 3) uint8 RGB. The encoder writes baseline JPEGs with the tables of the standard's annex K,
whose Huffman tables it takes from an ordinary file, so that what is tested is never compared with itself.
"""

import io
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Factors = Sequence[tuple[int, int]]

_ZIGZAG: Final = sorted(range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8))
_COSINES: Final = np.array(
    [[np.sqrt((1 if k == 0 else 2) / 8) * np.cos((2 * n + 1) * k * np.pi / 16) for n in range(8)] for k in range(8)]
)
_DIVISOR: Final = 6


def scene(width: int = 96, height: int = 80) -> Picture:
    """A picture with light and shade and some noise, which differs when it is turned."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(7).integers(0, 24, (height, width, 3))
    ramps = np.stack([x * 200 // width, y * 200 // height, (x + y) * 100 // (width + height)], axis=2)
    return (ramps + noise).astype(np.uint8)


def saved(picture: Picture, **options: object) -> bytes:
    """An ordinary JPEG by Pillow."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", **{"quality": 90, **options})
    return buffer.getvalue()


def segment(marker: int, content: bytes, *, length: int | None = None) -> bytes:
    """A segment; *length* states another length than it has."""
    return bytes((0xFF, marker)) + (len(content) + 2 if length is None else length).to_bytes(2) + content


def exif(orientation: int, order: str = ">", *, kind: int = 3, before: int = 0) -> bytes:
    """An APP1 segment that states *orientation*, after *before* other fields."""
    fields = [struct.pack(f"{order}HHI4s", 0x0080 + at, 3, 1, b"\0\1\0\0") for at in range(before)]
    value = {1: bytes((orientation, 0, 0, 0)), 3: struct.pack(f"{order}HH", orientation, 0)}.get(kind)
    value = struct.pack(f"{order}I", orientation) if value is None else value
    fields.append(struct.pack(f"{order}HHI", 0x0112, kind, 1) + value)
    mark = b"MM" if order == ">" else b"II"
    tiff = mark + struct.pack(f"{order}HIH", 42, 8, len(fields)) + b"".join(fields) + bytes(4)
    return segment(0xE1, b"Exif\0\0" + tiff)


def after_start(jpeg: bytes, added: bytes) -> bytes:
    """*added* right behind the start marker."""
    return jpeg[:2] + added + jpeg[2:]


def before(jpeg: bytes, marker: int, added: bytes) -> bytes:
    """*added* before the first segment with *marker*."""
    at = segments(jpeg)[marker]
    return jpeg[:at] + added + jpeg[at:]


def segments(jpeg: bytes) -> Mapping[int, int]:
    """Where the first segment of each marker begins, up to the first scan."""
    found: dict[int, int] = {}
    at = 2
    while True:
        found.setdefault(jpeg[at + 1], at)
        if jpeg[at + 1] == 0xDA:
            return found
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])


def strays(jpeg: bytes, filler: Sequence[bytes]) -> bytes:
    """Bytes that mean nothing before each restart marker and the end marker; *filler* goes round."""
    at = segments(jpeg)[0xDA]
    fill = cycle(filler)
    return jpeg[:at] + re.sub(rb"\xff[\xd0-\xd7\xd9]", lambda found: next(fill) + found[0], jpeg[at:])


def tables(jpeg: bytes) -> Mapping[int, dict[int, str]]:
    """The codes of each Huffman table of a file, as bits by symbol, by class and number."""
    found: dict[int, dict[int, str]] = {}
    for content in _contents(jpeg, 0xC4):
        at = 0
        while at < len(content):
            code, symbols, codes = 0, at + 17, {}
            for length, count in enumerate(content[at + 1 : at + 17], start=1):
                for _ in range(count):
                    codes[content[symbols]] = f"{code:0{length}b}"
                    code, symbols = code + 1, symbols + 1
                code <<= 1
            found[content[at]] = codes
            at = symbols
    return found


def _contents(jpeg: bytes, marker: int) -> list[bytes]:
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        size = int.from_bytes(jpeg[at + 2 : at + 4])
        if jpeg[at + 1] == marker:
            found.append(jpeg[at + 4 : at + 2 + size])
        at += 2 + size
    return found


def encoded(
    picture: Picture,
    factors: Factors = ((2, 2), (1, 1), (1, 1)),
    *,
    restart: int = 0,
    scans: Sequence[Sequence[int]] = ((0, 1, 2),),
    ids: Sequence[int] = (1, 2, 3),
    height_later: bool = False,
) -> bytes:
    """A baseline JPEG whose components are sampled by *factors* (across, down); *restart* units between markers.

    *scans* are the components of each scan. With *height_later* the header says 0 and a DNL segment
    behind the first scan says the height.
    """
    height, width = picture.shape[:2]
    widest, tallest = max(h for h, _ in factors), max(v for _, v in factors)
    planes = _planes(picture)[: len(factors)]
    columns, rows = ceil(width / (8 * widest)), ceil(height / (8 * tallest))
    blocks = [
        _blocks(plane, h / widest, v / tallest, columns * h, rows * v)
        for plane, (h, v) in zip(planes, factors, strict=True)
    ]
    passes = []
    for places in scans if len(factors) > 1 else ((0,),):
        if len(places) > 1:
            passes.append((places, _interleaved(blocks, factors, columns, rows, places)))
            continue
        (place,) = places
        h, v = factors[place]
        wide, high = ceil(ceil(width * h / widest) / 8), ceil(ceil(height * v / tallest) / 8)
        passes.append((places, [[(place, blocks[place][y][x])] for y in range(high) for x in range(wide)]))

    size = struct.pack(">BHHB", 8, 0 if height_later else height, width, len(factors))
    frame = size + b"".join(bytes((ids[at], h << 4 | v, 0)) for at, (h, v) in enumerate(factors))
    usual = saved(np.zeros((8, 8, 3), np.uint8), subsampling=0)
    codes = tables(usual)
    parts = [b"\xff\xd8", segment(0xDB, b"\0" + bytes([_DIVISOR] * 64))]
    parts += [segment(0xC4, each) for each in _contents(usual, 0xC4)]
    parts += [segment(0xC0, frame), segment(0xDD, restart.to_bytes(2))]
    for number, (places, units) in enumerate(passes):
        named = b"".join(bytes((ids[place], 0 if place == 0 else 0x11)) for place in places)
        parts.append(segment(0xDA, bytes((len(places),)) + named + b"\0\x3f\0"))
        parts.append(_coded(units, codes, restart))
        if number == 0 and height_later:
            parts.append(segment(0xDC, height.to_bytes(2)))
    return b"".join([*parts, b"\xff\xd9"])


def _planes(picture: Picture) -> list[NDArray[np.float64]]:
    ycc = np.asarray(Image.fromarray(picture).convert("YCbCr"), np.float64)
    return [ycc[:, :, at] - 128 for at in range(3)]


def _blocks(plane: NDArray[np.float64], across: float, down: float, columns: int, rows: int) -> list[list[list[int]]]:
    """Quantised coefficients in zigzag order, by row and column of blocks."""
    high, wide = plane.shape
    y = np.minimum((np.arange(rows * 8) + 0.5) / down, high - 1).astype(int)
    x = np.minimum((np.arange(columns * 8) + 0.5) / across, wide - 1).astype(int)
    small = plane[np.ix_(y, x)]
    found = []
    for row in range(rows):
        line = []
        for column in range(columns):
            block = small[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
            levels = np.rint(_COSINES @ block @ _COSINES.T / _DIVISOR).astype(int).ravel()
            line.append([int(levels[at]) for at in _ZIGZAG])
        found.append(line)
    return found


def _interleaved(
    blocks: list[list[list[list[int]]]], factors: Factors, columns: int, rows: int, places: Sequence[int]
) -> list[list[tuple[int, list[int]]]]:
    return [
        [
            (place, blocks[place][row * v + y][column * h + x])
            for place, (h, v) in ((each, factors[each]) for each in places)
            for y in range(v)
            for x in range(h)
        ]
        for row in range(rows)
        for column in range(columns)
    ]


def _coded(units: list[list[tuple[int, list[int]]]], codes: Mapping[int, dict[int, str]], restart: int) -> bytes:
    parts = []
    step = restart or len(units)
    for number, start in enumerate(range(0, len(units), step)):
        before_it = [0, 0, 0, 0]
        bits: list[str] = []
        for unit in units[start : start + step]:
            for place, levels in unit:
                bits.append(_block(levels, before_it[place], codes[min(place, 1)], codes[0x10 | min(place, 1)]))
                before_it[place] = levels[0]
        text = "".join(bits)
        text += "1" * (-len(text) % 8)
        data = int(text, 2).to_bytes(len(text) // 8).replace(b"\xff", b"\xff\x00")
        parts.append(data if number == 0 else bytes((0xFF, 0xD0 + (number - 1) % 8)) + data)
    return b"".join(parts)


def _block(levels: list[int], last: int, first: dict[int, str], rest: dict[int, str]) -> str:
    bits = [first[_size(levels[0] - last)], _value(levels[0] - last)]
    run = 0
    for level in levels[1:]:
        if level == 0:
            run += 1
            continue
        while run > 15:
            bits.append(rest[0xF0])
            run -= 16
        bits += [rest[run << 4 | _size(level)], _value(level)]
        run = 0
    if run:
        bits.append(rest[0])
    return "".join(bits)


def _size(level: int) -> int:
    return abs(level).bit_length()


def _value(level: int) -> str:
    size = _size(level)
    return f"{level if level > 0 else level + (1 << size) - 1:0{size}b}" if size else ""


def without(jpeg: bytes, marker: int) -> bytes:
    """*jpeg* without its segments of *marker* before the first scan."""
    parts, at = [jpeg[:2]], 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        if jpeg[at + 1] != marker:
            parts.append(jpeg[at:end])
        at = end
    return b"".join([*parts, jpeg[at:]])


def scan_header(jpeg: bytes, tail: bytes) -> bytes:
    """*jpeg* with other last three bytes in the header of its first scan."""
    at = segments(jpeg)[0xDA]
    end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return jpeg[: end - 3] + tail + jpeg[end:]


EACH: Final = ((0,), (1,), (2,))
_RESTARTED: Final = {"restart_marker_blocks": 2}

# Every picture below holds all its data: a reader that passes over what it does not need sees the same as in the file
# that it was made from, which is given beside it.
WHOLE: Final[Mapping[str, tuple[Callable[[Picture], bytes], Callable[[bytes], bytes]]]] = {
    "bytes before restart markers": (lambda p: saved(p, **_RESTARTED), lambda j: strays(j, [b"\0\0\0\0", b"", b"ab"])),
    "chance bytes before every marker": (
        lambda p: saved(p, **_RESTARTED),
        lambda j: strays(j, [bytes([n, 255 - n, 7 * n % 256]).replace(b"\xff", b"\xfe") for n in range(1, 60)]),
    ),
    "one byte before the end marker": (saved, lambda j: j[:-2] + b"\x55" + j[-2:]),
    "zeros before the end marker": (saved, lambda j: j[:-2] + bytes(500) + j[-2:]),
    "stuffed bytes before the end marker": (saved, lambda j: j[:-2] + b"\xff\0" * 9 + j[-2:]),
    "a marker without meaning before the end": (saved, lambda j: j[:-2] + b"\x11\xff\x01\xff\x05" + j[-2:]),
    "restart markers that all say the same": (
        lambda p: saved(p, **_RESTARTED), lambda j: re.sub(rb"\xff[\xd0-\xd7]", b"\xff\xd3", j)
    ),
    "a restart marker too many": (lambda p: encoded(p, restart=3), lambda j: j[:-2] + b"\xff\xd1" + j[-2:]),
    "bytes between segments": (saved, lambda j: before(j, 0xDB, b"\0\x01junk")),
    "bytes before the frame header": (saved, lambda j: before(j, 0xC0, b"a" * 300)),
    "bytes before the scan": (saved, lambda j: before(j, 0xDA, b"\0\0\0")),
    "fill bytes": (saved, lambda j: before(j, 0xC4, b"\xff" * 500)),
    "a second start marker": (saved, lambda j: b"\xff\xd8" + j),
    "restart markers in the header": (saved, lambda j: before(j, 0xDB, b"\xff\xd0\xff\x01")),
    "a damaged colour profile": (saved, lambda j: after_start(j, segment(0xE2, b"ICC_PROFILE\0\x05\x02" + bytes(60)))),
    "a colour profile with a piece missing": (
        saved, lambda j: after_start(j, segment(0xE2, b"ICC_PROFILE\0\x01\x03" + bytes(60)))
    ),
    "a JFIF of an unknown version": (saved, lambda j: j.replace(b"JFIF\0\1\1", b"JFIF\0\7\7", 1)),
    "a short JFIF": (saved, lambda j: after_start(without(j, 0xE0), segment(0xE0, b"JFIF\0\1"))),
    "an unknown Adobe transform": (saved, lambda j: after_start(j, segment(0xEE, b"Adobe\0\x64\0\0\0\0\x09"))),
    "a note of length 0": (saved, lambda j: after_start(j, b"\xff\xe5\0\0")),
    "a note that says it is shorter": (saved, lambda j: after_start(j, segment(0xE7, b"vendor" * 9, length=8))),
    "a scan header that leaves its range out": (saved, lambda j: scan_header(j, b"\0\0\0")),
    "a scan header with odd bits": (saved, lambda j: scan_header(j, b"\x01\x3e\x11")),
    "no end marker": (saved, lambda j: j[:-2]),
    "half an end marker": (saved, lambda j: j[:-1]),
    "bytes behind the end": (saved, lambda j: j + b"\xff\xd8\xff\xda trailer" * 80),
    "a film behind the end": (saved, lambda j: j + b"\0\0\0\x18ftypmp42" + bytes(5000)),
    "another picture behind the end": (saved, lambda j: j + saved(scene(64, 64))),
    "no Huffman tables": (lambda p: saved(p, subsampling=2), lambda j: without(j, 0xC4)),
    "no Huffman tables and bytes before the end": (saved, lambda j: without(j, 0xC4)[:-2] + bytes(5) + j[-2:]),
    "progressive, bytes before the end": (lambda p: saved(p, progressive=True), lambda j: j[:-2] + b"abc" + j[-2:]),
    "progressive, bytes between scans": (
        lambda p: saved(p, progressive=True), lambda j: j[: (at := j.rindex(b"\xff\xc4"))] + b"abc" + j[at:]
    ),
    "progressive, no end marker": (lambda p: saved(p, progressive=True), lambda j: j[:-2]),
    "the height behind the scan": (encoded, lambda j: encoded(scene(), height_later=True)),
    "a scan of its own for each colour": (encoded, lambda j: encoded(scene(), scans=EACH)),
    "a scan for each colour, with strays": (
        lambda p: encoded(p, restart=4), lambda j: strays(encoded(scene(), restart=4, scans=EACH), [b"\0\x12"])
    ),
    "colours in a scan of their own": (encoded, lambda j: encoded(scene(), scans=((0,), (1, 2)))),
    "colours before luma": (encoded, lambda j: encoded(scene(), scans=((2, 1), (0,)))),
    "components that count from 0": (encoded, lambda j: encoded(scene(), ids=(0, 1, 2))),
    "components with one number": (encoded, lambda j: encoded(scene(), ids=(1, 1, 1))),
}  # fmt: skip

SAMPLINGS: Final[Mapping[str, Factors]] = {
    "4:4:4": ((1, 1), (1, 1), (1, 1)),
    "4:2:2": ((2, 1), (1, 1), (1, 1)),
    "4:2:0": ((2, 2), (1, 1), (1, 1)),
    "4:4:0": ((1, 2), (1, 1), (1, 1)),
    "4:1:1": ((4, 1), (1, 1), (1, 1)),
    "4:1:0": ((4, 2), (1, 1), (1, 1)),
    "4:4:1": ((1, 4), (1, 1), (1, 1)),
    "three to one": ((3, 1), (1, 1), (1, 1)),
    "4:4:4 by twos": ((2, 1), (2, 1), (2, 1)),
    "4:2:2 by twos": ((2, 2), (1, 2), (1, 2)),
    "colours unlike": ((2, 2), (2, 1), (1, 1)),
    "colours finer than luma": ((1, 1), (2, 2), (2, 2)),
    "grey": ((1, 1),),
    "grey by twos": ((2, 2),),
}
