"""From what a camera sent to a frame with a name and a time. Pure."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from proto.wardwatch.v1 import cameras, subjects
from proto.wardwatch.v1.subjects import FrameId, Place
from proto.wardwatch.v1.values import Drill, Journey, to_microseconds

# Ids become parts of other names and of log lines.
_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")

_DIGESTED_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Clock:
    """How far a camera's clock may be off before its word is not taken."""

    max_ahead: timedelta
    max_behind: timedelta


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one camera, not yet looked at."""

    place: Place
    frame_id: FrameId
    journey: Journey
    jpeg: bytes
    rotation: int | None = None  # degrees clockwise, as the frame itself says; None when it says nothing
    drill: Drill | None = None  # None of every frame that a camera sent


@dataclass(frozen=True, slots=True)
class Received:
    """A frame, and whether a header came that could not be believed or not be read."""

    frame: Frame
    clock_ignored: bool
    rotation_ignored: bool


def receive(place: Place, jpeg: bytes, headers: Mapping[str, str], arrived: datetime, clock: Clock) -> Received:
    """Name and date what arrived of the camera at *place*."""
    arrived_us = to_microseconds(arrived)
    stated = headers.get(subjects.HEADER_CAPTURED_AT)
    captured = None if stated is None else captured_at(stated, arrived, clock)
    captured_us = arrived_us if captured is None else to_microseconds(captured)
    journey = Journey(captured_us=captured_us, received_us=arrived_us)
    name = frame_id(headers.get(subjects.HEADER_MESSAGE_ID), jpeg, captured_us)
    turned = headers.get(subjects.HEADER_ROTATION)
    rotation = None if turned is None else _rotation(turned)
    return Received(
        Frame(place, name, journey, jpeg, rotation),
        clock_ignored=stated is not None and captured is None,
        rotation_ignored=turned is not None and rotation is None,
    )


def drill_frame(place: Place, jpeg: bytes, drill: Drill, arrived: datetime) -> Frame:
    """A frame that the drill service sent as if it were the camera's; it stands upright, however the camera hangs."""
    journey = Journey(captured_us=drill.sent_us, received_us=to_microseconds(arrived))
    return Frame(place, FrameId(f"{drill.id}@{drill.sent_us}"), journey, jpeg, 0, drill)


def captured_at(stated: str, arrived: datetime, clock: Clock) -> datetime | None:
    """Read a Captured-At header (RFC 3339 with zone); None when it is broken or absurd."""
    try:
        captured = datetime.fromisoformat(stated)
    except ValueError:
        return None
    if captured.tzinfo is None or not arrived - clock.max_behind <= captured <= arrived + clock.max_ahead:
        return None

    return captured


def _rotation(stated: str) -> int | None:
    try:
        return cameras.rotation(stated.strip())
    except ValueError:
        return None


def frame_id(stated: str | None, jpeg: bytes, captured_us: int) -> FrameId:
    """The camera's own id when it sends a clean one, else a digest of the picture; with the time of the frame.

    The time keeps a camera that counts from zero again after a restart from naming a frame twice: the sighting of
    the second would be taken for a repetition of the first.
    """
    if stated is None or not _ID.fullmatch(stated):
        # The end alone differs between frames and costs the event loop next to nothing, however large the frame.
        stated = hashlib.blake2b(jpeg[-_DIGESTED_BYTES:], digest_size=8).hexdigest()

    return FrameId(f"{stated}@{captured_us}")
