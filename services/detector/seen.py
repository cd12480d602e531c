"""What is told of the faces of a picture."""

from dataclasses import dataclass

from proto.wardwatch.v1.values import Aligned, Origin, Quality


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """A face of a picture: measured, aligned, and as a guard may see it."""

    quality: Quality
    aligned: Aligned
    picture: bytes  # JPEG


@dataclass(frozen=True, slots=True, eq=False)
class TakenLook:
    """A look of a track, and where it is from: this frame, or one less than a second before it."""

    face: SeenFace
    origin: Origin


@dataclass(frozen=True, slots=True)
class EndedTrack:
    """All that is left of a track when it ends."""

    lived_us: int
    faces: int
    looks: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the faces and tracks of a camera, in numbers."""

    found: int = 0  # faces that were clear and large enough
    followed: int = 0  # those of them of which nothing more was made
    begun: int = 0
    ended: tuple[EndedTrack, ...] = ()
