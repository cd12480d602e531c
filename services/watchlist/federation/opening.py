"""Opens what a publisher says of a person, and finds a template of the list's model for each photo."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from proto.wardwatch.v1 import refusals, statements
from proto.wardwatch.v1.listed import ListedEntry, ListedFace, ListedPerson, ListedPhoto, picture_digest
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoEmbedReply
from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal
from proto.wardwatch.v1.values import Aligned, Model, Vector
from services.chassis.errors import Refusal
from services.watchlist.enrolment.photo_client import NoTemplate, PhotoRefused

# As many as enrolment has under way: more would wait at the detector, and time out there.
_AT_ONCE: Final = 4


class Locked(Exception):
    """A key or a face is missing, or does not open; both may still come."""


class NotUsable(Exception):
    """What was opened can never be an entry here."""


class Photos(Protocol):
    """Finds and compares faces in photos; see ``PhotoClient`` for what is raised."""

    async def detect(self, jpeg: bytes) -> PhotoDetectReply: ...
    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply: ...


@dataclass(frozen=True, slots=True, eq=False)
class EnrolledFace:
    """A photo as it is written here."""

    photo: ListedPhoto
    picture: bytes = field(repr=False)  # JPEG
    model: Model
    vector: Vector = field(repr=False)


def opened(list_: str, entry: ListedEntry, travel_key: bytes) -> ListedPerson:
    """What *entry* says of its person. Raises Locked, or NotUsable where its publisher has sealed nonsense."""
    if not travel_key:
        raise Locked("the travel key of the entry is missing")
    try:
        content = unseal(DataKey(travel_key), entry.sealed, about=statements.person_about(list_, entry.entry_id))
    except NotOpened as error:
        raise Locked("the travel key does not open the entry") from error
    try:
        person = ListedPerson.decode(content)
    except ValueError as error:
        raise NotUsable(str(error)) from error
    texts = (person.label, person.category, person.basis, person.evidence, person.instruction, person.note)
    if any("\0" in text for text in (*texts, *(photo.source for photo in person.photos))):
        raise NotUsable("it holds a text that no database takes")
    return person


def pictures(
    list_: str, entry: ListedEntry, person: ListedPerson, travel_key: bytes, faces: Sequence[ListedFace]
) -> list[bytes]:
    """The enrolled faces of *person*, JPEG, in the order of the photos. Raises Locked while one is not here."""
    by_photo = {face.photo_id: face for face in faces if face.entry_id == entry.entry_id}
    found: list[bytes] = []
    for photo in person.photos:
        face = by_photo.get(photo.photo_id)
        if face is None:
            raise Locked("an enrolled face has not come yet")
        about = statements.face_about(list_, entry.entry_id, str(photo.photo_id))
        try:
            picture = unseal(DataKey(travel_key), face.sealed, about=about)
        except NotOpened as error:
            raise Locked("the travel key does not open an enrolled face") from error
        # Faces are not signed themselves: what was signed says which picture each is.
        if picture_digest(picture) != photo.picture_sha256:
            raise Locked("an enrolled face is another than its publisher signed")
        found.append(picture)
    return found


class FaceEmbedder:
    """Gives faces their templates: the publisher's where it is of the list's model, else one that is made here."""

    def __init__(self, photos: Photos, model_sha256: str) -> None:
        self._photos = photos
        self._model_sha256 = model_sha256
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def enrolled(self, person: ListedPerson, faces: Sequence[bytes]) -> list[EnrolledFace]:
        """The photos that can be compared here; one of another model that shows no face to ours is left out.

        Raises NotUsable when none is left, and Refusal (503) when detector or embedder do not answer as they should.
        """
        found: list[EnrolledFace] = []
        for photo, picture in zip(person.photos, faces, strict=True):
            template = self._given(photo) or await self._made(picture)
            if template is not None:
                found.append(EnrolledFace(photo, picture, *template))
        if not found:
            raise NotUsable("the recogniser of this hospital makes a template of none of its photos")
        return found

    def _given(self, photo: ListedPhoto) -> tuple[Model, Vector] | None:
        return next(
            ((each.model, each.vector) for each in photo.templates if each.model.sha256 == self._model_sha256), None
        )

    async def _made(self, picture: bytes) -> tuple[Model, Vector] | None:
        async with self._places:
            try:
                found = await self._photos.detect(picture)
                if not found.faces:
                    return None
                embedded = await self._photos.embed((found.faces[0].aligned,))
            except (PhotoRefused, NoTemplate):
                return None
        if embedded.model.sha256 != self._model_sha256 or len(embedded.vectors) != 1:
            raise Refusal(503, refusals.OTHER_MODEL.filled())
        return embedded.model, embedded.vectors[0]
