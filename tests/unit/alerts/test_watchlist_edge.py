"""The watchlist over HTTP: every operation of the desk's table, before a desk that only records its calls."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from uuid import UUID

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from proto.wardwatch.v1 import (
    access_requests,
    accuracy,
    desk,
    entries,
    federation_views,
    imports,
    policy,
    refusals,
    reviewers,
    rolls,
)
from proto.wardwatch.v1.desk_operation import DeskOperation
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.edge import watchlist
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.photos import UnusablePhoto
from services.alerts.edge.problems import as_problems
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.edge.watchlist import UploadSlots, Watchlist
from services.chassis.errors import NoAnswer, Refusal

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENTRY, OTHER = str(UUID(int=1)), str(UUID(int=2))
ROWS = [row for row in desk.OPERATIONS if row.path is not None]
WITH_BODY = [row for row in ROWS if row.method != "get" and row.upload is None]
BEARER = {"Authorization": "Bearer good"}
ADDRESS = {
    "entry": ENTRY,
    "other": OTHER,
    "import": str(UUID(int=3)),
    "position": "0",
    "file": "A-17__1.jpg",
    "group": "east",
    "generation": "9",
    "number": "2",
    "matcher": "matcher-1",
    "list": "city",
    "hospital": "h07",
}
REPORT = {
    "measured_on": "2026-11-30",
    "software": "0.1.0",
    "models": [{"role": "embedder", "name": "sface", "sha256": "0b" * 32}],
    "data": {
        "name": "ours", "digest": "0b" * 32, "pictures": 9, "people": 3, "faces": 9, "refused": 0, "left_out": 0
    },
}  # fmt: skip
PURPOSE = {"category": "ban", "basis": "decision 7", "evidence": "file 7", "instruction": "Call 8811.", "source": "s"}
BODIES: Mapping[type, Mapping[str, object]] = {
    entries.EntryRequest: {"label": "Q", "category": "ban", "basis": "b", "evidence": "e", "instruction": "Call 8811."},
    entries.WarningsRequest: {"codes": ["yaw"], "reason": "only photo there is"},
    entries.ReasonRequest: {"reason": "mistaken"},
    entries.LikenessRequest: {"decision": "same_person", "reason": "compared"},
    entries.RenewRequest: {"expires_at": "2027-01-01T00:00:00Z", "reason": "still barred"},
    entries.RevealRequest: {"reason": "police asked"},
    entries.FindRequest: {"number": "1234"},
    entries.GroupRequest: {"sites": ["h1"]},
    imports.PurposeRequest: PURPOSE,
    imports.KnownRequest: {"sha256": ["ab" * 32]},
    imports.CommitRequest: {"leave_out_rejected": True},
    imports.ReconcileRequest: {},
    entries.ApprovalRequest: {"revision": 3},
    federation_views.ListRequest: {"list": "city", "title": "City list"},
    federation_views.InvitationRequest: {"hospital": "h07", "title": "Seven", "addresses": ["tls://hub.example:7422"]},
    federation_views.AnswerRequest: {"answer": "AAAA", "read_out": "ABCD-EFGH-IJKL-MNOP"},
    federation_views.RenewalRequest: {"fingerprint": "ABCD"},
    federation_views.AdmissionRequest: {"fingerprint": "ABCD"},
    federation_views.ShareRequest: {"hospitals": ["h07"]},
    federation_views.JoinRequest: {"invitation": "AAAA", "fingerprint": "ABCD", "sites": ["h1"]},
    federation_views.JoiningApproval: {"fingerprint": "ABCD"},
    entries.SearchRequest: {"text": "quan"},
    accuracy.AccuracyRequest: {"report": REPORT, "digest": "ab" * 32, "reason": "measured at our own entrance"},
    entries.WordsRequest: {"revision": 3, "label": "Q"},
    entries.PairRequest: {"other": str(UUID(int=9)), "reason": "one person"},
    access_requests.AccessRequestBody: {"kind": "photo", "asks": "self", "consent": "AR-2026/17"},
    rolls.RollRequest: {"reason": "a better recogniser"},
    rolls.SwitchRequest: {"site": "h1", "model_sha256": "ab" * 32, "reason": "it misses fewer"},
    policy.ThresholdRequest: {"threshold": 0.6, "reason": "fewer false alerts"},
    reviewers.ReviewersRequest: {"site": "h1", "reviewers": 1, "reason": "one is on duty"},
}


def address(row: DeskOperation) -> str:
    assert row.path is not None
    return row.path.format_map(ADDRESS)


def body_of(row: DeskOperation) -> bytes:
    if row.upload is not None:
        return b"a file"
    return b"" if row.request is None else json.dumps(BODIES[row.request]).encode()


@dataclass
class RecordingDesk:
    """Answers every operation alike and records the calls."""

    answer: DeskAnswer | Refusal | NoAnswer = field(default_factory=lambda: DeskAnswer(b'{"done":true}', b"a face"))
    calls: list[tuple[str, DeskCall]] = field(default_factory=list)
    authorisation: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.authorisation.set()

    async def ask(self, operation: DeskOperation, call: DeskCall) -> DeskAnswer:
        self.calls.append((operation.name, call))
        await self.authorisation.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class KnownTokens:
    role: Role = Role.ADMINISTRATOR

    async def holder(self, token: str) -> Holder | None:
        return Holder(UUID(int=9), "ana", self.role, NOON) if token == "good" else None

    def remembered(self, token: str) -> Holder | None:
        return None


class Upright:
    """Stands in for the decoder: a file that begins with ``no`` is no photo."""

    async def __call__(self, content: bytes) -> bytes:
        if content.startswith(b"no"):
            raise UnusablePhoto(FindingCode.NOT_AN_IMAGE, "this is no photo")
        return b"upright " + content[:64]


@dataclass
class Edge:
    client: "TestClient[web.Request, web.Application]"
    desk: RecordingDesk
    tokens: KnownTokens
    upload_slots: UploadSlots

    async def send(
        self, row: DeskOperation, *, content: bytes | None = None, query: str = "", headers: Mapping[str, str] = BEARER
    ) -> ClientResponse:
        sent = body_of(row) if content is None else content
        return await self.client.request(
            row.method, address(row) + query, data=BytesIO(sent) if sent else None, headers=headers
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Edge]:
    """For all tests: to set up some hundred addresses takes longer than to try one."""
    recorder, tokens, upload_slots = RecordingDesk(), KnownTokens(), UploadSlots(limit=2)
    served = Watchlist(Authorisation(tokens, QueryTimeout()), recorder, Upright(), upload_slots)
    app = web.Application(middlewares=[as_problems], client_max_size=1024)
    handlers = served.handlers()
    for row in ROWS:
        assert row.path is not None
        app.router.add_route(row.method, row.path, handlers[row.name])
    async with TestClient(TestServer(app)) as client:
        yield Edge(client, recorder, tokens, upload_slots)


@pytest.fixture
def edge(served: Edge) -> Edge:
    """As if it had just begun."""
    assert served.upload_slots.used == 0
    vars(served.desk).update(vars(RecordingDesk()))
    vars(served.tokens).update(vars(KnownTokens()))
    return served


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_every_operation_reaches_the_desk_with_what_was_sent(edge: Edge, row: DeskOperation) -> None:
    reply = await edge.send(row, headers={**BEARER, "Idempotency-Key": "k-1"})

    ((name, call),) = edge.desk.calls
    assert (name, call.token, call.idempotency_key) == (row.name, "good", "k-1")
    assert call.target.items() >= {n: ADDRESS[n] for n in ADDRESS if f"{{{n}}}" in (row.path or "")}.items()
    if row.request is not None:
        assert row.request.model_validate_json(call.body) == row.request.model_validate(BODIES[row.request])
    assert reply.headers["Cache-Control"] == "no-store"
    if row.download is not None:
        assert (reply.status, reply.content_type, await reply.read()) == (row.status, row.download, b"a face")
    else:
        assert (reply.status, await reply.json()) == (row.status, {"done": True})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_every_operation_needs_a_session(edge: Edge, row: DeskOperation) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer \u00e9"}):
        reply = await edge.send(row, headers=headers)
        assert (reply.status, reply.content_type) == (401, "application/problem+json")

    assert edge.desk.calls == []


@pytest.mark.parametrize("row", WITH_BODY, ids=lambda row: row.name)
async def test_a_body_that_is_not_of_the_operations_model_is_refused(edge: Edge, row: DeskOperation) -> None:
    valid = {} if row.request is None else dict(BODIES[row.request])
    wrong = [b"{", b"[]", b"\xff", b"[" * 9_000, json.dumps({**valid, "one_field_too_many": 1}).encode()]

    for content in wrong:
        assert (await edge.send(row, content=content)).status == 422, content[:20]

    assert edge.desk.calls == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_query_that_the_operation_does_not_know_is_refused(edge: Edge, row: DeskOperation) -> None:
    repeated = [f"?{name}=1&{name}=2" for name in row.query]
    for query in ("?sha256=ab", "?unusable=x", "?entry=1", *repeated):
        assert (await edge.send(row, query=query)).status == 422, query

    assert edge.desk.calls == []


async def test_known_names_of_the_query_become_part_of_the_target(edge: Edge) -> None:
    query = "?name=%E5%BC%A0%E3%80%80%E4%B8%89.jpg&source=police+notice&taken=2026-01-02T00:00:00Z"

    await edge.send(desk.BY_NAME["add_photo"], query=query)

    ((_, call),) = edge.desk.calls
    assert call.target["name"] == "张　三.jpg"
    assert call.target["source"] == "police notice"


@pytest.mark.parametrize("query", ["?name=a%00b", "?name=a%0Ab", f"?name={'x' * 501}"])
async def test_what_cannot_be_a_name_is_refused(edge: Edge, query: str) -> None:
    assert (await edge.send(desk.BY_NAME["add_photo"], query=query)).status == 422


async def test_bytes_that_are_no_text_do_not_reach_the_desk(edge: Edge) -> None:
    reader, writer = await asyncio.open_connection(edge.client.host, edge.client.port)
    path = b"/api/v1/watchlist/entries?state=\xff\xfe"
    writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\nConnection: close\r\n\r\n")
    reply = await reader.read()
    writer.close()

    assert reply.split()[1] in (b"400", b"422")
    assert edge.desk.calls == []


async def test_a_photo_is_sent_upright_and_known_by_the_digest_of_its_file(edge: Edge) -> None:
    await edge.send(desk.BY_NAME["add_photo"], content=b"as the phone made it")

    ((_, call),) = edge.desk.calls
    assert call.attachment == b"upright as the phone made it"
    assert call.target["sha256"] == sha256(b"as the phone made it").hexdigest()
    assert "unusable" not in call.target


async def test_a_file_that_is_no_photo_is_told_to_the_desk_without_it(edge: Edge) -> None:
    await edge.send(desk.BY_NAME["import_photo"], content=b"no photo at all")

    ((_, call),) = edge.desk.calls
    assert call.attachment == b""
    assert (call.target["unusable"], call.target["detail"]) == ("not_an_image", "this is no photo")
    assert call.target["sha256"] == sha256(b"no photo at all").hexdigest()


async def test_a_table_is_sent_as_it_is(edge: Edge) -> None:
    content = "external_id\nA-17\n".encode("gb18030")

    await edge.send(desk.BY_NAME["import_people"], content=content)

    ((_, call),) = edge.desk.calls
    assert (call.attachment, call.target["sha256"]) == (content, sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("name", "most"), [("add_photo", 15 * 1024**2), ("import_photo", 15 * 1024**2), ("import_people", 4 * 1024**2)]
)
async def test_files_are_taken_up_to_their_limit(edge: Edge, name: str, most: int) -> None:
    row = desk.BY_NAME[name]

    accepted = await edge.send(row, content=bytes(most))
    declared = await edge.send(row, content=bytes(most + 1))
    growing = await edge.client.request(row.method, address(row), data=_parts(most + 1), headers=BEARER)

    assert (accepted.status, declared.status, growing.status) == (200, 413, 413)
    assert growing.content_type == "application/problem+json"
    assert len(edge.desk.calls) == 1


async def test_json_is_taken_up_to_its_limit(edge: Edge) -> None:
    long = {**BODIES[entries.EntryRequest], "basis": "界" * 2000, "note": "x" * 2000}

    accepted = await edge.send(desk.BY_NAME["draft_entry"], content=json.dumps(long).encode())
    refused = await edge.send(desk.BY_NAME["draft_entry"], content=b" " * (watchlist.MOST_JSON_BYTES + 1))

    assert (accepted.status, refused.status) == (201, 413)


async def test_too_many_files_at_once_are_refused_and_told_when_to_return(edge: Edge) -> None:
    row = desk.BY_NAME["import_photo"]
    edge.desk.authorisation.clear()

    async with asyncio.TaskGroup() as tasks:
        uploads = [tasks.create_task(edge.send(row)) for _ in range(2)]
        while len(edge.desk.calls) < 2:  # noqa: ASYNC110 - the desk has both in hand then
            await asyncio.sleep(0)
        refused = await edge.send(row)
        other = tasks.create_task(edge.send(desk.BY_NAME["show_import"]))
        edge.desk.authorisation.set()

    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert [task.result().status for task in (*uploads, other)] == [200, 200, 200]
    assert (await edge.send(row)).status == 200
    assert edge.upload_slots.used == 0


async def test_a_file_that_breaks_off_leaves_its_hand_free(edge: Edge) -> None:
    row = desk.BY_NAME["add_photo"]
    _, writer = await asyncio.open_connection(edge.client.host, edge.client.port)
    head = f"PUT {address(row)} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\nContent-Length: 100\r\n\r\n"
    writer.write(head.encode() + b"half")
    await writer.drain()
    while edge.upload_slots.used == 0:  # noqa: ASYNC110 - the server's own moment
        await asyncio.sleep(0)
    writer.close()
    await writer.wait_closed()
    while edge.upload_slots.used:  # noqa: ASYNC110 - same
        await asyncio.sleep(0)

    assert edge.desk.calls == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_nothing_is_read_from_who_may_not_send_it(edge: Edge, row: DeskOperation) -> None:
    for role in set(Role) - row.roles:
        edge.tokens.role = role
        assert (await edge.send(row, content=b"{", query="?unknown=1")).status == 403
    stranger = await edge.send(row, headers={"Authorization": "Bearer other"})

    assert stranger.status == 401
    assert edge.desk.calls == []


@pytest.mark.parametrize("code", [401, 403, 404, 409, 413, 422, 429, 503])
async def test_what_the_desk_refuses_is_told_in_its_own_words(edge: Edge, code: int) -> None:
    edge.desk.answer = Refusal(code, "ana put it forward, so another account approves it")

    reply = await edge.send(desk.BY_NAME["approve_entry"])

    problem = await reply.json(content_type="application/problem+json")
    assert (reply.status, problem["status"], problem["detail"]) == (code, code, str(edge.desk.answer))
    assert ("Retry-After" in reply.headers) == (code in (429, 503))


async def test_a_refusal_names_its_code_and_parameters(edge: Edge) -> None:
    edge.desk.answer = Refusal(409, refusals.ENTRY_STATE.filled(state="revoked", states=["draft", "pending"]))
    problem = await (await edge.send(desk.BY_NAME["approve_entry"])).json(content_type="application/problem+json")
    edge.desk.answer = Refusal(409, "words of an older desk")
    untold = await (await edge.send(desk.BY_NAME["approve_entry"])).json(content_type="application/problem+json")

    assert (problem["code"], problem["params"]) == ("entry_state", {"state": "revoked", "states": ["draft", "pending"]})
    assert problem["detail"] == "the entry is revoked; this takes one that is draft or pending"
    assert ("code" in untold, untold["params"], untold["detail"]) == (False, {}, "words of an older desk")


async def test_a_fault_of_the_desk_is_a_bad_gateway(edge: Edge) -> None:
    edge.desk.answer = Refusal(500, "the request failed; the service's log says why")

    assert (await edge.send(desk.BY_NAME["approve_entry"])).status == 502


@pytest.mark.parametrize(("nobody", "words"), [(True, "nothing was changed"), (False, "may or may not be done")])
async def test_a_desk_that_does_not_answer_is_503_and_says_what_is_known(edge: Edge, nobody: bool, words: str) -> None:
    edge.desk.answer = NoAnswer("no answer", nobody_listens=nobody)

    reply = await edge.send(desk.BY_NAME["approve_entry"])

    assert (reply.status, reply.headers["Retry-After"]) == (503, "2")
    assert words in (await reply.json(content_type="application/problem+json"))["detail"]


@pytest.mark.parametrize("key", ["", "k" * 65, "k\u00e9"])
async def test_an_idempotency_key_that_cannot_be_one_is_refused(edge: Edge, key: str) -> None:
    reply = await edge.send(desk.BY_NAME["draft_entry"], headers={**BEARER, "Idempotency-Key": key})

    assert reply.status == 422
    assert edge.desk.calls == []


async def test_a_write_with_the_cookie_needs_this_hosts_origin(edge: Edge) -> None:
    row = desk.BY_NAME["revoke_entry"]
    cookie = {"Cookie": "__Host-wardwatch=good"}
    own = str(edge.client.make_url("/")).rstrip("/")

    for origin in ({}, {"Origin": "https://elsewhere.example"}):
        assert (await edge.send(row, headers={**cookie, **origin})).status == 403
    assert (await edge.send(row, headers={**cookie, "Origin": own})).status == 200
    assert (await edge.send(desk.BY_NAME["list_entries"], headers=cookie)).status == 200


async def _parts(length: int) -> AsyncIterator[bytes]:
    """*length* bytes, sent without a Content-Length."""
    while length > 0:
        yield bytes(min(length, 256 * 1024))
        length -= 256 * 1024


async def test_what_the_server_itself_refuses_has_a_code_too(edge: Edge) -> None:
    for method, path, status in (("GET", "/api/v1/nothing", 404), ("PATCH", "/api/v1/watchlist/entries", 405)):
        reply = await edge.client.request(method, path, headers=BEARER)

        problem = await reply.json(content_type="application/problem+json")
        assert (reply.status, problem["code"], problem["params"]) == (status, "no_such_address", {})
