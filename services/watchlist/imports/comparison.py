"""Everybody in an import against everybody else: opened and compared in blocks, off the event loop."""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal
from proto.wardwatch.v1.values import Vector, vector_from
from services.watchlist.enrolment.lookalikes import ListedSearch
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Keys
from services.watchlist.record.likeness_store import SealedVector
from services.watchlist.rules import likeness
from services.watchlist.rules.likeness import ALIKE, Similarities

Matrix = NDArray[np.float32]  # (rows, dimension), unit length

# Rows compared at a time: 512 by 10,000 cosines are 20 MB.
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """Vectors with whose they are, row by row."""

    entries: list[UUID]
    matrix: Matrix


class ImportComparison:
    """Opens and compares in a thread of its own, which is ended when this is left."""

    def __init__(self, listed: ListedSearch, keys: Keys, model_sha256: str) -> None:
        self._listed = listed
        self._keys = keys
        self._model_sha256 = model_sha256
        self._comparing = ThreadPoolExecutor(1, "import-comparison")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._comparing.shutdown(wait=False, cancel_futures=True)

    async def of(self, own: Sequence[SealedVector], others: Sequence[SealedVector]) -> dict[UUID, Similarities]:
        """Whom the entries of *own* resemble: each other, *others*, and those that match now.

        A pair within *own* is named once, at the entry with the greater id, so that it is decided on once.
        """
        loop = asyncio.get_running_loop()
        keys = {each: self._keys.key(each) for each in {s.entry_id for s in (*own, *others)} if self._keys.knows(each)}
        opened, alike = await loop.run_in_executor(self._comparing, self._compare, own, others, keys)
        mine = set(opened.entries)
        resembled = await self._listed.above(list(opened.matrix), ALIKE)
        for entry_id, found in zip(opened.entries, resembled, strict=True):
            near = {other: similarity for other, similarity in found.items() if other not in mine}
            if near:
                alike[entry_id] = likeness.merged(alike.get(entry_id, {}), near)
        opened.matrix.fill(0)  # as in ``likeness.alike``
        return alike

    def _compare(
        self, own: Sequence[SealedVector], others: Sequence[SealedVector], keys: dict[UUID, DataKey]
    ) -> tuple[_Opened, dict[UUID, Similarities]]:
        mine, theirs = self._opened(own, keys), self._opened(others, keys)
        alike: dict[UUID, Similarities] = {}
        for start in range(0, len(mine.entries), _BLOCK):
            block = mine.matrix[start : start + _BLOCK]
            _note(alike, mine.entries[start : start + _BLOCK], mine.entries, block @ mine.matrix.T, within=True)
            if theirs.entries:
                cosines = block @ theirs.matrix.T
                _note(alike, mine.entries[start : start + _BLOCK], theirs.entries, cosines, within=False)
        theirs.matrix.fill(0)
        return mine, alike

    def _opened(self, sealed: Iterable[SealedVector], keys: dict[UUID, DataKey]) -> _Opened:
        entries: list[UUID] = []
        vectors: list[Vector] = []
        for each in sealed:
            key = keys.get(each.entry_id)
            if key is None:
                continue
            try:
                about = seals.vector(each.photo_id, self._model_sha256)
                vectors.append(vector_from(unseal(key, each.sealed, about=about)))
            except NotOpened:
                continue
            entries.append(each.listed_as)
        matrix: Matrix = np.stack(vectors) if vectors else np.empty((0, 0), np.float32)
        return _Opened(entries, matrix)


def _note(
    alike: dict[UUID, Similarities], rows: Sequence[UUID], columns: Sequence[UUID], cosines: Matrix, *, within: bool
) -> None:
    for row, column in np.argwhere(cosines >= ALIKE):
        entry_id, other = rows[row], columns[column]
        if entry_id == other or (within and entry_id < other):
            continue
        found = alike.setdefault(entry_id, {})
        found[other] = max(float(cosines[row, column]), found.get(other, ALIKE))
