"""The threshold on its way from the record to every matcher: published when approved, applied when read."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.custody import ThresholdPublished
from services.chassis.bus import Delivery
from services.chassis.errors import NotStored
from services.chassis.owed import pause
from services.chassis.telemetry import Meters
from services.matcher.core import Gallery
from services.matcher.record.records import StoreAway

log = structlog.get_logger(__name__)


class Approved(Protocol):
    """What was approved and is not published yet; see ``ThresholdOutbox``."""

    async def publish(self, publish: Callable[[ThresholdPublished], Awaitable[int]]) -> bool: ...


class PublishOwed(Protocol):
    """Returns the stream's sequence once stored; raises NotStored when that is not certain."""

    async def __call__(self, subject: str, payload: bytes, *, message_id: str) -> int: ...


@dataclass(frozen=True, slots=True)
class ThresholdRelay:
    """Every matcher runs one; the database lets one at a time publish."""

    approved: Approved
    publish: PublishOwed
    interval_seconds: float

    async def run(self, stop: asyncio.Event) -> None:
        """Publish each approved threshold until *stop*; a database or a broker that is away is tried again."""
        while not stop.is_set():
            try:
                await self.approved.publish(self._send)
            except (StoreAway, NotStored) as error:
                log.debug("threshold is not published yet", reason=str(error))
            await pause(stop, self.interval_seconds)

    async def _send(self, threshold: ThresholdPublished) -> int:
        sequence = await self.publish(
            subjects.POLICY.pattern, threshold.encode(), message_id=f"threshold/{threshold.number}"
        )
        log.info("threshold published", revision=threshold.number)
        return sequence


@dataclass(frozen=True, slots=True)
class TakeThreshold:
    """Apply one message of the policy stream. What cannot be read is counted, and what held goes on holding."""

    gallery: Gallery
    meters: Meters

    async def __call__(self, delivery: Delivery) -> None:
        try:
            threshold = ThresholdPublished.decode(delivery.payload)
        except ValueError as error:
            self.meters.count("wardwatch_messages_unreadable_total", subject="policy")
            log.warning("threshold cannot be used", sequence=delivery.sequence, reason=str(error))
            return

        self.gallery.hold_to(threshold.min_similarity)
        self.meters.set("wardwatch_match_threshold_ratio", threshold.min_similarity)
        log.info("threshold applied", revision=threshold.number)
