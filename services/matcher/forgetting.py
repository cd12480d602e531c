"""Walks leave memory when their time is over, also those of cameras that send nothing more (safeguard S1).

So do those that were sighted, and those that the look-alike shield holds (safeguard S8).
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.matcher.shield import Shield
from services.matcher.walks import Walks

EVERY_SECONDS: Final = 1.0


async def forget_walks(
    every: Callable[[], Iterable[Walks]],
    shield: Shield,
    meters: Meters,
    monotonic: Callable[[], float],
    stop: asyncio.Event,
) -> None:
    """Forget the walks of *every* recogniser in time, once a second until *stop*, and then all of them.

    *monotonic* never goes back.
    """
    try:
        while not stop.is_set():
            beat()
            for walks in every():
                walks.forget(monotonic())
            shield.forget(monotonic())
            meters.set("wardwatch_walks", sum(len(walks) for walks in every()))
            meters.set("wardwatch_shielded_pairs", len(shield))
            meters.set("wardwatch_walks_to_judge", shield.pending)
            await pause(stop, EVERY_SECONDS)
    finally:
        for walks in every():
            walks.clear()
        shield.clear()
