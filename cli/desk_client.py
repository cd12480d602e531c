"""The command line's client of the watchlist API, over HTTP like any other client."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ValidationError
from yarl import URL

from cli import web
from local.context import Context
from proto.wardwatch.v1 import delivery_operations, desk
from proto.wardwatch.v1.desk import DeskOperation
from services.chassis.errors import NoAnswer, Refusal

M = TypeVar("M", bound=BaseModel)

# The server waits for the desk a little less than a minute; its own refusal should still arrive.
_ANSWER_SECONDS: Final = 70.0
_OPERATIONS: Final = {**desk.BY_NAME, **delivery_operations.BY_NAME}
_NOWHERE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DeskClient:
    """Calls operations of ``desk.py`` and ``delivery_operations.py`` of the contract for one account.

    Many tasks may share it.

    After a 503 an idempotent request is sent again, for ``retry_seconds``.
    """

    here: Context
    http: aiohttp.ClientSession
    account: str
    retry_seconds: float = 5.0

    async def call(
        self,
        name: str,
        *,
        target: Mapping[str, str] = _NOWHERE,
        body: BaseModel | None = None,
        attachment: bytes = b"",
        idempotency_key: str = "",
    ) -> BaseModel | bytes:
        """Call the operation *name*. Returns its response model, or the bytes of its file.

        *target* holds the parameters of path and query. Raises Refusal in the server's words, or NoAnswer.
        """
        row = _OPERATIONS[name]
        status, content = await self._send(row, target, body, attachment, idempotency_key)
        if status >= 400:
            raise Refusal(status, words(status, content))
        if row.response is None:
            return content
        try:
            return row.response.model_validate_json(content)
        except ValidationError as error:
            raise NoAnswer(f"{self.here.alerts_url} answers {name} in words of another version") from error

    async def read(
        self,
        model: type[M],
        name: str,
        *,
        target: Mapping[str, str] = _NOWHERE,
        body: BaseModel | None = None,
        attachment: bytes = b"",
        idempotency_key: str = "",
    ) -> M:
        """The same for an operation whose response is *model*."""
        answer = await self.call(name, target=target, body=body, attachment=attachment, idempotency_key=idempotency_key)
        assert isinstance(answer, model), f"{name} responds with another model"
        return answer

    async def _send(
        self, row: DeskOperation, target: Mapping[str, str], body: BaseModel | None, attachment: bytes, key: str
    ) -> tuple[int, bytes]:
        clock = asyncio.get_running_loop().time
        last = clock() + self.retry_seconds
        address = _address(self.here.alerts_url, row, target)
        headers = {"Idempotency-Key": key} if key else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        while True:
            data = body.model_dump_json().encode() if body is not None else attachment
            try:
                async with self.http.request(
                    row.method, address, data=BytesIO(data) if data else None, headers=headers
                ) as reply:
                    content = await reply.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise web.unanswered(self.here, error) from error
            wait = _wait(reply)
            if reply.status != 503 or clock() + wait > last or not (key or row.method in {"get", "put"}):
                return reply.status, content
            await asyncio.sleep(wait)


@asynccontextmanager
async def opened(here: Context, account: str, *, retry_seconds: float = 5.0) -> AsyncIterator[DeskClient]:
    """A client in the name of *account*, who must have signed in here. Raises StartupError."""
    token = await asyncio.to_thread(here.token, account)
    bearer = {"Authorization": f"Bearer {token}"}
    async with web.session(here, within_seconds=_ANSWER_SECONDS, headers=bearer) as http:
        yield DeskClient(here, http, account, retry_seconds)


def _address(base: str, row: DeskOperation, target: Mapping[str, str]) -> URL:
    assert row.path is not None, f"{row.name} has no address"
    query = {name: text for name, text in target.items() if f"{{{name}}}" not in row.path}
    assert set(query) <= set(row.query), f"{row.name} knows no {', '.join(set(query) - set(row.query))}"
    path = row.path.format_map({name: quote(text, safe="") for name, text in target.items()})
    return URL(f"{base}{path}", encoded=True).with_query(query)


def _wait(reply: aiohttp.ClientResponse) -> float:
    text = reply.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdecimal() else 1.0


class _Problem(BaseModel):
    """What a refusal says (RFC 9457)."""

    title: str
    detail: str | None = None


def words(status: int, content: bytes) -> str:
    """What a refusal says to a person."""
    try:
        problem = _Problem.model_validate_json(content)
    except ValidationError:
        return f"the server refused this (HTTP {status})"
    if status >= 500 and problem.detail:
        return f"{problem.title}: {problem.detail}"
    return problem.detail or problem.title
