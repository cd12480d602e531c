"""Repairs of streams in the database: noted, and read for the page."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.alerts.database import Database, StoreAway
from services.chassis.owed import pause
from services.chassis.repairs import Cause
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

_READ_AGAIN_SECONDS: Final = 5.0
# So long a page tells of a repair.
_TOLD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Repair:
    """A stream that was put right, why, and when."""

    stream: str
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True)
class RepairStore:
    """Access as role ``wardwatch_alerts``."""

    database: Database

    async def write(self, stream: str, cause: str) -> bool:
        """Note a repair; False while the database is away."""
        try:
            async with self.database.transaction() as connection:
                await connection.execute("insert into broker.repair (stream, cause) values ($1, $2)", stream, cause)
        except StoreAway:
            return False
        return True

    async def recent(self) -> tuple[Repair, ...]:
        """The last repair of each stream within a day, whoever made it. Raises StoreAway."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "select distinct on (stream) stream, cause, found_at from broker.repair"
                " where found_at > now() - $1::interval order by stream, found_at desc",
                _TOLD,
            )
        return tuple(Repair(row["stream"], Cause(row["cause"]), row["found_at"]) for row in rows)


@dataclass(slots=True)
class RecentRepairs:
    """What pages tell of, read again and again: also what other processes have noted."""

    store: RepairStore
    known: tuple[Repair, ...] = ()

    def __call__(self) -> tuple[Repair, ...]:
        """The repairs as they were read last."""
        return self.known

    async def run(self, stop: asyncio.Event) -> None:
        """Read until *stop*; while the database is away what was read holds."""
        while not stop.is_set():
            beat()
            try:
                self.known = await self.store.recent()
            except StoreAway as error:
                log.debug("repairs cannot be read", reason=str(error))
            await pause(stop, _READ_AGAIN_SECONDS)
