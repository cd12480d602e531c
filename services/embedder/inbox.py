"""Where faces wait between the bus, which must not be held up, and the network."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from proto.wardwatch.v1.messages import FaceDetected
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from services.embedder.core import Waiting


class Inbox:
    """Queues the freshest faces and counts those that are dropped."""

    def __init__(self, *, max_waiting: int, max_age_us: int, meters: Meters, now: Callable[[], datetime]) -> None:
        self._waiting: Waiting[FaceDetected] = Waiting(max_waiting=max_waiting, max_age_us=max_age_us)
        self._meters = meters
        self._now = now
        self._arrived = asyncio.Event()

    def offer(self, delivery: Delivery) -> None:
        """Take a face off the bus; returns at once."""
        try:
            face = FaceDetected.decode(delivery.payload)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="faces")
            return

        self._meters.count("wardwatch_faces_received_total")
        if not self._waiting.offer(face, to_microseconds(self._now())):
            self._meters.count("wardwatch_faces_shed_total", reason="crowded_out")
        self._arrived.set()

    async def next(self, most: int) -> tuple[FaceDetected, ...]:
        """Wait for faces and return what has gathered, at most *most*."""
        while True:
            taken = self._waiting.take(most, to_microseconds(self._now()))
            if taken.stale:
                self._meters.count("wardwatch_faces_shed_total", taken.stale, reason="stale")
            if taken.faces:
                return taken.faces

            self._arrived.clear()
            await self._arrived.wait()
