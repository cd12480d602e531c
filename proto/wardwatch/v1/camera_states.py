"""What is wrong with a camera, in codes and counts: all that passes the boundary beside a sighting (docs/adr/0077).

Encoding and errors are as in ``messages.py``.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Self

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import counted, parse


class TroubleKind(Enum):
    """What is wrong. ``code`` is that of a Hint or a RejectReason, for people to look up."""

    TOO_FAST = pb.CAMERA_TROUBLE_KIND_TOO_FAST
    EMPTY = pb.CAMERA_TROUBLE_KIND_EMPTY
    NOT_JPEG = pb.CAMERA_TROUBLE_KIND_NOT_JPEG
    TOO_MANY_BYTES = pb.CAMERA_TROUBLE_KIND_TOO_MANY_BYTES
    TOO_MANY_PIXELS = pb.CAMERA_TROUBLE_KIND_TOO_MANY_PIXELS
    TOO_SMALL = pb.CAMERA_TROUBLE_KIND_TOO_SMALL
    TRUNCATED = pb.CAMERA_TROUBLE_KIND_TRUNCATED
    CORRUPT = pb.CAMERA_TROUBLE_KIND_CORRUPT
    UNSUPPORTED = pb.CAMERA_TROUBLE_KIND_UNSUPPORTED

    @property
    def code(self) -> str:
        """The word for it in the protocol of cameras."""
        return self.name.lower()

    @classmethod
    def of(cls, code: str) -> Self:
        """The kind whose word is *code*. Raises ValueError."""
        try:
            return cls[code.upper()]
        except KeyError as error:
            raise ValueError(f"{code!r} is nothing that is told of a camera") from error


MOST_FRAMES: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class CameraTrouble:
    """One thing that is wrong, and how many frames were dropped or refused for it since it began, at most 2^31 - 1."""

    kind: TroubleKind
    frames: int


@dataclass(frozen=True, slots=True)
class CameraState:
    """A camera and what is wrong with it, each kind once."""

    place: Place
    troubles: tuple[CameraTrouble, ...]

    def encode(self) -> bytes:
        troubles = [pb.CameraTrouble(kind=each.kind.value, frames=each.frames) for each in self.troubles]
        return pb.CameraState(site=self.place.site, camera=self.place.camera, troubles=troubles).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.CameraState(), payload)
        if len(m.troubles) > len(TroubleKind):
            raise ValueError(f"{len(m.troubles)} things cannot be wrong with a camera")
        troubles = tuple(CameraTrouble(TroubleKind(each.kind), counted(each.frames, "frames")) for each in m.troubles)
        if len({each.kind for each in troubles}) < len(troubles):
            raise ValueError("a camera's state says one thing twice")
        return cls(Place(site_id(m.site), camera_id(m.camera)), troubles)
