"""Finds whom an entry resembles: in the index where that holds them, by opening their vectors where it does not."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, Self
from uuid import UUID

from proto.wardwatch.v1.values import Vector, uuid_or_none, vector_from
from services.matcher.core import Neighbour
from services.matcher.enrolment import likeness
from services.matcher.enrolment.likeness import ALIKE, Found
from services.matcher.keys import seals
from services.matcher.keys.sealing import DataKey, NotOpened, unseal
from services.matcher.keys.seals import Keys, Unreadable
from services.matcher.record.likeness_store import SealedVector


class Listed(Protocol):
    """Finds enrolled photos of entries that match now; see ``ListIndex``."""

    async def above(self, vector: Vector, similarity: float) -> list[Neighbour]: ...


class Templates(Protocol):
    """Gives sealed vectors to compare; see ``LikenessStore``."""

    async def vectors(self, entry_id: UUID, model_sha256: str) -> list[SealedVector]: ...


class LookAlikes:
    """Opens and compares in a thread of its own, which is ended when this is left."""

    def __init__(self, templates: Templates, listed: Listed, keys: Keys, model_sha256: str) -> None:
        self._templates = templates
        self._listed = listed
        self._keys = keys
        self._model_sha256 = model_sha256
        self._comparing = ThreadPoolExecutor(1, "look-alikes")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._comparing.shutdown(wait=False, cancel_futures=True)

    async def of(self, entry_id: UUID) -> Found:
        """Highest cosine by entry, from where two faces are alike.

        Raises Unreadable when the entry's own vectors cannot be opened here; another's that cannot are not compared.
        """
        sealed = await self._templates.vectors(entry_id, self._model_sha256)
        keys = {owner: self._keys.key(owner) for owner in {each.entry_id for each in sealed} if self._keys.knows(owner)}
        loop = asyncio.get_running_loop()
        own, found = await loop.run_in_executor(self._comparing, self._compared, entry_id, sealed, keys)
        near = [await self._listed.above(vector, ALIKE) for vector in own]
        return likeness.merged(found, *(_by_entry(neighbours, entry_id) for neighbours in near))

    def _compared(
        self, entry_id: UUID, sealed: list[SealedVector], keys: dict[UUID, DataKey]
    ) -> tuple[list[Vector], Found]:
        own: list[Vector] = []
        others: list[tuple[UUID, Vector]] = []
        for each in sealed:
            vector = self._vector(each, keys.get(each.entry_id))
            if each.entry_id != entry_id:
                others += [] if vector is None else [(each.entry_id, vector)]
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


def _by_entry(neighbours: list[Neighbour], own: UUID) -> Found:
    found: Found = {}
    for neighbour in neighbours:
        # The stream may hold entries of other hospitals; whatever they call them, they are not in this record.
        entry_id = uuid_or_none(neighbour.entry_id)
        if entry_id is not None and entry_id != own:
            found[entry_id] = max(neighbour.similarity, found.get(entry_id, neighbour.similarity))
    return found
