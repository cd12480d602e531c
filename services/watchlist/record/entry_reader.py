"""Reads entries inside a transaction and, in the same one, notes in the audit who read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.entries import SOUGHT, EntryPage, EntryRow, EntryView, State
from services.watchlist.keys.seals import Seals
from services.watchlist.record import audit_note, views
from services.watchlist.record.database import Connection, Row
from services.watchlist.rules.days import Days
from services.watchlist.rules.holder import Holder

ENTRY: Final = """
SELECT
    e.*,
    n.last_four,
    o.list AS origin_list,
    o.title AS origin_title,
    (SELECT count(*) FROM watchlist.photo AS p WHERE p.entry_id = e.id) AS photos,
    (SELECT min(position) FROM watchlist.photo AS p WHERE p.entry_id = e.id) AS first_photo,
    (SELECT c.generation FROM watchlist.change AS c WHERE c.entry_id = e.id AND c.revision = e.revision) AS generation,
    (SELECT m.entry_id FROM watchlist.merge AS m WHERE m.other_id = e.id AND m.undone_at IS NULL LIMIT 1) AS merged_into
FROM watchlist.entry AS e
LEFT JOIN identity.number AS n ON n.entry_id = e.id
LEFT JOIN federation.received AS r ON r.local_id = e.id
LEFT JOIN federation.subscription AS o ON o.list = r.list
"""
_PAGE: Final = f"""{ENTRY}
WHERE e.state = ANY($1::text []::watchlist.entry_state [])
    AND ($2::uuid IS NULL OR e.batch_id = $2)
    AND ($3::timestamptz IS NULL OR (e.changed_at, e.id) < ($3, $4::uuid))
    AND ($6::uuid IS NULL OR e.id BETWEEN $6 AND $7::uuid)
    -- What was taken into its entry, or thrown away, was never a person of the list.
    AND NOT (e.amends IS NOT NULL AND e.state = 'erased')
ORDER BY e.changed_at DESC, e.id DESC
LIMIT $5
"""
_COUNTS: Final = """
SELECT e.state, count(*) AS entries FROM watchlist.entry AS e
WHERE ($1::uuid IS NULL OR e.batch_id = $1) AND NOT (e.amends IS NOT NULL AND e.state = 'erased') GROUP BY e.state
"""
# Those it was found to resemble, and those that were found to resemble it and decided on.
_ALIKE: Final = """
SELECT l.other_id AS other, o.sealed_label, o.state, l.similarity, l.decision, l.decided_by_name, l.decided_at, l.reason
FROM watchlist.likeness AS l INNER JOIN watchlist.entry AS o ON o.id = l.other_id
WHERE l.entry_id = $1
UNION ALL
SELECT l.entry_id, o.sealed_label, o.state, l.similarity, l.decision, l.decided_by_name, l.decided_at, l.reason
FROM watchlist.likeness AS l INNER JOIN watchlist.entry AS o ON o.id = l.entry_id
WHERE l.other_id = $1 AND l.decision IS NOT NULL
ORDER BY decision NULLS FIRST, similarity DESC, other
"""
# What ends when this is approved, and what takes its place; see watchlist.guard_same_person.
_REPLACES: Final = """
SELECT e.id FROM watchlist.entry AS e
WHERE e.id IN (SELECT watchlist.same_person($1)) AND (
    e.state IN ('active', 'suspended', 'expired')
    OR (e.state = 'pending' AND EXISTS (
        SELECT FROM watchlist.likeness AS l
        WHERE l.entry_id = $1 AND l.other_id = e.id AND l.decision = 'same_person'
    ))
)
ORDER BY e.id
"""
_REPLACED_BY: Final = """
SELECT l.entry_id FROM watchlist.likeness AS l INNER JOIN watchlist.entry AS e ON e.id = l.entry_id
WHERE l.other_id = $1 AND l.decision = 'same_person' AND e.state IN ('pending', 'active', 'suspended', 'expired')
ORDER BY l.decided_at DESC, l.entry_id LIMIT 1
"""
_AMENDMENT: Final = """
SELECT id, state, author_name AS author FROM watchlist.entry WHERE amends = $1 AND state IN ('draft', 'pending')
"""
_MERGED: Final = """
SELECT m.*, o.sealed_label FROM watchlist.merge AS m INNER JOIN watchlist.entry AS o ON o.id = m.other_id
WHERE m.entry_id = $1 ORDER BY m.merged_at DESC, m.other_id
"""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page; the next one begins after it."""

    changed_at: datetime
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which entries a page shows: in the states of ``entries.SOUGHT``, of an import, behind a cursor.

    ``id_prefix`` are the first hexadecimal digits of their ids.
    """

    limit: int
    state: str = "living"
    import_id: UUID | None = None
    after: Cursor | None = None
    id_prefix: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of the list, whether there is another behind it, and how many entries there are in each state."""

    rows: list[EntryRow]
    more: bool
    counts: dict[State, int]


@dataclass(frozen=True, slots=True)
class EntryReader:
    """``seals`` opens what is read. All of it raises Unreadable when an entry's key is not here, save lists."""

    seals: Seals
    days: Days

    async def view(self, connection: Connection, entry_id: UUID, reader: Holder) -> EntryView | None:
        """An entry as a whole, or None when there is none."""
        row = await connection.fetchrow(f"{ENTRY} WHERE e.id = $1", entry_id)
        if row is None:
            return None

        photos = await connection.fetch("SELECT * FROM watchlist.photo WHERE entry_id = $1 ORDER BY position", entry_id)
        alike = await connection.fetch(_ALIKE, entry_id)
        waits = row["state"] in ("draft", "pending")
        replaces = await connection.fetch(_REPLACES, entry_id) if waits else []
        replaced_by = await connection.fetchval(_REPLACED_BY, entry_id)
        if row["state"] != "erased":
            await audit_note.note(
                connection,
                reader,
                "entry.read",
                kind="entry",
                subject=str(entry_id),
                # The labels of those it resembles are shown beside it.
                details={"revision": row["revision"], **audit_note.ids(each["other"] for each in alike)},
            )
        return views.entry_view(
            row,
            photos,
            alike,
            self.seals,
            self.days,
            replaces=[each["id"] for each in replaces],
            replaced_by=replaced_by,
            amendment=await connection.fetchrow(_AMENDMENT, entry_id),
            merged=await connection.fetch(_MERGED, entry_id),
        )

    async def page(self, connection: Connection, query: ListQuery, reader: Holder) -> ListPage:
        """The entries sought, newest change first; reading their labels counts once."""
        after = query.after
        rows = await connection.fetch(
            _PAGE,
            SOUGHT[query.state],
            query.import_id,
            None if after is None else after.changed_at,
            None if after is None else after.entry_id,
            query.limit + 1,
            UUID(query.id_prefix.ljust(32, "0")) if query.id_prefix else None,
            UUID(query.id_prefix.ljust(32, "f")) if query.id_prefix else None,
        )
        shown = rows[: query.limit]
        details = {
            "count": len(shown),
            "state": query.state,
            "batch": None if query.import_id is None else str(query.import_id),
        }
        await audit_note.note(connection, reader, "entries.listed", kind="entries", details=details)
        counted = await connection.fetch(_COUNTS, query.import_id)
        return ListPage(
            [views.entry_row(row, self.seals, self.days) for row in shown],
            len(rows) > len(shown),
            {row["state"]: row["entries"] for row in counted},
        )

    async def under(self, connection: Connection, lookup: bytes, reader: Holder) -> EntryPage:
        """The entries under an identity number, newest change first; looking is noted, also when nothing is found."""
        rows: list[Row] = await connection.fetch(
            f"{ENTRY} WHERE n.lookup = $1 ORDER BY e.changed_at DESC, e.id DESC LIMIT 100", lookup
        )
        details = audit_note.ids(row["id"] for row in rows)
        await audit_note.note(connection, reader, "identity.searched", kind="identity", details=details)
        return EntryPage(entries=[views.entry_row(row, self.seals, self.days) for row in rows], next=None)
