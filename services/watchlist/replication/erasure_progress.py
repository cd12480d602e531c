"""How far erasures are: keys, the stream and the matchers' receipts, in PostgreSQL as role ``wardwatch_matcher``."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from proto.wardwatch.v1.entries import OwedReceipt, ReceiptView
from proto.wardwatch.v1.replication import ErasureReceipt
from services.watchlist.record.database import Database
from services.watchlist.replication.replica_store import SILENT_SECONDS

if TYPE_CHECKING:
    from services.watchlist.record.database import Connection


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, by whom, why, and how far its traces are gone."""

    entry_id: UUID
    erased_by: str
    reason: str
    erased_at: datetime
    key_destroyed_at: datetime | None
    stream_purged_at: datetime | None


class ErasureProgressStore:
    """What was erased, and which of its traces are gone. Raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record_receipt(self, receipt: ErasureReceipt) -> bool:
        """Record a receipt. Returns False when it was recorded before, or no such erasure is known."""
        async with self._database.transaction() as connection:
            done = await connection.execute(
                "INSERT INTO watchlist.receipt (entry_id, replica, incarnation, index_generation, released_at)"
                " SELECT x.entry_id, $2, $3, $4, $5 FROM watchlist.erasure AS x WHERE x.entry_id = $1"
                " ON CONFLICT DO NOTHING",
                UUID(receipt.entry_id),
                receipt.matcher,
                receipt.incarnation,
                receipt.index_generation,
                receipt.released_at,
            )
        return done == "INSERT 0 1"

    async def erasure(self, entry_id: UUID) -> tuple[Erasure, list[ReceiptView], list[OwedReceipt]] | None:
        """An erasure with the receipts that came and those that are owed; None when there is none."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT entry_id, erased_by_name, reason, erased_at, key_destroyed_at, stream_purged_at"
                " FROM watchlist.erasure WHERE entry_id = $1",
                entry_id,
            )
            if row is None:
                return None
            return Erasure(*row), await _receipts(connection, entry_id), await _owed(connection, entry_id)

    async def hospitals(self, entry_id: UUID) -> tuple[int, list[str]]:
        """How many hospitals ever had a key of the entry by a shared list, and which of them have not closed it."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT list, hospital, closed_at FROM federation.holding WHERE entry_id = $1 ORDER BY list, hospital",
                entry_id,
            )
        return len(rows), [f"{row['hospital']} ({row['list']})" for row in rows if row["closed_at"] is None]

    async def unfinished(self) -> list[Erasure]:
        """Erasures whose key is not destroyed or whose traces may be on the stream, oldest first."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT entry_id, erased_by_name, reason, erased_at, key_destroyed_at, stream_purged_at"
                " FROM watchlist.erasure WHERE key_destroyed_at IS NULL OR stream_purged_at IS NULL"
                " ORDER BY erased_at LIMIT 1000"
            )
        return [Erasure(*row) for row in rows]

    async def waits_in_outbox(self, entry_id: UUID) -> bool:
        """Whether a change of the entry waits in the outbox."""
        async with self._database.transaction() as connection:
            query = "SELECT EXISTS (SELECT FROM watchlist.outbox WHERE entry_id = $1)"
            return bool(await connection.fetchval(query, entry_id))

    async def key_destroyed(self, entry_id: UUID) -> None:
        """Note that the entry's data key is gone."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE watchlist.erasure SET key_destroyed_at = clock_timestamp()"
                " WHERE entry_id = $1 AND key_destroyed_at IS NULL",
                entry_id,
            )

    async def stream_purged(self, entry_id: UUID) -> None:
        """Note that no message with a vector of the entry is on the stream."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE watchlist.erasure SET stream_purged_at = clock_timestamp()"
                " WHERE entry_id = $1 AND stream_purged_at IS NULL",
                entry_id,
            )

    async def publish_again(self, entries: Collection[UUID]) -> int:
        """Put the present state of *entries* into the outbox once more. Returns for how many that was possible."""
        async with self._database.transaction() as connection:
            return int(await connection.fetchval("SELECT watchlist.publish_again($1)", list(entries)))


async def _receipts(connection: "Connection", entry_id: UUID) -> list[ReceiptView]:
    rows = await connection.fetch(
        "SELECT replica AS matcher, incarnation, index_generation, released_at FROM watchlist.receipt"
        " WHERE entry_id = $1 ORDER BY recorded_at, replica",
        entry_id,
    )
    return [ReceiptView(**row) for row in rows]


async def _owed(connection: "Connection", entry_id: UUID) -> list[OwedReceipt]:
    rows = await connection.fetch(
        "SELECT name AS matcher, seen_at, seen_at < now() - $2 * interval '1 second' AS silent"
        " FROM watchlist.owed_receipt WHERE entry_id = $1 ORDER BY name",
        entry_id,
        SILENT_SECONDS,
    )
    return [OwedReceipt(**row) for row in rows]
