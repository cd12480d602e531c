"""Finds entries by some letters of what they say, in the transaction that notes in the audit who looked.

What names a person is sealed, so the database cannot look for it: everything is opened and compared here, in a thread.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import SOUGHT, EntryPage, SearchRequest
from services.watchlist.keys import seals
from services.watchlist.record import audit_note, views
from services.watchlist.record.database import Database, Row
from services.watchlist.record.entry_reader import ENTRY, EntryReader
from services.watchlist.record.waiting_store import WAITS
from services.watchlist.rules import search
from services.watchlist.rules.entry_rules import Unacceptable
from services.watchlist.rules.holder import KEEPER_ROLES, Holder

_ALL: Final = f"""
SELECT e.id, e.state, e.changed_at, e.expires_at, e.sealed_label, e.basis, e.evidence, e.author_name, e.external_lookup,
    n.last_four
FROM watchlist.entry AS e LEFT JOIN identity.number AS n ON n.entry_id = e.id
WHERE ($3::uuid IS NULL OR e.batch_id = $3) AND NOT (e.amends IS NOT NULL AND e.state = 'erased')
    AND (NOT $4::boolean OR {WAITS})
    AND ($5::timestamptz IS NULL OR e.expires_at > $5) AND ($6::timestamptz IS NULL OR e.expires_at <= $6)
"""  # noqa: S608 - a condition of ours
_NAMES: Final = """
SELECT p.entry_id, p.id, p.sealed_name FROM watchlist.photo AS p INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
WHERE $1::uuid IS NULL OR e.batch_id = $1
"""
# A beginning of an id is taken for one from here on.
_ID_CHARACTERS: Final = 4


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry that is sought, with what it is sorted by."""

    row: Row
    label: str


@dataclass(frozen=True, slots=True)
class EntrySearch:
    """An entry whose key is not here is found by what is not sealed."""

    database: Database
    reader: EntryReader

    async def page(self, wanted: SearchRequest, reader: Holder) -> EntryPage:
        """The entries sought, and of all states how many. Raises Unacceptable, Forbidden and StoreAway."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                _ALL,
                reader.account_id,
                reader.role in KEEPER_ROLES,
                wanted.batch,
                wanted.waiting,
                None if wanted.ends_from is None else self.reader.days.end_of(wanted.ends_from - timedelta(days=1)),
                None if wanted.ends_to is None else self.reader.days.end_of(wanted.ends_to),
            )
            names = await connection.fetch(_NAMES, wanted.batch) if wanted.text else []
            found = await asyncio.to_thread(self._found, wanted, rows, names)
            counts = Counter(each.row["state"] for each in found)
            states = SOUGHT[wanted.state]
            shown = sorted((each for each in found if each.row["state"] in states), key=_order(wanted.sort))
            begin = _behind(wanted.cursor, shown)
            ids = [each.row["id"] for each in shown[begin : begin + wanted.limit]]
            whole = {row["id"]: row for row in await connection.fetch(f"{ENTRY} WHERE e.id = ANY($1::uuid [])", ids)}
            # Not what was looked for: it may be a name.
            details = {"count": len(ids), "state": wanted.state, "batch": str(wanted.batch) if wanted.batch else None}
            await audit_note.note(
                connection, reader, "entries.listed", kind="entries", details={**details, "searched": bool(wanted.text)}
            )
        return EntryPage(
            entries=[
                views.entry_row(whole[entry], self.reader.seals, self.reader.days) for entry in ids if entry in whole
            ],
            next=str(ids[-1]) if begin + wanted.limit < len(shown) else None,
            counts=dict(counts),
        )

    def _found(self, wanted: SearchRequest, rows: Sequence[Row], names: Sequence[Row]) -> list[_Found]:
        sought = search.words(wanted.text)
        external = self.reader.seals.person(wanted.text) if wanted.text else None
        files = self._files(names)
        found = []
        for row in rows:
            label = self.reader.seals.text_or_nothing(row["id"], row["sealed_label"], about=seals.label(row["id"]))
            if not sought or external == row["external_lookup"] or _is_sought(sought, row, label, files):
                found.append(_Found(row, label))
        return found

    def _files(self, names: Sequence[Row]) -> Mapping[UUID, list[str]]:
        files: dict[UUID, list[str]] = {}
        for row in names:
            about = seals.name(row["entry_id"], row["id"])
            name = self.reader.seals.text_or_nothing(row["entry_id"], row["sealed_name"], about=about)
            files.setdefault(row["entry_id"], []).append(name)
        return files


def _is_sought(sought: Sequence[str], row: Row, label: str, files: Mapping[UUID, list[str]]) -> bool:
    if len(sought) == 1 and len(sought[0]) >= _ID_CHARACTERS and str(row["id"]).startswith(sought[0]):
        return True
    told = (label, row["evidence"], row["basis"], row["author_name"], row["last_four"] or "")
    return search.finds(sought, [*told, *files.get(row["id"], ())])


def _order(sort: str) -> Callable[[_Found], tuple[object, ...]]:
    orders: Mapping[str, Callable[[_Found], tuple[object, ...]]] = {
        "changed": lambda each: (-each.row["changed_at"].timestamp(), each.row["id"]),
        "ends": lambda each: (each.row["expires_at"], each.row["id"]),
        # Whoever cannot be named stands last.
        "label": lambda each: (not each.label, search.folded(each.label), each.row["id"]),
    }
    return orders[sort]


def _behind(cursor: UUID | None, shown: Sequence[_Found]) -> int:
    """Where the page after the entry *cursor* begins. Raises Unacceptable where that is not among them any more."""
    if cursor is None:
        return 0
    for place, each in enumerate(shown, 1):
        if each.row["id"] == cursor:
            return place
    raise Unacceptable(refusals.BAD_CURSOR.filled())
