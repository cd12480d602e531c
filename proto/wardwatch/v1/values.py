"""The values that messages are made of, and how they are written in protobuf.

Shared by ``messages.py`` and ``requests.py``, which together with this module are the only importers of the
generated code. Arrays read from bytes are read-only views of those bytes.
"""

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, TypeVar
from uuid import UUID

import numpy as np
from google.protobuf.message import DecodeError, Message
from numpy.typing import NDArray

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id

Aligned = NDArray[np.uint8]  # (112, 112, 3), RGB, row-major
Vector = NDArray[np.float32]  # (dimension,), unit length

ALIGNED_SHAPE: Final = (112, 112, 3)
# A vector is refused when its length is further than this from 1: it was not normalised.
UNIT_TOLERANCE: Final = 1e-3

DRILL_ID: Final = re.compile(r"[0-9a-f]{32}")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Model:
    """Which network made a vector; ``sha256`` is the hex digest of the file as published."""

    name: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}@{self.sha256[:12]}"


@dataclass(frozen=True, slots=True)
class Journey:
    """When each stage had this frame in hand, in microseconds since 1970 UTC; zero means not there yet."""

    captured_us: int
    received_us: int = 0
    detected_us: int = 0
    embedded_us: int = 0
    matched_us: int = 0

    def age_seconds(self, now: datetime) -> float:
        """How long ago the frame was captured; 0 when its camera's clock is ahead."""
        return max(0, to_microseconds(now) - self.captured_us) / 1e6


@dataclass(frozen=True, slots=True)
class Look:
    """A face of a track that is embedded: the *number*-th of its track, from 1.

    ``track_began_us`` is when the camera took the track's first frame, in microseconds since 1970 UTC.
    """

    track_id: str
    number: int
    track_began_us: int


@dataclass(frozen=True, slots=True)
class Walk:
    """What a track says: how many looks are in its mean vector, and over how long.

    ``views`` of the looks are so far apart that they show the person anew: a person who stands still has one.
    """

    looks: int
    views: int
    span_us: int


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill by its id, 32 hexadecimal digits, and when it was sent, in microseconds since 1970 UTC."""

    id: str
    sent_us: int


@dataclass(frozen=True, slots=True)
class Origin:
    """One face of one frame of one camera; ``look`` is None where it belongs to no track.

    ``drill`` is None of every face that a camera saw; one that has it is drawn, nobody's, and never sighted.
    """

    place: Place
    frame_id: FrameId
    index: int
    journey: Journey
    look: Look | None = None
    drill: Drill | None = None

    @property
    def face_id(self) -> str:
        """Name of the face, the same each time the same frame is seen."""
        return f"{self.place.site}/{self.place.camera}/{self.frame_id}/{self.index}"

    def at(self, **stamps: int) -> "Origin":
        """Return a copy whose journey carries *stamps* (``embedded_us=...``)."""
        return replace(self, journey=replace(self.journey, **stamps))


@dataclass(frozen=True, slots=True)
class Quality:
    """What the detector measured of a face; see events.proto for units."""

    score: float
    face_px: float
    eye_distance_px: float
    sharpness: float
    yaw_degrees: float
    roll_degrees: float
    exposure: float
    least_sharpness: float = 0.0
    pitch_degrees: float = 0.0
    contrast: float = 0.0
    overexposed: float = 0.0
    chroma: float = 0.0
    mouth_pallor: float = 0.0
    eye_shade: float = 0.0
    cut_off: float = 0.0


class EntryState(Enum):
    """Where an entry stands; only ``ACTIVE`` can match."""

    DRAFT = pb.ENTRY_STATE_DRAFT
    PENDING = pb.ENTRY_STATE_PENDING
    ACTIVE = pb.ENTRY_STATE_ACTIVE
    SUSPENDED = pb.ENTRY_STATE_SUSPENDED
    EXPIRED = pb.ENTRY_STATE_EXPIRED
    REVOKED = pb.ENTRY_STATE_REVOKED
    ERASED = pb.ENTRY_STATE_ERASED


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time on the wire must carry its zone")
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Aware UTC time. Raises ValueError beyond what a datetime can hold."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as error:
        raise ValueError(f"{microseconds} us is not a time") from error


def parse(message: M, payload: bytes) -> M:
    """Fill *message* from *payload*. Raises ValueError when the bytes are not such a message."""
    try:
        message.ParseFromString(payload)
    except DecodeError as error:
        raise ValueError(f"not a {message.DESCRIPTOR.name}: {error}") from error
    return message


def whole(number: int, name: str, *, bits: int = 63) -> int:
    """Return *number*; raises ValueError beyond what the record holds, a signed number of *bits* and its sign."""
    if number >> bits not in (0, -1):
        raise ValueError(f"{name} of {number} is more than anybody counts to")
    return number


def counted(number: int, name: str) -> int:
    """Return *number*, which the record holds in 31 bits; raises ValueError when it is zero or more than fits."""
    if not 0 < number < 1 << 31:
        raise ValueError(f"{name} of {number} cannot be")
    return number


def finite(number: float, name: str) -> float:
    """Return *number*; raises ValueError for an infinite one and for what is no number."""
    if not math.isfinite(number):
        raise ValueError(f"{name} of {number} is no measurement")
    return number


def required(text: str, name: str) -> str:
    """Return *text*; raises ValueError when it is empty."""
    if not text:
        raise ValueError(f"{name} is missing")
    return text


def uuid_or_none(text: str) -> UUID | None:
    """Read an id as a record here gives it; None for any other text, as another hospital may name its entries."""
    try:
        return UUID(text)
    except ValueError:
        return None


def model_to(model: Model) -> pb.Model:
    """Write a model."""
    return pb.Model(name=model.name, sha256=bytes.fromhex(model.sha256))


def model_from(message: pb.Model) -> Model:
    """Read a model; raises ValueError when its name or digest is missing."""
    if len(message.sha256) != 32:
        raise ValueError(f"model digest has {len(message.sha256)} bytes, expected 32")
    return Model(required(message.name, "model name"), message.sha256.hex())


def digest_or_none(content: bytes) -> str:
    """A model's digest in hexadecimal; empty where none is said. Raises ValueError for what is none."""
    if content and len(content) != 32:
        raise ValueError(f"model digest has {len(content)} bytes, expected 32")
    return content.hex()


def origin_to(origin: Origin) -> pb.Origin:
    """Write an origin."""
    return pb.Origin(
        site=origin.place.site,
        camera=origin.place.camera,
        frame_id=origin.frame_id,
        index=origin.index,
        journey=journey_to(origin.journey),
        look=None if origin.look is None else look_to(origin.look),
        drill=None if origin.drill is None else drill_to(origin.drill),
    )


def origin_from(message: pb.Origin) -> Origin:
    """Read an origin; raises ValueError when a name in it is not a subject token."""
    return Origin(
        Place(site_id(message.site), camera_id(message.camera)),
        FrameId(required(message.frame_id, "frame_id")),
        whole(message.index, "index", bits=31),
        journey_from(message.journey),
        look_from(message.look) if message.HasField("look") else None,
        drill_from(message.drill) if message.HasField("drill") else None,
    )


def journey_to(journey: Journey) -> pb.Journey:
    """Write a journey."""
    return pb.Journey(
        captured_us=journey.captured_us,
        received_us=journey.received_us,
        detected_us=journey.detected_us,
        embedded_us=journey.embedded_us,
        matched_us=journey.matched_us,
    )


def journey_from(message: pb.Journey) -> Journey:
    """Read a journey."""
    m = message
    return Journey(m.captured_us, m.received_us, m.detected_us, m.embedded_us, m.matched_us)


def drill_to(drill: Drill) -> pb.Drill:
    """Write a drill."""
    return pb.Drill(drill_id=drill.id, sent_us=drill.sent_us)


def drill_from(message: pb.Drill) -> Drill:
    """Read a drill; raises ValueError when it has no id of a drill, or no time."""
    if not DRILL_ID.fullmatch(message.drill_id) or message.sent_us <= 0:
        raise ValueError("a drill has an id of 32 hexadecimal digits and a time")
    return Drill(message.drill_id, message.sent_us)


def look_to(look: Look) -> pb.Look:
    """Write a look."""
    return pb.Look(track_id=look.track_id, number=look.number, track_began_us=look.track_began_us)


def look_from(message: pb.Look) -> Look:
    """Read a look; raises ValueError when it names no track or has no number."""
    if uuid_or_none(message.track_id) is None:
        raise ValueError("the look of a face names no track")
    return Look(message.track_id, counted(message.number, "number of the look"), message.track_began_us)


def walk_to(walk: Walk) -> pb.Walk:
    """Write a walk."""
    return pb.Walk(looks=walk.looks, views=walk.views, span_us=walk.span_us)


def walk_from(message: pb.Walk) -> Walk:
    """Read a walk; raises ValueError for one without a look or a view, and for more than can be."""
    walk = Walk(counted(message.looks, "looks"), counted(message.views, "views"), message.span_us)
    if walk.views > walk.looks or walk.span_us < 0:
        raise ValueError(f"a walk of {walk.looks} looks has no {walk.views} views in {walk.span_us} us")
    return walk


def quality_to(quality: Quality) -> pb.Quality:
    """Write a quality."""
    return pb.Quality(
        score=quality.score,
        face_px=quality.face_px,
        eye_distance_px=quality.eye_distance_px,
        sharpness=quality.sharpness,
        yaw_degrees=quality.yaw_degrees,
        roll_degrees=quality.roll_degrees,
        exposure=quality.exposure,
        least_sharpness=quality.least_sharpness,
        pitch_degrees=quality.pitch_degrees,
        contrast=quality.contrast,
        overexposed=quality.overexposed,
        chroma=quality.chroma,
        mouth_pallor=quality.mouth_pallor,
        eye_shade=quality.eye_shade,
        cut_off=quality.cut_off,
    )


def quality_from(message: pb.Quality) -> Quality:
    """Read a quality; raises ValueError when a measurement is not finite."""
    quality = Quality(
        message.score,
        message.face_px,
        message.eye_distance_px,
        message.sharpness,
        message.yaw_degrees,
        message.roll_degrees,
        message.exposure,
        message.least_sharpness,
        message.pitch_degrees,
        message.contrast,
        message.overexposed,
        message.chroma,
        message.mouth_pallor,
        message.eye_shade,
        message.cut_off,
    )
    for name in Quality.__slots__:
        finite(getattr(quality, name), name)
    return quality


def aligned_to(aligned: Aligned) -> bytes:
    """Write an aligned face; raises ValueError for any other shape or dtype."""
    if aligned.shape != ALIGNED_SHAPE or aligned.dtype != np.uint8:
        raise ValueError(f"aligned face is {aligned.shape} {aligned.dtype}, expected {ALIGNED_SHAPE} uint8")
    return aligned.tobytes()


def aligned_from(content: bytes) -> Aligned:
    """Read an aligned face; raises ValueError for any other size."""
    if len(content) != 112 * 112 * 3:
        raise ValueError(f"aligned face has {len(content)} bytes, expected {112 * 112 * 3}")
    return np.frombuffer(content, np.uint8).reshape(ALIGNED_SHAPE)


def vector_to(vector: Vector) -> bytes:
    """Write a vector as little-endian float32."""
    # Without a copy where it is one already: numpy keeps the memory of small arrays, as they were, for the next ones.
    return np.ascontiguousarray(vector, "<f4").tobytes()


def vector_from(content: bytes) -> Vector:
    """Read a vector; raises ValueError when it is not float32 of unit length."""
    if not content or len(content) % 4:
        raise ValueError(f"vector has {len(content)} bytes, not a number of float32")
    vector = np.frombuffer(content, "<f4")
    if not abs(float(np.linalg.norm(vector)) - 1.0) <= UNIT_TOLERANCE:
        raise ValueError("vector is not of unit length")
    return vector
