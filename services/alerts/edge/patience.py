"""How long the stop button waits for a database that may be frozen (safeguard S11)."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from services.alerts.database import StoreAway

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits *seconds* for an answer, and not for what leaving the question takes: that asks the database, too.

    A question that is given up ends by the database's own time limits; while *most_late* of them have not, no other
    one is asked.
    """

    seconds: float = 1.5  # the stop button must work within five, whatever the database does
    most_late: int = 16
    _late: set[asyncio.Task[object]] = field(default_factory=set)

    async def answer(self, asked: Coroutine[None, None, T]) -> T:
        """Return what *asked* does. Raises StoreAway when that takes too long, or *asked* does."""
        if len(self._late) >= self.most_late:
            asked.close()
            raise StoreAway("database: earlier questions are not answered yet")
        asking = asyncio.create_task(asked)
        try:
            await asyncio.wait([asking], timeout=self.seconds)
        finally:
            if not asking.done():
                self._late.add(asking)
                asking.add_done_callback(self._answered_late)
        if not asking.done():
            raise StoreAway(f"database: no answer within {self.seconds:g} s")
        return asking.result()

    def _answered_late(self, asking: asyncio.Task[T]) -> None:
        self._late.discard(asking)
        if not asking.cancelled() and (error := asking.exception()) is not None:
            log.warning("late question failed", error=type(error).__name__)
