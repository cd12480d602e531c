"""Where faces wait between the bus, which must not be held up, and the network."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import Stage
from proto.wardwatch.v1.messages import FaceDetected
from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.bus import Delivery
from services.chassis.fair import FairLine
from services.chassis.labels import CameraLabels
from services.chassis.telemetry import Meters

# A line of so many is drilled within the age at which a face is given up.
_MOST_DRILLS: Final = 64


class Inbox:
    """Queues the freshest faces of each camera, unread, and counts those that are dropped.

    First looks go before later ones and make room last: a track that was never looked at may be of anybody, of any
    other something is known already.
    """

    def __init__(
        self, *, max_waiting: int, max_age_us: int, max_cameras: int, meters: Meters, now: Callable[[], datetime]
    ) -> None:
        self._max_waiting = max_waiting
        self._max_age_us = max_age_us
        self._first: FairLine[Place, Delivery] = FairLine(max_waiting=max_waiting, max_age=max_age_us)
        self._later: FairLine[Place, Delivery] = FairLine(max_waiting=max_waiting, max_age=max_age_us)
        self._drills: FairLine[Place, Delivery] = FairLine(max_waiting=_MOST_DRILLS, max_age=max_age_us)
        self._labels = CameraLabels(max_cameras)
        self._meters = meters
        self._now = now
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()

    def offer(self, delivery: Delivery) -> None:
        """Take a face off the bus; returns at once."""
        is_drill = subjects.HEADER_DRILL in delivery.headers
        if not is_drill:
            self._meters.count("wardwatch_faces_received_total")
        try:
            place = subjects.place_of(delivery.subject)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="faces")
            return
        if is_drill:
            self._offer_drill(place, delivery)
            return
        line = self._later if _is_later_look(delivery) else self._first
        crowded_out = line.offer(place, delivery, to_microseconds(self._now()))
        if crowded_out is None and len(self._first) + len(self._later) > self._max_waiting:
            crowded_out = self._later.give_up()
        if crowded_out is not None:
            self.shed(crowded_out, "crowded_out")
        self._idle.clear()
        self._arrived.set()

    async def next(self, most: int) -> tuple[FaceDetected, ...]:
        """Wait for faces and return what has gathered, at most *most*: first looks first, the cameras in turn."""
        while True:
            now_us = to_microseconds(self._now())
            drill = self._drills.take(1, now_us)
            first = self._first.take(most - len(drill.items), now_us)
            later = self._later.take(most - len(drill.items) - len(first.items), now_us)
            for place in (*first.stale, *later.stale):
                self.shed(place, "stale")
            for _ in drill.stale:
                self._shed_drill("stale")
            items = (*drill.items, *first.items, *later.items)
            if faces := self._read(items):
                return faces
            if items:
                continue

            self._idle.set()
            self._arrived.clear()
            await self._arrived.wait()

    async def worked_off(self) -> None:
        """Return when nothing waits and nothing is in hand, or when what waits has become too old."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._max_age_us / 1e6):
                await self._idle.wait()

    def give_up(self, face: FaceDetected, reason: str) -> None:
        """Count a face that was taken out and not embedded."""
        if face.origin.drill is None:
            self.shed(face.origin.place, reason)
        else:
            self._shed_drill(reason)

    def shed(self, place: Place, reason: str) -> None:
        """Count a face of *place* that is given up for *reason*."""
        self._meters.count("wardwatch_faces_shed_total", reason=reason, camera=self._labels.of(place))

    def _offer_drill(self, place: Place, delivery: Delivery) -> None:
        if self._drills.offer(place, delivery, to_microseconds(self._now())) is not None:
            self._shed_drill("crowded_out")
        self._idle.clear()
        self._arrived.set()

    def _shed_drill(self, reason: str) -> None:
        self._meters.count("wardwatch_drills_total", stage=Stage.EMBEDDED.code, outcome=reason)

    def _read(self, deliveries: tuple[Delivery, ...]) -> tuple[FaceDetected, ...]:
        faces: list[FaceDetected] = []
        for delivery in deliveries:
            try:
                faces.append(FaceDetected.decode(delivery.payload))
            except ValueError:
                self._meters.count("wardwatch_messages_unreadable_total", subject="faces")
        return tuple(faces)


def _is_later_look(delivery: Delivery) -> bool:
    """As the detector says beside the message: what is not embedded need not be opened. Without a word it is first."""
    return delivery.headers.get(subjects.HEADER_LOOK, "1") != "1"
