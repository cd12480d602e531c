"""The watchlist's desk as the command line asks it: over HTTP, as any other client does."""

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
from proto.wardwatch.v1 import desk
from proto.wardwatch.v1.desk import DeskOperation
from services.chassis.errors import NoAnswer, Refusal

M = TypeVar("M", bound=BaseModel)

# The server asks the desk for a little less than a minute; what it says then is still worth hearing.
_ANSWER_SECONDS: Final = 70.0
_NOWHERE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DeskClient:
    """Asks for operations of ``proto/wardwatch/v1/desk.py`` in one account's name; many tasks may ask at once.

    A server that says "not now" is asked again for ``patience_seconds``, where asking twice has the effect of once.
    """

    here: Context
    http: aiohttp.ClientSession
    account: str
    patience_seconds: float = 5.0

    async def call(
        self,
        name: str,
        *,
        target: Mapping[str, str] = _NOWHERE,
        said: BaseModel | None = None,
        attachment: bytes = b"",
        idempotency_key: str = "",
    ) -> BaseModel | bytes:
        """The answer of the operation *name*: its model, or the bytes of the file that it gives.

        *target* holds what the address and its query name. Raises Refusal in the server's words, or NoAnswer.
        """
        row = desk.BY_NAME[name]
        status, content = await self._asked(row, target, said, attachment, idempotency_key)
        if status >= 400:
            raise Refusal(status, words(status, content))
        if row.answer is None:
            return content
        try:
            return row.answer.model_validate_json(content)
        except ValidationError as error:
            raise NoAnswer(f"{self.here.alerts_url} answers {name} in words of another version") from error

    async def read(
        self,
        model: type[M],
        name: str,
        *,
        target: Mapping[str, str] = _NOWHERE,
        said: BaseModel | None = None,
        attachment: bytes = b"",
        idempotency_key: str = "",
    ) -> M:
        """The same for an operation that answers with *model*."""
        answer = await self.call(name, target=target, said=said, attachment=attachment, idempotency_key=idempotency_key)
        assert isinstance(answer, model), f"{name} answers with another model"
        return answer

    async def _asked(
        self, row: DeskOperation, target: Mapping[str, str], said: BaseModel | None, attachment: bytes, key: str
    ) -> tuple[int, bytes]:
        clock = asyncio.get_running_loop().time
        last = clock() + self.patience_seconds
        address = _address(self.here.alerts_url, row, target)
        headers = {"Idempotency-Key": key} if key else {}
        if said is not None:
            headers["Content-Type"] = "application/json"
        while True:
            body = said.model_dump_json().encode() if said is not None else attachment
            try:
                async with self.http.request(
                    row.method, address, data=BytesIO(body) if body else None, headers=headers
                ) as reply:
                    content = await reply.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise web.unanswered(self.here, error) from error
            wait = _wait(reply)
            if reply.status != 503 or clock() + wait > last or not (key or row.method in {"get", "put"}):
                return reply.status, content
            await asyncio.sleep(wait)


@asynccontextmanager
async def opened(here: Context, account: str, *, patience_seconds: float = 5.0) -> AsyncIterator[DeskClient]:
    """A client in the name of *account*, who must have signed in here. Raises StartupError."""
    token = await asyncio.to_thread(here.token, account)
    bearer = {"Authorization": f"Bearer {token}"}
    async with web.session(here, within_seconds=_ANSWER_SECONDS, headers=bearer) as http:
        yield DeskClient(here, http, account, patience_seconds)


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
