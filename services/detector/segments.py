"""The segments of a JPEG, found as lenient readers find them: what stands between two of them is passed over. Pure."""

import re
from dataclasses import dataclass
from typing import Final

# Walked in Python, step by step: a hostile frame may not buy more steps than this. Cameras send under twenty segments,
# an editing program some hundred (metadata and profiles in pieces of 64 KB).
MAX_SEGMENTS: Final = 1000

SOI: Final = 0xD8
EOI: Final = 0xD9
SOS: Final = 0xDA
DHT: Final = 0xC4
DQT: Final = 0xDB
DNL: Final = 0xDC
DRI: Final = 0xDD
DAC: Final = 0xCC
APP0: Final = 0xE0
APP1: Final = 0xE1
APP14: Final = 0xEE
# Start-of-frame markers (ITU T.81 table B.1); the others in C0 to CF are tables.
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, DAC}
# Segments that no decoder of pictures needs: APP0 to APP15 and comments.
_NOTES: Final = frozenset({*range(0xE0, 0xF0), 0xFE})
_WITH_LENGTH: Final = FRAMES | _NOTES | {DHT, DAC, SOS, DQT, DNL, DRI, 0xDE, 0xDF}

# A 0xFF followed by anything but 0 (which makes it data) and 0xFF (which makes it a fill byte).
_MARKER: Final = re.compile(rb"\xff[^\x00\xff]")
# The same without RST0 to RST7, which belong to the data of a scan.
_END_OF_DATA: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker and where its content lies; of a scan also where its picture data end, which follow the content."""

    marker: int
    start: int
    end: int
    data_end: int

    def content(self, jpeg: bytes) -> bytes:
        """What the segment holds, without marker and length."""
        return jpeg[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Walk:
    """The segments in their order, whether the end marker came, and, if any, what could not be followed further."""

    segments: tuple[Segment, ...]
    ended: bool
    fault: str = ""


def walk(jpeg: bytes) -> Walk:
    """Go from segment to segment until the end marker; what comes behind it is another file's affair."""
    found: list[Segment] = []
    at, scanned = 2, False
    for _ in range(MAX_SEGMENTS):
        match = _MARKER.search(jpeg, at)
        if match is None:
            return Walk(tuple(found), ended=False)
        marker, after = jpeg[match.start() + 1], match.end()
        if marker == EOI or (marker == SOI and scanned):
            return Walk(tuple(found), ended=marker == EOI)
        if marker not in _WITH_LENGTH:
            # A restart marker or a second start out of place, or chance: there is nothing behind it to go by.
            at = after
            continue
        length = int.from_bytes(jpeg[after : after + 2])
        if length < 2 and marker not in _NOTES:
            return Walk(
                tuple(found), ended=False, fault=f"the segment at byte {match.start()} has an impossible length"
            )
        end = after + max(2, length)
        if end > len(jpeg):
            return Walk(tuple(found), ended=False)
        at = _end_of_data(jpeg, end) if marker == SOS else end
        scanned = scanned or marker == SOS
        found.append(Segment(marker, after + 2, end, at))

    return Walk(tuple(found), ended=False, fault=f"it has more than {MAX_SEGMENTS:,} segments")


def _end_of_data(jpeg: bytes, at: int) -> int:
    """Where the picture data that begin at *at* end: at the next marker that means something."""
    for _ in range(MAX_SEGMENTS):
        match = _END_OF_DATA.search(jpeg, at)
        if match is None:
            return len(jpeg)
        if jpeg[match.start() + 1] in _WITH_LENGTH or jpeg[match.start() + 1] in (SOI, EOI):
            return match.start()
        at = match.end()
    return at
