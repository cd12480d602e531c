"""What a live source is waited for, for how long, and when that was long enough. Pure."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a live source may take: to answer, to give its first picture, and to be silent after that."""

    connect_seconds: float
    first_picture_seconds: float
    silence_seconds: float


class Missing(StrEnum):
    """What has not come yet."""

    ANSWER = "an answer"
    VIDEO = "video"
    KEY_FRAME = "a key frame"
    PICTURE = "a key frame with its parameter sets (SPS and PPS)"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source has come, in seconds of one clock; None for what has not happened."""

    began: float
    connected: float | None = None
    last_packet: float | None = None
    key_frames: int = 0
    last_picture: float | None = None

    @property
    def missing(self) -> Missing:
        """What the next picture waits for."""
        if self.connected is None:
            return Missing.ANSWER
        if self.last_packet is None:
            return Missing.VIDEO
        return Missing.PICTURE if self.key_frames else Missing.KEY_FRAME


def wait_text(progress: Progress, now: float) -> str:
    """What is waited for before the first picture, for a person."""
    if progress.connected is None:
        return f"connecting for {now - progress.began:.0f} s"
    return f"connected; waiting for {progress.missing} for {now - progress.connected:.0f} s"


def overdue(progress: Progress, limits: Limits, now: float) -> str:
    """Why to wait no longer, to follow the name of the source; empty while there is hope."""
    if progress.connected is None:
        return f"gave no answer for {limits.connect_seconds:g} s" * (now - progress.began > limits.connect_seconds)
    if progress.last_picture is None:
        reason = (
            f"is connected, but gave no picture for {limits.first_picture_seconds:g} s: it lacks {progress.missing}"
        )
        return reason * (now - progress.connected > limits.first_picture_seconds)
    if now - (progress.last_packet or now) > limits.silence_seconds:
        return f"gave no video for {limits.silence_seconds:g} s"
    # After stale pictures were given up, or damage, the next key frame may be as far away as the first one was.
    longest = max(limits.first_picture_seconds, limits.silence_seconds)
    return f"gave no picture that can be decoded for {longest:g} s" * (now - progress.last_picture > longest)
