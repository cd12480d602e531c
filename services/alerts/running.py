"""How Wardwatch has run, as this process knows it: what it heard within the last hour, and what the record says now."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from services.alerts.database import Database
from services.alerts.state.last_hour import LastHour

# Longer silent, the delivery service is not heard of (state: delivery_silent).
_SILENT_SECONDS: Final = 6

_PATHS: Final = """
    select path, count(*) filter (where state = 'sent') as sent, count(*) filter (where state = 'waiting') as waiting,
        count(*) filter (where state in ('failed', 'dead')) as failed,
        percentile_cont(0.95) within group (order by extract(epoch from sent_at - due_at)) as seconds
    from delivery.delivery
    where due_at > watchlist.present() - interval '1 hour' and ($1::text[] is null or site = any($1)) and kind <> 'test'
    group by path order by path
"""
_HEALTH: Final = """
    select dead_letters, extract(epoch from watchlist.present() - looked_at) > $1 as silent from delivery.health
"""


@dataclass(frozen=True, slots=True)
class PathSent:
    """Messages of the last hour by one way; 95 of 100 left within ``seconds`` after they were due."""

    path: str
    sent: int
    waiting: int
    failed: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Sent:
    """How deliveries stand."""

    silent: bool
    dead_letters: int
    paths: Sequence[PathSent]


@dataclass(frozen=True, slots=True)
class Running:
    """What the process *own* knows. Raises StoreAway where it asks the record."""

    own: str
    hour: LastHour
    clock_us: Callable[[], int]
    database: Database

    async def sent(self, sites: Collection[str] | None) -> Sent:
        """Messages of the last hour, of *sites* or of all."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_PATHS, None if sites is None else [*sites])
            health = await connection.fetchrow(_HEALTH, _SILENT_SECONDS)
        assert health is not None, "it has one row"
        return Sent(bool(health["silent"]), health["dead_letters"], [PathSent(**row) for row in rows])

    async def unpublished_seconds(self) -> float | None:
        """How long the oldest change of the list has waited to be published."""
        async with self.database.transaction() as connection:
            waiting: float | None = await connection.fetchval("select waiting_seconds from watchlist.unpublished")
        return waiting
