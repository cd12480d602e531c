"""When the desk is open: once this matcher holds the whole list and every key."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from services.matcher.desk.front import Answer, Front

_NAME: Final = "watchlist-desk"
_QUEUE: Final = "matcher"


class Serves(Protocol):
    """Answers requests while inside; see ``Bus``."""

    def serve(self, name: str, answers: Mapping[str, Answer], *, queue: str) -> AbstractAsyncContextManager[None]: ...


class Serving:
    """By half a list nobody is found to look like somebody, so nobody is answered before it is whole."""

    def __init__(self, front: Front, bus: Serves) -> None:
        self._front = front
        self._bus = bus
        self._open = asyncio.Event()

    async def run(self, whole: Sequence[asyncio.Event], stop: asyncio.Event) -> None:
        """Answer from when every event of *whole* is set until *stop*."""
        for event in whole:
            waits = [asyncio.create_task(each.wait()) for each in (event, stop)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        if stop.is_set():
            return
        async with self._bus.serve(_NAME, self._front.answers(), queue=_QUEUE):
            self._open.set()
            await stop.wait()

    async def check(self) -> str | None:
        """Readiness: None while the desk is open, else the reason."""
        return None if self._open.is_set() else "the desk opens when the list and its keys have been read"
