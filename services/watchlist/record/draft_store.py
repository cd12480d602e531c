"""Drafts that are written anew, and what comes back to be one, in PostgreSQL as role ``wardwatch_import``."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import EntryView
from services.chassis.errors import Refusal
from services.watchlist.keys import seals
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_store import change, check_state, locked
from services.watchlist.rules.holder import KEEPER_ROLES, Holder

_SEND_BACK: Final = (
    ", state = 'draft', put_forward_by_id = NULL, put_forward_by_name = NULL, returned_by_id = $2,"
    " returned_by_name = $3, returned_at = now(), returned_comment = $4"
)
_DROP_RENEWAL: Final = ", renewal_by_id = NULL, renewal_by_name = NULL, renewal_expires_at = NULL"
_WRITE: Final = (
    ", sealed_label = $5, sealed_note = $6, category = $7, basis = $8, evidence = $9, instruction = $10, scope = $11,"
    " site_group = $12, sites = $13, expires_at = $14, stands_from = now()"
)


@dataclass(frozen=True, slots=True)
class DraftWords:
    """All that a draft says of a person, but for the identity number."""

    label: str = field(repr=False)
    note: str = field(repr=False)
    category: str
    basis: str
    evidence: str
    instruction: str
    scope: str
    group: str | None
    sites: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DraftStore:
    """Typed access. All raise Forbidden, Refusal, Unreadable and StoreAway; None when there is no such entry."""

    database: Database
    reader: EntryReader

    async def show(self, entry_id: UUID, reader: Holder) -> EntryView | None:
        """The entry as it is, before it is written anew."""
        async with self.database.transaction() as connection:
            return await self.reader.view(connection, entry_id, reader)

    async def rewrite(self, entry_id: UUID, words: DraftWords, by: Holder, *, revision: int) -> EntryView | None:
        """Let a draft say *words*, if it is still at *revision*."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            check_state(row, "draft")
            if row["revision"] != revision:
                raise Refusal(409, refusals.CHANGED_MEANWHILE.filled())
            await change(connection, entry_id, by, "words changed", _WRITE, *self._columns(entry_id, words))
            return await self.reader.view(connection, entry_id, by)

    async def send_back(self, entry_id: UUID, by: Holder, comment: str) -> EntryView | None:
        """Make a pending entry a draft again, or drop the renewal that waits."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            # The same request twice by one account, as when the first response was lost, takes effect once.
            if (row["changed_by_id"], row["reason"]) != (by.account_id, comment) or _waits(row):
                await _send_back(connection, row, by, comment)
            return await self.reader.view(connection, entry_id, by)

    def _columns(self, entry_id: UUID, words: DraftWords) -> tuple[datetime | str | bytes | list[str] | None, ...]:
        closing = self.reader.seals
        key = closing.keys.key(entry_id)
        return (
            closing.close(key, words.label.encode(), about=seals.label(entry_id)),
            closing.close(key, words.note.encode(), about=seals.note(entry_id)) if words.note else None,
            words.category,
            words.basis,
            words.evidence,
            words.instruction,
            words.scope,
            words.group,
            sorted(set(words.sites)),
            words.expires_at,
        )


def _waits(row: Row) -> bool:
    return row["state"] == "pending" or row["renewal_by_id"] is not None


async def _send_back(connection: Connection, row: Row, by: Holder, comment: str) -> None:
    if not _waits(row):
        raise Refusal(409, refusals.NOTHING_WAITS.filled())
    asked_by = {row["put_forward_by_id"], row["author_id"]} if row["state"] == "pending" else {row["renewal_by_id"]}
    if by.role not in KEEPER_ROLES and by.account_id not in asked_by:
        raise Refusal(403, refusals.TAKES_BACK_OWN.filled())
    await change(connection, row["id"], by, comment, _SEND_BACK if row["state"] == "pending" else _DROP_RENEWAL)
