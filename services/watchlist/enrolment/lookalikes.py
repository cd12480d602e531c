"""Finds whom an entry resembles: matchers are asked about who is listed, the vectors of all others are opened."""

import asyncio
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, Self
from uuid import UUID

from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal
from proto.wardwatch.v1.values import Vector, vector_from
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Keys, Unreadable
from services.watchlist.record.likeness_store import SealedVector
from services.watchlist.rules import likeness
from services.watchlist.rules.likeness import ALIKE, Similarities


class ListedSearch(Protocol):
    """Finds entries that match now and resemble a face, for each of several; see ``AlikeClient``."""

    async def above(self, vectors: Sequence[Vector], similarity: float) -> list[Similarities]: ...


class Templates(Protocol):
    """Gives sealed vectors to compare; see ``LikenessStore``."""

    async def vectors(self, entry_id: UUID, model_sha256: str) -> list[SealedVector]: ...
    async def every_vector(self, model_sha256: str) -> list[SealedVector]: ...


class LookAlikes:
    """Opens and compares in a thread of its own, which is ended when this is left."""

    def __init__(self, templates: Templates, listed: ListedSearch, keys: Keys, model_sha256: str) -> None:
        self._templates = templates
        self._listed = listed
        self._keys = keys
        self._model_sha256 = model_sha256
        self._comparing = ThreadPoolExecutor(1, "look-alikes")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._comparing.shutdown(wait=False, cancel_futures=True)

    async def of(self, entry_id: UUID) -> Similarities:
        """Highest cosine by entry, from where two faces are alike.

        Raises Unreadable when the entry's own vectors cannot be opened here; another's that cannot are not compared.
        """
        sealed = await self._templates.vectors(entry_id, self._model_sha256)
        keys = {owner: self._keys.key(owner) for owner in {each.entry_id for each in sealed} if self._keys.knows(owner)}
        loop = asyncio.get_running_loop()
        own, found = await loop.run_in_executor(self._comparing, self._compared, entry_id, sealed, keys)
        together = likeness.merged(found, *await self._listed.above(own, ALIKE))
        for itself in {entry_id, *(each.listed_as for each in sealed if each.entry_id == entry_id)}:
            together.pop(itself, None)
        return together

    async def by(self, vector: Vector) -> Collection[UUID]:
        """The entries of any state with a photo that *vector* is alike; most alike first. Nobody else is asked.

        An entry whose key is not here cannot be compared. Raises StoreAway.
        """
        sealed = await self._templates.every_vector(self._model_sha256)
        keys = {owner: self._keys.key(owner) for owner in {each.entry_id for each in sealed} if self._keys.knows(owner)}
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._comparing, self._compared_with, vector, sealed, keys)
        return sorted(found, key=lambda entry_id: -found[entry_id])

    def _compared_with(self, vector: Vector, sealed: list[SealedVector], keys: dict[UUID, DataKey]) -> Similarities:
        opened = ((each.listed_as, self._vector(each, keys.get(each.entry_id))) for each in sealed)
        return likeness.alike([vector], ((owner, other) for owner, other in opened if other is not None))

    def _compared(
        self, entry_id: UUID, sealed: list[SealedVector], keys: dict[UUID, DataKey]
    ) -> tuple[list[Vector], Similarities]:
        own: list[Vector] = []
        others: list[tuple[UUID, Vector]] = []
        for each in sealed:
            vector = self._vector(each, keys.get(each.entry_id))
            if each.entry_id != entry_id:
                others += [] if vector is None else [(each.listed_as, vector)]
            elif vector is None:
                raise Unreadable(str(entry_id))
            else:
                own.append(vector)
        return own, likeness.alike(own, others)

    def _vector(self, each: SealedVector, key: DataKey | None) -> Vector | None:
        if key is None:
            return None
        try:
            return vector_from(unseal(key, each.sealed, about=seals.vector(each.photo_id, self._model_sha256)))
        except NotOpened:
            return None
