"""Erasures in PostgreSQL, as role ``wardwatch_import``: the first transaction, and who has let go since."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.entries import EntryView, ErasureView, OwedReceipt, ReceiptView
from services.matcher.database import Connection, Database
from services.matcher.entry_reader import EntryReader
from services.matcher.entry_store import change, check_state, locked
from services.matcher.rules import Holder

# A matcher says every few seconds how it is; one that has not for so long is down, or cut off.
_SILENT: Final = timedelta(seconds=30)

# Whoever started after the last message with vectors was gone from the stream never held one. An entry that never left
# its draft was on no matcher.
_OWED: Final = """
SELECT r.name, r.seen_at FROM watchlist.erasure AS e CROSS JOIN watchlist.replica AS r
WHERE e.entry_id = $1 AND r.ended_at IS NULL
    AND (e.stream_purged_at IS NULL OR r.started_at < e.stream_purged_at)
    AND EXISTS (
        SELECT FROM watchlist.change AS c WHERE c.entry_id = e.entry_id AND c.state NOT IN ('draft', 'erased')
    )
    AND NOT EXISTS (
        SELECT FROM watchlist.receipt AS t
        WHERE t.entry_id = e.entry_id AND t.replica = r.name AND t.incarnation = r.incarnation
    )
ORDER BY r.name
"""


@dataclass(frozen=True, slots=True)
class ErasureStore:
    """Typed access. All raise Forbidden and StoreAway."""

    database: Database
    reader: EntryReader

    async def erase(self, entry_id: UUID, by: Holder, reason: str) -> bool:
        """Erase an entry, revoking it first where it may still match, in one transaction. False: no such entry."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return False

            if row["state"] in ("pending", "active", "suspended"):
                await change(connection, entry_id, by, reason, ", state = 'revoked'")
            if row["state"] != "erased":
                await _erase(connection, entry_id, by, reason)
            return True

    async def discard(self, entry_id: UUID, by: Holder) -> EntryView | None:
        """Erase a draft; what is left of it, or None when there is no such entry. Raises Refusal for any other."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            if row["state"] != "erased":
                check_state(row, "draft")
                await _erase(connection, entry_id, by, "discarded before it was put forward")
            return await self.reader.view(connection, entry_id, by)

    async def progress(self, entry_id: UUID, now: datetime) -> ErasureView | None:
        """How far the erasure of an entry is, or None when it was not erased."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow("SELECT * FROM watchlist.erasure WHERE entry_id = $1", entry_id)
            if row is None:
                return None

            receipts = await connection.fetch(
                "SELECT * FROM watchlist.receipt WHERE entry_id = $1 ORDER BY released_at, replica", entry_id
            )
            owed = await connection.fetch(_OWED, entry_id)
        return ErasureView(
            entry=entry_id,
            erased_by=row["erased_by_name"],
            erased_at=row["erased_at"],
            reason=row["reason"],
            key_destroyed_at=row["key_destroyed_at"],
            stream_purged_at=row["stream_purged_at"],
            receipts=[
                ReceiptView(
                    matcher=each["replica"],
                    incarnation=each["incarnation"],
                    index_generation=each["index_generation"],
                    released_at=each["released_at"],
                )
                for each in receipts
            ],
            owed=[
                OwedReceipt(matcher=each["name"], seen_at=each["seen_at"], silent=now - each["seen_at"] > _SILENT)
                for each in owed
            ],
            complete=None not in (row["key_destroyed_at"], row["stream_purged_at"]) and not owed,
        )


async def _erase(connection: Connection, entry_id: UUID, by: Holder, reason: str) -> None:
    await connection.execute(
        "INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason) VALUES ($1, $2, $3, $4)",
        entry_id,
        by.account_id,
        by.name,
        reason,
    )
    await change(connection, entry_id, by, reason, ", state = 'erased'")
