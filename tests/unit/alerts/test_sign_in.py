"""Signing in while there is no database."""

from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.alerts.accounts.codes import GuessLimit
from services.alerts.accounts.store import Sessions
from services.alerts.control import Controls, SetMatching
from services.alerts.database import Database
from services.alerts.desk import Desk
from services.alerts.edge.api import Api
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.incident_views import IncidentViews
from services.alerts.edge.problems import as_problems
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.incidents.cards import DeskCards
from services.alerts.incidents.store import Incidents
from services.chassis.errors import NoAnswer
from tests.fakes import FakeBus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def nobody(_subject: str, _payload: bytes, /, *, timeout_seconds: float) -> bytes:
    raise NoAnswer(f"nobody within {timeout_seconds:g} s")


async def unstored(subject: str, payload: bytes, *, message_id: str) -> object:
    return subject, payload, message_id


async def well() -> str | None:
    return None


def api(database: Database) -> Api:
    sessions, query_timeout, controls = Sessions(database, timedelta(hours=12)), QueryTimeout(), Controls()
    return Api(
        authorisation=Authorisation(sessions, query_timeout, lambda: NOON),
        sessions=sessions,
        incidents=Incidents(database),
        incident_views=IncidentViews(DeskCards(Desk(nobody, well))),
        controls=controls,
        query_timeout=query_timeout,
        set_site_matching=SetMatching(unstored, FakeBus().ask_all, controls, lambda: NOON),
        sites=frozenset(),
        guesses=GuessLimit(attempts=2),
        new_token=lambda: "token",
        now=lambda: NOON,
    )


async def test_a_code_that_could_not_be_looked_up_is_no_guess() -> None:
    async with Database.open("postgresql://nobody:none@/none?host=/nowhere", None, connections=1) as database:
        app = web.Application(middlewares=[as_problems])
        app.router.add_post("/session", api(database).open_session)
        async with TestClient(TestServer(app)) as client:
            tries = [(await client.post("/session", json={"code": "7GQ4-MXKD-2TPZ"})).status for _ in range(4)]
            wrong = [(await client.post("/session", json={"code": "7GQ4"})).status for _ in range(3)]

    assert tries == [503] * 4
    assert wrong == [401, 401, 429]
