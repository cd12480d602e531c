"""A list of the desk, page by page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from cli import output
from cli.desk_client import DeskClient
from proto.wardwatch.v1.entries import EntryPage, SearchRequest
from proto.wardwatch.v1.imports import BatchPage, ItemPage, LikenessPage
from services.chassis.errors import Refusal

P = TypeVar("P", EntryPage, BatchPage, ItemPage, LikenessPage)
T = TypeVar("T")

_SIZE: Final = "100"
# What an account may ask in a minute is counted over the last minute.
_TOO_MANY: Final = 429
_REST_SECONDS: Final = 60.0


async def pages(
    desk: DeskClient, model: type[P], operation: str, target: Mapping[str, str] | None = None
) -> AsyncIterator[P]:
    """Every page of *operation*, to the end; waits where an account may not ask more at the moment. Raises Refusal."""
    target_of_page = {**(target or {}), "limit": _SIZE}
    while True:
        page = await _patiently(partial(desk.read, model, operation, target=target_of_page))
        yield page
        if page.next is None:
            return
        target_of_page["cursor"] = page.next


async def found(desk: DeskClient, wanted: SearchRequest) -> AsyncIterator[EntryPage]:
    """Every page of what is looked for, as ``pages``."""
    wanted = wanted.model_copy(update={"limit": int(_SIZE)})
    while True:
        page = await _patiently(partial(desk.read, EntryPage, "search_entries", body=wanted))
        yield page
        if page.next is None:
            return
        wanted = wanted.model_copy(update={"cursor": UUID(page.next)})


async def _patiently(read: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await read()
        except Refusal as refusal:
            if refusal.code != _TOO_MANY:
                raise
            output.line(f"{refusal}: going on in {_REST_SECONDS:.0f} s", err=True)
            await asyncio.sleep(_REST_SECONDS)
