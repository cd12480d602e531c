"""What is wrong with each camera, and which one lives, for those who look at the page. Pure: time is an argument.

An integrator hears of every refused frame on ``rejected.*``; a guard should hear of a camera that does not see.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.camera_states import MOST_FRAMES, CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.messages import RejectReason
from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.detector.sights import Sights

# A camera is told to be refused when this many of its last eight frames were: whatever its pace, and not for one that
# was damaged on its way.
_LAST: Final = 0xFF
_REFUSED_FROM: Final = 4
# A burst after a line was away is no trouble.
_TOO_FAST_FROM: Final = 10
# So long after the last sign of it. A camera that sends one frame a minute is silent in between.
_REFUSED_LASTS_US: Final = 70_000_000
_TOO_FAST_LASTS_US: Final = 10_000_000
_TOLD_EVERY_SECONDS: Final = 1.0

Publish = Callable[[str, bytes], Awaitable[bool]]


@dataclass(slots=True)
class _Count:
    frames: int = 0
    until_us: int = 0

    def another(self, now_us: int, lasts_us: int) -> None:
        """One frame more of this trouble, which is as long as that from now on."""
        self.frames = min(self.frames + 1, MOST_FRAMES) if now_us < self.until_us else 1
        self.until_us = max(self.until_us, now_us + lasts_us)


@dataclass(slots=True)
class _Camera:
    last: int = 0  # of the last eight frames a bit each, set where it was refused
    kind: TroubleKind = TroubleKind.CORRUPT  # why the last one was
    refused: _Count = field(default_factory=_Count)
    too_fast: _Count = field(default_factory=_Count)


class Troubles:
    """Takes note of the *most* cameras of which something was noted last. Event loop only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._cameras: OrderedDict[Place, _Camera] = OrderedDict()

    def taken(self, place: Place) -> None:
        """A frame of *place* was looked at."""
        if (camera := self._cameras.get(place)) is not None:
            camera.last = camera.last << 1 & _LAST

    def refused(self, place: Place, reason: RejectReason, now_us: int) -> None:
        """A frame of *place* was refused."""
        camera = self._camera(place)
        camera.last = (camera.last << 1 | 1) & _LAST
        camera.kind = TroubleKind.of(reason.value)
        camera.refused.another(now_us, _REFUSED_LASTS_US)

    def too_fast(self, place: Place, now_us: int) -> None:
        """A frame of *place* was dropped for its pace."""
        self._camera(place).too_fast.another(now_us, _TOO_FAST_LASTS_US)

    def muted(self, place: Place, until_us: int) -> None:
        """*place* floods: until then nothing of it is heard."""
        count = self._camera(place).too_fast
        count.frames = max(count.frames, _TOO_FAST_FROM)
        count.until_us = max(count.until_us, until_us + _TOO_FAST_LASTS_US)

    def states(self, now_us: int) -> list[CameraState]:
        """The cameras with which something is wrong at *now_us*."""
        found = [CameraState(place, tuple(_troubles(camera, now_us))) for place, camera in self._cameras.items()]
        return [state for state in found if state.troubles]

    def _camera(self, place: Place) -> _Camera:
        camera = self._cameras.setdefault(place, _Camera())
        self._cameras.move_to_end(place)
        while len(self._cameras) > self._most:
            self._cameras.popitem(last=False)
        return camera


def _troubles(camera: _Camera, now_us: int) -> list[CameraTrouble]:
    found = []
    if now_us < camera.too_fast.until_us and camera.too_fast.frames >= _TOO_FAST_FROM:
        found.append(CameraTrouble(TroubleKind.TOO_FAST, camera.too_fast.frames))
    if now_us < camera.refused.until_us and camera.last.bit_count() >= _REFUSED_FROM:
        found.append(CameraTrouble(camera.kind, camera.refused.frames))
    return found


def camera_states(troubles: Troubles, sights: Sights, now_us: int) -> list[CameraState]:
    """Every camera that has sent lately or with which something is wrong, as it is at *now_us*."""
    wrong = {state.place: state.troubles for state in troubles.states(now_us)}
    heard = sights.told(now_us)
    return [CameraState(place, wrong.get(place, ()), heard.get(place)) for place in {**heard, **wrong}]


async def tell_cameras(
    troubles: Troubles, sights: Sights, publish: Publish, now: Callable[[], datetime], over: asyncio.Event
) -> None:
    """Say again and again how each camera is, until *over*; who hears no more of one knows that it is silent."""
    while not over.is_set():
        beat()
        for state in camera_states(troubles, sights, to_microseconds(now())):
            await publish(subjects.troubles(state.place), state.encode())
        await pause(over, _TOLD_EVERY_SECONDS)
