"""Writes HEIC files for tests: an HEVC picture by libx265, or a grid of them, in the boxes of ISO/IEC 23008-12.

No package that is installed can write HEIC, so the boxes are put together here, as few of them as there may be.
"""

from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

_CODED_PICTURE_TYPES = (19, 20)  # HEVC NAL units: IDR pictures
_PARAMETER_TYPES = (32, 33, 34)  # VPS, SPS, PPS


def heic(picture: NDArray[np.uint8], *, quarters: int = 0, claims: tuple[int, int] | None = None) -> bytes:
    """A HEIC of (height, width, 3) uint8 RGB with even sides, to be shown turned by *quarters* anticlockwise.

    *says* is the (width, height) that the boxes promise, when that shall not be the truth.
    """
    units = _encoded(picture)
    width, height = claims or (picture.shape[1], picture.shape[0])
    properties = [_configuration(units), _full(b"ispe", _u32(width) + _u32(height))]
    if quarters:
        properties.append(_box(b"irot", bytes([quarters])))
    item = _full(b"infe", _u16(1) + _u16(0) + b"hvc1\x00", version=2)
    return _file([item], {1: _item(units)}, properties, {1: range(1, len(properties) + 1)}, primary=1)


def grid(picture: NDArray[np.uint8], rows: int, columns: int, claims: tuple[int, int] | None = None) -> bytes:
    """A HEIC whose picture is put together of *rows* times *columns* tiles, which all are the same bytes."""
    units = _encoded(picture)
    height, width = picture.shape[:2]
    whole = claims or (columns * width, rows * height)
    properties = [_configuration(units), *(_full(b"ispe", _u32(w) + _u32(h)) for w, h in ((width, height), whole))]
    layout = bytes([0, 1, rows - 1, columns - 1]) + _u32(whole[0]) + _u32(whole[1])
    tiles = range(1, rows * columns + 1)
    last = rows * columns + 1
    kinds = {**dict.fromkeys(tiles, b"hvc1"), last: b"grid"}
    items = [_full(b"infe", _u16(number) + _u16(0) + kind + b"\x00", version=2) for number, kind in kinds.items()]
    reference = _box(b"dimg", _u16(last) + _u16(len(tiles)) + b"".join(_u16(tile) for tile in tiles))
    return _file(
        items,
        {**dict.fromkeys(tiles, _item(units)), last: layout},
        properties,
        {**dict.fromkeys(tiles, (1, 2)), last: (3,)},
        primary=last,
        more=_full(b"iref", reference),
    )


def _encoded(picture: NDArray[np.uint8]) -> dict[int, list[bytes]]:
    """NAL units by their type."""
    coder = av.CodecContext.create("libx265", "w")
    coder.width, coder.height, coder.pix_fmt = picture.shape[1], picture.shape[0], "yuv420p"
    coder.time_base = Fraction(1, 25)
    coder.options = {"x265-params": "log-level=none:crf=12:keyint=1:pools=none:frame-threads=1", "preset": "medium"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(format="yuv420p")
    stream = b"".join(bytes(packet) for packet in (*coder.encode(frame), *coder.encode(None)))
    units: dict[int, list[bytes]] = {}
    for unit in stream.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")[1:]:
        units.setdefault(unit[0] >> 1 & 0x3F, []).append(unit)
    return units


def _item(units: dict[int, list[bytes]]) -> bytes:
    return b"".join(_u32(len(unit)) + unit for kind in _CODED_PICTURE_TYPES for unit in units.get(kind, []))


def _configuration(units: dict[int, list[bytes]]) -> bytes:
    """The box hvcC: profile and level as the SPS has them, 4:2:0, 8 bits, lengths of 4 bytes."""
    sequence = units[33][0].replace(b"\x00\x00\x03", b"\x00\x00")
    head = b"\x01" + sequence[3:15] + b"\xf0\x00\xfc\xfd\xf8\xf8\x00\x00\x0f"
    arrays = b"".join(
        bytes([0x80 | kind]) + _u16(len(units[kind])) + b"".join(_u16(len(unit)) + unit for unit in units[kind])
        for kind in _PARAMETER_TYPES
    )
    return _box(b"hvcC", head + bytes([len(_PARAMETER_TYPES)]) + arrays)


def _file(
    items: Sequence[bytes],
    contents: dict[int, bytes],
    properties: Sequence[bytes],
    associated: dict[int, Sequence[int]],
    *,
    primary: int,
    more: bytes = b"",
) -> bytes:
    start = _box(b"ftyp", b"heic" + _u32(0) + b"mif1heic")

    def meta(first: int) -> bytes:
        places, starts, at = [], {}, first
        for item, content in contents.items():
            if content not in starts:
                starts[content] = at
                at += len(content)
            places.append(_u16(item) + _u16(0) + _u16(1) + _u32(starts[content]) + _u32(len(content)))
        links = [
            _u16(item) + bytes([len(numbers), *(0x80 | number for number in numbers)])
            for item, numbers in associated.items()
        ]
        return _full(
            b"meta",
            _full(b"hdlr", _u32(0) + b"pict" + bytes(12) + b"\x00")
            + _full(b"pitm", _u16(primary))
            + _full(b"iloc", b"\x44\x00" + _u16(len(places)) + b"".join(places))
            + _full(b"iinf", _u16(len(items)) + b"".join(items))
            + more
            + _box(
                b"iprp",
                _box(b"ipco", b"".join(properties)) + _full(b"ipma", _u32(len(links)) + b"".join(links)),
            ),
        )

    body = meta(len(start) + len(meta(0)) + 8)
    return start + body + _box(b"mdat", b"".join(dict.fromkeys(contents.values())))


def _full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]) + content)


def _box(kind: bytes, content: bytes) -> bytes:
    return _u32(8 + len(content)) + kind + content


def _u16(number: int) -> bytes:
    return number.to_bytes(2)


def _u32(number: int) -> bytes:
    return number.to_bytes(4)
