"""Gives the content of shared entries to the service that carries them: sealed, with the travel key it is sealed under.

Whether an entry may leave is what two people wrote in the record; who asks is authenticated by the bus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.federation import ListedContent, ListedContentRequest
from proto.wardwatch.v1.listed import ListedFace
from proto.wardwatch.v1.sealing import DataKey, NotOpened
from proto.wardwatch.v1.statements import face_about, person_about, travel_owner
from services.chassis.errors import NoAnswer, NotStored, Refusal
from services.chassis.gathering import Gathering
from services.watchlist.keys.keyring import KeyGone
from services.watchlist.keys.seals import Seals, Unreadable
from services.watchlist.record.content_store import Content, ContentStore, Stored
from services.watchlist.record.errors import StoreAway

# Audited commits wait for each other, and a picture is held for each.
_TOGETHER: Final = 16


class Keys(Protocol):
    """Data keys by their owners; see ``Keyring``. Both raise NotStored; ``make`` raises KeyGone where one was."""

    async def make(self, owner: UUID) -> DataKey: ...
    async def destroy(self, owner: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class _Alike:
    """What requests have in common that are answered together."""

    list_: str
    generation: int
    key_only: bool


class ShareContent:
    """Answers requests for content; those that come at once are answered from one look at the record."""

    def __init__(self, store: ContentStore, keys: Keys, seals: Seals) -> None:
        self._store = store
        self._keys = keys
        self._seals = seals
        self._generations = Gathering[str, UUID, int | None](self._generations_of, most=_TOGETHER)
        self._stored = Gathering[_Alike, UUID, Stored | None](self._stored_of, most=_TOGETHER)

    async def __call__(self, payload: bytes) -> bytes:
        """The content of an entry. Raises Refusal: 400 not understood, 409 may not leave, 503 try again."""
        try:
            request = ListedContentRequest.decode(payload)
        except ValueError as error:
            raise Refusal(400, refusals.NOT_VALID.filled(faults=error, fields=[])) from error
        try:
            return (await self._content(request)).encode()
        except KeyGone as error:  # it was destroyed with what it was of: this travels no more
            raise Refusal(409, refusals.KEY_AWAY.filled()) from error
        except (Unreadable, NotOpened) as error:
            raise Refusal(503, refusals.KEY_AWAY.filled()) from error
        except StoreAway as error:
            raise Refusal(503, refusals.RECORD_AWAY.filled()) from error
        except (NotStored, NoAnswer) as error:
            raise Refusal(503, refusals.NOT_STORED.filled()) from error

    async def _content(self, request: ListedContentRequest) -> ListedContent:
        entry_id = UUID(request.entry_id)
        if await self._generations(request.list_, entry_id) != request.generation:
            raise Refusal(409, refusals.NOT_SHARED.filled(list=request.list_))
        owner = travel_owner(request.list_, request.entry_id, request.generation)
        key = await self._keys.make(owner)
        # Read once the key is there: whoever ends the entry from now on destroys this key as well. Before, nobody did.
        stored = await self._stored(_Alike(request.list_, request.generation, request.key_only), entry_id)
        if stored is None:
            await self._keys.destroy(owner)
            raise Refusal(409, refusals.NOT_SHARED.filled(list=request.list_))
        return self._sealed(request, self._store.content(stored), key)

    async def _generations_of(self, list_: str, entry_ids: Sequence[UUID]) -> list[int | None]:
        found = await self._store.generations(list_, entry_ids)
        return [found.get(each) for each in entry_ids]

    async def _stored_of(self, of: _Alike, entry_ids: Sequence[UUID]) -> list[Stored | None]:
        found = await self._store.stored(of.list_, entry_ids, of.generation, key_only=of.key_only)
        return [found.get(each) for each in entry_ids]

    def _sealed(self, request: ListedContentRequest, content: Content, key: DataKey) -> ListedContent:
        list_, entry_id = request.list_, request.entry_id
        about = person_about(list_, entry_id)
        person = b"" if content.person is None else self._seals.close(key, content.person.encode(), about=about)
        faces = tuple(
            ListedFace(
                request.entry_id,
                face.photo_id,
                request.generation,
                self._seals.close(key, face.picture, about=face_about(list_, entry_id, str(face.photo_id))),
            )
            for face in content.faces
        )
        return ListedContent(
            content.revision, content.state, content.expires_at, content.min_similarity, key, person, faces
        )
