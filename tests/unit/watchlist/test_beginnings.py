"""Entries that begin: who comes first writes for all who came meanwhile, and a fault is its own alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from services.watchlist.federation.beginnings import Beginnings
from services.watchlist.federation.received_store import Beginning
from services.watchlist.record.errors import Forbidden, StoreAway
from services.watchlist.rules.listed_elsewhere import Verdict


@dataclass(frozen=True)
class _Said:
    list_: str


@dataclass(frozen=True)
class _Beginning:
    """As much of one as is looked at."""

    said: _Said


def beginning(list_: str = "city") -> Beginning:
    return cast("Beginning", _Beginning(_Said(list_)))


@dataclass
class Store:
    """Writes once its gate is open; refuses what is in ``forbidden``."""

    written: list[list[Beginning]] = field(default_factory=list)
    forbidden: list[Beginning] = field(default_factory=list)
    away: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self, beginnings: Sequence[Beginning]) -> list[Verdict]:
        self.written.append(list(beginnings))
        await self.gate.wait()
        if self.away:
            raise StoreAway("gone")
        if any(each is bad for each in beginnings for bad in self.forbidden):
            raise Forbidden("two_people")
        return [Verdict.BEGIN] * len(beginnings)


async def under_way(beginnings: Beginnings, some: Sequence[Beginning]) -> "list[asyncio.Task[Verdict]]":
    tasks = [asyncio.create_task(beginnings.begin(each)) for each in some]
    for _ in range(3):  # each has come as far as it can
        await asyncio.sleep(0)
    return tasks


async def test_who_came_meanwhile_is_written_in_one_transaction() -> None:
    store, some = Store(), [beginning() for _ in range(50)]
    tasks = await under_way(Beginnings(store), some)
    store.gate.set()

    assert await asyncio.gather(*tasks) == [Verdict.BEGIN] * 50
    assert [len(each) for each in store.written] == [1, 32, 17]
    assert [each for batch in store.written for each in batch] == some


async def test_entries_of_different_lists_are_not_written_together() -> None:
    store, some = Store(), [beginning(name) for name in ("city", "else", "city", "else", "city")]
    tasks = await under_way(Beginnings(store), some)
    store.gate.set()

    await asyncio.gather(*tasks)

    lists = [[each.said.list_ for each in batch] for batch in store.written]
    assert lists == [["city"], ["else"] * 2, ["city"] * 2]


async def test_a_refused_one_is_alone_with_its_fault() -> None:
    store, some = Store(), [beginning() for _ in range(4)]
    store.forbidden = [some[2]]
    tasks = await under_way(Beginnings(store), some)
    store.gate.set()

    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(each) for each in found] == [Verdict, Verdict, Forbidden, Verdict]
    assert [len(each) for each in store.written] == [1, 3, 1, 1, 1]


async def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    store = Store(away=True)
    tasks = await under_way(Beginnings(store), [beginning() for _ in range(6)])
    store.gate.set()

    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(each) for each in found] == [StoreAway] * 6
    assert [len(each) for each in store.written] == [1, 5]


async def test_who_gives_up_while_writing_for_others_costs_them_nothing() -> None:
    store, some = Store(), [beginning() for _ in range(3)]
    first, *others = await under_way(Beginnings(store), some)

    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    store.gate.set()

    assert await asyncio.gather(*others) == [Verdict.BEGIN] * 2
    assert store.written == [some[:1], some[1:]]
