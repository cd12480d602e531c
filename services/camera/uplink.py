"""One frame at a time to the broker: a frame is sent when the broker has read it, not when it was queued."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import nats.errors

from services.chassis.bus import Bus


@dataclass(frozen=True, slots=True)
class Uplink:
    """Publishes and waits for the broker's pong, so that a slow line is felt here and stale frames make way."""

    bus: Bus
    timeout_seconds: float

    async def __call__(self, subject: str, jpeg: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether the broker took the frame."""
        if not await self.bus.publish(subject, jpeg, headers):
            return False
        try:
            async with asyncio.timeout(self.timeout_seconds):
                await self.bus.client.flush()
        except (TimeoutError, nats.errors.Error):
            return False
        return True
