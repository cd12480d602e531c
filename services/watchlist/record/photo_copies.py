"""Photos of one entry copied into the draft that takes its place, in PostgreSQL as role ``wardwatch_import``."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from proto.wardwatch.v1.entries import EntryView
from proto.wardwatch.v1.sealing import DataKey
from proto.wardwatch.v1.values import Model, Quality, vector_from
from services.watchlist.keys import seals
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_store import change, check_state, locked
from services.watchlist.record.photo_store import NewPhoto, PhotoStore
from services.watchlist.rules.entry_rules import MOST_PHOTOS
from services.watchlist.rules.holder import Holder

_SAME: Final = """
SELECT EXISTS (
    SELECT FROM watchlist.likeness WHERE entry_id = $1 AND other_id = $2 AND decision = 'same_person'
)
"""
# Not what the draft has already, nor a photo that raised false alerts.
_TO_COPY: Final = """
SELECT p.*, t.model_name, t.sealed_vector FROM watchlist.photo AS p
INNER JOIN watchlist.template AS t ON t.photo_id = p.id AND t.model_sha256 = $3
WHERE p.entry_id = $2 AND p.suspended_at IS NULL
    AND NOT EXISTS (SELECT FROM watchlist.photo AS o WHERE o.entry_id = $1 AND o.file_sha256 = p.file_sha256)
ORDER BY p.position
"""


@dataclass(frozen=True, slots=True)
class PhotoCopies:
    """Typed access. Raises Forbidden, StoreAway, Unreadable, and Refusal where the entry is no draft."""

    database: Database
    reader: EntryReader
    photos: PhotoStore

    async def copy(self, entry_id: UUID, other_id: UUID, key: DataKey, by: Holder) -> EntryView | None:
        """Copy the photos of *other_id*, as many as there is room for, sealed anew under the draft's *key*.

        Their warnings are to be accepted anew. None when nobody has decided that the two are the same person.
        """
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None or not await connection.fetchval(_SAME, entry_id, other_id):
                return None

            check_state(row, "draft")
            copied = await self._copied(connection, entry_id, other_id, key)
            if copied:
                await change(connection, entry_id, by, f"{copied} photos taken over from entry {other_id}")
            await self.photos.faces.persons(connection, entry_id, key)
            return await self.reader.view(connection, entry_id, by)

    async def _copied(self, connection: Connection, entry_id: UUID, other_id: UUID, key: DataKey) -> int:
        taken = await connection.fetch("SELECT position FROM watchlist.photo WHERE entry_id = $1", entry_id)
        free = sorted(set(range(MOST_PHOTOS)) - {row["position"] for row in taken})
        model = bytes.fromhex(self.photos.faces.model_sha256)
        rows = await connection.fetch(_TO_COPY, entry_id, other_id, model)
        for position, row in zip(free, rows, strict=False):
            await self.photos.insert(connection, entry_id, self._copy(row, entry_id, position), key)
        return min(len(free), len(rows))

    def _copy(self, row: Row, entry_id: UUID, position: int) -> NewPhoto:
        opener, other_id, photo_id = self.reader.seals, row["entry_id"], row["id"]
        model = Model(row["model_name"], self.photos.faces.model_sha256)
        sealed_vector = opener.open(other_id, row["sealed_vector"], about=seals.vector(photo_id, model.sha256))
        return NewPhoto(
            photo_id=uuid5(entry_id, row["file_sha256"].hex()),
            position=position,
            name=opener.text(other_id, row["sealed_name"], about=seals.name(other_id, photo_id)),
            source=row["source"],
            taken_at=row["taken_at"],
            file_sha256=row["file_sha256"],
            picture=opener.open(other_id, row["sealed_picture"], about=seals.picture(other_id, photo_id)),
            # Of the score nothing is kept.
            quality=Quality(
                0.0,
                row["face_px"],
                row["eye_distance_px"],
                row["sharpness"],
                row["yaw_degrees"],
                row["roll_degrees"],
                row["exposure"],
            ),
            model=model,
            vector=vector_from(sealed_vector),
            warnings=tuple(row["warnings"]),
        )
