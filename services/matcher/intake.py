"""Vectors on their way in: perishable, so bounded, freshest kept, and given up once stale."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from proto.wardwatch.v1.messages import FaceEmbedded
from services.chassis.bus import Delivery
from services.chassis.outcome import Poisoned, attempt
from services.chassis.tasks import LongRunning
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """``waiting`` vectors at most; one older than ``max_age_seconds`` is not worth a search; ``workers`` at a time."""

    waiting: int
    max_age_seconds: float
    workers: int = 2


class Intake:
    """A short queue between the bus and the handler. ``monotonic`` gives seconds that never go back."""

    def __init__(self, limits: IntakeLimits, meters: Meters, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._meters = meters
        self._monotonic = monotonic
        self._waiting: deque[tuple[float, Delivery]] = deque()
        self._filled = asyncio.Event()
        self._complaint = ""

    def offer(self, delivery: Delivery) -> None:
        """Take a vector in, giving up the oldest when full."""
        self._meters.count("wardwatch_vectors_received_total")
        if len(self._waiting) >= self._limits.waiting:
            self._waiting.popleft()
            self._meters.count("wardwatch_vectors_shed_total", reason="full")
        self._waiting.append((self._monotonic(), delivery))
        self._filled.set()

    async def work(self, handle: Callable[[FaceEmbedded], Awaitable[None]], stop: asyncio.Event) -> None:
        """Hand vectors to *handle* until *stop*; what still waits then is given up."""
        async with LongRunning(stop) as tasks:
            workers = [
                tasks.start(f"worker-{number}", self._worker(handle), within_seconds=None)
                for number in range(self._limits.workers)
            ]
            await stop.wait()
            self._waiting.clear()
            for worker in workers:
                worker.cancel()

    async def _worker(self, handle: Callable[[FaceEmbedded], Awaitable[None]]) -> None:
        while True:
            await self._filled.wait()
            if not self._waiting:
                self._filled.clear()
                continue

            arrived, delivery = self._waiting.popleft()
            if self._monotonic() - arrived > self._limits.max_age_seconds:
                self._meters.count("wardwatch_vectors_shed_total", reason="stale")
                continue

            await self._handle(handle, delivery)

    async def _handle(self, handle: Callable[[FaceEmbedded], Awaitable[None]], delivery: Delivery) -> None:
        try:
            face = FaceEmbedded.decode(delivery.payload)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="vectors")
            return

        match await attempt(handle(face), subject="vectors"):
            case Poisoned(reason):
                self._meters.count("wardwatch_vectors_shed_total", reason="poison")
                # The same complaint comes with every face, so it is logged when it changes.
                if reason != self._complaint:
                    self._complaint = reason
                    log.warning("vectors cannot be compared with the list", reason=reason)
            case _:
                return
