"""The dispatcher: who may request what, what becomes of a request, and every refusal in words and with its code."""

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

import pytest
from pydantic import BaseModel

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import GroupRequest, Groups, ReasonRequest
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.sealing import NotOpened
from services.chassis.disk_space import DiskState, Level
from services.chassis.errors import NoAnswer, NotStored, Refusal
from services.chassis.telemetry import Meters
from services.watchlist.desk.dispatcher import Dispatcher, Request, Response
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.desk.server import DeskServer
from services.watchlist.keys.keyring import KeyGone
from services.watchlist.keys.seals import Unreadable
from services.watchlist.record.errors import Forbidden, StoreAway
from services.watchlist.rules.entry_rules import Unacceptable
from services.watchlist.rules.holder import Holder
from tests.fakes import FakeBus, eventually

LI = Holder(UUID(int=1), "li.wei", "supervisor")
ANA = Holder(UUID(int=2), "ana.ruiz", "administrator")
GUARD = Holder(UUID(int=3), "guard.1", "guard")
NUMBER = "11010519491231002X"
GOOD = b'{"reason": "because"}'


@dataclass
class Sessions:
    away: bool = False

    async def holder(self, token_sha256: bytes) -> Holder | None:
        if self.away:
            raise StoreAway("gone")
        return {sha256(h.name.encode()).digest(): h for h in (LI, ANA, GUARD)}.get(token_sha256)


@dataclass
class Desk:
    """A dispatcher with one handler behind four operations."""

    fault: Exception | None = None
    most: int = 100
    sessions: Sessions = field(default_factory=Sessions)
    meters: Meters = field(default_factory=Meters)
    requests: list[Request] = field(default_factory=list)
    response: Response = field(default_factory=lambda: Response(Groups(groups=[]), b"jpeg"))
    short: tuple[DiskState, ...] = ()

    def __post_init__(self) -> None:
        numbers = iter(range(100, 200))
        handlers = dict.fromkeys(("suspend_entry", "set_group", "show_erasure", "import_photo"), self.handle)
        self.dispatcher = Dispatcher(
            self.sessions,
            handlers,
            RateLimit(self.most, 60),
            self.meters,
            monotonic=lambda: 0.0,
            new_id=lambda: UUID(int=next(numbers)),
            short_disks=lambda: self.short,
        )

    async def handle(self, request: Request) -> Response:
        self.requests.append(request)
        if self.fault is not None:
            raise self.fault
        return self.response

    async def call(
        self,
        by: str = "li.wei",
        *,
        operation: str = "suspend_entry",
        body: bytes = GOOD,
        key: str = "",
        target: dict[str, str] | None = None,
    ) -> DeskAnswer:
        call = DeskCall(by, body, b"file", key, target or {})
        return DeskAnswer.decode(await self.dispatcher.answers()[subjects.desk(operation)](call.encode()))


async def refusal(desk: Desk, by: str = "li.wei", *, operation: str = "suspend_entry", body: bytes = GOOD) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await desk.call(by, operation=operation, body=body)
    return refused.value


async def test_what_was_said_reaches_the_work_with_who_said_it() -> None:
    desk = Desk()

    answer = await desk.call(target={"entry": str(UUID(int=9))})

    (request,) = desk.requests
    assert (request.holder, request.body(ReasonRequest).reason, request.attachment) == (LI, "because", b"file")
    assert request.id("entry") == UUID(int=9)
    assert answer == DeskAnswer(b'{"groups":[]}', b"jpeg")
    assert desk.meters.value("wardwatch_desk_requests_total", operation="suspend_entry", outcome="ok") == 1


async def test_imports_wait_while_a_disk_is_low_and_nothing_else_does() -> None:
    desk = Desk(short=(DiskState("database", 900_000_000, None, Level.LOW),))

    refused = await refusal(desk, operation="import_photo")

    assert (refused.code, refused.words.code) == (503, "disk_low")
    assert dict(refused.words.params) == {"disk": "database", "megabytes": 900}
    await desk.call(operation="suspend_entry")


async def test_a_picture_is_answered_without_a_model() -> None:
    assert await Desk(response=Response(attachment=b"jpeg")).call() == DeskAnswer(b"", b"jpeg")


async def test_a_key_names_what_a_request_makes_for_one_account_and_operation() -> None:
    desk = Desk()
    for by, operation, body, key in (
        ("li.wei", "suspend_entry", GOOD, "k"),
        ("li.wei", "suspend_entry", GOOD, "k"),
        ("ana.ruiz", "suspend_entry", GOOD, "k"),
        ("li.wei", "set_group", b'{"sites": ["h1"]}', "k"),
        ("li.wei", "suspend_entry", GOOD, ""),
        ("li.wei", "suspend_entry", GOOD, ""),
    ):
        await desk.call(by, operation=operation, body=body, key=key)

    first, again, *others = [request.request_id for request in desk.requests]
    assert first == again
    assert len({first, *others}) == 5


@pytest.mark.parametrize(
    ("by", "body", "code", "words"),
    [
        pytest.param("guessed", GOOD, 401, "sign in again", id="no session"),
        pytest.param("guard.1", GOOD, 403, "not for a guard; it takes: administrator or supervisor", id="guard"),
        pytest.param("li.wei", b"", 422, "reason: Field required", id="nothing said"),
        pytest.param("li.wei", b"{", 422, "body: Invalid JSON", id="no JSON"),
        pytest.param("li.wei", b'{"reason": "okay", "colour": 1}', 422, "colour: Extra inputs", id="unknown field"),
        pytest.param("li.wei", b'{"reason": "\\u0000abc"}', 422, "reason", id="NUL"),
        pytest.param("li.wei", b'{"reason": "\\ud800abc"}', 422, "body", id="half a character"),
        pytest.param(
            "li.wei", f'{{"reason": "he is {NUMBER}"}}'.encode(), 422, "reason holds an identity number", id="number"
        ),
    ],
)
async def test_what_may_not_be_asked_never_reaches_the_work(by: str, body: bytes, code: int, words: str) -> None:
    desk = Desk()

    refused = await refusal(desk, by, body=body)

    assert (refused.code, words in str(refused), desk.requests) == (code, True, [])
    assert NUMBER not in str(refused)


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        pytest.param(Refusal(404, "there is no entry"), 404, "there is no entry", id="refusal"),
        pytest.param(Forbidden("entry_has_a_photo"), 409, "no photo; add one", id="rule with words"),
        pytest.param(Forbidden("no_such_rule"), 409, "the record refuses this (no_such_rule)", id="rule without"),
        pytest.param(StoreAway("gone"), 503, "the database is away and nobody was suspended", id="database"),
        pytest.param(NotStored("keys"), 503, "the broker did not store this", id="broker"),
        pytest.param(Unreadable("x"), 503, "key is not here", id="sealed value"),
        pytest.param(KeyGone("x"), 503, "key is not here", id="key"),
        pytest.param(NotOpened("x"), 503, "key is not here", id="secret"),
        pytest.param(Unacceptable("too late"), 422, "too late", id="rule"),
    ],
)
async def test_every_failure_is_said_in_words_and_counted(fault: Exception, code: int, words: str) -> None:
    desk = Desk(fault)

    refused = await refusal(desk)

    assert (refused.code, words in str(refused)) == (code, True)
    assert desk.meters.value("wardwatch_desk_requests_total", operation="suspend_entry", outcome=str(code)) == 1


async def test_bytes_that_are_no_request_are_refused() -> None:
    with pytest.raises(Refusal) as refused:
        await Desk().dispatcher.answers()["desk.watchlist.suspend_entry"](b"\xff\xff")

    assert refused.value.code == 400


async def test_what_is_no_stop_is_told_that_matching_goes_on() -> None:
    refused = await refusal(Desk(StoreAway("gone")), operation="set_group", body=b'{"sites": ["h1"]}')

    assert (refused.code, refused.words.code) == (503, "record_away")


async def test_a_database_that_is_away_is_said_before_anybody_is_known() -> None:
    assert (await refusal(Desk(sessions=Sessions(away=True)))).code == 503


async def test_who_asks_too_often_waits_and_others_do_not() -> None:
    desk = Desk(most=2)
    for _ in range(2):
        await desk.call()

    assert (await refusal(desk)).code == 429
    await desk.call("ana.ruiz")
    await desk.call(operation="show_erasure", body=b"")  # not counted: clients repeat it while they wait


async def test_those_without_a_session_share_one_pace_whatever_they_ask() -> None:
    desk = Desk(most=2)

    codes = [(await refusal(desk, f"guess {n}", operation="show_erasure")).code for n in range(3)]

    assert codes == [401, 401, 429]


@pytest.mark.parametrize("text", ["", "7", "no-uuid"])
async def test_an_id_that_is_none_is_not_found(text: str) -> None:
    request = Request(LI, {"entry": text}, UUID(int=1))

    with pytest.raises(Refusal, match="there is no entry") as refused:
        request.id("entry")

    assert refused.value.code == 404


def test_a_body_is_the_model_its_operation_names() -> None:
    body: BaseModel = GroupRequest(sites=["h1"])

    assert Request(LI, {}, UUID(int=1), body).body(GroupRequest) is body


# -- when it is open --


async def test_the_desk_answers_once_the_keys_have_been_read_and_until_left() -> None:
    bus, stop = FakeBus(), asyncio.Event()
    listed, keys = asyncio.Event(), asyncio.Event()

    async def is_open() -> bool:
        return await serving.check() is None

    async def call() -> None:
        await bus.request("desk.watchlist.suspend_entry", DeskCall("li.wei", GOOD).encode(), timeout_seconds=1)

    async with DeskServer(Desk().dispatcher.answers(), bus) as serving:
        opening = asyncio.create_task(serving.open_after((listed, keys), stop))
        keys.set()
        with pytest.raises(NoAnswer):
            await call()
        assert await serving.check() is not None

        listed.set()
        await eventually(is_open)
        await call()
        assert await serving.check() is None
        stop.set()
        await opening

    with pytest.raises(NoAnswer):
        await call()


async def test_a_stop_before_the_desk_is_open_ends_the_waiting() -> None:
    stop = asyncio.Event()
    async with DeskServer(Desk().dispatcher.answers(), FakeBus()) as serving:
        opening = asyncio.create_task(serving.open_after((asyncio.Event(),), stop))

        stop.set()
        await opening

        assert await serving.check() is not None
