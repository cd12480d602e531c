"""How much a camera may send before its frames are dropped unseen, or not even heard. Pure: time is an argument."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto

from proto.wardwatch.v1.subjects import MAX_PAYLOAD_BYTES, Place

_US: float = 1e6


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
    """What it may still send now, and how much was dropped since it last kept to its allowance."""

    frames: float
    bytes: float
    at_us: int
    dropped_frames: int = 0
    dropped_bytes: int = 0


class Paces:
    """Counts what each camera sends; of more than *max_cameras* those that were silent longest are forgotten.

    A camera that pauses may send a second's worth at once afterwards, and one frame of the largest size in any case.
    Whoever had a second's worth dropped as well is a flood.
    """

    def __init__(self, allowance: Allowance, max_cameras: int) -> None:
        self._allowance = allowance
        self._most_bytes = max(allowance.bytes_per_second, float(MAX_PAYLOAD_BYTES))
        self._max_cameras = max_cameras
        self._cameras: OrderedDict[Place, _Camera] = OrderedDict()

    def arrived(self, place: Place, size_bytes: int, now_us: int) -> Pace:
        """Count a frame of *size_bytes* that arrived."""
        camera = self._filled(place, now_us)
        if camera.frames >= 1 and camera.bytes >= size_bytes:
            camera.frames -= 1
            camera.bytes -= size_bytes
            camera.dropped_frames = camera.dropped_bytes = 0
            return Pace.KEPT
        camera.dropped_frames += 1
        camera.dropped_bytes += size_bytes
        if camera.dropped_frames <= self._allowance.frames_per_second and camera.dropped_bytes <= self._most_bytes:
            return Pace.DROPPED
        camera.dropped_frames = camera.dropped_bytes = 0
        return Pace.FLOOD

    def _filled(self, place: Place, now_us: int) -> _Camera:
        allowed = self._allowance
        camera = self._cameras.get(place)
        if camera is None:
            camera = self._cameras[place] = _Camera(allowed.frames_per_second, self._most_bytes, now_us)
            if len(self._cameras) > self._max_cameras:
                self._cameras.popitem(last=False)
        self._cameras.move_to_end(place)
        seconds = max(0.0, (now_us - camera.at_us) / _US)
        camera.frames = min(max(1.0, allowed.frames_per_second), camera.frames + seconds * allowed.frames_per_second)
        camera.bytes = min(self._most_bytes, camera.bytes + seconds * allowed.bytes_per_second)
        camera.at_us = now_us
        return camera
