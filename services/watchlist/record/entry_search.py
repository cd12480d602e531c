"""Finds entries by some letters of what they say, in the transaction that notes in the audit who looked.

What names a person is sealed, so the database cannot look for it: everything is compared here, in a thread, with words
that were opened once, and read once as long as nothing changes (``open_words.py``).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import SOUGHT, EntryPage, SearchRequest, State
from services.watchlist.record import audit_note, views
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_reader import ENTRY, EntryReader
from services.watchlist.record.open_words import Listed, OpenWords, SealedName
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
# Changes are numbered as they begin and counted as they end; photos that an import brings are counted besides.
_STAMP: Final = """
SELECT count(*), coalesce(max(sequence), 0), (SELECT count(*) FROM watchlist.photo) FROM watchlist.change
"""
_NAMES: Final = """
SELECT p.entry_id, p.id, p.sealed_name FROM watchlist.photo AS p INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
WHERE $1::uuid IS NULL OR e.batch_id = $1
"""


@dataclass(frozen=True, slots=True)
class _Shown:
    """Which entries a page shows, whether others follow, and of all that were found how many are in each state."""

    ids: list[UUID]
    more: bool
    counts: dict[State, int]


@dataclass(frozen=True, slots=True)
class EntrySearch:
    """An entry whose key is not here is found by what is not sealed."""

    database: Database
    reader: EntryReader
    words: OpenWords

    async def page(self, wanted: SearchRequest, reader: Holder) -> EntryPage:
        """The entries sought, and of all states how many. Raises Unacceptable, Forbidden and StoreAway."""
        self.words.used(asyncio.get_running_loop().time())
        async with self.database.transaction() as connection:
            entries = await self._entries(connection, wanted, reader)
            shown = await asyncio.to_thread(self._shown, wanted, entries)
            whole = await connection.fetch(f"{ENTRY} WHERE e.id = ANY($1::uuid [])", shown.ids)
            # Not what was looked for: it may be a name.
            details = {
                "count": len(shown.ids),
                "state": wanted.state,
                "batch": str(wanted.batch) if wanted.batch else None,
                "searched": bool(wanted.text),
            }
            await audit_note.note(connection, reader, "entries.listed", kind="entries", details=details)
        read = {row["id"]: views.entry_row(row, self.reader.seals, self.reader.days) for row in whole}
        return EntryPage(
            entries=[read[entry] for entry in shown.ids if entry in read],
            next=str(shown.ids[-1]) if shown.more else None,
            counts=shown.counts,
        )

    async def _entries(self, connection: Connection, wanted: SearchRequest, reader: Holder) -> Sequence[Listed]:
        """What is looked in: the list as it was read last, if nothing has changed since and nothing narrows it."""
        narrowed = wanted.batch is not None or wanted.waiting or wanted.ends_from or wanted.ends_to
        forgotten, row = self.words.forgotten, None if narrowed else await connection.fetchrow(_STAMP)
        stamp = None if row is None else (row[0], row[1], row[2])
        if stamp is not None and (known := self.words.listed(stamp)) is not None:
            return known
        rows = await connection.fetch(
            _ALL,
            reader.account_id,
            reader.role in KEEPER_ROLES,
            wanted.batch,
            wanted.waiting,
            None if wanted.ends_from is None else self.reader.days.end_of(wanted.ends_from - timedelta(days=1)),
            None if wanted.ends_to is None else self.reader.days.end_of(wanted.ends_to),
        )
        names = None if narrowed and not wanted.text else await connection.fetch(_NAMES, wanted.batch)
        entries = await asyncio.to_thread(self._opened, rows, names)
        if stamp is not None:
            self.words.keep(stamp, entries, forgotten=forgotten)
        return entries

    def _opened(self, rows: Iterable[Row], names: Iterable[Row] | None) -> Sequence[Listed]:
        files, read = None if names is None else _files(names), list[Listed]()
        for row in rows:
            entry: UUID = row["id"]
            photos = None if files is None else tuple(files.get(entry, ()))
            words = self.words.of(self.reader.seals, entry, row["sealed_label"], photos)
            told = search.text((row["evidence"], row["basis"], row["author_name"], row["last_four"] or ""))
            read.append(Listed(row, words, search.texts((words.folded_label, words.folded_names, told))))
        return read

    def _shown(self, wanted: SearchRequest, entries: Sequence[Listed]) -> _Shown:
        found = self._found(wanted, entries)
        states = SOUGHT[wanted.state]
        page = sorted((each for each in found if each.row["state"] in states), key=_order(wanted.sort))
        begin = _behind(wanted.cursor, page)
        ids = [each.row["id"] for each in page[begin : begin + wanted.limit]]
        return _Shown(ids, begin + wanted.limit < len(page), dict(Counter(each.row["state"] for each in found)))

    def _found(self, wanted: SearchRequest, entries: Sequence[Listed]) -> Sequence[Listed]:
        if not (sought := search.words(wanted.text)):
            return entries
        beginning, external = search.id_beginning(sought), self.reader.seals.person(wanted.text)
        return [
            each
            for each in entries
            if search.finds(sought, each.text)
            or external == each.row["external_lookup"]
            or (beginning is not None and str(each.row["id"]).startswith(beginning))
        ]


def _files(names: Iterable[Row]) -> Mapping[UUID, list[SealedName]]:
    files: dict[UUID, list[SealedName]] = {}
    for entry, photo, sealed in names:
        files.setdefault(entry, []).append((photo, sealed))
    return files


def _order(sort: str) -> Callable[[Listed], tuple[object, ...]]:
    orders: Mapping[str, Callable[[Listed], tuple[object, ...]]] = {
        "changed": lambda each: (-each.row["changed_at"].timestamp(), each.row["id"]),
        "ends": lambda each: (each.row["expires_at"], each.row["id"]),
        # Whoever cannot be named stands last.
        "label": lambda each: (not each.words.label, each.words.folded_label, each.row["id"]),
    }
    return orders[sort]


def _behind(cursor: UUID | None, page: Sequence[Listed]) -> int:
    """Where the page after the entry *cursor* begins. Raises Unacceptable where that is not among them any more."""
    if cursor is None:
        return 0
    for place, each in enumerate(page, 1):
        if each.row["id"] == cursor:
            return place
    raise Unacceptable(refusals.BAD_CURSOR.filled())
