"""What a shared entry says, opened to be sealed anew for its journey, in PostgreSQL as role ``wardwatch_import``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.listed import STATES, ListedPerson, ListedPhoto, ListedTemplate, picture_digest
from proto.wardwatch.v1.values import EntryState, Model, Quality, vector_from
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record import audit_note
from services.watchlist.record.database import Database, Row
from services.watchlist.record.errors import state
from services.watchlist.rules.holder import PROGRAM

_SHARED: Final = """
SELECT l.generation, e.state, s.approved_at IS NOT NULL AND s.withdrawn_at IS NULL AS is_shared
FROM federation.share AS s INNER JOIN federation.list AS l ON l.name = s.list
INNER JOIN watchlist.entry AS e ON e.id = s.entry_id
WHERE s.list = $1 AND s.entry_id = $2
"""
_PHOTOS: Final = "SELECT * FROM watchlist.photo WHERE entry_id = $1 ORDER BY position"
_NAMED: Final = "SELECT id FROM watchlist.photo WHERE entry_id = $1"
_TEMPLATES: Final = """
SELECT t.* FROM watchlist.template AS t INNER JOIN watchlist.photo AS p ON p.id = t.photo_id
WHERE p.entry_id = $1 ORDER BY t.model_sha256
"""


@dataclass(frozen=True, slots=True)
class Face:
    """An enrolled face as a JPEG."""

    photo_id: UUID
    picture: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """A shared entry, open: in memory only, until it is sealed under its travel key. ``person`` and ``faces`` are left
    out where only that key was asked for.
    """

    revision: int
    state: EntryState
    expires_at: datetime
    min_similarity: float
    person: ListedPerson | None = field(repr=False, default=None)
    faces: tuple[Face, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class ContentStore:
    """Reads what is shared. Raises StoreAway and Unreadable."""

    database: Database
    seals: Seals

    async def generation(self, list_: str, entry_id: UUID) -> int | None:
        """Of the travel keys that the list uses now; None when nothing of the entry may leave on this list."""
        async with self.database.transaction() as connection:
            return _generation(await connection.fetchrow(_SHARED, list_, entry_id))

    async def content(self, list_: str, entry_id: UUID, generation: int, *, key_only: bool = False) -> Content | None:
        """The entry as it stands, noted in the audit; None when it may not leave under keys of *generation*.

        Whoever asks for the *key_only* can open what was sealed under it before: it is noted all the same.
        """
        async with self.database.transaction() as connection:
            if _generation(await connection.fetchrow(_SHARED, list_, entry_id)) != generation:
                return None
            row = await connection.fetchrow("SELECT * FROM watchlist.entry WHERE id = $1", entry_id)
            photos = await connection.fetch(_NAMED if key_only else _PHOTOS, entry_id)
            templates = [] if key_only else await connection.fetch(_TEMPLATES, entry_id)
            if row is None or row["state"] == "erased" or not photos:
                return None
            details = {"list": list_, "generation": generation, "revision": row["revision"]}
            await audit_note.note(
                connection, PROGRAM, "federation.carried", kind="entry", subject=str(entry_id), details=details
            )
        if key_only:
            return Content(row["revision"], state(row["state"]), row["expires_at"], row["min_similarity"])
        return self._opened(row, photos, templates)

    def _opened(self, row: Row, photos: Sequence[Row], templates: Sequence[Row]) -> Content:
        entry_id: UUID = row["id"]
        faces = tuple(
            Face(p["id"], self.seals.open(entry_id, p["sealed_picture"], about=seals.picture(entry_id, p["id"])))
            for p in photos
        )
        person = ListedPerson(
            label=self.seals.text(entry_id, row["sealed_label"], about=seals.label(entry_id)),
            category=row["category"],
            basis=row["basis"],
            evidence=row["evidence"],
            instruction=row["instruction"],
            note=self.seals.text(entry_id, row["sealed_note"], about=seals.note(entry_id)),
            begins_at=row["stands_from"],
            photos=tuple(
                self._photo(photo, face, [t for t in templates if t["photo_id"] == photo["id"]])
                for photo, face in zip(photos, faces, strict=True)
            ),
        )
        return Content(row["revision"], state(row["state"]), row["expires_at"], row["min_similarity"], person, faces)

    def _photo(self, row: Row, face: Face, templates: Sequence[Row]) -> ListedPhoto:
        return ListedPhoto(
            photo_id=row["id"],
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
            source=row["source"],
            taken_at=row["taken_at"],
            picture_sha256=picture_digest(face.picture),
            templates=tuple(self._template(row["entry_id"], each) for each in templates),
            suspended=row["suspended_at"] is not None,
        )

    def _template(self, entry_id: UUID, row: Row) -> ListedTemplate:
        model = Model(row["model_name"], row["model_sha256"].hex())
        about = seals.vector(row["photo_id"], model.sha256)
        return ListedTemplate(model, vector_from(self.seals.open(entry_id, row["sealed_vector"], about=about)))


def _generation(row: Row | None) -> int | None:
    if row is None or not row["is_shared"] or state(row["state"]) not in STATES - {EntryState.ERASED}:
        return None
    return int(row["generation"])
