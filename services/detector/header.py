"""Read what a JPEG promises before any of it is decoded, and refuse what must not be decoded. Pure."""

from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.messages import RejectReason


@dataclass(frozen=True, slots=True)
class Limits:
    """What a frame may be."""

    max_bytes: int
    max_pixels: int
    min_side_px: int


@dataclass(frozen=True, slots=True)
class Size:
    """Size that the header promises, in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a frame is not looked at: a code and one sentence for the camera's integrator."""

    reason: RejectReason
    detail: str


@dataclass(frozen=True, slots=True)
class _Segment:
    """A marker, and where its content starts and ends."""

    marker: int
    start: int
    end: int


_START: Final = b"\xff\xd8"
# The standard lets any number of fill bytes precede a marker.
_FILL: Final = b"\xff\xff"
_END: Final = b"\xff\xd9"
_SCAN: Final = 0xDA
# Markers without a length: TEM, RST0 to RST7, SOI.
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
# Start-of-frame markers (ITU T.81 table B.1); the others in C0 to CF are tables.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Huffman-coded baseline, extended and progressive: what cameras send and the decoder takes.
_TAKEN: Final = frozenset({0xC0, 0xC1, 0xC2})
# Walked in Python, step by step: a hostile frame may not buy more steps than this. Cameras send under twenty segments,
# an editing program some hundred (metadata and profiles in pieces of 64 KB); fill bytes are rare and few.
MAX_SEGMENTS: Final = 1000
MAX_FILL_BYTES: Final = 64
# A progressive JPEG visits every pixel once a scan; ten are usual, thousands are an attack on the decoder's time.
MAX_SCANS: Final = 64


def examine(jpeg: bytes, limits: Limits) -> Size | Refused:
    """Return the size that *jpeg* promises, or why it is refused. Reads headers only."""
    if not jpeg:
        return Refused(RejectReason.EMPTY, "The message has no body; send one JPEG.")
    if len(jpeg) > limits.max_bytes:
        text = f"The body has {len(jpeg):,} bytes; at most {limits.max_bytes:,} are taken."
        return Refused(RejectReason.TOO_MANY_BYTES, text)
    if not jpeg.startswith(_START):
        return Refused(RejectReason.NOT_JPEG, f"The body {_kind(jpeg)}; send one JPEG.")

    return _walk(jpeg, limits)


def _walk(jpeg: bytes, limits: Limits) -> Size | Refused:
    """Go from segment to segment until the first scan."""
    size: Size | None = None
    at = len(_START)
    for _ in range(MAX_SEGMENTS):
        segment = _segment(jpeg, at)
        if isinstance(segment, Refused):
            return segment
        if segment.marker == _SCAN:
            return _sizeless() if size is None else _body(jpeg, at) or size
        if segment.marker in _FRAMES:
            frame = _frame(segment.marker, jpeg[segment.start : segment.end], limits)
            if isinstance(frame, Refused):
                return frame
            size = frame
        at = segment.end

    return Refused(RejectReason.CORRUPT, f"The header has more than {MAX_SEGMENTS:,} segments before the picture data.")


def _segment(jpeg: bytes, at: int) -> _Segment | Refused:
    """Read the marker at *at*, or say why there is none."""
    first = at
    while jpeg[at : at + 2] == _FILL:
        at += 1
        if at - first > MAX_FILL_BYTES:
            text = f"More than {MAX_FILL_BYTES} fill bytes precede the marker after byte {first} of the header."
            return Refused(RejectReason.CORRUPT, text)
    if at + 4 > len(jpeg):
        return _cut()
    if jpeg[at] != 0xFF:
        return Refused(RejectReason.CORRUPT, f"Byte {at} of the header should start a marker and does not.")
    marker = jpeg[at + 1]
    if marker in _BARE:
        return _Segment(marker, at + 2, at + 2)

    end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    if end < at + 4:
        return Refused(RejectReason.CORRUPT, f"The segment at byte {at} of the header has an impossible length.")
    return _Segment(marker, at + 4, end) if end <= len(jpeg) else _cut()


def _frame(marker: int, segment: bytes, limits: Limits) -> Size | Refused:
    """Read a start-of-frame segment."""
    if marker not in _TAKEN:
        text = f"This form of JPEG (start of frame {marker:#04x}: lossless, hierarchical or arithmetic) is not taken."
        return Refused(RejectReason.UNSUPPORTED, text)
    if len(segment) < 6:
        return Refused(RejectReason.CORRUPT, "The segment with the size of the picture is too short.")

    bits, components = segment[0], segment[5]
    height, width = int.from_bytes(segment[1:3]), int.from_bytes(segment[3:5])
    if bits != 8 or components not in (1, 3):
        text = f"A JPEG with {components} components of {bits} bits is not taken; send grey or colour of 8 bits."
        return Refused(RejectReason.UNSUPPORTED, text)
    if width * height > limits.max_pixels:
        text = f"The header promises {width} x {height} pixels; at most {limits.max_pixels:,} are taken."
        return Refused(RejectReason.TOO_MANY_PIXELS, text)
    if min(width, height) < limits.min_side_px:
        text = f"The picture is {width} x {height} pixels; each side needs at least {limits.min_side_px}."
        return Refused(RejectReason.TOO_SMALL, text)
    return Size(width, height)


def _body(jpeg: bytes, scan_at: int) -> Refused | None:
    """Look for the end of the picture and for an absurd number of scans."""
    # Inside picture data 0xFF is always followed by 0, so neither pair can be part of it. Padding may follow the end.
    if jpeg.rfind(_END, scan_at) < 0:
        return _cut()
    if jpeg.count(bytes((0xFF, _SCAN)), scan_at) > MAX_SCANS:
        return Refused(RejectReason.UNSUPPORTED, f"The picture has more than {MAX_SCANS} scans.")
    return None


def _sizeless() -> Refused:
    return Refused(RejectReason.CORRUPT, "Picture data starts before the header has said how large the picture is.")


def _cut() -> Refused:
    return Refused(RejectReason.TRUNCATED, "The JPEG ends before its end marker; it was cut on the way.")


def _kind(content: bytes) -> str:
    """What the first bytes look like, for the integrator."""
    if content.startswith(b"\x89PNG"):
        return "is a PNG"
    if content.startswith((b"GIF8", b"RIFF", b"BM")) or content[4:8] == b"ftyp":
        return "is another picture or video format"
    if content[:64].isascii() and content[:64].decode("ascii").isprintable():
        return "looks like text"
    return "does not start like a JPEG"
