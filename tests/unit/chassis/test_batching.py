"""Calls that come while others are under way are answered together, each by work that began after it came."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from services.chassis.batching import Batching


class Away(Exception):
    """Nobody can be answered now."""


@dataclass
class Work:
    """Doubles numbers once its gate is open; refuses one if it is told to."""

    seen: list[list[int]] = field(default_factory=list)
    raises: Exception | None = None
    refuses: int | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.seen.append(list(numbers))
        await self.gate.wait()
        if self.raises is not None:
            raise self.raises
        return [ValueError(str(n)) if n == self.refuses else 2 * n for n in numbers]


async def under_way(call: Batching[int, int], numbers: Sequence[int]) -> "list[asyncio.Task[int]]":
    tasks = [asyncio.create_task(call(n)) for n in numbers]
    for _ in range(3):  # each has come as far as it can
        await asyncio.sleep(0)
    return tasks


async def test_who_came_meanwhile_is_answered_together() -> None:
    work = Work()
    tasks = await under_way(Batching(work, most=3), range(6))
    work.gate.set()

    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8, 10]
    assert work.seen == [[0], [1, 2, 3], [4, 5]]


async def test_only_what_is_alike_goes_together() -> None:
    work = Work()
    tasks = await under_way(Batching(work, most=9, alike=lambda n: n % 2), range(5))
    work.gate.set()

    await asyncio.gather(*tasks)

    assert work.seen == [[0], [1, 3], [2, 4]]


async def test_an_error_is_raised_for_its_own_request() -> None:
    work = Work(refuses=2)
    tasks = await under_way(Batching(work, most=9), range(4))
    work.gate.set()

    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(each) for each in found] == [int, int, ValueError, int]


async def test_a_fault_is_that_of_the_whole_batch() -> None:
    work = Work(raises=Away())
    tasks = await under_way(Batching(work, most=9, faults=(Away,)), range(4))
    work.gate.set()

    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(each) for each in found] == [Away] * 4
    assert work.seen == [[0], [1, 2, 3]]


async def test_after_an_unforeseen_exception_the_others_are_tried() -> None:
    work = Work(raises=ZeroDivisionError())
    tasks = await under_way(Batching(work, most=9), range(3))
    work.gate.set()

    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(each) for each in found] == [ZeroDivisionError] * 3
    assert work.seen == [[0], [1, 2], [2]]


async def test_who_gives_up_while_working_for_others_costs_them_nothing() -> None:
    work = Work()
    first, *others = await under_way(Batching(work, most=9), range(3))

    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.gate.set()

    assert await asyncio.gather(*others) == [2, 4]
    assert work.seen == [[0], [1, 2]]


async def test_the_answer_comes_of_work_that_began_after_the_call() -> None:
    value = 0
    gate = asyncio.Event()

    async def read(readers: Sequence[None]) -> list[int]:
        now = value
        await gate.wait()
        return [now] * len(readers)

    call: Batching[None, int] = Batching(read, most=9)
    early = asyncio.create_task(call(None))
    await asyncio.sleep(0)
    value = 1
    late = asyncio.create_task(call(None))
    gate.set()

    assert (await early, await late) == (0, 1)
