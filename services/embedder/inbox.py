"""Where faces wait between the bus, which must not be held up, and the network."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from proto.wardwatch.v1.messages import FaceDetected
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.bus import Delivery
from services.chassis.fair import FairLine
from services.chassis.telemetry import Meters


class Inbox:
    """Queues the freshest faces of each camera, unread, and counts those that are dropped."""

    def __init__(self, *, max_waiting: int, max_age_us: int, meters: Meters, now: Callable[[], datetime]) -> None:
        self._max_age_us = max_age_us
        self._waiting: FairLine[str, Delivery] = FairLine(max_waiting=max_waiting, max_age=max_age_us)
        self._meters = meters
        self._now = now
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()

    def offer(self, delivery: Delivery) -> None:
        """Take a face off the bus; returns at once."""
        self._meters.count("wardwatch_faces_received_total")
        camera = delivery.subject.split(".", 2)[-1]
        if not self._waiting.offer(camera, delivery, to_microseconds(self._now())):
            self._meters.count("wardwatch_faces_shed_total", reason="crowded_out")
        self._idle.clear()
        self._arrived.set()

    async def next(self, most: int) -> tuple[FaceDetected, ...]:
        """Wait for faces and return what has gathered, at most *most*, the cameras in turn."""
        while True:
            taken = self._waiting.take(most, to_microseconds(self._now()))
            if taken.stale:
                self._meters.count("wardwatch_faces_shed_total", taken.stale, reason="stale")
            if faces := self._read(taken.items):
                return faces
            if taken.items:
                continue

            self._idle.set()
            self._arrived.clear()
            await self._arrived.wait()

    async def worked_off(self) -> None:
        """Return when nothing waits and nothing is in hand, or when what waits has become too old."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._max_age_us / 1e6):
                await self._idle.wait()

    def _read(self, deliveries: tuple[Delivery, ...]) -> tuple[FaceDetected, ...]:
        faces: list[FaceDetected] = []
        for delivery in deliveries:
            try:
                faces.append(FaceDetected.decode(delivery.payload))
            except ValueError:
                self._meters.count("wardwatch_messages_unreadable_total", subject="faces")
        return tuple(faces)
