"""What is asked for by many at once is done once for all of them."""

import asyncio
from collections.abc import Sequence

import pytest

from services.chassis.gathering import Gathering
from tests.fakes import eventually


class Works:
    """Answers each with its batch's number; works when the test lets it."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[str]]] = []
        self.goes_on = asyncio.Semaphore(0)
        self.fault: Exception | None = None

    async def __call__(self, key: str, asked: Sequence[str]) -> Sequence[str]:
        self.batches.append((key, [*asked]))
        number = len(self.batches)
        await self.goes_on.acquire()
        if self.fault is not None:
            raise self.fault
        return [f"{each} in {number}" for each in asked]


def asking(gathering: Gathering[str, str, str], key: str, *asked: str) -> list["asyncio.Task[str]"]:
    return [asyncio.create_task(gathering(key, each)) for each in asked]


async def begun(works: Works, count: int) -> None:
    await eventually(lambda: len(works.batches) >= count)


async def test_who_asks_while_it_is_done_is_answered_by_the_next_one() -> None:
    works = Works()
    gathering = Gathering[str, str, str](works)
    first = asking(gathering, "x", "a")
    await begun(works, 1)
    others, elsewhere = asking(gathering, "x", "b", "c"), asking(gathering, "y", "d")
    await begun(works, 2)
    for _ in range(3):
        works.goes_on.release()

    assert await asyncio.gather(*first, *elsewhere, *others) == ["a in 1", "d in 2", "b in 3", "c in 3"]
    assert works.batches == [("x", ["a"]), ("y", ["d"]), ("x", ["b", "c"])]


async def test_no_more_are_answered_together_than_may_be() -> None:
    works = Works()
    tasks = asking(Gathering[str, str, str](works, most=2), "x", "a", "b", "c", "d", "e")
    for _ in range(3):
        works.goes_on.release()

    await asyncio.gather(*tasks)

    assert [asked for _, asked in works.batches] == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_fault_is_told_to_all_and_over_with_them() -> None:
    works = Works()
    gathering = Gathering[str, str, str](works)
    works.fault = ValueError("away")
    works.goes_on.release()
    assert [str(each) for each in await asyncio.gather(*asking(gathering, "x", "a", "b"), return_exceptions=True)] == [
        "away",
        "away",
    ]

    works.fault = None
    works.goes_on.release()
    assert await gathering("x", "c") == "c in 2"


async def test_an_error_among_the_answers_is_told_to_who_asked_for_it() -> None:
    async def halves(_: str, asked: Sequence[int]) -> Sequence[int | Exception]:
        return [ValueError(each) if each % 2 else each // 2 for each in asked]

    gathering = Gathering[str, int, int](halves)

    found = await asyncio.gather(*(gathering("x", each) for each in range(4)), return_exceptions=True)

    assert [found[0], type(found[1]), found[2], type(found[3])] == [0, ValueError, 1, ValueError]


async def test_who_has_left_is_not_worked_for_and_disturbs_nobody() -> None:
    works = Works()
    gathering = Gathering[str, str, str](works)
    first = asking(gathering, "x", "a", "b")
    await begun(works, 1)
    left, stays = asking(gathering, "x", "c", "d")
    await asyncio.sleep(0)
    left.cancel()
    first[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    works.goes_on.release()
    works.goes_on.release()

    assert await first[1] == "b in 1"
    assert await stays == "d in 2"
    assert works.batches[1:] == [("x", ["d"])]
