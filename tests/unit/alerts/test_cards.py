"""Labels and enrolled faces: asked for those who may see them, in their own name, and missed without harm."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from proto.wardwatch.v1 import desk, subjects
from proto.wardwatch.v1.entries import Cards, CardsRequest
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.desk import Desk
from services.alerts.edge.incident_views import IncidentViews
from services.alerts.incidents.cards import DeskCards
from services.alerts.incidents.review import Case, Outcome, Review, Verdict
from services.chassis.errors import NoAnswer, Refusal
from tests.fakes import FakeBus, eventually
from tests.unit.alerts.builders import ENTRY, NOON, incident

LI, ANA = UUID(int=1), UUID(int=2)
HOLDER = Holder(LI, "li", Role.GUARD, NOON)


async def connected() -> str | None:
    return None


async def disconnected() -> str | None:
    return "not connected to the broker"


@asynccontextmanager
async def served(name: str, answer: DeskAnswer | Refusal, calls: list[DeskCall]) -> AsyncIterator[FakeBus]:
    """A bus on which the desk answers one operation."""

    async def reply(payload: bytes) -> bytes:
        calls.append(DeskCall.decode(payload))
        if isinstance(answer, Refusal):
            raise answer
        return answer.encode()

    bus = FakeBus()
    async with bus.serve({subjects.desk(name): reply}, queue="watchlist"):
        yield bus


UNSEEN = Case(2, (Review(ANA, Verdict.SAME),))
REVIEWED = Case(2, (Review(LI, Verdict.SAME),))
DECIDED = Case(1, (Review(ANA, Verdict.SAME),), Outcome.CONFIRMED)


@dataclass
class KnownCards:
    """Knows everybody's label, and records the requests."""

    requests: list[tuple[str, set[UUID], UUID | None]] = field(default_factory=list)

    async def labels(self, token: str, entries: Collection[UUID], incident: UUID | None) -> Mapping[UUID, str]:
        self.requests.append((token, set(entries), incident))
        return {entry: f"label {entry.int}" for entry in entries}

    async def picture(self, token: str, entry: UUID, incident: UUID) -> bytes:
        return b"a face"


async def test_a_page_asks_once_and_for_those_alone_whose_label_may_be_shown() -> None:
    cards = KnownCards()
    other, third = UUID(int=8), UUID(int=9)
    found = [
        incident(REVIEWED, number=1),
        incident(UNSEEN, number=2, entry=other),
        incident(DECIDED, number=3, entry=third),
    ]

    page = await IncidentViews(cards).page(found, HOLDER, "token", limit=50)

    assert cards.requests == [("token", {ENTRY, third}, None)]
    assert [i.disclosed and i.disclosed.label for i in page.incidents] == ["label 7", None, "label 9"]


async def test_what_is_beyond_the_page_is_not_asked_for() -> None:
    cards = KnownCards()

    page = await IncidentViews(cards).page(
        [incident(REVIEWED, number=1), incident(REVIEWED, number=2, entry=UUID(int=8))], HOLDER, "token", limit=1
    )

    assert cards.requests == [("token", {ENTRY}, UUID(int=101))]
    assert page.next is not None


async def test_nothing_is_asked_before_the_verdict() -> None:
    cards = KnownCards()

    shown = await IncidentViews(cards).one(incident(UNSEEN, number=1), HOLDER, "token")
    page = await IncidentViews(cards).page([incident(UNSEEN, number=1)], HOLDER, "token", limit=50)

    assert cards.requests == []
    assert (shown.disclosed, page.incidents[0].disclosed) == (None, None)


async def test_one_incident_is_named_to_who_records_the_reading() -> None:
    cards = KnownCards()

    await IncidentViews(cards).one(incident(REVIEWED, number=1), HOLDER, "token")

    assert cards.requests == [("token", {ENTRY}, UUID(int=101))]


async def test_labels_are_asked_in_the_readers_name() -> None:
    calls: list[DeskCall] = []
    answer = DeskAnswer(Cards(labels={ENTRY: "Marlo Quint"}).model_dump_json().encode())
    async with served("cards", answer, calls) as bus:
        labels = await DeskCards(Desk(bus.request, connected)).labels("token", {ENTRY}, LI)

    assert labels == {ENTRY: "Marlo Quint"}
    (call,) = calls
    assert call.token == "token"
    assert CardsRequest.model_validate_json(call.body) == CardsRequest(entries=[ENTRY], incident=LI)


@pytest.mark.parametrize("answer", [Refusal(503, "the database is away"), DeskAnswer(b"{}"), DeskAnswer(b"\xff")])
async def test_a_desk_that_cannot_tell_leaves_labels_out(answer: DeskAnswer | Refusal) -> None:
    async with served("cards", answer, []) as bus:
        assert await DeskCards(Desk(bus.request, connected)).labels("token", {ENTRY}, None) == {}


async def test_nobody_at_the_desk_leaves_labels_out_and_the_picture_unanswered() -> None:
    cards = DeskCards(Desk(FakeBus().request, connected))

    assert await cards.labels("token", {ENTRY}, None) == {}
    with pytest.raises(NoAnswer):
        await cards.picture("token", ENTRY, LI)


async def test_a_picture_names_entry_and_incident() -> None:
    calls: list[DeskCall] = []
    async with served("card_picture", DeskAnswer(b"", b"a face"), calls) as bus:
        picture = await DeskCards(Desk(bus.request, connected)).picture("token", ENTRY, LI)

    assert picture == b"a face"
    assert calls[0].target == {"entry": str(ENTRY), "incident": str(LI)}


async def test_a_crowd_does_not_ask_the_desk_for_all_faces_at_once() -> None:
    asked, most = 0, 0
    free = asyncio.Event()

    async def request(_subject: str, _payload: bytes, /, *, timeout_seconds: float) -> bytes:
        nonlocal asked, most
        asked += 1
        most = max(most, asked)
        await free.wait()
        asked -= 1
        return DeskAnswer(b"", b"a face").encode()

    cards = DeskCards(Desk(request, connected))
    crowd = [asyncio.create_task(cards.picture("token", ENTRY, LI)) for _ in range(100)]
    await eventually(lambda: asked >= 16)
    free.set()

    assert set(await asyncio.gather(*crowd)) == {b"a face"}
    assert most == 16


async def test_without_the_broker_nothing_is_sent() -> None:
    calls: list[DeskCall] = []
    async with served("list_groups", DeskAnswer(b"{}"), calls) as bus:
        with pytest.raises(NoAnswer, match="not connected") as away:
            await Desk(bus.request, disconnected).ask(desk.BY_NAME["list_groups"], DeskCall("token"))

    assert away.value.nobody_listens
    assert calls == []


async def test_an_answer_that_cannot_be_read_is_no_answer() -> None:
    async def nonsense(_payload: bytes) -> bytes:
        return b"\xff\xff"

    bus = FakeBus()
    async with bus.serve({subjects.desk("list_groups"): nonsense}, queue="watchlist"):
        with pytest.raises(NoAnswer, match="cannot be read"):
            await Desk(bus.request, connected).ask(desk.BY_NAME["list_groups"], DeskCall("token"))
