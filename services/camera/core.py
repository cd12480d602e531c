"""What the publisher decides: what a source is, when a frame is due, how long to wait, what a frame is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from proto.wardwatch.v1.subjects import HEADER_CAPTURED_AT, HEADER_MESSAGE_ID, HEADER_ROTATION, MAX_PAYLOAD_BYTES
from services.chassis import addresses

JPEG_SUFFIXES: Final = frozenset({".jpg", ".jpeg"})  # sent untouched
PICTURE_SUFFIXES: Final = JPEG_SUFFIXES | {".png", ".webp", ".bmp"}
# The broker counts the header block with the body; ours is under 150 bytes.
HEADER_ROOM_BYTES: Final = 1024
MAX_JPEG_BYTES: Final = MAX_PAYLOAD_BYTES - HEADER_ROOM_BYTES

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 30.0
MOST_DRIVER_DELAY_SECONDS: Final = 10.0

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SourceKind(StrEnum):
    """How a source behaves in time."""

    NETWORK = "network"  # live; comes back after a fault
    DEVICE = "device"  # live; comes back when plugged in again
    VIDEO = "video"  # has an end; played at its own speed
    PICTURES = "pictures"  # a folder or one picture: has an end; one picture per tick

    @property
    def live(self) -> bool:
        """Whether the source goes on by itself, so that late pictures are given up instead of waited for."""
        return self in (SourceKind.NETWORK, SourceKind.DEVICE)


@dataclass(frozen=True, slots=True)
class Source:
    """Where pictures come from. ``address`` may hold a password: show ``shown`` to people and logs."""

    kind: SourceKind
    address: str = field(repr=False)

    @property
    def shown(self) -> str:
        """A network camera by scheme and host alone (ADR 62); anything else as it is."""
        return addresses.shown(self.address) if self.kind is SourceKind.NETWORK else self.address


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture on its way out. ``captured_us``: microseconds since 1970 UTC; sides are 0 when unknown."""

    captured_us: int
    width_px: int
    height_px: int
    jpeg: bytes


def parse_source(text: str) -> Source:
    """Tell an address, a USB camera (``usb:0`` or ``/dev/video0``), a video file and a folder apart.

    Raises ValueError in one sentence, which repeats nothing that may be a password, when *text* is none of them.
    """
    if "://" in text:
        return Source(SourceKind.NETWORK, _network(text.strip()))
    if text.startswith("usb:"):
        number = text.removeprefix("usb:")
        if not number.isdecimal():
            raise ValueError("that is no USB camera: write usb:0 for the first one")
        return Source(SourceKind.DEVICE, f"/dev/video{int(number)}")
    if text.startswith(("/dev/video", "/dev/v4l/")):
        return Source(SourceKind.DEVICE, text)
    path = Path(text)
    try:
        folder, file = path.is_dir(), path.is_file()
    except OSError:  # a name that is too long, for example; the error's own words repeat it
        folder = file = False
    if folder:
        return Source(SourceKind.PICTURES, text)
    if file:
        picture = path.suffix.lower() in PICTURE_SUFFIXES
        return Source(SourceKind.PICTURES if picture else SourceKind.VIDEO, text)
    shown = addresses.shown(text)
    raise ValueError(f"there is no file or folder {'of that name' if shown == addresses.HIDDEN else repr(shown)}")


def _network(text: str) -> str:
    scheme, _mark, rest = text.partition("://")
    if scheme.lower() not in addresses.CAMERA_SCHEMES:
        raise ValueError(f"addresses must start with one of {', '.join(sorted(addresses.CAMERA_SCHEMES))}")
    address = f"{scheme.lower()}://{rest}"  # FFmpeg knows schemes in small letters only
    if not addresses.names_host(address):
        raise ValueError(
            "the address names no host; in a user name or password write %2F for /, %3F for ?, %23 for # and %40 for @"
        )
    return address


class RateLimit:
    """Lets a picture through when its tick has come; a late start never causes a burst.

    Times are seconds on any clock that does not go back: a wall for live sources, the film's own for files.
    """

    def __init__(self, frames_per_second: float) -> None:
        self._step = 1.0 / frames_per_second
        self._due: float | None = None

    def take(self, now: float) -> bool:
        """Return whether the picture at *now* is to be sent."""
        if self._due is None:
            self._due = now + self._step
            return True
        # A hundredth of a step forgives timestamps that were rounded to a film's time base.
        if now < self._due - self._step / 100:
            return False
        self._due = max(self._due + self._step, now + self._step / 2)
        return True


class Freshest:
    """One place for one frame: a new frame takes the place of a waiting one."""

    def __init__(self) -> None:
        self._waiting: Frame | None = None

    def put(self, frame: Frame) -> bool:
        """Store *frame*; return whether an older one was given up for it."""
        replaced = self._waiting is not None
        self._waiting = frame
        return replaced

    def take(self) -> Frame | None:
        """Hand out the waiting frame, if any."""
        frame, self._waiting = self._waiting, None
        return frame


def wait_seconds(failures: int) -> float:
    """How long to wait before opening the source again after *failures* (>= 1) in a row: doubles up to a limit."""
    return min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(failures - 1, 10))


def silence_limit_seconds(setting: float, frames_per_second: float) -> float:
    """How long a reader may say nothing: the setting, but never less than three ticks."""
    return max(setting, 3.0 / frames_per_second)


def driver_moment(stamp: float, now: float) -> float:
    """When a driver says that it took a picture; *now* when that cannot be, for some use other clocks or none."""
    return stamp if 0 <= now - stamp <= MOST_DRIVER_DELAY_SECONDS else now


def fitted(width_px: int, height_px: int, max_width_px: int) -> tuple[int, int]:
    """Return the size after shrinking to *max_width_px*, sides even and at least 2; never enlarges."""
    if width_px <= max_width_px:
        return width_px, height_px
    height = round(height_px * max_width_px / width_px)
    return max(2, max_width_px // 2 * 2), max(2, height // 2 * 2)


def frame_id(frame: Frame) -> str:
    """Name a frame by when it was taken and what it shows, so that a repeat has the same name."""
    return f"{frame.captured_us}-{sha256(frame.jpeg).hexdigest()[:12]}"


def headers(frame: Frame, rotation: str = "") -> Mapping[str, str]:
    """Return the headers of PROTOCOL.md for *frame*, to be turned by *rotation* degrees where it is not empty."""
    taken = _EPOCH + timedelta(microseconds=frame.captured_us)
    captured = taken.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    named = {HEADER_CAPTURED_AT: captured, HEADER_MESSAGE_ID: frame_id(frame)}
    return {**named, HEADER_ROTATION: rotation} if rotation else named
