"""Vectors on their way in: perishable, so bounded, freshest kept, fair between cameras, and given up once stale."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FaceEmbedded
from proto.wardwatch.v1.subjects import Place
from services.chassis.bus import Delivery
from services.chassis.fair import FairLine
from services.chassis.outcome import Done, Poisoned, attempt
from services.chassis.tasks import LongRunning
from services.chassis.telemetry import Meters
from services.matcher.shed import Shed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """``waiting`` vectors at most; one older than ``max_age_seconds`` is not worth a search; ``workers`` at a time."""

    waiting: int
    max_age_seconds: float
    workers: int = 2


class Intake:
    """A short queue between the bus and the handler. ``monotonic`` gives seconds that never go back."""

    def __init__(self, limits: IntakeLimits, meters: Meters, monotonic: Callable[[], float], shed: Shed) -> None:
        self._limits = limits
        self._meters = meters
        self._shed = shed
        self._monotonic = monotonic
        self._waiting: FairLine[Place, Delivery] = FairLine(max_waiting=limits.waiting, max_age=limits.max_age_seconds)
        self._filled = asyncio.Event()
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._complaint = ""

    def offer(self, delivery: Delivery) -> None:
        """Take a vector in, giving up the oldest of whoever has most when full."""
        self._meters.count("wardwatch_vectors_received_total")
        try:
            place = subjects.place_of(delivery.subject)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="vectors")
            return
        crowded_out = self._waiting.offer(place, delivery, self._monotonic())
        if crowded_out is not None:
            self._shed(crowded_out, "full")
        self._idle.clear()
        self._filled.set()

    async def work(self, handle: Callable[[FaceEmbedded], Awaitable[None]], over: asyncio.Event) -> None:
        """Hand vectors to *handle* until *over*; what still waits then is worked off while it is fresh."""
        async with LongRunning(over) as tasks:
            workers = [
                tasks.start(f"worker-{number}", self._worker(handle), within_seconds=None)
                for number in range(self._limits.workers)
            ]
            await over.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limits.max_age_seconds):
                    await self._worked_off()
            self._waiting.clear()
            for worker in workers:
                worker.cancel()

    async def _worked_off(self) -> None:
        while len(self._waiting) or self._in_hand:
            await self._idle.wait()

    async def _worker(self, handle: Callable[[FaceEmbedded], Awaitable[None]]) -> None:
        while True:
            await self._filled.wait()
            taken = self._waiting.take(1, self._monotonic())
            for place in taken.stale:
                self._shed(place, "stale")
            if not taken.items:
                self._filled.clear()
                if not self._in_hand:
                    self._idle.set()
                continue

            self._in_hand += 1
            await self._handle(handle, taken.items[0])
            self._in_hand -= 1

    async def _handle(self, handle: Callable[[FaceEmbedded], Awaitable[None]], delivery: Delivery) -> None:
        try:
            face = FaceEmbedded.decode(delivery.payload)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="vectors")
            return

        match await attempt(handle(face), subject="vectors"):
            case Poisoned(reason):
                self._shed(face.origin.place, "poison")
                # The same complaint comes with every face, so it is logged when it changes.
                if reason != self._complaint:
                    self._complaint = reason
                    log.warning("vectors cannot be compared with the list", reason=reason)
            case Done():
                return
            case _:
                self._shed(face.origin.place, "fault")
