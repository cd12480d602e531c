"""Entries in PostgreSQL, as role ``wardwatch_import``: drafts, and the steps of their life, one revision at a time.

Each step answers with the entry as it then is, or None when there is no such entry. All raise Forbidden where the
database refuses, Refusal where the entry stands elsewhere, Unreadable and StoreAway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import EntryView, State
from proto.wardwatch.v1.sealing import DataKey
from services.chassis.errors import Refusal
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.drafts import Draft, insert, request_digest
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.rules.entry_rules import Unacceptable
from services.watchlist.rules.holder import Holder

_CHANGE: Final = (
    "UPDATE watchlist.entry SET revision = revision + 1, changed_at = now(),"
    " changed_by_id = $2, changed_by_name = $3, reason = $4"
)


@dataclass(frozen=True, slots=True)
class EntryStatus:
    """State and revision of an entry, without anything it says of a person. In the order of the query's columns."""

    state: State
    revision: int
    category: str
    submitted_by_id: UUID | None
    amends: UUID | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The next revision of one of several entries: in whose name, why, and the values from ``$5`` on."""

    entry_id: UUID
    by: Holder
    reason: str = ""
    values: tuple[datetime | float, ...] = ()


async def locked(connection: Connection, entry_id: UUID) -> Row | None:
    """The entry's row, which nobody else changes until the transaction ends."""
    return await connection.fetchrow("SELECT * FROM watchlist.entry WHERE id = $1 FOR UPDATE", entry_id)


def check_state(row: Row, *allowed: str) -> None:
    """Raise Refusal unless the entry is in one of the *allowed* states."""
    if row["state"] not in allowed:
        raise Refusal(409, refusals.ENTRY_STATE.filled(state=row["state"], states=allowed))


def check_seen(what: str, revision: int, seen: int) -> None:
    """Raise Refusal unless *what* stands at the revision that its approver has *seen*."""
    if revision != seen:
        raise Refusal(409, refusals.CHANGED_AFTER_SHOWN.filled(what=what))


async def change(
    connection: Connection,
    entry_id: UUID,
    by: Holder,
    reason: str,
    also: str = "",
    *values: datetime | float | str | bytes | list[str] | None,
) -> None:
    """Make the entry's next revision, in the name of *by*; *also* sets further columns, to ``$5`` and so on."""
    await connection.execute(f"{_CHANGE}{also} WHERE id = $1", entry_id, by.account_id, by.name, reason, *values)


async def change_all(connection: Connection, also: str, changes: Iterable[Change]) -> None:
    """Make the next revision of several entries in one round trip; *also* as above."""
    rows = [(each.entry_id, each.by.account_id, each.by.name, each.reason, *each.values) for each in changes]
    await connection.executemany(f"{_CHANGE}{also} WHERE id = $1", rows)


@dataclass(frozen=True, slots=True)
class EntryStore:
    """Typed access; whoever changes something is named in the change, and reads the answer."""

    database: Database
    reader: EntryReader

    async def show(self, entry_id: UUID, reader: Holder) -> EntryView | None:
        """An entry as a whole."""
        async with self.database.transaction() as connection:
            return await self.reader.view(connection, entry_id, reader)

    async def status(self, entry_id: UUID) -> EntryStatus | None:
        """The state of an entry; None when there is no such entry."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT state, revision, category, put_forward_by_id, amends FROM watchlist.entry WHERE id = $1",
                entry_id,
            )
        return None if row is None else EntryStatus(*row)

    async def begun(self, entry_id: UUID, request: str, reader: Holder) -> EntryView | None:
        """The entry that *request* has begun, None if there is none. Raises Unacceptable when another request has."""
        async with self.database.transaction() as connection:
            # Checked in this transaction: an entry that another request commits from now on must not be returned.
            known = await self._is_of(connection, entry_id, request)
            return await self.reader.view(connection, entry_id, reader) if known else None

    async def draft(self, draft: Draft, key: DataKey, request: str) -> EntryView | None:
        """Begin an entry, sealed under *key*; the same *request* again changes nothing, another raises Unacceptable."""
        async with self.database.transaction() as connection:
            await insert(connection, self.reader.seals, draft, key, request)
            await self._is_of(connection, draft.entry_id, request)
            return await self.reader.view(connection, draft.entry_id, draft.author)

    async def submit(self, entry_id: UUID, by: Holder, *, revision: int) -> EntryView | None:
        """Make a draft pending if it is still at *revision*. From now on it keeps the sites its group has today."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            check_state(row, "draft")
            if row["revision"] != revision:
                raise Refusal(409, refusals.CHANGED_MEANWHILE.filled())
            also = (
                ", state = 'pending', put_forward_by_id = $2, put_forward_by_name = $3, sites = coalesce("
                "(SELECT g.sites FROM watchlist.site_group AS g WHERE g.name = site_group), sites)"
            )
            await change(connection, entry_id, by, "", also)
            return await self.reader.view(connection, entry_id, by)

    async def approve(self, entry_id: UUID, by: Holder, *, seen: int) -> EntryView | None:
        """Let a pending entry match, or let one stand as long as its renewal asks, if it is at the revision *seen*."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            renews = row["state"] in ("active", "expired") and row["renewal_by_id"] is not None
            if row["state"] == "suspended" and row["renewal_by_id"] is not None:
                raise Refusal(409, refusals.SUSPENDED.filled())
            # The same request twice by one account, as when the first response was lost, takes effect once.
            if not (row["state"] == "active" and not renews and row["approver_id"] == by.account_id):
                check_state(row, "pending", *(("active", "expired") if renews else ()))
                check_seen("the entry", row["revision"], seen)
                also = ", state = 'active', approver_id = $2, approver_name = $3, approved_at = now()"
                if renews:
                    also += (
                        ", stands_from = now(), expires_at = renewal_expires_at,"
                        " renewal_by_id = NULL, renewal_by_name = NULL, renewal_expires_at = NULL"
                    )
                await change(connection, entry_id, by, "", also)
            return await self.reader.view(connection, entry_id, by)

    async def suspend(self, entry_id: UUID, by: Holder, reason: str) -> EntryView | None:
        """Stop an active entry from matching until it is resumed."""
        return await self._move(entry_id, by, reason, "suspended", "active")

    async def resume(self, entry_id: UUID, by: Holder, reason: str) -> EntryView | None:
        """Let a suspended entry match again."""
        return await self._move(entry_id, by, reason, "active", "suspended")

    async def revoke(self, entry_id: UUID, by: Holder, reason: str) -> EntryView | None:
        """Stop an entry from matching for good."""
        return await self._move(entry_id, by, reason, "revoked", "pending", "active", "suspended", "expired")

    async def renew(self, entry_id: UUID, by: Holder, reason: str, expires_at: datetime) -> EntryView | None:
        """Ask for a later end; the entry stands as it did until another account approves."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            check_state(row, "active", "suspended", "expired")
            # The same request twice by one account, as when the first response was lost, takes effect once.
            former = (row["renewal_by_id"], row["renewal_expires_at"], row["reason"])
            if former != (by.account_id, expires_at, reason):
                also = ", renewal_by_id = $2, renewal_by_name = $3, renewal_expires_at = $5"
                await change(connection, entry_id, by, reason, also, expires_at)
            return await self.reader.view(connection, entry_id, by)

    async def _is_of(self, connection: Connection, entry_id: UUID, request: str) -> bool:
        """Whether there is such an entry, begun by *request*. Raises Unacceptable when another has begun it."""
        row = await connection.fetchrow("SELECT state, request_digest FROM watchlist.entry WHERE id = $1", entry_id)
        if row is None:
            return False
        # The digest of the first request was erased with everything else: whether this is the same cannot be told.
        if row["state"] == "erased":
            raise Refusal(409, refusals.KEY_ERASED.filled())
        if row["request_digest"] != request_digest(self.reader.seals, entry_id, request):
            raise Unacceptable(refusals.KEY_USED.filled())
        return True

    async def _move(self, entry_id: UUID, by: Holder, reason: str, state: str, *allowed: str) -> EntryView | None:
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            # The same request twice by one account, as when the first response was lost, takes effect once.
            if (row["state"], row["changed_by_id"], row["reason"]) != (state, by.account_id, reason):
                check_state(row, *allowed)
                await change(connection, entry_id, by, reason, f", state = '{state}'")
            return await self.reader.view(connection, entry_id, by)
