"""Entries that begin: those that come at once are written together, and a fault is its own alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

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
    """Refuses what is in ``forbidden``."""

    written: list[list[Beginning]] = field(default_factory=list)
    forbidden: list[Beginning] = field(default_factory=list)
    away: bool = False

    async def begin(self, beginnings: Sequence[Beginning]) -> list[Verdict]:
        self.written.append(list(beginnings))
        if self.away:
            raise StoreAway("gone")
        if any(each is bad for each in beginnings for bad in self.forbidden):
            raise Forbidden("two_people")
        return [Verdict.BEGIN] * len(beginnings)


async def test_those_that_come_at_once_are_written_in_one_transaction() -> None:
    store, some = Store(), [beginning() for _ in range(50)]
    beginnings = Beginnings(store)

    assert await asyncio.gather(*map(beginnings.begin, some)) == [Verdict.BEGIN] * 50
    assert [len(each) for each in store.written] == [32, 18]
    assert [each for batch in store.written for each in batch] == some


async def test_entries_of_different_lists_are_not_written_together() -> None:
    store, some = Store(), [beginning(name) for name in ("city", "else", "city", "else", "city")]
    beginnings = Beginnings(store)

    await asyncio.gather(*map(beginnings.begin, some))

    lists = [[each.said.list_ for each in batch] for batch in store.written]
    assert lists == [["city"] * 3, ["else"] * 2]


async def test_a_refused_one_is_alone_with_its_fault() -> None:
    store, some = Store(), [beginning() for _ in range(4)]
    store.forbidden = [some[2]]
    beginnings = Beginnings(store)

    found = await asyncio.gather(*map(beginnings.begin, some), return_exceptions=True)

    assert [type(each) for each in found] == [Verdict, Verdict, Forbidden, Verdict]
    assert [len(each) for each in store.written] == [4, 1, 1, 1, 1]


async def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    store = Store(away=True)
    beginnings = Beginnings(store)

    found = await asyncio.gather(*(beginnings.begin(beginning()) for _ in range(6)), return_exceptions=True)

    assert [type(each) for each in found] == [StoreAway] * 6
    assert [len(each) for each in store.written] == [6]
