"""Repairs of streams, noted in PostgreSQL as role ``wardwatch_matcher``; its trigger writes the audit."""

from dataclasses import dataclass

from services.watchlist.record.database import Database
from services.watchlist.record.errors import StoreAway


@dataclass(frozen=True, slots=True)
class RepairStore:
    """The repairs of one database."""

    database: Database

    async def write(self, stream: str, cause: str) -> bool:
        """Note a repair; False while the database is away."""
        try:
            async with self.database.transaction() as connection:
                await connection.execute("INSERT INTO broker.repair (stream, cause) VALUES ($1, $2)", stream, cause)
        except StoreAway:
            return False
        return True
