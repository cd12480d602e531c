"""Several iterators as one, each in its own order."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def merged(*sources: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """What each of *sources* gives, as it comes; ends when all have ended, and closes them when it is closed."""
    coming = {asyncio.ensure_future(anext(source)): source for source in sources}
    try:
        while coming:
            done, _ = await asyncio.wait(coming, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                source = coming.pop(task)
                try:
                    given = task.result()
                except StopAsyncIteration:
                    continue
                coming[asyncio.ensure_future(anext(source))] = source
                yield given
    finally:
        for task in coming:
            task.cancel()
        for task, source in coming.items():
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await task
            await source.aclose()
