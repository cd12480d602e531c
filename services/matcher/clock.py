"""How far this machine's clock is from the broker's: entries end by the clock of whoever matches them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog

from proto.wardwatch.v1 import subjects
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

_LIMIT: Final = timedelta(seconds=2)
EVERY_SECONDS: Final = 30.0
_TRIES: Final = 3
_ASK_SECONDS: Final = 5.0
# Any stream's description carries the time; this one every matcher may ask about.
_STREAM: Final = subjects.WATCHLIST_STREAM.name


async def broker_clock(bus: Bus) -> datetime:
    """What time it is by the broker's clock. Raises NoAnswer."""
    answer = await bus.request(f"$JS.API.STREAM.INFO.{_STREAM}", b"", timeout_seconds=_ASK_SECONDS)
    try:
        return datetime.fromisoformat(json.loads(answer)["ts"])
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswer("the broker does not say what time it is") from error


def skew(before: datetime, theirs: datetime, after: datetime) -> timedelta:
    """Our clock less theirs, which was read between *before* and *after*: right to half of that time."""
    return before + (after - before) / 2 - theirs


class ClockWatch:
    """Compares again and again. Matching goes on whatever comes of it: an operator must see it and act."""

    def __init__(self, ask: Callable[[], Awaitable[datetime]], meters: Meters, *, now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._meters = meters
        self._now = now
        self._off = False
        self.skew = timedelta(0)

    async def run(self, stop: asyncio.Event) -> None:
        """Compare until *stop*; a broker that does not answer is asked again."""
        while not stop.is_set():
            beat()
            with suppress(NoAnswer):  # the connection's own log says that the broker is away
                await self.compare()
            await pause(stop, EVERY_SECONDS)

    async def compare(self) -> None:
        """Compare now. Raises NoAnswer."""
        found: list[tuple[timedelta, timedelta]] = []
        for _ in range(_TRIES):
            before = self._now()
            theirs = await self._ask()
            after = self._now()
            found.append((after - before, skew(before, theirs, after)))
        self.skew = min(found)[1]  # of the quickest answer, which leaves the least doubt
        self._meters.set("wardwatch_clock_skew_seconds", self.skew.total_seconds())
        self._say()

    def _say(self) -> None:
        off = abs(self.skew) > _LIMIT
        seconds = round(self.skew.total_seconds(), 3)
        if off and not self._off:
            log.warning("this clock and the broker's differ, entries end at the wrong time", seconds=seconds)
        if self._off and not off:
            log.info("this clock and the broker's agree again", seconds=seconds)
        self._off = off
