"""Several iterators as one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from services.federation.broker.merged import merged


class Source:
    """Gives what is put, until None; knows whether it was closed."""

    def __init__(self, *given: int | None) -> None:
        self.put: asyncio.Queue[int | None] = asyncio.Queue()
        self.closed = False
        for each in given:
            self.put.put_nowait(each)

    async def read(self) -> AsyncGenerator[int, None]:
        try:
            while (each := await self.put.get()) is not None:
                if each < 0:
                    raise ValueError("negative")
                yield each
        finally:
            self.closed = True


async def test_each_source_is_given_in_its_order_to_its_end() -> None:
    low, high = Source(1, 2, 3, None), Source(11, 12, None)

    given = [each async for each in merged(low.read(), high.read())]

    assert [each for each in given if each < 10] == [1, 2, 3]
    assert [each for each in given if each > 10] == [11, 12]
    assert low.closed
    assert high.closed


async def test_a_silent_source_holds_no_other_up() -> None:
    silent, speaking = Source(), Source(1)
    async with aclosing(merged(silent.read(), speaking.read())) as given:
        assert await anext(given) == 1
        speaking.put.put_nowait(2)
        assert await anext(given) == 2

    assert silent.closed
    assert speaking.closed


async def test_a_source_that_fails_ends_all_of_them() -> None:
    silent, failing = Source(), Source(-1)

    with pytest.raises(ValueError, match="negative"):
        async for _ in merged(silent.read(), failing.read()):
            pass

    assert silent.closed


async def test_who_reads_may_be_cancelled() -> None:
    silent, reading = Source(), asyncio.Event()

    async def read() -> None:
        async with aclosing(merged(silent.read())) as given:
            reading.set()
            await anext(given)

    task = asyncio.create_task(read())
    await reading.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert silent.closed
