"""From the bytes of a JPEG to its upright picture: what can be read without loss is taken, what is lost is refused."""

import re
from itertools import islice
from typing import Final

from proto.wardwatch.v1.messages import RejectReason
from services.detector import entropy, header, pixels, regular
from services.detector.header import Header, Limits, Refused, Size
from services.detector.pixels import Complaint, Picture

# What libjpeg-turbo says of bytes that it passes over; the first such complaint is also its last, so the data must be
# followed to know whether anything is lost behind them.
_EXTRANEOUS: Final = re.compile(r"(\d+) extraneous bytes before marker 0x(\w+)")
_SUPERFLUOUS: Final = re.compile(rf"{_EXTRANEOUS.pattern}|found marker 0x\w+ instead of RST|Unsupported marker")
_LOST: Final = re.compile(r"premature end|found marker 0xd9")
# A progressive JPEG is decoded anew for each place where bytes may be cut away; so much of that is not too much:
# twelve million pixels in sixteen scans.
_MOST_TRIES: Final = 16
_MOST_VISITS: Final = 200_000_000
# Data that are damaged within may leave some over, too; this few are rather chance bytes behind the data.
_MOST_TRIMMED: Final = 64
_STANDARD_TABLES: Final = pixels.standard_tables()


class Jpeg:
    """A JPEG whose header was examined: its upright picture is made when it is asked for, as large as it is needed."""

    def __init__(self, content: bytes, promised: Header, degrees: int) -> None:
        self._content = content
        self._promised = promised
        self._degrees = degrees
        self._made: dict[int, Picture | Refused] = {}

    @property
    def size(self) -> Size:
        """Of the upright picture."""
        stored = self._promised.size
        turned = pixels.clockwise(self._promised.orientation) + self._degrees
        return Size(stored.height, stored.width) if turned % 180 else stored

    def picture(self, factor: int = 1) -> Picture | Refused:
        """The upright picture at 1/*factor* (1, 2 or 4) of its sides, rounded up: the smaller, the less time it takes.

        Of each factor the same one every time.
        """
        if factor not in self._made:
            self._made[factor] = self._shrunk(factor) if factor > 1 else self._whole()
        return self._made[factor]

    def _whole(self) -> Picture | Refused:
        return self._upright(_decoded(self._content, self._promised))

    def _shrunk(self, factor: int) -> Picture | Refused:
        if 1 not in self._made:
            small = pixels.decode(regular.written(self._content, self._promised), factor)
            if not isinstance(small, Complaint):
                return self._upright(small)
        # What the decoder complains of is followed once, in full, whatever comes of it.
        whole = self.picture()
        return whole if isinstance(whole, Refused) else pixels.shrunk(whole, factor)

    def _upright(self, picture: Picture | Refused) -> Picture | Refused:
        if isinstance(picture, Refused):
            return picture
        return pixels.upright(picture, self._promised.orientation, self._degrees)


def examined(content: bytes, limits: Limits, degrees: int = 0) -> Jpeg | Refused:
    """The JPEG, to be turned upright as its EXIF data say and then clockwise by *degrees*; or why it is refused."""
    promised = header.examine(content, limits)
    return promised if isinstance(promised, Refused) else Jpeg(content, promised, degrees)


def opened(jpeg: bytes, limits: Limits, degrees: int = 0) -> Picture | Refused:
    """The picture as its EXIF data turn it upright, then turned clockwise by *degrees*; or why it is refused."""
    found = examined(jpeg, limits, degrees)
    return found if isinstance(found, Refused) else found.picture()


def _decoded(jpeg: bytes, promised: Header) -> Picture | Refused:
    # The decoder sees what the header guard has read and nothing else, so both always mean the same picture.
    picture = pixels.decode(regular.written(jpeg, promised))
    if not isinstance(picture, Complaint):
        return picture
    if picture.words is not None and not _SUPERFLUOUS.search(picture.words):
        return _refused(picture.words)
    if promised.arithmetic:
        return _unusual("arithmetic coding")
    if promised.progressive:
        return _unusual("progressive coding") if picture.words is None else _trimmed(jpeg, promised, picture.words)
    return _followed(jpeg, promised)


def _followed(jpeg: bytes, promised: Header) -> Picture | Refused:
    """The picture of a sequential JPEG, decoded from what its data need and no byte more."""
    data = entropy.followed(jpeg, promised, _STANDARD_TABLES)
    if isinstance(data, Refused):
        return data
    clean = regular.written(jpeg, promised, data)
    picture = pixels.decode(clean)
    if not isinstance(picture, Complaint):
        return picture
    if picture.words is not None:
        return _refused(picture.words)
    unusual = pixels.decode_unusual(clean)
    return _refused("no decoder lays out a picture with this sampling") if unusual is None else unusual


def _trimmed(jpeg: bytes, promised: Header, words: str) -> Picture | Refused:
    """The picture of a progressive JPEG without the bytes that the decoder names, scan by scan."""
    if promised.size.width * promised.size.height * len(promised.scans) > _MOST_VISITS:
        return _unusual("progressive coding of this size")
    data = [jpeg[scan.segment.end : scan.segment.data_end] for scan in promised.scans]
    next_markers = regular.markers_after_scans(promised)
    for number, marker in islice(enumerate(next_markers), _MOST_TRIES):
        named = _EXTRANEOUS.search(words)
        if named is None:
            break
        # The decoder does not say behind which scan they are; cut from another one, data are missing there.
        size = int(named[1])
        if int(named[2], 16) != marker or size > _MOST_TRIMMED:
            continue
        trial = [*data[:number], data[number][:-size], *data[number + 1 :]]
        picture = pixels.decode(regular.written(jpeg, promised, trial))
        if not isinstance(picture, Complaint):
            return picture
        if picture.words is not None and _EXTRANEOUS.search(picture.words):
            data, words = trial, picture.words
    return _refused(words)


def _unusual(form: str) -> Refused:
    return Refused(RejectReason.UNSUPPORTED, f"A JPEG of irregular form or sampling is not taken with {form}.")


def _refused(words: str) -> Refused:
    lost = _LOST.search(words.lower()) is not None
    return Refused(RejectReason.TRUNCATED if lost else RejectReason.CORRUPT, f"The JPEG is damaged: {words}.")
