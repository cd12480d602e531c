"""Sealed values that data keys must open, read for verification only, and the audit of operations on keys."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

import asyncpg

from proto.wardwatch.v1.statements import travel_owner
from services.watchlist.record import audit_note
from services.watchlist.record.database import Database
from services.watchlist.rules.holder import Holder


@dataclass(frozen=True, slots=True)
class Sample:
    """A sealed value of an entry or an import, and the sealed identity number of an entry that has one."""

    owner: UUID
    about: str
    sealed: bytes = field(repr=False)
    number: bytes | None = field(default=None, repr=False)


class KeyStore:
    """Works as role ``wardwatch_import``; every method raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(self, after: UUID, count: int) -> list[Sample]:
        """The label of each entry that is not erased, in the order of ids behind *after*."""
        rows = await self._rows(
            """
            SELECT e.id, e.sealed_label, n.sealed_number
            FROM watchlist.entry AS e
            LEFT JOIN identity.number AS n ON n.entry_id = e.id
            WHERE e.state <> 'erased' AND e.id > $1
            ORDER BY e.id
            LIMIT $2
            """,
            after,
            count,
        )
        return [Sample(r["id"], f"label/{r['id']}", r["sealed_label"], r["sealed_number"]) for r in rows]

    async def imports(self, after: UUID, count: int) -> list[Sample]:
        """One file's name of each import that stands and has any, in the order of ids behind *after*."""
        rows = await self._rows(
            """
            SELECT b.id, i.sealed_item
            FROM watchlist.batch AS b
            CROSS JOIN LATERAL (
                SELECT sealed_item FROM watchlist.batch_item WHERE batch_id = b.id ORDER BY item_lookup LIMIT 1
            ) AS i
            WHERE b.state IN ('open', 'committed') AND b.id > $1
            ORDER BY b.id
            LIMIT $2
            """,
            after,
            count,
        )
        return [Sample(r["id"], f"item/{r['id']}", r["sealed_item"]) for r in rows]

    async def recorded(self, owners: Collection[UUID]) -> Mapping[UUID, bool]:
        """Those of *owners* that are an entry or an import, or travel keys, each with whether its entry has ended."""
        rows = await self._rows(
            """
            SELECT id, state = 'erased' AS erased FROM watchlist.entry WHERE id = ANY($1::uuid[])
            UNION ALL
            SELECT id, false FROM watchlist.batch WHERE id = ANY($1::uuid[])
            """,
            list(owners),
        )
        return {row["id"]: row["erased"] for row in rows} | await self._travelling(frozenset(owners))

    async def _travelling(self, owners: frozenset[UUID]) -> dict[UUID, bool]:
        rows = await self._rows(
            """
            SELECT s.list, s.entry_id, l.generation, s.withdrawn_at IS NOT NULL OR e.state = 'erased' AS ended
            FROM federation.share AS s INNER JOIN federation.list AS l ON l.name = s.list
            INNER JOIN watchlist.entry AS e ON e.id = s.entry_id
            WHERE s.approved_at IS NOT NULL
            """
        )
        keys = {
            travel_owner(row["list"], str(row["entry_id"]), generation): row["ended"]
            for row in rows
            for generation in range(1, row["generation"] + 1)
        }
        return {owner: ended for owner, ended in keys.items() if owner in owners}

    async def note(
        self,
        actor: Holder,
        action: Literal["keys.verified", "keys.rewrapped"],
        *,
        current: str,
        details: Mapping[str, int],
    ) -> None:
        """Record in the audit that *actor* had this done, in counts; *current* is the id of the wrapping key."""
        async with self._database.transaction() as connection:
            await audit_note.note(connection, actor, action, kind="keys", subject=current, details=details)

    async def _rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        async with self._database.transaction() as connection:
            return list(await connection.fetch(query, *arguments))
