"""Sightings decided but not yet stored: kept in bounded memory and retried until a stream has acknowledged them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import PersonSighted
from services.chassis.errors import NotStored
from services.chassis.owed import pause
from services.chassis.tasks import LongRunning
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)


class PublishOwed(Protocol):
    """Returns once stored; raises NotStored when that is not certain."""

    async def __call__(self, subject: str, payload: bytes, *, message_id: str) -> object: ...


class WaitingSightings:
    """At most ``limit`` sightings wait; beyond that the oldest is lost, counted and complained about.

    ``senders`` publish side by side, ``retry_seconds`` lie between two tries of one, and at the end what waits is
    tried for ``grace_seconds`` more.
    """

    def __init__(
        self,
        publish: PublishOwed,
        meters: Meters,
        *,
        limit: int,
        senders: int = 4,
        retry_seconds: float = 0.5,
        grace_seconds: float = 5.0,
    ) -> None:
        self._publish = publish
        self._meters = meters
        self._limit = limit
        self._senders = senders
        self._retry_seconds = retry_seconds
        self._grace_seconds = grace_seconds
        self._waiting: deque[PersonSighted] = deque()
        self._in_hand = 0
        self._changed = asyncio.Condition()
        self._filled = asyncio.Event()
        self._over = asyncio.Event()

    def offer(self, sighting: PersonSighted) -> None:
        """Take a sighting over; from here on it is owed."""
        if len(self._waiting) + self._in_hand >= self._limit and self._waiting:
            lost = self._waiting.popleft()
            self._meters.count("wardwatch_sightings_lost_total")
            log.error("sighting lost, too many wait to be stored", sighting_id=lost.sighting_id, limit=self._limit)
        self._waiting.append(sighting)
        self._filled.set()
        self._measure()

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """Publish what waits while inside; on leaving, for whatever cause, what is left within the grace time.

        Whoever offers must be inside and have ended before it is left.
        """
        async with LongRunning(self._over) as tasks:
            # They wait for sightings, which may not come for days.
            senders = [
                tasks.start(f"sender-{number}", self._send(), within_seconds=None) for number in range(self._senders)
            ]
            try:
                yield
            finally:
                await self._finish()
                # Cancelling alone is not enough: on Python 3.11 a cancellation that meets the stream's answer is lost.
                self._over.set()
                for sender in senders:
                    sender.cancel()

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(self._grace_seconds), self._changed:
                await self._changed.wait_for(lambda: not self._waiting and not self._in_hand)
        except TimeoutError:
            left = len(self._waiting) + self._in_hand
            self._meters.count("wardwatch_sightings_lost_total", left)
            log.error("sightings lost, the stream did not take them before the end", count=left)

    async def _send(self) -> None:
        while not self._over.is_set():
            await self._filled.wait()
            if not self._waiting:
                self._filled.clear()
                continue

            sighting = self._waiting.popleft()
            self._in_hand += 1
            await self._until_stored(sighting)
            self._in_hand -= 1
            self._measure()
            async with self._changed:
                self._changed.notify_all()

    async def _until_stored(self, sighting: PersonSighted) -> None:
        payload = sighting.encode()
        never = asyncio.Event()
        tries = 0
        while not self._over.is_set():
            tries += 1
            try:
                await self._publish(subjects.sightings(sighting.origin.place), payload, message_id=sighting.sighting_id)
            except NotStored as error:
                if tries == 1:
                    log.warning("sighting not stored yet", sighting_id=sighting.sighting_id, reason=str(error))
                await pause(never, self._retry_seconds)
            else:
                self._meters.count("wardwatch_sightings_published_total")
                return

    def _measure(self) -> None:
        self._meters.set("wardwatch_sightings_waiting", len(self._waiting) + self._in_hand)
