"""Which entries the faces of enrolment photos resemble: asked by the watchlist, before somebody is listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from proto.wardwatch.v1.requests import AlikeRequest, AlikeResponse, Crowd
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Vector
from services.chassis.errors import Refusal
from services.matcher.core import MatchPolicy, Neighbour

# Each is a pass over the whole list, and faces of cameras come between two of them.
MOST_VECTORS: Final = 256


class Search(Protocol):
    """Finds every enrolled photo that is at least so similar."""

    async def above(self, vector: Vector, similarity: float) -> list[Neighbour]: ...
    async def crowd(self, vectors: Sequence[Vector]) -> Crowd: ...


@dataclass(frozen=True, slots=True)
class AnswerAlike:
    """Answers an AlikeRequest; to be asked once the list has been read."""

    index: Search
    policy: MatchPolicy

    async def __call__(self, payload: bytes) -> bytes:
        try:
            request = AlikeRequest.decode(payload)
        except ValueError as error:
            raise Refusal(400, str(error)) from error
        if len(request.vectors) > MOST_VECTORS:
            raise Refusal(413, f"{len(request.vectors)} vectors asked about; at most {MOST_VECTORS} at once")
        if request.model_sha256 != self.policy.model_sha256:
            raise Refusal(422, f"vectors of model {request.model_sha256[:12]}, the list holds other ones")
        if any(vector.shape != (self.policy.dimension,) for vector in request.vectors):
            raise Refusal(422, f"a vector has not {self.policy.dimension} numbers")
        found = [_by_entry(await self.index.above(vector, request.min_similarity)) for vector in request.vectors]
        return AlikeResponse(tuple(found), await self.index.crowd(request.vectors)).encode()


def _by_entry(neighbours: list[Neighbour]) -> dict[EntryId, float]:
    found: dict[EntryId, float] = {}
    for neighbour in neighbours:
        found[neighbour.entry_id] = max(neighbour.similarity, found.get(neighbour.entry_id, -1.0))
    return found
