"""Writes a JPEG anew with nothing but what its picture is made of, in the form that no decoder complains about. Pure.

No picture data are changed. Left out are notes (profiles, thumbnails, EXIF), bytes between segments and behind the end;
put right are values that have no meaning in this form of JPEG and that lenient readers ignore.
"""

from collections.abc import Sequence
from typing import Final

from services.detector import segments
from services.detector.header import Header, Scan

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_TABLES: Final = frozenset({segments.DQT, segments.DHT, segments.DAC, segments.DRI})
# JFIF 1.1 without a thumbnail: it says that three components are luma and two of colour.
_JFIF: Final = b"JFIF\0\1\1\0\0\1\0\1\0\0"
_ADOBE: Final = b"Adobe"
_ADOBE_BYTES: Final = 12


def written(jpeg: bytes, header: Header, data: Sequence[bytes] | None = None) -> bytes:
    """*jpeg* in regular form; *data* takes the place of the picture data of its scans."""
    parts = [_START, *_colours(jpeg, header)]
    number = 0
    for each in header.segments:
        content = each.content(jpeg)
        if each.marker in _TABLES:
            parts.append(segment(each.marker, content))
        elif each.marker in segments.FRAMES:
            sizes = header.size.height.to_bytes(2) + content[3:5]
            parts.append(segment(each.marker, content[:1] + sizes + content[5 : 6 + 3 * content[5]]))
        elif each.marker == segments.SOS:
            parts.append(segment(each.marker, _scan(content, header, header.scans[number])))
            parts.append(jpeg[each.end : each.data_end] if data is None else data[number])
            number += 1
    parts.append(_END)
    return b"".join(parts)


def markers_after_scans(header: Header) -> list[int]:
    """Which marker follows the data of each scan in regular form."""
    kept = [each.marker for each in header.segments if each.marker in _TABLES or each.marker == segments.SOS]
    following = [*kept[1:], segments.EOI]
    return [after for marker, after in zip(kept, following, strict=True) if marker == segments.SOS]


def segment(marker: int, content: bytes) -> bytes:
    """A segment with its marker and length."""
    return bytes((0xFF, marker)) + (2 + len(content)).to_bytes(2) + content


def _scan(content: bytes, header: Header, scan: Scan) -> bytes:
    """A scan's header. What is not progressive has one pass over all coefficients, whatever is written there."""
    named = content[: 1 + 2 * len(scan.components)]
    tail = content[len(named) : len(named) + 3]
    return named + (tail if header.progressive else b"\0\x3f\0")


def _colours(jpeg: bytes, header: Header) -> list[bytes]:
    """The two notes that say what the components mean, as lenient readers understand them."""
    notes = [each for each in header.segments if each.marker in (segments.APP0, segments.APP14)]
    found = []
    if any(each.content(jpeg).startswith(b"JFIF\0") and each.end - each.start >= len(_JFIF) for each in notes):
        found.append(segment(segments.APP0, _JFIF))
    for each in notes:
        content = each.content(jpeg)
        if each.marker == segments.APP14 and content.startswith(_ADOBE) and len(content) >= _ADOBE_BYTES:
            found.append(segment(segments.APP14, content[:11] + bytes((_transform(content[11], header),))))
            break
    return found


def _transform(stated: int, header: Header) -> int:
    """Adobe's number for how colours were turned: 0 is not at all; an unknown one stands for the usual way."""
    usual = 2 if len(header.components) == 4 else 1
    return stated if stated in (0, usual) else usual
