"""The freshest frame of each camera, and the order in which cameras are served. Pure: time is an argument."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeVar

from proto.wardwatch.v1.subjects import Place

F = TypeVar("F")


class Offered(Enum):
    """What became of an offered frame."""

    WAITS = auto()  # the camera's slot was free
    REPLACED = auto()  # it took the place of an older frame of its camera, which is gone
    CROWDED_OUT = auto()  # too many cameras wait already


@dataclass(frozen=True, slots=True)
class Taken(Generic[F]):
    """The frame to look at next, if any, and the cameras whose frames were too old."""

    frame: F | None
    stale: tuple[Place, ...]


class Freshest(Generic[F]):
    """One slot per camera. A new frame replaces the waiting one and keeps its turn, so no camera can starve another.

    Whoever is served goes to the end of the line with its next frame: that is round robin. Times are microseconds.
    """

    def __init__(self, *, max_cameras: int, max_age_us: int) -> None:
        self._max_cameras = max_cameras
        self._max_age_us = max_age_us
        self._slots: OrderedDict[Place, tuple[int, F]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._slots)

    def offer(self, place: Place, frame: F, now_us: int) -> Offered:
        """Put *frame* into its camera's slot."""
        if place in self._slots:
            self._slots[place] = (now_us, frame)
            return Offered.REPLACED
        if len(self._slots) >= self._max_cameras:
            return Offered.CROWDED_OUT

        self._slots[place] = (now_us, frame)
        return Offered.WAITS

    def take(self, now_us: int) -> Taken[F]:
        """Remove and return the frame of the camera that has waited longest; frames past their age are given up."""
        stale: list[Place] = []
        while self._slots:
            place, (arrived_us, frame) = self._slots.popitem(last=False)
            if now_us - arrived_us <= self._max_age_us:
                return Taken(frame, tuple(stale))
            stale.append(place)

        return Taken(None, tuple(stale))
