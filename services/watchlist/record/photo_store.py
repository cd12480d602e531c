"""Enrolled photos in PostgreSQL, as role ``wardwatch_import``: the cut-out face, its measures and its vector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import EntryView
from proto.wardwatch.v1.sealing import DataKey
from proto.wardwatch.v1.values import Model, Quality, Vector, vector_to
from services.chassis.errors import Refusal
from services.watchlist.keys import seals
from services.watchlist.record import audit_note
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_store import change, check_state, locked
from services.watchlist.record.same_face import SameFace
from services.watchlist.rules.entry_rules import Unacceptable
from services.watchlist.rules.holder import Holder

# An import still has to account for the file of a photo that was taken away.
_LEFT_OUT: Final = """
UPDATE watchlist.batch_item SET
    entry_id = NULL, verdict = 'rejected', codes = array_append(array_remove(codes, 'unlike_others'), 'removed')
WHERE entry_id = $1 AND file_sha256 = $2 AND kind = 'file'
"""

_INSERT: Final = (
    "INSERT INTO watchlist.photo (id, entry_id, position, sealed_name, file_sha256, source, taken_at,"
    " sealed_picture, face_px, eye_distance_px, sharpness, yaw_degrees, roll_degrees, exposure, warnings)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
)
_INSERT_TEMPLATE: Final = (
    "INSERT INTO watchlist.template (photo_id, model_name, model_sha256, sealed_vector) VALUES ($1, $2, $3, $4)"
)


@dataclass(frozen=True, slots=True, eq=False)
class NewPhoto:
    """A photo that was not rejected; ``warnings`` are the codes that somebody must accept."""

    photo_id: UUID
    position: int
    name: str = field(repr=False)
    source: str
    taken_at: datetime | None
    file_sha256: bytes
    picture: bytes = field(repr=False)  # JPEG
    quality: Quality
    model: Model
    vector: Vector = field(repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoStore:
    """Typed access. All raise Forbidden, StoreAway and Unreadable; those that change the entry need it as a draft."""

    database: Database
    reader: EntryReader
    faces: SameFace

    async def add(self, entry_id: UUID, photo: NewPhoto, key: DataKey, by: Holder) -> Mapping[int, int] | None:
        """Keep a photo, sealed under *key*; the same file in the same place again changes nothing.

        Returns whose face each of the entry's photos shows, by its position; None when there is no such entry.
        """
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            there = await connection.fetchval(
                "SELECT file_sha256 FROM watchlist.photo WHERE entry_id = $1 AND position = $2",
                entry_id,
                photo.position,
            )
            if there != photo.file_sha256:
                check_state(row, "draft")
                await self.insert(connection, entry_id, photo, key)
                await change(connection, entry_id, by, f"photo {photo.position} added")
            return await self.faces.persons(connection, entry_id, key)

    async def remove(self, entry_id: UUID, position: int, by: Holder, reason: str) -> EntryView | None:
        """Take a photo away from a draft; what the others show is compared anew."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            photo = await _photo(connection, entry_id, position)
            if row is None or photo is None:
                return None

            check_state(row, "draft")
            await connection.execute("DELETE FROM watchlist.photo WHERE id = $1", photo["id"])
            await change(connection, entry_id, by, f"photo {position} removed: {reason}")
            await connection.execute(_LEFT_OUT, entry_id, photo["file_sha256"])
            await self.faces.persons(connection, entry_id)
            return await self.reader.view(connection, entry_id, by)

    async def persons(self, entry_id: UUID) -> Mapping[int, int]:
        """Whose face each photo of an entry shows, by its position; nothing when there is no such entry."""
        async with self.database.transaction() as connection:
            await locked(connection, entry_id)
            return await self.faces.persons(connection, entry_id)

    async def accept(
        self, entry_id: UUID, position: int, codes: tuple[str, ...], by: Holder, reason: str
    ) -> EntryView | None:
        """Accept the warnings *codes* of a photo. Raises Unacceptable when it has no such warning."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            photo = await _photo(connection, entry_id, position)
            if row is None or photo is None:
                return None

            check_state(row, "draft")
            if unknown := sorted(set(codes) - set(photo["warnings"])):
                raise Unacceptable(refusals.NO_WARNING.filled(position=position, warnings=", ".join(unknown)))
            accepted = sorted({*photo["accepted_findings"], *codes})
            if (accepted, reason) != (photo["accepted_findings"], photo["accepted_reason"]):
                await connection.execute(
                    "UPDATE watchlist.photo SET accepted_findings = $2, accepted_reason = $3 WHERE id = $1",
                    photo["id"],
                    accepted,
                    reason,
                )
                await change(connection, entry_id, by, reason)
            return await self.reader.view(connection, entry_id, by)

    async def release(self, entry_id: UUID, position: int, by: Holder, reason: str) -> EntryView | None:
        """Let a suspended photo match again."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            photo = await _photo(connection, entry_id, position)
            if row is None or photo is None:
                return None

            check_state(row, "active", "suspended", "expired")
            if photo["suspended_at"] is None:
                raise Refusal(409, refusals.PHOTO_NOT_SUSPENDED.filled(position=position))
            await connection.execute(
                "UPDATE watchlist.photo SET suspended_at = NULL, suspended_reason = '' WHERE id = $1", photo["id"]
            )
            await change(connection, entry_id, by, reason)
            return await self.reader.view(connection, entry_id, by)

    async def picture(self, entry_id: UUID, position: int, reader: Holder) -> bytes | None:
        """The enrolled face as a JPEG; reading it is noted. Raises Refusal (429) when *reader* looks too fast."""
        async with self.database.transaction() as connection:
            photo = await _photo(connection, entry_id, position)
            if photo is None:
                return None

            wait = await audit_note.admit(connection, reader)
            if not wait:
                details = {"position": position}
                await audit_note.note(
                    connection, reader, "photo.read", kind="entry", subject=str(entry_id), details=details
                )
                about = seals.picture(entry_id, photo["id"])
                return self.reader.seals.open(entry_id, photo["sealed_picture"], about=about)
        raise audit_note.too_fast(wait)

    async def insert(self, connection: Connection, entry_id: UUID, photo: NewPhoto, key: DataKey) -> None:
        """Write a photo and its template inside the caller's transaction."""
        await self.insert_all(connection, [(entry_id, photo, key)])

    async def insert_all(self, connection: Connection, photos: Sequence[tuple[UUID, NewPhoto, DataKey]]) -> None:
        """Write photos and their templates, each of an entry and sealed under its key, in two round trips."""
        await connection.executemany(_INSERT, [self._values(*each) for each in photos])
        await connection.executemany(_INSERT_TEMPLATE, [self._template(photo, key) for _, photo, key in photos])

    def _values(self, entry_id: UUID, photo: NewPhoto, key: DataKey) -> tuple[object, ...]:
        closed, quality = self.reader.seals, photo.quality
        return (
            photo.photo_id,
            entry_id,
            photo.position,
            closed.close(key, photo.name.encode(), about=seals.name(entry_id, photo.photo_id)),
            photo.file_sha256,
            photo.source,
            photo.taken_at,
            closed.close(key, photo.picture, about=seals.picture(entry_id, photo.photo_id)),
            quality.face_px,
            quality.eye_distance_px,
            quality.sharpness,
            quality.yaw_degrees,
            quality.roll_degrees,
            quality.exposure,
            sorted(set(photo.warnings)),
        )

    def _template(self, photo: NewPhoto, key: DataKey) -> tuple[object, ...]:
        model = photo.model
        about = seals.vector(photo.photo_id, model.sha256)
        vector = self.reader.seals.close(key, vector_to(photo.vector), about=about)
        return photo.photo_id, model.name, bytes.fromhex(model.sha256), vector


async def _photo(connection: Connection, entry_id: UUID, position: int) -> Row | None:
    return await connection.fetchrow(
        "SELECT * FROM watchlist.photo WHERE entry_id = $1 AND position = $2", entry_id, position
    )
