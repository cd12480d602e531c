"""Requests are let in one after another where somebody sends too many, and nobody pays for another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.edge.admission import Admission
from services.alerts.edge.pace import Pace
from services.alerts.edge.problems import as_problems
from services.alerts.edge.senders import Senders, trusted_networks

NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)


def strict() -> Pace:
    """Three at once; the next a long time later."""
    return Pace(per_second=0.02, burst=3)


def recognised(request: web.Request) -> Holder | None:
    name = request.headers.get("Authorization", "")
    return Holder(UUID(int=int(name)), name, Role.GUARD, NOON) if name else None


@asynccontextmanager
async def edge(
    *, of_strangers: Pace | None = None, vouched: list[str] | None = None
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A server behind strict paces; 127.0.0.1 is a proxy."""
    told = [] if vouched is None else vouched
    admission = Admission(
        recognised,
        Senders(trusted_networks("127.0.0.1")),
        lambda request: told.append(request.path),
        of_sender=strict(),
        of_strangers=of_strangers or Pace(per_second=1000, burst=1000),
        of_account=strict(),
        of_files=Pace(per_second=1000, burst=1000),
    )

    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application(middlewares=[as_problems, admission.middleware()])
    app.router.add_get("/api/hello", hello)
    app.router.add_get("/page.js", hello)
    app.router.add_put("/api/photo", hello)
    async with TestClient(TestServer(app)) as client:
        yield client


async def statuses(
    client: TestClient[web.Request, web.Application], count: int, *, path: str = "/api/hello", **headers: str
) -> list[int]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [(await client.get(path, headers=named)).status for _ in range(count)]


async def test_strangers_who_send_too_much_are_refused_each_for_themselves() -> None:
    async with edge() as client:
        assert await statuses(client, 5, X_Forwarded_For="192.0.2.1") == [200, 200, 200, 429, 429]
        assert await statuses(client, 3, X_Forwarded_For="192.0.2.2") == [200] * 3
        refused = await client.get("/api/hello", headers={"X-Forwarded-For": "192.0.2.1"})

        assert (await refused.json())["code"] == "slow_down"
        assert int(refused.headers["Retry-After"]) >= 1


async def test_all_strangers_together_do_not_touch_who_has_a_session() -> None:
    vouched: list[str] = []
    async with edge(of_strangers=strict(), vouched=vouched) as client:
        assert await statuses(client, 4, X_Forwarded_For="192.0.2.1") == [200, 200, 200, 429]
        assert await statuses(client, 1, X_Forwarded_For="192.0.2.2") == [429]
        assert not vouched

        assert await statuses(client, 3, Authorization="7") == [200] * 3
        assert len(vouched) == 3


async def test_an_account_that_sends_too_much_slows_itself_alone() -> None:
    async with edge() as client:
        assert await statuses(client, 4, Authorization="7") == [200, 200, 200, 429]
        assert await statuses(client, 20, path="/page.js", Authorization="7") == [200] * 20
        assert await statuses(client, 3, Authorization="8") == [200] * 3


async def test_files_that_an_import_sends_have_a_pace_of_their_own() -> None:
    async with edge() as client:
        sent = [(await client.put("/api/photo", headers={"Authorization": "7"})).status for _ in range(40)]

        assert sent == [200] * 40
        assert await statuses(client, 4, Authorization="7") == [200, 200, 200, 429]
