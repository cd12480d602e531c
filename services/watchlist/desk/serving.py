"""When the desk is open: once every key has been read."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Final, Protocol, Self

from services.chassis.owed import first_of
from services.watchlist.desk.front import Answer, Front

_NAME: Final = "watchlist-desk"
_QUEUE: Final = "watchlist"


class Serves(Protocol):
    """Answers requests while inside; see ``Bus``."""

    def serve(self, name: str, answers: Mapping[str, Answer], *, queue: str) -> AbstractAsyncContextManager[None]: ...


class Serving:
    """Before that an entry could seem to have lost its key, so nobody is answered.

    Leaving it ends the answering. The task that left does that: in one that is cancelled meanwhile nats-py would log an
    error of its own.
    """

    def __init__(self, front: Front, bus: Serves) -> None:
        self._front = front
        self._bus = bus
        self._answering = AsyncExitStack()
        self._open = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._answering.aclose()

    async def open_after(self, whole: Sequence[asyncio.Event], stop: asyncio.Event) -> None:
        """Begin to answer once every event of *whole* is set, unless *stop* is first."""
        for event in whole:
            await first_of(event, stop)
        if not stop.is_set():
            await self._answering.enter_async_context(self._bus.serve(_NAME, self._front.answers(), queue=_QUEUE))
            self._open.set()

    async def check(self) -> str | None:
        """Readiness: None while the desk is open, else the reason."""
        return None if self._open.is_set() else "the desk opens when the keyring has been read"
