"""Where frames wait between the bus, which must not be held up, and the one worker that looks at them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import assert_never

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.bus import Delivery
from services.chassis.labels import CameraLabels
from services.chassis.telemetry import Meters
from services.detector import intake
from services.detector.floods import Floods
from services.detector.freshest import Freshest, Offered
from services.detector.intake import Clock, Frame
from services.detector.pace import Pace, Paces
from services.detector.sights import Sights, stated_offset


class Inbox:
    """Keeps the freshest frame of each camera and counts those that are dropped."""

    def __init__(
        self,
        *,
        max_cameras: int,
        max_age_us: int,
        clock: Clock,
        paces: Paces,
        floods: Floods,
        meters: Meters,
        now: Callable[[], datetime],
        sights: Sights | None = None,
    ) -> None:
        self._slots: Freshest[Frame] = Freshest(max_cameras=max_cameras, max_age_us=max_age_us)
        self._labels = CameraLabels(max_cameras)
        self._clock = clock
        self._paces = paces
        self._floods = floods
        self._meters = meters
        self._now = now
        self._sights = sights or Sights(max_cameras)
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._max_age_seconds = max_age_us / 1e6

    def admit(self, delivery: Delivery) -> bool:
        """Whether its camera may send this frame too; returns at once, before anything of it is looked at."""
        try:
            place = subjects.place_of(delivery.subject)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="frames")
            return False
        pace = self._paces.arrived(place, len(delivery.payload), to_microseconds(self._now()))
        if pace is not Pace.KEPT:
            self._floods.note(place, pace, self.label(place))
        return pace is Pace.KEPT

    def offer(self, delivery: Delivery) -> None:
        """Take a frame off the bus that was admitted; returns at once."""
        place = subjects.place_of(delivery.subject)
        arrived = self._now()
        received = intake.receive(place, delivery.payload, delivery.headers, arrived, self._clock)
        frame = received.frame
        stated = delivery.headers.get(subjects.HEADER_CAPTURED_AT)
        offset = None if stated is None else stated_offset(stated, arrived)
        self._sights.came(place, frame.journey.received_us, offset, clock_ignored=received.clock_ignored)
        self._meters.count("wardwatch_frames_received_total", camera=self.label(place))
        if received.clock_ignored:
            self._meters.count("wardwatch_frames_clock_ignored_total")
        if received.rotation_ignored:
            self._meters.count("wardwatch_frames_rotation_ignored_total")
        match self._slots.offer(frame.place, frame, frame.journey.received_us):
            case Offered.WAITS:
                self._idle.clear()
                self._arrived.set()
            case Offered.REPLACED:
                self.shed(place, "replaced")
            case Offered.CROWDED_OUT:
                self.shed(place, "too_many_cameras")
            case never:
                assert_never(never)

    async def next(self) -> Frame:
        """Wait for and return the frame to look at."""
        while True:
            taken = self._slots.take(to_microseconds(self._now()))
            for place in taken.stale:
                self.shed(place, "stale")
            if taken.frame is not None:
                return taken.frame

            self._idle.set()
            self._arrived.clear()
            await self._arrived.wait()

    async def worked_off(self) -> None:
        """Return when no frame waits and none is in hand, or when what waits has become too old."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._max_age_seconds):
                await self._idle.wait()

    def shed(self, place: Place, reason: str) -> None:
        """Count a frame of *place* that is given up for *reason*."""
        self._meters.count("wardwatch_frames_shed_total", reason=reason, camera=self.label(place))

    def label(self, place: Place) -> str:
        """The camera as a metric label."""
        return self._labels.of(place)
