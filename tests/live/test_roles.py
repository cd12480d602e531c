"""Every role tries every operation on the running service, with the desk's own dispatcher on the real bus behind it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest

from access import grants
from proto.wardwatch.v1 import desk, roles, subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.requests import DeskCall
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.edge.operations import OPERATIONS, Operation
from services.chassis.errors import Refusal
from services.chassis.responder import Answer
from services.chassis.telemetry import Meters
from services.watchlist import wiring
from services.watchlist.desk.dispatcher import Request, Response
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.record.database import Database
from tests import servers
from tests.checkout import CHECKOUT
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live.hospital import Hospital

pytestmark = pytest.mark.timeout(120)

BODIES: Final = MappingProxyType(
    {
        "review": {"verdict": "same"},
        "correct": {"verdict": "same"},
        "report": {"result": "met"},
        "describe_place": {"name": "Gate 1"},
        "set_matching": {"stopped": True, "reason": "a drill"},
        "change_account": {"role": "administrator", "sites": ["h2"], "identity": None, "reason": "a drill"},
        "disable_account": {"reason": "a drill"},
        "enable_account": {"reason": "a drill"},
        "name_device": {"name": "mine"},
    }
)
# Every status that the OpenAPI document says an operation may answer with.
DOCUMENTED: Final = {
    str(row["operationId"]): {int(status) for status in row["responses"]}
    for path in json.loads((CHECKOUT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"].values()
    for row in path.values()
}
# What names a thing that is not there, or needs a sign-in of the hospital, which is not there either.
UNKNOWN: Final = frozenset(
    {
        "name_device", "end_device", "remove_passkey", "prove_by_oidc", "test_channel", "pause_channel",
        "remove_channel", "remove_rule", "remove_zone", "show_delivery", "send_again", "set_control_picture",
        "remove_control_pair",
    }
)  # fmt: skip
# What ends the session that tries it.
LAST: Final = ("remove_place", "lose_devices", "end_session")


@asynccontextmanager
async def dispatcher(hospital: Hospital) -> AsyncIterator[Mapping[str, Answer]]:
    """The desk's dispatcher with the record's own sessions and handlers that do nothing, served on the bus."""

    async def nothing(_asking: Request) -> Response:
        return Response()

    clock = wiring.Clock(now=lambda: datetime.now(UTC), monotonic=lambda: 0.0, new_id=uuid4)
    async with (
        Database.open(hospital.database.importer, password=None) as connected,
        live.answerer(hospital.nats) as bus,
    ):
        handlers = dict.fromkeys(desk.BY_NAME, nothing)
        answers = wiring.dispatcher(connected, handlers, RateLimit(10_000, 60), Meters(), clock).answers()
        async with bus.serve(answers, queue="watchlist"):
            yield answers


async def test_every_role_may_do_what_the_table_says_and_nothing_else(hospital: Hospital) -> None:
    await live.enrol(hospital.database)
    async with (
        dispatcher(hospital) as answers,
        hospital.alerts() as service,
        live.publisher(hospital.nats) as bus,
        live.signed_in(service, await live.invite(hospital.database, "mo", "guard")) as mo,
        live.signed_in(service, await live.invite(hospital.database, "ida", "guard")) as ida,
    ):
        await live.send(bus, live.sighting())
        incident = await _confirmed(mo, ida)
        tried: dict[str, dict[Role, bool]] = {}
        for role in Role:
            async with live.signed_in(service, await live.invite(hospital.database, f"a.{role}", role)) as http:
                async with http.get("/api/v1/me") as reply:
                    me = await reply.json()
                assert me["may"] == roles.may(role)
                token = http.headers["Authorization"].removeprefix("Bearer ")
                steps = _Steps(incident=str(incident), which="camera", site="h1", account=me["id"])
                for row in desk.OPERATIONS:
                    if row.path is None:
                        tried.setdefault(row.name, {})[role] = await _admitted(answers, row.name, token)
                await _placed(hospital.database)
                for operation in (one for one in OPERATIONS if one.name not in LAST):
                    tried.setdefault(operation.name, {})[role] = await _passes(http, operation, steps)
            for operation in (one for one in OPERATIONS if one.name in LAST):
                again = await live.invited_again(hospital.database, f"a.{role}")
                async with live.signed_in(service, again) as http:
                    tried.setdefault(operation.name, {})[role] = await _passes(http, operation, steps)

    allowed = {name: {role for role, passed in cells.items() if passed} for name, cells in tried.items()}
    assert allowed == {**roles.ALLOWED, **dict.fromkeys(roles.PUBLIC, roles.EVERYBODY)}
    assert await _acted(hospital.database) == {"a.guard", "mo", "ida"}  # who was the first to go, and both verdicts


async def test_an_account_of_another_site_sees_and_does_nothing_of_this_one(hospital: Hospital) -> None:
    await live.enrol(hospital.database)
    codes = {role: await live.invite(hospital.database, f"a.{role}", role, sites=["h2"]) for role in Role}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(dispatcher(hospital))
        service = await stack.enter_async_context(hospital.alerts(SITES="h1,h2"))
        bus = await stack.enter_async_context(live.publisher(hospital.nats))
        mo, ida = [
            await stack.enter_async_context(
                live.signed_in(service, await live.invite(hospital.database, name, "guard", sites=sites))
            )
            for name, sites in (("mo", ["h1"]), ("ida", None))
        ]
        people = {role: await stack.enter_async_context(live.signed_in(service, codes[role])) for role in Role}
        streams = {role: live.events(http) for role, http in people.items()}
        for stream in streams.values():
            await anext(stream)
        await live.send(bus, live.sighting())
        incident = await _confirmed(mo, ida)
        async with mo.post(f"/api/v1/incidents/{incident}/response") as reply:
            assert reply.status == HTTPStatus.OK
        await _stopped(hospital)
        async with asyncio.timeout(30):
            heard = [await anext(stream) for stream in streams.values() for _ in range(3)]
        async with mo.get("/api/v1/me") as reply:
            steps = _Steps(incident=str(incident), which="camera", site="h1", account=(await reply.json())["id"])

        for http in people.values():
            for operation in sorted(OPERATIONS, key=lambda one: one.name == "end_session"):
                if operation.name != "stream_events":
                    await _tells_nothing(http, operation, steps)

        async with mo.get("/api/v1/me") as reply:
            assert reply.status == HTTPStatus.OK
    assert {(event.name, str(event.data["stopped_sites"])) for event in heard} == {("state", "[]")}
    assert await _acted(hospital.database) == {"mo", "ida"}


async def test_an_editor_of_the_site_hears_of_no_alert(hospital: Hospital) -> None:
    await live.enrol(hospital.database)
    async with (
        dispatcher(hospital),
        hospital.alerts() as service,
        live.publisher(hospital.nats) as bus,
        live.signed_in(service, await live.invite(hospital.database, "eve", "watchlist_editor", sites=["h1"])) as eve,
        live.signed_in(service, await live.invite(hospital.database, "mo", "guard")) as mo,
        live.signed_in(service, await live.invite(hospital.database, "ida", "reviewer")) as ida,
    ):
        stream = live.events(eve)
        await anext(stream)
        await live.send(bus, live.sighting())
        incident = await _confirmed(mo, ida)
        async with ida.post(f"/api/v1/incidents/{incident}/response") as reply:
            assert reply.status == HTTPStatus.FORBIDDEN
        async with asyncio.timeout(30):
            heard = [await anext(stream) for _ in range(3)]

    assert {event.name for event in heard} == {"state"}
    assert await _acted(hospital.database) == {"mo", "ida"}


async def _stopped(hospital: Hospital) -> None:
    """Stop matching at h1, as the command line does."""
    control = MatchingControl("c1", SiteId("h1"), True, "operator", "a drill", datetime.now(UTC))
    operator = await hospital.bus(grants.OPERATOR)
    await operator.publish_owed(subjects.control(control.site), control.encode(), message_id=control.control_id)


async def _tells_nothing(http: aiohttp.ClientSession, operation: Operation, steps: "_Steps") -> None:
    """Refused where the address names what is of h1, and without a word of it elsewhere."""
    address = operation.path.format_map(steps)
    async with http.request(operation.method, address, json=BODIES.get(operation.name)) as reply:
        content = await reply.read()
        assert reply.status in DOCUMENTED[operation.name], (operation.name, reply.status)
    if "{incident}" in operation.path or "{account}" in operation.path:
        assert reply.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN), operation.name
    elif "{site}" in operation.path:
        assert reply.status == HTTPStatus.FORBIDDEN, operation.name
    elif operation.name != "openapi":
        assert b'"h1"' not in content, operation.name
        assert steps["incident"].encode() not in content, operation.name


async def _confirmed(*guards: aiohttp.ClientSession) -> UUID:
    """The one incident, once both guards have confirmed it: its pictures and scores are there to be asked for."""

    async def raised() -> bool:
        async with guards[0].get("/api/v1/incidents") as reply:
            return bool((await reply.json())["incidents"])

    await eventually(raised, within_seconds=30)
    async with guards[0].get("/api/v1/incidents") as reply:
        incident = UUID((await reply.json())["incidents"][0]["id"])
    for guard in guards:
        async with guard.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": "same"}) as reply:
            assert reply.status == HTTPStatus.OK
    return incident


async def _passes(http: aiohttp.ClientSession, operation: Operation, steps: "_Steps") -> bool:
    """Whether the service permits this account the operation; any other refusal comes after that check."""
    address = operation.path.format_map(steps)
    async with http.request(operation.method, address, json=BODIES.get(operation.name)) as reply:
        assert reply.status in DOCUMENTED[operation.name], (operation.name, reply.status)
        if reply.status == HTTPStatus.FORBIDDEN:
            problem = await reply.json(content_type="application/problem+json")
            assert problem["title"] == "Not for this account", (operation.name, problem)
            return False
        wrong = {401, 404, 405, 500, 502, 503} - ({404} if operation.name in UNKNOWN else set())
        assert reply.status not in wrong or operation.public, (operation.name, reply.status)
        return True


async def _admitted(answers: Mapping[str, Answer], name: str, token: str) -> bool:
    """Whether the desk permits this account an operation that only the alerts service calls."""
    try:
        await answers[subjects.desk(name)](DeskCall(token, b"").encode())
    except Refusal as refusal:
        return refusal.code != HTTPStatus.FORBIDDEN
    return True


def _is_last(operation: Operation) -> int:
    return 1 + LAST.index(operation.name) if operation.name in LAST else 0


async def _placed(database: servers.Database) -> None:
    """A camera named 1 has a place, with a plan."""
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute(
            """
            insert into alerts.place (site, camera, name, building, floor, plan, set_at)
            values ('h1', '1', 'Gate 1', '', '', 'jpeg', now()) on conflict do nothing
            """
        )
    finally:
        await connection.close()


async def _acted(database: servers.Database) -> set[str]:
    """Whose answers to alerts the record holds."""
    connection = await asyncpg.connect(database.superuser)
    try:
        rows = await connection.fetch(
            """
            select name from accounts.account
            where id in (select account_id from alerts.review union select account_id from alerts.response)
            """
        )
    finally:
        await connection.close()
    return {row["name"] for row in rows}


class _Steps(dict[str, str]):
    """The steps of an address; those that name nothing here are ones."""

    def __missing__(self, _name: str) -> str:
        return "1"
