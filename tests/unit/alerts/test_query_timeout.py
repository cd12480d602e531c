"""A frozen database does not hold up the stop button, nor do queries pile up."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.database import StoreAway
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.query_timeout import QueryTimeout
from tests.fakes import eventually

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = Holder(UUID(int=1), "ana", Role.SUPERVISOR, NOON)


class FrozenSessions:
    """A store of sessions whose queries never end, not even when they are cancelled."""

    def __init__(self) -> None:
        self.thawed = asyncio.Event()
        self.queries = 0

    async def holder(self, _token: str) -> Holder | None:
        self.queries += 1
        while not self.thawed.is_set():
            try:
                await self.thawed.wait()
            except asyncio.CancelledError:
                continue
        return ANA

    def remembered(self, _token: str) -> Holder | None:
        return ANA


async def test_a_known_supervisor_passes_while_the_database_is_frozen() -> None:
    sessions = FrozenSessions()
    authorisation = Authorisation(sessions, QueryTimeout(seconds=0.001, most_late=3))
    request = make_mocked_request("POST", "/", headers={"Authorization": "Bearer token"})

    async def name_of(_request: web.Request, holder: Holder) -> web.Response:
        return web.Response(text=holder.name)

    stop = authorisation.protect("set_matching", name_of, without_database=True)

    async with asyncio.timeout(5):
        for _ in range(10):
            answer = await stop(request)
            assert isinstance(answer, web.Response)
            assert answer.text == ANA.name

    assert sessions.queries == 3
    sessions.thawed.set()


async def test_after_the_thaw_it_is_asked_again() -> None:
    sessions, query_timeout = FrozenSessions(), QueryTimeout(seconds=0.1, most_late=1)

    async def is_answered() -> bool:
        try:
            return await query_timeout.run(sessions.holder("token")) == ANA
        except StoreAway:
            return False

    assert [await is_answered() for _ in range(2)] == [False, False]
    sessions.thawed.set()

    await eventually(is_answered)
