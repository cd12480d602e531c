"""The command line's client of the watchlist API, over HTTP like any other client."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import quote
from uuid import UUID

import aiohttp
from pydantic import BaseModel, ValidationError
from yarl import URL

from cli import ids, web
from local.context import Context
from proto.wardwatch.v1 import delivery_operations, desk, incident_reports
from proto.wardwatch.v1.desk_operation import DeskOperation
from proto.wardwatch.v1.entries import EntryPage
from proto.wardwatch.v1.imports import BatchPage
from services.chassis.errors import NoAnswer, Refusal

M = TypeVar("M", bound=BaseModel)

# The server waits for the desk a little less than a minute; its own refusal should still arrive.
_ANSWER_SECONDS: Final = 70.0
# Of these the beginning may be given. What is meant by each.
_MEANS: Final = {"entry": "entry", "other": "entry", "import": "import"}
_MOST: Final = "100"
# Alerts are looked for among the latest of them.
_MOST_PAGES: Final = 10


class _Alert(BaseModel):
    """What the list of alerts says of one, as far as it is needed to name it."""

    id: UUID
    site: str
    raised_at: datetime


class _AlertPage(BaseModel):
    """Alerts, newest first."""

    incidents: list[_Alert]
    next: str | None


ALERTS: Final = DeskOperation(
    "list_incidents", "get", "/api/v1/incidents", "Alerts, newest first", _AlertPage, query=("cursor", "limit")
)
_OPERATIONS: Final = {
    **desk.BY_NAME,
    **delivery_operations.BY_NAME,
    **{row.name: row for row in (ALERTS, incident_reports.EXPORT)},
}
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
    meant: dict[str, str] = field(default_factory=dict)  # what the beginning of an id was found to mean

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

        *target* holds the parameters of path and query; an id may be its beginning. Raises Refusal in the server's
        words, StartupError where the beginning of an id means nothing or several, or NoAnswer.
        """
        row = _OPERATIONS[name]
        target = {key: await self._whole(_MEANS[key], text) if key in _MEANS else text for key, text in target.items()}
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

    async def alert(self, text: str) -> UUID:
        """The alert whose id *text* is, or begins. Raises StartupError unless it is one of the latest thousand."""
        return ids.whole(text) or ids.meant(text, await self._alerts(), "alert")

    async def _whole(self, kind: str, text: str) -> str:
        """The whole id of the entry or import that *text*, an id or its beginning, means. Raises StartupError."""
        if (known := ids.whole(text)) is not None:
            return str(known)
        if text not in self.meant:
            named = await (self._entries(text) if kind == "entry" else self._imports())
            self.meant[text] = str(ids.meant(text, named, kind))
        return self.meant[text]

    async def _entries(self, text: str) -> Mapping[UUID, str]:
        sought = {"state": "all", "id_prefix": ids.prefix(text), "limit": _MOST}
        page = await self.read(EntryPage, "list_entries", target=sought)
        return {each.id: f"{each.label} ({each.state})" for each in page.entries}

    async def _alerts(self) -> Mapping[UUID, str]:
        found: dict[UUID, str] = {}
        target = {"limit": _MOST}
        for _ in range(_MOST_PAGES):
            page = await self.read(_AlertPage, ALERTS.name, target=target)
            found |= {each.id: f"{each.site}, {each.raised_at:%Y-%m-%d %H:%M} UTC" for each in page.incidents}
            if page.next is None:
                break
            target["cursor"] = page.next
        return found

    async def _imports(self) -> Mapping[UUID, str]:
        """All of them: there are as many as somebody has begun by hand."""
        found: dict[UUID, str] = {}
        target = {"limit": _MOST}
        while True:
            page = await self.read(BatchPage, "list_imports", target=target)
            found |= {each.id: f"{each.state}, by {each.author}" for each in page.batches}
            if page.next is None:
                return found
            target["cursor"] = page.next

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
