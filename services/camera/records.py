"""The pipe between the reading process and the publishing one: length-prefixed records, encoded and decoded purely."""

import struct
from dataclasses import dataclass
from typing import Final

from services.camera.core import MAX_JPEG_BYTES, Frame

# kind, captured_us, width_px, height_px, bytes that follow; of a status: kind, microseconds late, given up, 0, bytes
_HEAD: Final = struct.Struct("<cqIII")
HEAD_BYTES: Final = _HEAD.size

_FRAME: Final = b"F"
_SKIPPED: Final = b"S"
_ENDED: Final = b"E"
_FAILED: Final = b"X"
_STATUS: Final = b"W"
_OPENED: Final = b"O"
_LONGEST_TEXT_BYTES: Final = 2000


@dataclass(frozen=True, slots=True)
class Skipped:
    """A picture could not be sent; the source goes on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The source has no more pictures."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The source cannot be opened or read; ``reason`` is one sentence for a person."""

    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """The reader is alive: what it waits for (when that is to be told), how late pictures are, how many it gave up."""

    waits_for: str = ""
    late_seconds: float = 0.0
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """The source gives pictures; ``found`` is what they are, for a person."""

    found: str


Record = Frame | Skipped | Ended | Failed | Status | Opened


@dataclass(frozen=True, slots=True)
class Head:
    """The fixed part of a record."""

    kind: bytes
    captured_us: int
    width_px: int
    height_px: int
    body_bytes: int


def encode(record: Record) -> bytes:
    """Turn a record into bytes."""
    match record:
        case Frame():
            head = _HEAD.pack(_FRAME, record.captured_us, record.width_px, record.height_px, len(record.jpeg))
            return head + record.jpeg
        case Skipped(reason):
            return _text(_SKIPPED, reason)
        case Failed(reason):
            return _text(_FAILED, reason)
        case Opened(found):
            return _text(_OPENED, found)
        case Status(waits_for, late_seconds, given_up):
            body = waits_for.encode()[:_LONGEST_TEXT_BYTES]
            return _HEAD.pack(_STATUS, round(late_seconds * 1e6), given_up, 0, len(body)) + body
        case Ended():
            return _HEAD.pack(_ENDED, 0, 0, 0, 0)


def decode_head(head: bytes) -> Head:
    """Read the fixed part. Raises ValueError when it is not one or announces more than a frame may weigh."""
    if len(head) != HEAD_BYTES:
        raise ValueError(f"a record starts with {HEAD_BYTES} bytes, not {len(head)}")
    kind, captured_us, width_px, height_px, body_bytes = _HEAD.unpack(head)
    if kind not in (_FRAME, _SKIPPED, _ENDED, _FAILED, _STATUS, _OPENED) or body_bytes > MAX_JPEG_BYTES:
        raise ValueError("the reader wrote something that is not a record")
    return Head(kind, captured_us, width_px, height_px, body_bytes)


def decode(head: Head, body: bytes) -> Record:
    """Join both parts of a record."""
    if head.kind == _FRAME:
        return Frame(head.captured_us, head.width_px, head.height_px, body)
    if head.kind == _SKIPPED:
        return Skipped(body.decode("utf-8", "replace"))
    if head.kind == _FAILED:
        return Failed(body.decode("utf-8", "replace"))
    if head.kind == _OPENED:
        return Opened(body.decode("utf-8", "replace"))
    if head.kind == _STATUS:
        return Status(body.decode("utf-8", "replace"), head.captured_us / 1e6, head.width_px)
    return Ended()


def _text(kind: bytes, text: str) -> bytes:
    body = text.encode()[:_LONGEST_TEXT_BYTES]
    return _HEAD.pack(kind, 0, 0, 0, len(body)) + body
