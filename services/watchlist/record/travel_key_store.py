"""Which travel keys have to go, in PostgreSQL as role ``wardwatch_matcher``."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.watchlist.record.database import Database, Row

_ENDED: Final = """
SELECT s.list, s.entry_id, l.generation FROM federation.share AS s
INNER JOIN federation.list AS l ON l.name = s.list INNER JOIN watchlist.entry AS e ON e.id = s.entry_id
WHERE s.travel_keys_destroyed_at IS NULL AND (s.withdrawn_at IS NOT NULL OR e.state = 'erased')
"""
_OF_ENTRY: Final = f"{_ENDED} AND s.entry_id = $1"
_OLDEST: Final = f"{_ENDED} ORDER BY s.list, s.entry_id LIMIT 1000"


@dataclass(frozen=True, slots=True)
class Ended:
    """An entry that is not on a list any more, and the newest generation of the list's travel keys."""

    list_: str
    entry_id: UUID
    generation: int


@dataclass(frozen=True, slots=True)
class TravelKeyStore:
    """Typed access. Raises StoreAway."""

    database: Database

    async def of_entry(self, entry_id: UUID) -> list[Ended]:
        """The lists that an erased entry was on, and whose keys may be left."""
        return await self._ended(_OF_ENTRY, entry_id)

    async def ended(self) -> list[Ended]:
        """What was withdrawn or erased and whose keys may be left, at most a thousand."""
        return await self._ended(_OLDEST)

    async def destroyed(self, ended: Ended) -> None:
        """Note that no travel key of it is left, unless the list has begun another generation meanwhile."""
        async with self.database.transaction() as connection:
            await connection.execute(
                "UPDATE federation.share SET travel_keys_destroyed_at = now() WHERE list = $1 AND entry_id = $2"
                " AND travel_keys_destroyed_at IS NULL"
                " AND EXISTS (SELECT FROM federation.list WHERE name = $1 AND generation = $3)",
                ended.list_,
                ended.entry_id,
                ended.generation,
            )

    async def _ended(self, query: str, *values: object) -> list[Ended]:
        async with self.database.transaction() as connection:
            return [_row(row) for row in await connection.fetch(query, *values)]


def _row(row: Row) -> Ended:
    return Ended(row["list"], row["entry_id"], row["generation"])
