"""Whose face each photo of an entry shows, kept in PostgreSQL, which lets no entry be submitted that shows two."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal
from proto.wardwatch.v1.values import Vector, vector_from
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals, Unreadable
from services.watchlist.record.database import Connection
from services.watchlist.rules import one_person

_PHOTOS: Final = "SELECT id, position, person FROM watchlist.photo WHERE entry_id = $1 ORDER BY position"
_UNKNOWN: Final = "SELECT bool_or(person IS NULL) FROM watchlist.photo WHERE entry_id = $1"
_VECTORS: Final = """
SELECT p.id, t.sealed_vector FROM watchlist.photo AS p INNER JOIN watchlist.template AS t ON t.photo_id = p.id
WHERE p.entry_id = $1 AND t.model_sha256 = $2 ORDER BY p.position
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
        rows = await connection.fetch(_VECTORS, entry_id, bytes.fromhex(self.model_sha256))
        # One photo shows one person: it need not be opened.
        opened = rows if len(rows) > 1 else []
        vectors = [self._opened(entry_id, key, row["id"], row["sealed_vector"]) for row in opened]
        numbers = one_person.people(vectors) if vectors else [0] * len(rows)
        await connection.execute(_KEEP, [row["id"] for row in rows], numbers)

    def _opened(self, entry_id: UUID, key: DataKey | None, photo_id: UUID, sealed: bytes) -> Vector:
        about = seals.vector(photo_id, self.model_sha256)
        if key is None:
            return vector_from(self.seals.open(entry_id, sealed, about=about))
        try:
            return vector_from(unseal(key, sealed, about=about))
        except NotOpened as error:
            raise Unreadable(about) from error
