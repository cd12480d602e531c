"""What the edge says of lines, and takes from pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, Stage
from proto.wardwatch.v1.replicas import Pages
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import Drill, to_microseconds
from services.alerts.accounts.holder import Holder
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.line import LineApi
from services.alerts.edge.problems import as_problems
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.line.line import Line
from services.alerts.line.tellings import Tellings
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GATE = Place(site_id("h1"), camera_id("gate"))
WARD = Place(site_id("h2"), camera_id("ward"))
DRILL = "ab" * 16
_HOLDERS = {
    "guard": Holder(UUID(int=1), "li", Role.GUARD, NOON),
    "guard of h2": Holder(UUID(int=2), "wu", Role.GUARD, NOON, frozenset({"h2"})),
    "auditor": Holder(UUID(int=3), "he", Role.AUDITOR, NOON),
}


class Door:
    """A session's token is the name of who has it."""

    async def holder(self, token: str) -> Holder | None:
        return _HOLDERS.get(token)

    def remembered(self, token: str) -> Holder | None:
        return _HOLDERS.get(token)


@dataclass
class Edge:
    http: "TestClient[web.Request, web.Application]"
    line: Line
    tellings: Tellings

    async def ask(self, who: str, method: str = "get", path: str = "/line") -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {who}"}
        async with self.http.request(method, path, headers=headers) as reply:
            return reply.status, await reply.json(content_type=None) if reply.content_length else {}

    def step(self, place: Place, stage: Stage) -> None:
        now_us = to_microseconds(NOON)
        period = 120_000_000 if stage is Stage.SENT else 0
        step = DrillStep(place, stage, now_us, Drill(DRILL, now_us), period_us=period, list_read=True)
        self.line.offer(Delivery(subjects.drills(place), step.encode()))


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    meters = Meters()
    tellings = Tellings(meters, lambda: 0.0, lambda: None)
    # The steady clock may show anything.
    line = Line(meters, lambda: NOON, lambda: 7, tellings.proven, lambda _: ())
    api = LineApi(Authorisation(Door(), QueryTimeout()), line, tellings, tellings.pages, lambda: NOON)
    handlers = api.handlers()
    app = web.Application(middlewares=[as_problems])
    app.router.add_get("/line", handlers["show_line"])
    app.router.add_post("/drills/{drill}", handlers["answer_drill"])
    async with TestClient(TestServer(app)) as http:
        yield Edge(http, line, tellings)


async def test_each_account_reads_the_lines_of_its_sites(edge: Edge) -> None:
    for place in (GATE, WARD):
        edge.step(place, Stage.SENT)
    edge.step(GATE, Stage.MATCHED)

    _, every = await edge.ask("guard")
    _, own = await edge.ask("guard of h2")

    gate = {
        "site": "h1", "camera": "gate", "proven_at": "2026-11-23T12:00:00Z", "broken": False, "last_stage": None,
        "stopped": False, "pages_told": None, "pages_answered": None,
    }  # fmt: skip
    ward = gate | {"site": "h2", "camera": "ward", "proven_at": None, "last_stage": "sent"}
    assert every["cameras"] == [gate, ward]
    assert own["cameras"] == [ward]


async def test_the_answer_of_a_page_is_counted_by_its_session(edge: Edge) -> None:
    edge.step(GATE, Stage.SENT)
    edge.step(GATE, Stage.MATCHED)
    edge.tellings.tell()
    assert edge.tellings.newest is not None
    status, _ = await edge.ask("guard", "post", f"/drills/{DRILL}")
    assert (status, edge.tellings.newest.answered) == (204, set())

    # The session by which a page is told is that by which it answers.
    session = sha256(b"guard").hexdigest()
    with edge.tellings.page(session, _HOLDERS["guard"]):
        edge.tellings.told(edge.tellings.newest, session, _HOLDERS["guard"])
        assert edge.tellings.pages(GATE.site) == Pages(1, 0)
        status, _ = await edge.ask("guard", "post", f"/drills/{DRILL}")

        assert (status, edge.tellings.pages(GATE.site)) == (204, Pages(1, 1))
        _, lines = await edge.ask("guard")
    assert isinstance(lines["cameras"], list)
    assert [(each["pages_told"], each["pages_answered"]) for each in lines["cameras"]] == [(1, 1)]


async def test_an_auditor_answers_no_drill(edge: Edge) -> None:
    status, _ = await edge.ask("auditor", "post", f"/drills/{DRILL}")

    assert status == 403
