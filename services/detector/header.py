"""Read what a JPEG promises before any of it is decoded, and refuse what must not be decoded. Pure."""

from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.messages import RejectReason
from services.detector import exif, segments
from services.detector.segments import Segment, Walk


@dataclass(frozen=True, slots=True)
class Limits:
    """What a frame may be."""

    max_bytes: int
    max_pixels: int
    min_side_px: int


@dataclass(frozen=True, slots=True)
class Size:
    """A size in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a frame is not looked at: a code and one sentence for the camera's integrator."""

    reason: RejectReason
    detail: str


@dataclass(frozen=True, slots=True)
class Component:
    """One colour of a picture: its number, how finely it is sampled across and down, and its quantisation table."""

    number: int
    across: int
    down: int
    quantisation: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One pass over the picture: which components, by place in the frame, with which tables, and which coefficients."""

    segment: Segment
    components: tuple[int, ...]
    tables: tuple[int, ...]  # of each component: DC in the upper four bits, AC in the lower
    first: int
    last: int
    low_bit: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a JPEG promises: the size in which its pixels lie, how to turn them upright, and how they are coded."""

    size: Size
    orientation: int  # EXIF, 1 to 8
    coding: int  # start-of-frame marker
    components: tuple[Component, ...]
    scans: tuple[Scan, ...]
    segments: tuple[Segment, ...]
    ended: bool  # whether the end marker is there

    @property
    def progressive(self) -> bool:
        return self.coding in _PROGRESSIVE

    @property
    def arithmetic(self) -> bool:
        return self.coding in _ARITHMETIC


_START: Final = b"\xff\xd8"
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_ARITHMETIC: Final = frozenset({0xC9, 0xCA})
# Baseline, extended and progressive: what the decoder takes.
_TAKEN: Final = frozenset({0xC0, 0xC1}) | _PROGRESSIVE | _ARITHMETIC
_COEFFICIENTS: Final = 64
# A progressive JPEG visits every pixel once a scan; ten are usual, thousands are an attack on the decoder's time.
MAX_SCANS: Final = 64


def examine(jpeg: bytes, limits: Limits) -> Header | Refused:
    """Return what *jpeg* promises, or why it is refused. Reads headers only."""
    if not jpeg:
        return Refused(RejectReason.EMPTY, "It has no bytes.")
    if len(jpeg) > limits.max_bytes:
        text = f"It has {len(jpeg):,} bytes; at most {limits.max_bytes:,} are taken."
        return Refused(RejectReason.TOO_MANY_BYTES, text)
    if not jpeg.startswith(_START):
        return Refused(RejectReason.NOT_JPEG, f"It {_kind(jpeg)}.")

    return _read(jpeg, segments.walk(jpeg), limits)


def _read(jpeg: bytes, walk: Walk, limits: Limits) -> Header | Refused:
    frames = [each for each in walk.segments if each.marker in segments.FRAMES]
    scans = [each for each in walk.segments if each.marker == segments.SOS]
    if len(scans) > MAX_SCANS:
        text = f"The picture has more than {MAX_SCANS} scans."
        return Refused(RejectReason.UNSUPPORTED, text)
    if walk.fault:
        return _corrupt(f"The JPEG cannot be followed: {walk.fault}")
    if not scans and not walk.ended:
        return cut()
    if not frames or not scans or frames[0].start > scans[0].start:
        return _corrupt("The picture data are missing, or start before the header has said how large the picture is")
    if len(frames) > 1:
        return _corrupt("The header says twice how large the picture is")

    stated = frames[0].content(jpeg)
    frame = _frame(frames[0].marker, stated, _height(jpeg, walk, stated), limits)
    if isinstance(frame, Refused):
        return frame
    size, components = frame
    passes = tuple(_scan(each, each.content(jpeg), components) for each in scans)
    read = tuple(each for each in passes if each is not None)
    if len(read) < len(passes):
        return _corrupt("A scan names no component of the picture, or is too short")
    header = Header(size, _orientation(jpeg, walk), frames[0].marker, components, read, walk.segments, ended=walk.ended)
    return _incomplete(header) or header


def _height(jpeg: bytes, walk: Walk, frame: bytes) -> int:
    """The height as the frame says it, or, when it says 0, as a segment behind the first scan does."""
    later = [each.content(jpeg) for each in walk.segments if each.marker == segments.DNL]
    return int.from_bytes(frame[1:3]) or (int.from_bytes(later[0][:2]) if later else 0)


def _frame(marker: int, segment: bytes, height: int, limits: Limits) -> tuple[Size, tuple[Component, ...]] | Refused:
    """Read a start-of-frame segment."""
    if marker not in _TAKEN:
        text = f"This form of JPEG (start of frame {marker:#04x}, lossless or hierarchical) is not taken."
        return Refused(RejectReason.UNSUPPORTED, text)
    if len(segment) < 6 or len(segment) < 6 + 3 * segment[5]:
        return _corrupt("The segment with the size of the picture is too short")

    bits, count, width = segment[0], segment[5], int.from_bytes(segment[3:5])
    if bits != 8 or count not in (1, 3, 4):
        text = f"A JPEG with {count} components of {bits} bits is not taken."
        return Refused(RejectReason.UNSUPPORTED, text)
    if width * height > limits.max_pixels:
        text = f"The header promises {width} x {height} pixels; at most {limits.max_pixels:,} are taken."
        return Refused(RejectReason.TOO_MANY_PIXELS, text)
    if min(width, height) < limits.min_side_px:
        text = f"The picture is {width} x {height} pixels; each side needs at least {limits.min_side_px}."
        return Refused(RejectReason.TOO_SMALL, text)
    fields = [segment[at : at + 3] for at in range(6, 6 + 3 * count, 3)]
    components = tuple(Component(number, factors >> 4, factors & 15, table) for number, factors, table in fields)
    if not all(1 <= each.across <= 4 and 1 <= each.down <= 4 for each in components):
        return _corrupt("The header states sampling factors that no JPEG can have")
    return Size(width, height), components


def _scan(segment: Segment, content: bytes, components: tuple[Component, ...]) -> Scan | None:
    """Read a start-of-scan segment; None when it makes no sense."""
    count = content[0] if content else 0
    if not 1 <= count <= 4 or len(content) < 4 + 2 * count:
        return None
    places: list[int] = []
    for number in content[1 : 1 + 2 * count : 2]:
        free = [at for at, each in enumerate(components) if each.number == number and at not in places]
        if not free:
            return None
        places.append(free[0])
    first, last, bits = content[1 + 2 * count : 4 + 2 * count]
    return Scan(segment, tuple(places), tuple(content[2 : 2 + 2 * count : 2]), first, last, bits & 15)


def _incomplete(header: Header) -> Refused | None:
    """Refuse what certainly lacks data although each scan may be whole."""
    if header.ended:
        seen = {place for scan in header.scans for place in scan.components}
        return None if len(seen) == len(header.components) else _corrupt("The data of a colour are missing")
    # Without an end marker scans may be missing; a decoder would show a coarser picture and say nothing.
    if header.arithmetic:
        return cut()
    for place in range(len(header.components)):
        scans = [scan for scan in header.scans if place in scan.components]
        if not scans or (header.progressive and not _refined(scans)):
            return cut()
    return None


def _refined(scans: list[Scan]) -> bool:
    """Whether the *scans* of a component give every bit of its coefficients."""
    exact: set[int] = set()
    for scan in scans:
        if scan.low_bit == 0:
            exact.update(range(scan.first, scan.last + 1))
    return len(exact) >= _COEFFICIENTS


def _orientation(jpeg: bytes, walk: Walk) -> int:
    for each in walk.segments:
        if each.marker == segments.APP1:
            stated = exif.orientation(each.content(jpeg))
            if stated is not None:
                return stated
    return exif.UPRIGHT


def cut() -> Refused:
    """The picture was cut on its way."""
    return Refused(RejectReason.TRUNCATED, "The JPEG ends before its picture does.")


def _corrupt(text: str) -> Refused:
    return Refused(RejectReason.CORRUPT, f"{text}.")


def _kind(content: bytes) -> str:
    """What the first bytes look like, for the integrator."""
    if content.startswith(b"\x89PNG"):
        return "is a PNG"
    if content.startswith((b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")) or content[4:8] == b"ftyp":
        return "is another picture or video format"
    if content[:64].isascii() and content[:64].decode("ascii").isprintable():
        return "looks like text"
    return "does not start like a JPEG"
