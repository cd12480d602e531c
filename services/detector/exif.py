"""How a picture must be turned to stand upright, as its EXIF data say. Pure; what is malformed says nothing."""

import struct
from typing import Final

UPRIGHT: Final = 1
_MARK: Final = b"Exif\0"
_ORDERS: Final = {b"II": "<", b"MM": ">"}
_ORIENTATION: Final = 0x0112
# Types of a TIFF field that hold a small number, and how it is read: byte, short, long.
_NUMBERS: Final = {1: "B", 3: "H", 4: "I"}
_ENTRY_BYTES: Final = 12
# A camera writes some fifty fields; more than this are no honest ones.
_MOST_ENTRIES: Final = 1000


def orientation(segment: bytes) -> int | None:
    """The orientation 1 to 8 that the content of an APP1 segment states; None when it states none."""
    # After the mark comes one byte that should be 0 and with some writers is not.
    order = _ORDERS.get(segment[6:8]) if segment.startswith(_MARK) else None
    if order is None:
        return None
    tiff = segment[6:]
    try:
        return _field(tiff, order)
    except struct.error:
        return None


def _field(tiff: bytes, order: str) -> int | None:
    """Look through the first directory. Raises struct.error when it goes beyond the segment."""
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    for index in range(min(count, _MOST_ENTRIES)):
        entry = at + 2 + index * _ENTRY_BYTES
        tag, kind, values = struct.unpack_from(f"{order}HHI", tiff, entry)
        if tag == _ORIENTATION:
            form = _NUMBERS.get(kind)
            if form is None or values < 1:
                return None
            (stated,) = struct.unpack_from(order + form, tiff, entry + 8)
            return int(stated) if 1 <= stated <= 8 else None
    return None
