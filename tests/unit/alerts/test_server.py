"""How requests are read, refused and counted, whatever they ask for."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.alerts.edge import models
from services.alerts.edge.http import parsed_body
from services.alerts.edge.problems import as_problems
from services.alerts.edge.server import counting
from services.chassis.telemetry import Meters

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def meters() -> Meters:
    return Meters()


@pytest.fixture
async def client(meters: Meters) -> AsyncIterator[Client]:
    async def repeat(request: web.Request) -> web.Response:
        return web.Response(text=(await parsed_body(request, models.MatchingRequest)).reason)

    async def fail(_request: web.Request) -> web.Response:
        raise RuntimeError("a fault of ours")

    app = web.Application(middlewares=[counting(meters), as_problems])
    app.router.add_post("/said", repeat)
    app.router.add_get("/fault", fail)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        pytest.param(b'{"stopped": true, "reason": "Drill"}', {}, 200, id="whole"),
        pytest.param(b'{"stopped": true, "reason": "\\ud800"}', {}, 422, id="no text"),
        pytest.param(b'{"stopped": true', {}, 422, id="no JSON"),
        pytest.param(b"[" * 15_000, {}, 422, id="deep"),
        pytest.param(b" " * 16_385, {}, 413, id="large"),
        pytest.param(b"{}", {"Content-Encoding": "gzip"}, 400, id="not packed as it says"),
    ],
)
async def test_a_body_is_taken_or_refused_in_words(
    client: Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    reply = await client.post("/said", data=content, headers={"Content-Type": "application/json", **headers})

    assert reply.status == status
    assert status == 200 or (await reply.json(content_type="application/problem+json"))["status"] == status


async def test_a_wrong_method_is_refused_with_those_that_are_taken(client: Client) -> None:
    reply = await client.get("/said")

    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


async def test_a_fault_of_ours_is_counted(client: Client, meters: Meters) -> None:
    assert (await client.get("/fault")).status == 500

    assert meters.value("wardwatch_http_requests_total", status="500") == 1
