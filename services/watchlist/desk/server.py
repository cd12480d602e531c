"""Serves the desk's operations, and what federation asks, on the bus once every data key has been read."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Final, Protocol, Self

from services.chassis.owed import first_of
from services.watchlist.desk.dispatcher import Answer

_QUEUE: Final = "watchlist"


class Bus(Protocol):
    """Answers requests while inside; see ``chassis.bus``."""

    def serve(self, answers: Mapping[str, Answer], *, queue: str) -> AbstractAsyncContextManager[None]: ...


class DeskServer:
    """Answers requests, by subject, from ``open_after`` on until it is left.

    Earlier an entry whose key was not read yet would look as if it had lost it. The task that leaves ends answering:
    in a task that is cancelled meanwhile nats-py would log an error of its own.
    """

    def __init__(self, answers: Mapping[str, Answer], bus: Bus) -> None:
        self._answers = answers
        self._bus = bus
        self._answering = AsyncExitStack()
        self._open = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._answering.aclose()

    async def open_after(self, ready: Sequence[asyncio.Event], stop: asyncio.Event) -> None:
        """Answer from when every event of *ready* is set until *stop*; never if that is set first."""
        for event in ready:
            await first_of(event, stop)
        if not stop.is_set():
            await self._answering.enter_async_context(self._bus.serve(self._answers, queue=_QUEUE))
            self._open.set()
            await stop.wait()

    async def check(self) -> str | None:
        """Readiness: None while the desk is open, else the reason."""
        return None if self._open.is_set() else "the desk opens when the keyring has been read"
