"""Signing in while there is no database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.alerts.accounts.codes import Guesses
from services.alerts.accounts.directory import SessionDirectory
from services.alerts.accounts.store import Sessions
from services.alerts.control import Controls, SetMatching
from services.alerts.database import Database
from services.alerts.desk import Desk
from services.alerts.edge.api import Api
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.compared import ComparedPairs
from services.alerts.edge.incident_views import IncidentViews
from services.alerts.edge.pace import Pace
from services.alerts.edge.problems import as_problems
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.edge.senders import Senders, trusted_networks
from services.alerts.edge.sign_in import SignInPace
from services.alerts.incidents.cards import DeskCards
from services.alerts.incidents.store import Incidents
from services.alerts.pairs.store import Pairs
from services.chassis.errors import NoAnswer
from tests.fakes import FakeBus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


NO_PROXY: Final = Senders()


async def nobody(_subject: str, _payload: bytes, /, *, timeout_seconds: float) -> bytes:
    raise NoAnswer(f"nobody within {timeout_seconds:g} s")


async def unstored(subject: str, payload: bytes, *, message_id: str) -> object:
    return subject, payload, message_id


async def well() -> str | None:
    return None


def api(database: Database, pace: SignInPace, senders: Senders) -> Api:
    sessions = Sessions(database, SessionDirectory(database, database), timedelta(hours=12))
    query_timeout, controls = QueryTimeout(), Controls()
    return Api(
        authorisation=Authorisation(sessions, query_timeout),
        sessions=sessions,
        incidents=Incidents(database),
        incident_views=IncidentViews(DeskCards(Desk(nobody, well))),
        controls=controls,
        query_timeout=query_timeout,
        set_site_matching=SetMatching(unstored, FakeBus().ask_all, controls, lambda: NOON),
        sites=frozenset(),
        sign_in_pace=pace,
        senders=senders,
        new_token=lambda: "token",
        now=lambda: NOON,
        compared=ComparedPairs(Pairs(database), Incidents(database)),
    )


@asynccontextmanager
async def signing_in(
    pace: SignInPace, senders: Senders = NO_PROXY
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A client of the sign-in, without a database."""
    async with Database.open("postgresql://nobody:none@/none?host=/nowhere", None, connections=1) as database:
        app = web.Application(middlewares=[as_problems])
        app.router.add_post("/session", api(database, pace, senders).open_session)
        async with TestClient(TestServer(app)) as client:
            yield client


async def test_a_code_that_could_not_be_looked_up_is_no_guess() -> None:
    pace = SignInPace(lambda: NOON, Guesses(attempts=2))
    async with signing_in(pace) as client:
        tries = [(await client.post("/session", json={"code": "7GQ4-MXKD-2TPZ"})).status for _ in range(4)]

    assert tries == [503] * 4
    assert not pace.guesses.is_guessing("127.0.0.1", NOON)


async def test_whoever_guesses_waits_in_turn_and_is_told_when_it_is_far_off() -> None:
    slow = SignInPace(lambda: NOON, Guesses(attempts=2), of_sender=Pace(per_second=0.05, burst=1))
    async with signing_in(slow) as client:
        replies = [await client.post("/session", json={"code": "7GQ4"}) for _ in range(4)]
        said = await replies[3].json()

    assert [reply.status for reply in replies] == [401, 401, 401, 429]
    assert 1 <= int(replies[3].headers["Retry-After"]) <= 20
    assert said["code"] == "too_many_attempts"


async def test_many_wrong_codes_behind_a_trusted_proxy_slow_their_sender_alone() -> None:
    slow = SignInPace(lambda: NOON, Guesses(attempts=2), of_sender=Pace(per_second=0.05, burst=1))
    async with signing_in(slow, Senders(trusted_networks("127.0.0.1"))) as client:

        async def wrong(sender: str) -> int:
            # Whatever stands on the left the sender has written.
            headers = {"X-Forwarded-For": f"203.0.113.77, {sender}"}
            return (await client.post("/session", json={"code": "7GQ4"}, headers=headers)).status

        guessing = [await wrong("192.0.2.1") for _ in range(4)]
        others = [await wrong(f"192.0.2.{n}") for n in range(2, 30)]

    assert guessing == [401, 401, 401, 429]
    assert others == [401] * 28
