"""Whose face each photo of an entry shows, kept in PostgreSQL, which lets no entry be submitted that shows two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal
from proto.wardwatch.v1.values import Vector, vector_from
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals, Unreadable
from services.watchlist.record.database import Connection, Row
from services.watchlist.rules import one_person

_PHOTOS: Final = "SELECT id, position, person FROM watchlist.photo WHERE entry_id = $1 ORDER BY position"
_UNKNOWN: Final = "SELECT bool_or(person IS NULL) FROM watchlist.photo WHERE entry_id = $1"
_VECTORS: Final = """
SELECT p.id, p.entry_id, t.sealed_vector
FROM watchlist.photo AS p INNER JOIN watchlist.template AS t ON t.photo_id = p.id
WHERE p.entry_id = ANY($1::uuid []) AND t.model_sha256 = $2 ORDER BY p.entry_id, p.position
"""
_KEEP: Final = """
UPDATE watchlist.photo AS p SET person = f.person
FROM unnest($1::uuid [], $2::smallint []) AS f (id, person) WHERE p.id = f.id
"""
# All files of a person whose photos show several are rejected, for nobody knows which is the wrong one.
_MARK: Final = """
UPDATE watchlist.batch_item AS i SET
    verdict = CASE
        WHEN s.several OR i.codes && ARRAY['no_row', 'spelled_differently'] THEN 'rejected'
        WHEN cardinality(p.warnings) > 0 THEN 'warning' ELSE 'ready'
    END,
    codes = array_remove(i.codes, 'unlike_others') || CASE WHEN s.several THEN ARRAY['unlike_others'] ELSE '{}' END
FROM watchlist.photo AS p, (
    SELECT count(DISTINCT person) > 1 AS several FROM watchlist.photo WHERE entry_id = $1
) AS s
WHERE i.entry_id = $1 AND i.kind = 'file' AND p.entry_id = $1 AND p.file_sha256 = i.file_sha256
    AND s.several <> ('unlike_others' = ANY (i.codes))
"""


@dataclass(frozen=True, slots=True)
class SameFace:
    """Opens and compares an entry's templates of the list's model: ten at most, which takes no time."""

    seals: Seals
    model_sha256: str

    async def persons(self, connection: Connection, entry_id: UUID, key: DataKey | None = None) -> dict[int, int]:
        """Whose face each photo shows, by its position, compared now where that is not known yet.

        *key* is the entry's, where it may not have come here yet. Raises Unreadable.
        """
        rows = await connection.fetch(_PHOTOS, entry_id)
        if any(row["person"] is None for row in rows):
            await self.compare(connection, entry_id, key)
            await connection.execute(_MARK, entry_id)
            rows = await connection.fetch(_PHOTOS, entry_id)
        # A photo without a template of the list's model is compared with none, so it is nobody's known to be.
        return {row["position"]: -1 if row["person"] is None else row["person"] for row in rows}

    async def report(self, connection: Connection, entry_id: UUID, key: DataKey | None = None) -> None:
        """The same, for the report of the entry's import: it says whether the photos show one person."""
        if await connection.fetchval(_UNKNOWN, entry_id):
            await self.compare(connection, entry_id, key)
        await connection.execute(_MARK, entry_id)

    async def compare(self, connection: Connection, entry_id: UUID, key: DataKey | None) -> None:
        """Keep whose face each photo shows, of an entry that no import has brought. *key* and errors as above."""
        await self.compare_all(connection, {entry_id: key})

    async def compare_all(self, connection: Connection, keys: Mapping[UUID, DataKey | None]) -> None:
        """The same of several entries, in two round trips; *keys* by entry."""
        rows = await connection.fetch(_VECTORS, list(keys), bytes.fromhex(self.model_sha256))
        photos: list[UUID] = []
        persons: list[int] = []
        for entry_id, each in groupby(rows, itemgetter("entry_id")):
            mine = list(each)
            photos += [row["id"] for row in mine]
            persons += self._persons(entry_id, keys[entry_id], mine)
        await connection.execute(_KEEP, photos, persons)

    def _persons(self, entry_id: UUID, key: DataKey | None, rows: Sequence[Row]) -> Sequence[int]:
        # One photo shows one person: it need not be opened.
        if len(rows) == 1:
            return [0]
        return one_person.people([self._opened(entry_id, key, row["id"], row["sealed_vector"]) for row in rows])

    def _opened(self, entry_id: UUID, key: DataKey | None, photo_id: UUID, sealed: bytes) -> Vector:
        about = seals.vector(photo_id, self.model_sha256)
        if key is None:
            return vector_from(self.seals.open(entry_id, sealed, about=about))
        try:
            return vector_from(unseal(key, sealed, about=about))
        except NotOpened as error:
            raise Unreadable(about) from error
