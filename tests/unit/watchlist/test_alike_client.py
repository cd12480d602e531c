"""Requests to matchers: whom do faces resemble?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.refusals import RefusalText
from proto.wardwatch.v1.requests import AlikeRequest, AlikeResponse
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.errors import NoAnswer, Refusal
from services.watchlist.enrolment.alike_client import AlikeClient
from tests.unit.matcher.builders import MODEL, unit

ONE = UUID(int=1)
Faces = tuple[Mapping[EntryId, float], ...]


@dataclass
class Matchers:
    """Answers as scripted, and remembers the requests."""

    answer: Callable[[AlikeRequest], Faces]
    requests: list[AlikeRequest] = field(default_factory=list)

    async def request(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        assert subject == subjects.ALIKE.pattern
        self.requests.append(AlikeRequest.decode(payload))
        return AlikeResponse(self.answer(self.requests[-1])).encode()


async def test_entries_of_other_hospitals_are_not_in_this_record() -> None:
    matchers = Matchers(lambda _: ({EntryId(str(ONE)): 0.5, EntryId("person-7"): 1.0},))

    assert await AlikeClient(matchers, MODEL.sha256).above([unit(1)], 0.5) == [{ONE: 0.5}]


async def test_a_whole_import_is_asked_about_in_parts_and_in_order() -> None:
    def number(request: AlikeRequest) -> Faces:
        return tuple({EntryId(str(UUID(int=int(vector[1] * 1000)))): 1.0} for vector in request.vectors)

    matchers = Matchers(number)
    vectors = [unit((1 - (n / 1000) ** 2) ** 0.5, n / 1000) for n in range(300)]

    found = await AlikeClient(matchers, MODEL.sha256).above(vectors, 0.46)

    assert len(found) == 300
    assert len(matchers.requests) == 3
    assert [min(each).int for each in found] == [int(vector[1] * 1000) for vector in vectors]


async def test_nobody_asked_about_asks_nobody() -> None:
    matchers = Matchers(lambda _: ())

    assert await AlikeClient(matchers, MODEL.sha256).above([], 0.5) == []
    assert matchers.requests == []


def no_answer(_request: AlikeRequest) -> Faces:
    raise NoAnswer("nobody answers")


def refused(_request: AlikeRequest) -> Faces:
    raise Refusal(422, RefusalText("another model"))


@pytest.mark.parametrize("answer", [no_answer, refused, lambda _: ()], ids=["silence", "a refusal", "too few faces"])
async def test_without_an_answer_nobody_is_said_to_resemble_nobody(answer: Callable[[AlikeRequest], Faces]) -> None:
    with pytest.raises(Refusal, match="no matcher that has read the list answers") as refusal:
        await AlikeClient(Matchers(answer), MODEL.sha256).above([unit(1)], 0.5)
    assert refusal.value.code == 503
