"""How late the event loop wakes: whatever holds it up delays everything that the process does."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

# A stall is seen whole but for as much of it as is left of this pause.
_EVERY_SECONDS: Final = 0.05
# From here on somebody waits for it.
STALL_SECONDS: Final = 0.5


@dataclass(slots=True)
class Longest:
    """The greatest of the numbers of the last one to two *spans*. Pure: time is an argument."""

    span: float
    began: float = 0.0
    present: float = 0.0
    former: float = 0.0

    def with_(self, number: float, now: float) -> float:
        """Note *number* at *now*; returns the greatest."""
        if now - self.began >= self.span:
            self.former = self.present if now - self.began < 2 * self.span else 0.0
            self.began, self.present = now, 0.0
        self.present = max(self.present, number)
        return max(self.present, self.former)


async def watch_loop(meters: Meters, stop: asyncio.Event) -> None:
    """Measure how late the loop wakes until *stop*, and say when it stood still."""
    loop, longest = asyncio.get_running_loop(), Longest(span=60)
    while not stop.is_set():
        beat()
        asked = loop.time() + _EVERY_SECONDS
        await pause(stop, _EVERY_SECONDS)
        now = loop.time()
        late = max(0.0, now - asked)
        meters.observe("wardwatch_loop_lag_seconds", late)
        meters.set("wardwatch_loop_lag_longest_seconds", longest.with_(late, now))
        if late >= STALL_SECONDS:
            log.warning("the event loop stood still", elapsed_ms=round(late * 1000))
