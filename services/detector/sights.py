"""What is heard of each camera, in counts, sizes and durations: how it is told that a camera lives. Pure.

Nothing of a picture but its size and nothing of a person is in it. Time is an argument.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from proto.wardwatch.v1.camera_states import MOST_FRAMES, CameraSight, CameraTrouble, TroubleKind
from proto.wardwatch.v1.messages import RejectReason
from proto.wardwatch.v1.subjects import Place

# Counted in parts of this length; the present one and the one before it are told.
_PART_US: Final = 10_000_000
# So long after its last frame a camera is told of no more: whoever hears of it no more knows since when.
_TOLD_US: Final = 10_000_000
_MOST_OFFSET_MS: Final = 2**31 - 1


@dataclass(slots=True)
class _Part:
    from_us: int
    frames: int = 0
    searched: int = 0
    refused: Counter[TroubleKind] = field(default_factory=Counter)


@dataclass(slots=True)
class _Camera:
    present: _Part
    before: _Part | None = None
    last_us: int = 0
    width_px: int = 0
    height_px: int = 0
    offset_ms: int = 0
    clock_ignored: bool = False

    def part(self, now_us: int) -> _Part:
        """The part that *now_us* lies in."""
        if not 0 <= now_us - self.present.from_us < _PART_US:
            follows = 0 <= now_us - self.present.from_us < 2 * _PART_US
            self.before = self.present if follows else None
            self.present = _Part(now_us)
        return self.present


class Sights:
    """Takes note of the *most* cameras that sent last. Event loop only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._cameras: OrderedDict[Place, _Camera] = OrderedDict()

    def came(self, place: Place, now_us: int, offset: timedelta | None = None, *, clock_ignored: bool = False) -> None:
        """A frame of *place* arrived; *offset* is the time that it says less ours, None when it says none."""
        camera = self._cameras.setdefault(place, _Camera(_Part(now_us)))
        self._cameras.move_to_end(place)
        while len(self._cameras) > self._most:
            self._cameras.popitem(last=False)
        camera.part(now_us).frames += 1
        camera.last_us = now_us
        camera.clock_ignored = clock_ignored
        offset_ms = 0 if offset is None else offset // timedelta(milliseconds=1)
        camera.offset_ms = max(-_MOST_OFFSET_MS, min(offset_ms, _MOST_OFFSET_MS))

    def searched(self, place: Place, now_us: int, width_px: int, height_px: int) -> None:
        """A frame of *place* was searched for faces."""
        if (camera := self._cameras.get(place)) is not None:
            camera.part(now_us).searched += 1
            camera.width_px, camera.height_px = width_px, height_px

    def refused(self, place: Place, reason: RejectReason, now_us: int) -> None:
        """A frame of *place* was refused."""
        if (camera := self._cameras.get(place)) is not None:
            camera.part(now_us).refused[TroubleKind.of(reason.value)] += 1

    def told(self, now_us: int) -> dict[Place, CameraSight]:
        """What was heard of the cameras that have sent lately."""
        living = {place: camera for place, camera in self._cameras.items() if now_us - camera.last_us < _TOLD_US}
        return {place: _sight(camera, now_us) for place, camera in living.items()}


def stated_offset(stated: str, arrived: datetime) -> timedelta | None:
    """The time in a Captured-At header less *arrived*; None for what is no time."""
    try:
        captured = datetime.fromisoformat(stated)
        return None if captured.tzinfo is None else captured - arrived
    except (ValueError, OverflowError):
        return None


def _sight(camera: _Camera, now_us: int) -> CameraSight:
    camera.part(now_us)
    parts = [part for part in (camera.before, camera.present) if part is not None]
    refused = sum((part.refused for part in parts), Counter[TroubleKind]())
    frames = sum(part.frames for part in parts)
    return CameraSight(
        silent_ms=max(0, now_us - camera.last_us) // 1000,
        within_ms=max(1, now_us - parts[0].from_us) // 1000,
        frames=frames,
        # One that came at the end of the part before that may be searched in this one.
        searched=min(frames, sum(part.searched for part in parts)),
        width_px=camera.width_px,
        height_px=camera.height_px,
        clock_offset_ms=camera.offset_ms,
        clock_ignored=camera.clock_ignored,
        refused=tuple(
            CameraTrouble(kind, min(count, MOST_FRAMES)) for kind, count in sorted(refused.items(), key=_by_code)
        ),
    )


def _by_code(counted: tuple[TroubleKind, int]) -> str:
    return counted[0].code
