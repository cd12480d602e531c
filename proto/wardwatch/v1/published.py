"""How a publisher of many cameras says that each of them is: JSON on its page ``/cameras``, for whoever runs it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Phase(StrEnum):
    """What becomes of a camera's pictures."""

    SENDING = "sending"
    WAITING = "waiting"  # for the source, or for the broker to take the credential
    ENDED = "ended"  # the film or folder is over
    FAULTY = "faulty"  # its row in the file cannot be used


class PublishedCamera(BaseModel):
    """One camera. ``source``: scheme and host alone; ``trouble``: why no pictures go out, in words."""

    model_config = ConfigDict(frozen=True)

    camera: str  # <site>.<camera>
    phase: Phase
    source: str = ""
    trouble: str = ""
    frames_per_second: float = 0.0  # that are wanted
    sent: int = 0  # since it was connected last
    given_up: int = 0
    width_px: int = 0
    height_px: int = 0
    refused: dict[str, int] = Field(default_factory=dict)  # by reason, by detectors
    least_face_px: int = 0  # from which width on faces are found; 0 until a detector has said it


PUBLISHED = TypeAdapter(list[PublishedCamera])
