"""A short time limit for queries: the stop button works while the database is frozen (safeguard S11)."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from services.alerts.database import StoreAway

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class QueryTimeout:
    """Waits at most *seconds* for a query, and does not wait for its cancellation, which needs the database too.

    A query that timed out goes on until the database's own limits end it. While *most_late* such queries run, no new
    one is started.
    """

    seconds: float = 1.5  # the stop button must work within five, whatever the database does
    most_late: int = 16
    _late: set[asyncio.Task[object]] = field(default_factory=set)

    async def run(self, query: Coroutine[None, None, T]) -> T:
        """Return the result of *query*. Raises StoreAway when it takes too long, and whatever *query* raises."""
        if len(self._late) >= self.most_late:
            query.close()
            raise StoreAway("database: earlier questions are not answered yet")
        task = asyncio.create_task(query)
        try:
            await asyncio.wait([task], timeout=self.seconds)
        finally:
            if not task.done():
                self._late.add(task)
                task.add_done_callback(self._ended_late)
        if not task.done():
            raise StoreAway(f"database: no answer within {self.seconds:g} s")
        return task.result()

    def _ended_late(self, task: asyncio.Task[T]) -> None:
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("late question failed", error=type(error).__name__)
