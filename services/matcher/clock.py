"""Which time entries end by: the broker's, however wrong this machine's clock is."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.chassis.clocks import steady_seconds
from services.chassis.errors import NoAnswer
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

_LIMIT: Final = timedelta(seconds=2)
EVERY_SECONDS: Final = 30.0
_TRIES: Final = 3
# A broker's clock that jumps by more is not followed at once: so long people have time to put it right.
_JUMP: Final = timedelta(minutes=5)
_SETTLE_SECONDS: Final = 3600.0


def skew(before: datetime, theirs: datetime, after: datetime) -> timedelta:
    """Our clock less theirs, which was read between *before* and *after*: right to half of that time."""
    return before + (after - before) / 2 - theirs


class ClockWatch:
    """Compares again and again, and keeps the broker's time. Matching goes on whatever comes of it."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[datetime]],
        meters: Meters,
        *,
        now: Callable[[], datetime],
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._ask = ask
        self._meters = meters
        self._now = now
        self._steady = steady
        self._off = False
        self._anchor: tuple[datetime, float] | None = None  # the broker's time, at those steady seconds
        self._jumped_at: float | None = None  # since when the broker's clock shows something else
        self.skew = timedelta(0)
        self.compared = asyncio.Event()

    def time(self) -> datetime:
        """The broker's time, by steady seconds since it was asked; before that this machine's."""
        if self._anchor is None:
            return self._now()
        theirs, at = self._anchor
        return theirs + timedelta(seconds=self._steady() - at)

    async def check(self) -> str | None:
        """Readiness: None once the broker's time is known."""
        return None if self.compared.is_set() else "the broker's time is not known yet"

    async def run(self, stop: asyncio.Event) -> None:
        """Compare until *stop*; a broker that does not answer is asked again."""
        while not stop.is_set():
            beat()
            with suppress(NoAnswer):  # the connection's own log says that the broker is away
                await self.compare()
            await pause(stop, EVERY_SECONDS)

    async def compare(self) -> None:
        """Compare now. Raises NoAnswer."""
        found: list[tuple[float, timedelta, datetime, float]] = []
        for _ in range(_TRIES):
            before, began = self._now(), self._steady()
            theirs = await self._ask()
            after, ended = self._now(), self._steady()
            found.append((ended - began, skew(before, theirs, after), theirs, (began + ended) / 2))
        _, self.skew, theirs, at = min(found)  # of the quickest answer, which leaves the least doubt
        self._follow(theirs, at)
        self._meters.set("wardwatch_clock_skew_seconds", self.skew.total_seconds())
        self._say()

    def _follow(self, theirs: datetime, at: float) -> None:
        """Take over the broker's time, unless it has jumped within the last hour."""
        if self._anchor is not None:
            jump = theirs - self._anchor[0] - timedelta(seconds=at - self._anchor[1])
            if abs(jump) > _JUMP:
                if self._jumped_at is None:
                    self._jumped_at = at
                    log.error("the broker's clock has jumped, not followed yet", seconds=round(jump.total_seconds()))
                if at - self._jumped_at < _SETTLE_SECONDS:
                    return
        self._anchor, self._jumped_at = (theirs, at), None
        self.compared.set()

    def _say(self) -> None:
        off = abs(self.skew) > _LIMIT
        seconds = round(self.skew.total_seconds(), 3)
        if off and not self._off:
            log.warning("this clock and the broker's differ, entries end by the broker's", seconds=seconds)
        if self._off and not off:
            log.info("this clock and the broker's agree again", seconds=seconds)
        self._off = off
