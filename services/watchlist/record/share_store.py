"""Which entries are on which list, in PostgreSQL as role ``wardwatch_import``: asked for by one account, approved by
another. What is withdrawn stays so: hospitals have erased it."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.federation_views import ListErasure, ShareView
from services.chassis.errors import Refusal
from services.watchlist.record import sharing_views as views
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_store import check_state
from services.watchlist.record.hospital_store import check_another, check_list, check_waits
from services.watchlist.rules.holder import Holder


@dataclass(frozen=True, slots=True)
class ShareStore:
    """Typed access. All raise StoreAway, Forbidden, and Refusal (404, 409) in words."""

    database: Database

    async def ask(self, list_: str, entry_id: UUID, hospitals: Collection[str], by: Holder) -> ShareView:
        """Ask to put an entry on a list, for *hospitals* alone or, without any, for all of them.

        Of one that is on it: ask that it is for these from now on.
        """
        named = sorted(set(hospitals))
        async with self.database.transaction() as connection:
            await check_list(connection, list_)
            await _check_hospitals(connection, list_, named)
            await _check_entry(connection, entry_id, "pending", "active", "suspended")
            row = await _share(connection, list_, entry_id)
            if row is not None and row["approved_at"] is not None:
                await _ask_scope(connection, row, named, by)
                return await views.share(connection, list_, entry_id)
            await connection.execute(
                "INSERT INTO federation.share (list, entry_id, hospitals, asked_by_id, asked_by_name)"
                " VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT (list, entry_id) DO UPDATE SET hospitals = excluded.hospitals,"
                " asked_by_id = excluded.asked_by_id, asked_by_name = excluded.asked_by_name, asked_at = now(),"
                " withdrawn_by_id = NULL, withdrawn_by_name = NULL, withdrawn_at = NULL, withdrawn_reason = ''",
                list_,
                entry_id,
                named,
                by.account_id,
                by.name,
            )
            return await views.share(connection, list_, entry_id)

    async def approve(self, list_: str, entry_id: UUID, by: Holder, *, seen: Collection[str]) -> ShareView:
        """Let the hospitals look for the person, if it is for those that were *seen*."""
        async with self.database.transaction() as connection:
            row = await _there(connection, list_, entry_id)
            if row["scope"] is not None and row["withdrawn_at"] is None:
                await _change_scope(connection, row, by, seen)
            elif (
                row["approved_at"] is None or row["approved_by_id"] != by.account_id or row["withdrawn_at"] is not None
            ):
                check_waits(row["approved_at"] is None and row["withdrawn_at"] is None)
                check_another(row["asked_by_id"], by)
                if sorted(set(seen)) != row["hospitals"]:
                    raise Refusal(409, refusals.CHANGED_AFTER_SHOWN.filled(what="the share"))
                await _check_entry(connection, entry_id, "active", "suspended")
                await connection.execute(
                    "UPDATE federation.share SET approved_by_id = $3, approved_by_name = $4, approved_at = now()"
                    " WHERE list = $1 AND entry_id = $2",
                    list_,
                    entry_id,
                    by.account_id,
                    by.name,
                )
            return await views.share(connection, list_, entry_id)

    async def withdraw(self, list_: str, entry_id: UUID, by: Holder, reason: str) -> ShareView:
        """Take an entry from a list, or take back that it was asked for. One account suffices: it only takes away."""
        async with self.database.transaction() as connection:
            row = await _there(connection, list_, entry_id)
            if row["withdrawn_at"] is None:
                await connection.execute(
                    "UPDATE federation.share SET withdrawn_by_id = $3, withdrawn_by_name = $4, withdrawn_at = now(),"
                    " withdrawn_reason = $5 WHERE list = $1 AND entry_id = $2",
                    list_,
                    entry_id,
                    by.account_id,
                    by.name,
                    reason,
                )
            return await views.share(connection, list_, entry_id)

    async def ask_closing(self, list_: str, hospital: str, entry_id: UUID, by: Holder, reason: str) -> ListErasure:
        """Say why *hospital* will never close the erasure of an entry."""
        async with self.database.transaction() as connection:
            await _owed(connection, list_, hospital, entry_id)
            await connection.execute(
                "UPDATE federation.holding SET closed_for_by_id = $4, closed_for_by_name = $5, closed_for_reason = $6"
                " WHERE (list, hospital, entry_id) = ($1, $2, $3)",
                list_,
                hospital,
                entry_id,
                by.account_id,
                by.name,
                reason,
            )
            return await views.erasure(connection, list_, entry_id)

    async def approve_closing(self, list_: str, hospital: str, entry_id: UUID, by: Holder) -> ListErasure:
        """Close the erasure in the hospital's place."""
        async with self.database.transaction() as connection:
            row = await _owed(connection, list_, hospital, entry_id)
            check_waits(row["closed_for_by_id"] is not None)
            check_another(row["closed_for_by_id"], by)
            await connection.execute(
                "UPDATE federation.holding SET closed_for_approved_by_id = $4, closed_for_approved_by_name = $5,"
                " closed_at = now() WHERE (list, hospital, entry_id) = ($1, $2, $3)",
                list_,
                hospital,
                entry_id,
                by.account_id,
                by.name,
            )
            return await views.erasure(connection, list_, entry_id)


async def _share(connection: Connection, list_: str, entry_id: UUID) -> Row | None:
    return await connection.fetchrow(
        "SELECT * FROM federation.share WHERE list = $1 AND entry_id = $2 FOR UPDATE", list_, entry_id
    )


async def _ask_scope(connection: Connection, row: Row, named: list[str], by: Holder) -> None:
    """Ask that a shared entry is for *named* from now on."""
    list_, entry_id = row["list"], row["entry_id"]
    if row["withdrawn_at"] is not None:
        raise Refusal(409, refusals.SHARE_ENDED.filled(list=list_))
    if row["hospitals"] == named:
        raise Refusal(409, refusals.SHARED_ALREADY.filled(list=list_))
    # Whoever was taken out has erased it, and what is erased never comes back.
    gone = await connection.fetchval(
        "SELECT min(hospital) FROM federation.holding WHERE list = $1 AND entry_id = $2"
        " AND cardinality($3::text []) > 0 AND hospital <> ALL ($3)"
        " AND (cardinality($4::text []) = 0 OR hospital = ANY ($4))",
        list_,
        entry_id,
        row["hospitals"],
        named,
    )
    if gone is not None:
        raise Refusal(409, refusals.ERASED_THERE.filled(hospital=gone))
    await connection.execute(
        "UPDATE federation.share SET scope = $3, scope_asked_by_id = $4, scope_asked_by_name = $5"
        " WHERE list = $1 AND entry_id = $2",
        list_,
        entry_id,
        named,
        by.account_id,
        by.name,
    )


async def _change_scope(connection: Connection, row: Row, by: Holder, seen: Collection[str]) -> None:
    """Let the entry be for the hospitals that were asked for and *seen*."""
    check_another(row["scope_asked_by_id"], by)
    if sorted(set(seen)) != row["scope"]:
        raise Refusal(409, refusals.CHANGED_AFTER_SHOWN.filled(what="the share"))
    await connection.execute(
        "UPDATE federation.share SET hospitals = scope, scope = NULL, scope_asked_by_id = NULL,"
        " scope_asked_by_name = NULL, scope_approved_by_id = $3, scope_approved_by_name = $4, scope_approved_at = now()"
        " WHERE list = $1 AND entry_id = $2",
        row["list"],
        row["entry_id"],
        by.account_id,
        by.name,
    )


async def _there(connection: Connection, list_: str, entry_id: UUID) -> Row:
    await check_list(connection, list_)
    row = await _share(connection, list_, entry_id)
    if row is None:
        raise Refusal(404, refusals.NOT_SHARED.filled(list=list_))
    return row


async def _owed(connection: Connection, list_: str, hospital: str, entry_id: UUID) -> Row:
    """What *hospital* owes for an entry that was taken from the list. Raises Refusal when it owes nothing."""
    row = await connection.fetchrow(
        "SELECT h.* FROM federation.holding AS h"
        " WHERE (h.list, h.hospital, h.entry_id) = ($1, $2, $3) AND h.closed_at IS NULL"
        " AND EXISTS (SELECT FROM federation.statement AS t WHERE (t.list, t.entry_id) = (h.list, h.entry_id)"
        " AND (t.state = 'erased' OR (cardinality(t.hospitals) > 0 AND h.hospital <> ALL (t.hospitals))))"
        " FOR UPDATE OF h",
        list_,
        hospital,
        entry_id,
    )
    if row is None:
        raise Refusal(409, refusals.NOTHING_OWED.filled(list=list_, hospital=hospital))
    return row


async def _check_entry(connection: Connection, entry_id: UUID, *states: str) -> None:
    row = await connection.fetchrow(
        "SELECT e.state, EXISTS (SELECT FROM federation.received AS r WHERE r.local_id = e.id) AS is_received"
        " FROM watchlist.entry AS e WHERE e.id = $1",
        entry_id,
    )
    if row is None:
        raise Refusal(404, refusals.NO_ENTRY.filled(entry=entry_id))
    if row["is_received"]:
        raise Refusal(409, refusals.NOT_OURS_TO_SHARE.filled())
    check_state(row, *states)


async def _check_hospitals(connection: Connection, list_: str, hospitals: list[str]) -> None:
    known = await connection.fetch(
        "SELECT name FROM federation.hospital WHERE list = $1 AND removed_at IS NULL AND name = ANY ($2)",
        list_,
        hospitals,
    )
    for unknown in sorted(set(hospitals) - {row["name"] for row in known}):
        raise Refusal(404, refusals.NO_HOSPITAL.filled(list=list_, hospital=unknown))
