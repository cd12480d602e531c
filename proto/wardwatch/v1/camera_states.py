"""How a camera is and what is wrong with it, in codes and counts: what passes the boundary (docs/adr/0077, 0085).

Encoding and errors are as in ``messages.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Self

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import counted, parse, required


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
class CameraSight:
    """What a detector has heard of a camera within the last ``within_ms``.

    ``width_px`` and ``height_px`` are those of the last picture that was searched, 0 when none was; ``clock_offset_ms``
    is the time that the last frame says less the detector's, 0 when it says none.
    """

    silent_ms: int
    within_ms: int
    frames: int
    searched: int
    width_px: int = 0
    height_px: int = 0
    clock_offset_ms: int = 0
    clock_ignored: bool = False
    refused: tuple[CameraTrouble, ...] = ()

    @property
    def frames_per_second(self) -> float:
        """How fast it sends."""
        return self.frames * 1000 / self.within_ms if self.within_ms else 0.0

    def written(self) -> pb.CameraSight:
        """As the part of a message that it is."""
        return pb.CameraSight(
            silent_ms=self.silent_ms,
            within_ms=self.within_ms,
            frames=self.frames,
            searched=self.searched,
            width_px=self.width_px,
            height_px=self.height_px,
            clock_offset_ms=self.clock_offset_ms,
            clock_ignored=self.clock_ignored,
            refused=_troubles_to(self.refused),
        )

    @classmethod
    def read(cls, m: pb.CameraSight) -> Self:
        """From the part of a message. Raises ValueError for figures that cannot be."""
        figures = (m.silent_ms, m.within_ms, m.frames, m.searched, m.width_px, m.height_px)
        if any(figure >= 1 << 31 for figure in figures) or m.searched > m.frames:
            raise ValueError("a camera's figures cannot be")
        return cls(*figures, m.clock_offset_ms, m.clock_ignored, _troubles_from(m.refused))


@dataclass(frozen=True, slots=True)
class CameraState:
    """A camera, what is wrong with it, each kind once, and what was heard of it, None where no frame came lately."""

    place: Place
    troubles: tuple[CameraTrouble, ...]
    sight: CameraSight | None = None

    def encode(self) -> bytes:
        return pb.CameraState(
            site=self.place.site,
            camera=self.place.camera,
            troubles=_troubles_to(self.troubles),
            sight=None if self.sight is None else self.sight.written(),
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.CameraState(), payload)
        sight = CameraSight.read(m.sight) if m.HasField("sight") else None
        return cls(Place(site_id(m.site), camera_id(m.camera)), _troubles_from(m.troubles), sight)


@dataclass(frozen=True, slots=True)
class CameraExpected:
    """Whether a camera is missed when it is silent, and the account that says so."""

    place: Place
    expected: bool
    account: str

    def encode(self) -> bytes:
        return pb.CameraExpected(
            site=self.place.site, camera=self.place.camera, expected=self.expected, account=self.account
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.CameraExpected(), payload)
        return cls(Place(site_id(m.site), camera_id(m.camera)), m.expected, required(m.account, "account"))


def _troubles_to(troubles: Iterable[CameraTrouble]) -> list[pb.CameraTrouble]:
    return [pb.CameraTrouble(kind=each.kind.value, frames=each.frames) for each in troubles]


def _troubles_from(written: Sequence[pb.CameraTrouble]) -> tuple[CameraTrouble, ...]:
    if len(written) > len(TroubleKind):
        raise ValueError(f"{len(written)} things cannot be wrong with a camera")
    troubles = tuple(CameraTrouble(TroubleKind(each.kind), counted(each.frames, "frames")) for each in written)
    if len({each.kind for each in troubles}) < len(troubles):
        raise ValueError("a camera's state says one thing twice")
    return troubles
