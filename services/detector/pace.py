"""How much a camera may send before its frames are dropped unseen, or not even heard. Pure: time is an argument."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from proto.wardwatch.v1.subjects import MAX_PAYLOAD_BYTES, Place

_US: Final = 1e6
_SUSPECT_US: Final = 120_000_000


class Pace(Enum):
    """What becomes of a frame that arrives."""

    KEPT = auto()
    DROPPED = auto()  # its camera sends more than it may
    FLOOD = auto()  # the same, and so much more that even dropping is dear


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one camera may send in a second, in the long run."""

    frames_per_second: float
    bytes_per_second: float


@dataclass(slots=True)
class _Camera:
    """What it may still send now, and how much of what was dropped is not made up for by waiting."""

    frames: float
    bytes: float
    at_us: int
    excess_frames: float = 0
    excess_bytes: float = 0
    suspect_until_us: int = 0


class Paces:
    """Counts what each camera sends; of more than *max_cameras* those that were silent longest are forgotten.

    A camera that pauses may send a second's worth at once afterwards, and one frame of the largest size in any case.
    Whoever goes on with twice as much as it may is a flood, and then for two minutes whoever sends more than it may.
    """

    def __init__(self, allowance: Allowance, max_cameras: int) -> None:
        self._allowance = allowance
        self._most_frames = max(allowance.frames_per_second, 1.0)
        self._most_bytes = max(allowance.bytes_per_second, float(MAX_PAYLOAD_BYTES))
        self._max_cameras = max_cameras
        self._cameras: OrderedDict[Place, _Camera] = OrderedDict()

    def arrived(self, place: Place, size_bytes: int, now_us: int) -> Pace:
        """Count a frame of *size_bytes* that arrived."""
        camera = self._up_to(place, now_us)
        if camera.frames >= 1 and camera.bytes >= size_bytes:
            camera.frames -= 1
            camera.bytes -= size_bytes
            return Pace.KEPT
        camera.excess_frames += 1
        camera.excess_bytes += size_bytes
        within = 2 * camera.excess_frames <= self._most_frames and 2 * camera.excess_bytes <= self._most_bytes
        if within and now_us >= camera.suspect_until_us:
            return Pace.DROPPED
        camera.excess_frames = camera.excess_bytes = 0
        camera.suspect_until_us = now_us + _SUSPECT_US
        return Pace.FLOOD

    def _up_to(self, place: Place, now_us: int) -> _Camera:
        """The camera's account, with what the time since its last frame is worth."""
        camera = self._cameras.get(place)
        if camera is None:
            camera = self._cameras[place] = _Camera(self._most_frames, self._most_bytes, now_us)
            if len(self._cameras) > self._max_cameras:
                self._cameras.popitem(last=False)
        self._cameras.move_to_end(place)
        seconds = max(0.0, (now_us - camera.at_us) / _US)
        frames, size = seconds * self._allowance.frames_per_second, seconds * self._allowance.bytes_per_second
        camera.frames = min(self._most_frames, camera.frames + frames)
        camera.bytes = min(self._most_bytes, camera.bytes + size)
        camera.excess_frames = max(0.0, camera.excess_frames - frames)
        camera.excess_bytes = max(0.0, camera.excess_bytes - size)
        camera.at_us = now_us
        return camera
