"""Which entries resemble the faces of enrolment photos."""

from collections.abc import Sequence

import pytest

from proto.wardwatch.v1.requests import AlikeRequest, AlikeResponse, Crowd
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Vector
from services.chassis.errors import Refusal
from services.matcher.alike import MOST_VECTORS, AnswerAlike
from services.matcher.core import Neighbour
from tests.unit.matcher.builders import DIMENSION, MODEL, POLICY, unit

ONE, TWO = EntryId("e1"), EntryId("e2")


class Index:
    """Three photos of two entries, found by every vector."""

    async def above(self, vector: Vector, similarity: float) -> list[Neighbour]:
        found = [Neighbour(ONE, 1, "p1", 0.5), Neighbour(TWO, 4, "p3", 0.75), Neighbour(ONE, 1, "p2", 0.625)]
        return [each for each in found if each.similarity >= similarity]

    async def crowd(self, vectors: Sequence[Vector]) -> Crowd:
        return Crowd((0.125,) * len(vectors), 0.0625, 3)


async def answer(*vectors: Vector, model: str = MODEL.sha256, least: float = 0.5) -> tuple[object, ...]:
    request = AlikeRequest(model, vectors, least).encode()
    return AlikeResponse.decode(await AnswerAlike(Index(), POLICY)(request)).faces


async def test_each_entry_is_named_once_with_its_highest_cosine() -> None:
    assert await answer(unit(1), unit(0, 1)) == ({ONE: 0.625, TWO: 0.75},) * 2


async def test_it_is_said_how_near_each_face_is_to_the_whole_list() -> None:
    request = AlikeRequest(MODEL.sha256, (unit(1), unit(0, 1)), 0.5).encode()
    response = AlikeResponse.decode(await AnswerAlike(Index(), POLICY)(request))
    assert response.crowd == Crowd((0.125, 0.125), 0.0625, 3)


async def test_who_is_less_alike_is_not_named() -> None:
    assert await answer(unit(1), least=0.7) == ({TWO: 0.75},)


async def test_no_face_asked_about_is_no_answer() -> None:
    assert await answer() == ()


@pytest.mark.parametrize(
    ("vectors", "model", "words"),
    [
        pytest.param((unit(1),), "cd" * 32, "of model cdcdcdcdcdcd", id="another model"),
        pytest.param((unit(1)[: DIMENSION - 1],), MODEL.sha256, "has not", id="another dimension"),
        pytest.param((unit(1),) * (MOST_VECTORS + 1), MODEL.sha256, "at most", id="too many"),
    ],
)
async def test_what_cannot_be_compared_is_refused(vectors: tuple[Vector, ...], model: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        await answer(*vectors, model=model)


async def test_bytes_that_are_no_request_are_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        await AnswerAlike(Index(), POLICY)(b"\xff\xff")
    assert refusal.value.code == 400
