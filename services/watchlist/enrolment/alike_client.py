"""Whom faces resemble among those who are listed now: asked of a matcher, which has their vectors in its index."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.requests import AlikeRequest, AlikeResponse, Crowd
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Vector, uuid_or_none
from services.chassis.errors import NoAnswer, Refusal
from services.watchlist.rules.likeness import Similarities

_AT_ONCE: Final = 128
# Each vector is compared with the whole list: a list of 100,000 takes about a second for so many.
_SECONDS: Final = 20.0


class RequestBus(Protocol):
    """Sends a request to a service; raises Refusal with its words, or NoAnswer. See ``Bus``."""

    async def request(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes: ...


class AlikeClient:
    """Asks ``alike.matchers`` about vectors of one recogniser."""

    def __init__(self, bus: RequestBus, model_sha256: str) -> None:
        self._bus = bus
        self._model_sha256 = model_sha256

    async def above(self, vectors: Sequence[Vector], similarity: float) -> list[Similarities]:
        """For each vector the entries at least so similar. Raises Refusal (503) when no matcher can say."""
        found: list[Similarities] = []
        for start in range(0, len(vectors), _AT_ONCE):
            found += await self._ask(tuple(vectors[start : start + _AT_ONCE]), similarity)
        return found

    async def crowd(self, vectors: Sequence[Vector]) -> Crowd:
        """How near *vectors*, 128 at most, are to the whole list. Raises Refusal (503) when no matcher can say."""
        return (await self._asked(tuple(vectors), 1.0)).crowd

    async def _ask(self, vectors: tuple[Vector, ...], similarity: float) -> list[Similarities]:
        response = await self._asked(vectors, similarity)
        if len(response.faces) != len(vectors):
            raise Refusal(503, refusals.MATCHERS_AWAY.filled())
        return [_own(face.items()) for face in response.faces]

    async def _asked(self, vectors: tuple[Vector, ...], similarity: float) -> AlikeResponse:
        request = AlikeRequest(self._model_sha256, vectors, similarity).encode()
        try:
            payload = await self._bus.request(subjects.ALIKE.pattern, request, timeout_seconds=_SECONDS)
        except (NoAnswer, Refusal) as error:
            raise Refusal(503, refusals.MATCHERS_AWAY.filled()) from error
        return AlikeResponse.decode(payload)


def _own(resembled: Iterable[tuple[EntryId, float]]) -> Similarities:
    """Those of this record: the stream may hold entries of other hospitals, whatever they call them."""
    known = ((uuid_or_none(entry_id), similarity) for entry_id, similarity in resembled)
    return {entry_id: similarity for entry_id, similarity in known if entry_id is not None}
