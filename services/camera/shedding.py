"""What a reader that has fallen behind gives up, so that what it sends is fresh. Pure."""

from enum import Enum, auto
from typing import Final

MOST_WAITING_BYTES: Final = 64 * 1024 * 1024


class Step(Enum):
    """What to do with the packets that wait to be decoded."""

    DECODE = auto()  # the first, whole
    DECODE_REFERENCES = auto()  # the first, unless no other picture needs it
    JUMP = auto()  # give up all before the newest key frame
    DROP = auto()  # give up all, and wait for a key frame


def next_step(late_seconds: float, gain_seconds: float, most_late_seconds: float, *, key_waits: bool) -> Step:
    """Decide by how late the first packet is and how much fresher the newest one that waits.

    What is late but has nothing fresher behind it is decoded: giving it up would gain nothing. ``key_waits``: whether
    a key frame waits behind the first packet.
    """
    if late_seconds > most_late_seconds and key_waits:
        return Step.JUMP
    if late_seconds > most_late_seconds and gain_seconds > 2 * most_late_seconds:
        return Step.DROP
    if late_seconds > most_late_seconds / 2 and gain_seconds > most_late_seconds / 2:
        return Step.DECODE_REFERENCES
    return Step.DECODE


def is_stale(late_seconds: float, gain_seconds: float, most_late_seconds: float, *, since_last_seconds: float) -> bool:
    """Whether a decoded picture is not worth converting and sending: late, and fresher ones are at hand.

    ``since_last_seconds``: since the last picture that was sent. A machine that never reaches the fresh ones still
    sends a late one now and then: better than none.
    """
    late = late_seconds > most_late_seconds and gain_seconds > most_late_seconds / 2
    return late and since_last_seconds < most_late_seconds
