"""What is done about cameras that send more than they may: a flood is kept off, and the camera is told."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FrameRejected, Hint
from proto.wardwatch.v1.subjects import FrameId, Place
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.telemetry import Meters
from services.detector.pace import Allowance, Pace
from services.detector.reminders import Reminders
from services.detector.troubles import Troubles

log = structlog.get_logger(__name__)

# A flood is tried anew after the first time, and when it goes on after twice that, up to the last: each try costs this
# process some tenths of a second.
_MUTED_FIRST_SECONDS: Final = 5.0
_MUTED_LAST_SECONDS: Final = 60.0
# Has the broker keep a subject's messages to itself for so many seconds.
Mute = Callable[[str, float], None]
Publish = Callable[[str, bytes], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class _Muted:
    seconds: float
    until_us: int


class Floods:
    """Takes note of what is dropped for a camera's pace; at most *max_cameras* wait to be told."""

    def __init__(
        self,
        allowance: Allowance,
        meters: Meters,
        now: Callable[[], datetime],
        max_cameras: int,
        troubles: Troubles | None = None,
    ) -> None:
        self._allowance = allowance
        self._troubles = troubles or Troubles(max_cameras)
        self._meters = meters
        self._now = now
        self._max_cameras = max_cameras
        self._told = Reminders(max_cameras)
        self._muted: OrderedDict[Place, _Muted] = OrderedDict()
        self._waiting: dict[Place, Pace] = {}
        self._noted = asyncio.Event()

    def note(self, place: Place, pace: Pace, label: str) -> None:
        """A frame of *place* was dropped for its pace; *label* is the camera's in metrics. Returns at once."""
        self._meters.count("wardwatch_frames_over_pace_total", camera=label)
        self._troubles.too_fast(place, to_microseconds(self._now()))
        if pace is Pace.FLOOD and self._waiting.get(place) is not Pace.FLOOD:
            self._meters.count("wardwatch_camera_muted_total", camera=label)
        if self._waiting.get(place) is not Pace.FLOOD and len(self._waiting) < self._max_cameras:
            self._waiting[place] = pace
            self._noted.set()

    async def run(self, mute: Mute, publish: Publish, over: asyncio.Event) -> None:
        """Mute floods and tell cameras. To end it, set *over* and cancel it."""
        while not over.is_set():
            await self._noted.wait()
            self._noted.clear()
            waiting, self._waiting = self._waiting, {}
            for place, pace in waiting.items():
                if pace is Pace.FLOOD:
                    mute(subjects.shared_frames(place), self._seconds(place))
                if self._told.due(place, to_microseconds(self._now())):
                    await self._tell(place, publish)

    def _seconds(self, place: Place) -> float:
        """For how long *place* is muted now."""
        now_us = to_microseconds(self._now())
        last = self._muted.pop(place, None)
        goes_on = last is not None and now_us < last.until_us + _MUTED_LAST_SECONDS * 1e6
        seconds = min(2 * last.seconds, _MUTED_LAST_SECONDS) if last and goes_on else _MUTED_FIRST_SECONDS
        self._muted[place] = _Muted(seconds, now_us + round(seconds * 1e6))
        self._troubles.muted(place, self._muted[place].until_us)
        while len(self._muted) > self._max_cameras:
            self._muted.popitem(last=False)
        return seconds

    async def _tell(self, place: Place, publish: Publish) -> None:
        self._meters.count("wardwatch_camera_hints_total", reason=Hint.TOO_FAST.value)
        log.warning("a camera has a hint", camera_id=f"{place.site}.{place.camera}", reason=Hint.TOO_FAST.value)
        allowed = self._allowance
        text = (
            f"This camera sends more than {allowed.frames_per_second:g} frames or "
            f"{allowed.bytes_per_second / 1024**2:g} MiB a second; what is beyond is dropped unseen, and of a flood "
            f"everything for up to a minute. A dozen frames a second are plenty."
        )
        await publish(subjects.rejected(place), FrameRejected(place, Hint.TOO_FAST, text, FrameId("")).encode())
