"""Reads entries inside a transaction and, in the same one, notes in the audit who read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.entries import EntryPage, EntryRow, EntryView, State
from services.matcher.enrolment.days import Days
from services.matcher.enrolment.rules import Holder
from services.matcher.keys.seals import Seals
from services.matcher.record import audit_note, views
from services.matcher.record.database import Connection, Row

_ENTRY: Final = """
SELECT
    e.*,
    n.last_four,
    (SELECT count(*) FROM watchlist.photo AS p WHERE p.entry_id = e.id) AS photos,
    (SELECT c.generation FROM watchlist.change AS c WHERE c.entry_id = e.id AND c.revision = e.revision) AS generation
FROM watchlist.entry AS e
LEFT JOIN identity.number AS n ON n.entry_id = e.id
"""
_PAGE: Final = f"""{_ENTRY}
WHERE ($1::text IS NULL OR e.state = $1::text::watchlist.entry_state)
    AND ($2::uuid IS NULL OR e.batch_id = $2)
    AND ($3::timestamptz IS NULL OR (e.changed_at, e.id) < ($3, $4::uuid))
ORDER BY e.changed_at DESC, e.id DESC
LIMIT $5
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


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page; the next one begins after it."""

    changed_at: datetime
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries a page shows: all, or those in a state, of an import, behind a cursor."""

    limit: int
    state: State | None = None
    batch: UUID | None = None
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class EntryReader:
    """``seals`` opens what is read. All of it raises Unreadable when an entry's key is not here, save lists."""

    seals: Seals
    days: Days

    async def view(self, connection: Connection, entry_id: UUID, reader: Holder) -> EntryView | None:
        """An entry as a whole, or None when there is none."""
        row = await connection.fetchrow(f"{_ENTRY} WHERE e.id = $1", entry_id)
        if row is None:
            return None

        photos = await connection.fetch("SELECT * FROM watchlist.photo WHERE entry_id = $1 ORDER BY position", entry_id)
        alike = await connection.fetch(_ALIKE, entry_id)
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
        return views.entry_view(row, photos, alike, self.seals, self.days)

    async def page(self, connection: Connection, sought: Sought, reader: Holder) -> tuple[list[EntryRow], bool]:
        """The entries sought, newest change first, and whether there are more; reading their labels counts once."""
        after = sought.after
        rows = await connection.fetch(
            _PAGE,
            sought.state,
            sought.batch,
            None if after is None else after.changed_at,
            None if after is None else after.entry_id,
            sought.limit + 1,
        )
        shown = rows[: sought.limit]
        details = {
            "count": len(shown),
            "state": sought.state,
            "batch": None if sought.batch is None else str(sought.batch),
        }
        await audit_note.note(connection, reader, "entries.listed", kind="entries", details=details)
        return [views.entry_row(row, self.seals, self.days) for row in shown], len(rows) > len(shown)

    async def under(self, connection: Connection, lookup: bytes, reader: Holder) -> EntryPage:
        """The entries under an identity number, newest change first; looking is noted, also when nothing is found."""
        rows: list[Row] = await connection.fetch(
            f"{_ENTRY} WHERE n.lookup = $1 ORDER BY e.changed_at DESC, e.id DESC LIMIT 100", lookup
        )
        details = audit_note.ids(row["id"] for row in rows)
        await audit_note.note(connection, reader, "identity.searched", kind="identity", details=details)
        return EntryPage(entries=[views.entry_row(row, self.seals, self.days) for row in rows], next=None)
