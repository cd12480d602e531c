"""What a shared entry says, opened to be sealed anew for its journey, in PostgreSQL as role ``wardwatch_import``."""

from collections.abc import Iterable, Sequence
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
SELECT e.*, l.generation
FROM federation.share AS s INNER JOIN federation.list AS l ON l.name = s.list
INNER JOIN watchlist.entry AS e ON e.id = s.entry_id
WHERE s.list = $1 AND s.entry_id = ANY($2) AND s.approved_at IS NOT NULL AND s.withdrawn_at IS NULL
"""
_PHOTOS: Final = "SELECT * FROM watchlist.photo WHERE entry_id = ANY($1) ORDER BY position"
_NAMED: Final = "SELECT id, entry_id FROM watchlist.photo WHERE entry_id = ANY($1)"
_TEMPLATES: Final = """
SELECT p.entry_id, t.* FROM watchlist.template AS t INNER JOIN watchlist.photo AS p ON p.id = t.photo_id
WHERE p.entry_id = ANY($1) ORDER BY t.model_sha256
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
class Stored:
    """Rows of a shared entry; ``photos`` and ``templates`` are left out where only the travel key was asked for."""

    entry: Row = field(repr=False)
    photos: Sequence[Row] = field(repr=False)
    templates: Sequence[Row] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContentStore:
    """Reads what is shared. Raises StoreAway and Unreadable."""

    database: Database
    seals: Seals

    async def generations(self, list_: str, entry_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Of the travel keys that the list uses now, for those of *entry_ids* of whom something may leave on it."""
        rows = await self.database.rows(_SHARED, list_, entry_ids)
        return {row["id"]: int(row["generation"]) for row in rows if _may_leave(row)}

    async def stored(
        self, list_: str, entry_ids: Sequence[UUID], generation: int, *, key_only: bool = False
    ) -> dict[UUID, Stored]:
        """Entries as they stand, noted in the audit; without those that may not leave under keys of *generation*.

        Whoever asks for the *key_only* can open what was sealed under it before: it is noted all the same.
        """
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_SHARED, list_, entry_ids)
            photos = _by_entry(await connection.fetch(_NAMED if key_only else _PHOTOS, entry_ids))
            templates = _by_entry([] if key_only else await connection.fetch(_TEMPLATES, entry_ids))
            found = {
                row["id"]: Stored(row, () if key_only else photos[row["id"]], templates.get(row["id"], ()))
                for row in rows
                if row["generation"] == generation and _may_leave(row) and row["id"] in photos
            }
            await audit_note.note_each(
                connection,
                PROGRAM,
                "federation.carried",
                kind="entry",
                subjects={
                    str(id_): {"list": list_, "generation": generation, "revision": each.entry["revision"]}
                    for id_, each in found.items()
                },
            )
        return found

    def content(self, stored: Stored) -> Content:
        """What was stored, opened. Raises Unreadable."""
        row = stored.entry
        facts = (row["revision"], state(row["state"]), row["expires_at"], row["min_similarity"])
        if not stored.photos:
            return Content(*facts)
        person, faces = self._opened(row, stored.photos, stored.templates)
        return Content(*facts, person, faces)

    def _opened(
        self, row: Row, photos: Sequence[Row], templates: Sequence[Row]
    ) -> tuple[ListedPerson, tuple[Face, ...]]:
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
        return person, faces

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


def _may_leave(row: Row) -> bool:
    return state(row["state"]) in STATES - {EntryState.ERASED}


def _by_entry(rows: Iterable[Row]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row["entry_id"], []).append(row)
    return found
