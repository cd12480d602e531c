"""Erasures in PostgreSQL, as role ``wardwatch_import``: the transaction that erases an entry in the record."""

from dataclasses import dataclass
from uuid import UUID

from proto.wardwatch.v1.entries import EntryView
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_store import change, check_state, locked
from services.watchlist.rules.holder import Holder


@dataclass(frozen=True, slots=True)
class ErasureStore:
    """Typed access. Both raise Forbidden and StoreAway."""

    database: Database
    reader: EntryReader

    async def erase(self, entry_id: UUID, by: Holder, reason: str) -> bool:
        """Erase an entry, revoking it first if it may still match, in one transaction. False if there is none."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return False

            await erase_row(connection, row, by, reason)
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


async def erase_row(connection: Connection, row: Row, by: Holder, reason: str) -> None:
    """The same inside the caller's transaction, of an entry whose locked *row* this is."""
    entry_id: UUID = row["id"]
    if row["state"] in ("pending", "active", "suspended"):
        await change(connection, entry_id, by, reason, ", state = 'revoked'")
    if row["state"] != "erased":
        await _erase(connection, entry_id, by, reason)


async def erase_amendment(connection: Connection, draft_id: UUID, by: Holder) -> None:
    """Erase an amendment that was just taken into its entry."""
    await _erase(connection, draft_id, by, "taken into its entry")


async def _erase(connection: Connection, entry_id: UUID, by: Holder, reason: str) -> None:
    await connection.execute(
        "INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason) VALUES ($1, $2, $3, $4)",
        entry_id,
        by.account_id,
        by.name,
        reason,
    )
    await change(connection, entry_id, by, reason, ", state = 'erased'")
