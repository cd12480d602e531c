"""Walks leave memory when their time is over, also those of cameras that send nothing more (safeguard S1)."""

import asyncio
from collections.abc import Callable
from typing import Final

from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.matcher.walks import Walks

EVERY_SECONDS: Final = 1.0


async def forget_walks(walks: Walks, meters: Meters, monotonic: Callable[[], float], stop: asyncio.Event) -> None:
    """Forget walks in time, once a second until *stop*, and then all of them. *monotonic* never goes back."""
    try:
        while not stop.is_set():
            beat()
            walks.forget(monotonic())
            meters.set("wardwatch_walks", len(walks))
            await pause(stop, EVERY_SECONDS)
    finally:
        walks.clear()
