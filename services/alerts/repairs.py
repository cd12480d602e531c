"""Repairs of streams in the database: noted, and read for the page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.alerts.database import Database, StoreAway

# So long a page tells of a repair.
_TOLD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Repair:
    """A stream that was put right, why, and when."""

    stream: str
    cause: str
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
        return tuple(Repair(row["stream"], row["cause"], row["found_at"]) for row in rows)
