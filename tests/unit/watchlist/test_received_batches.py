"""Entries that begin: those that come at once are written together, and a fault is its own alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID, uuid4

from services.watchlist.federation.batches import Batches
from services.watchlist.federation.received_store import Beginning, OnList
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
    asked: list[tuple[str, list[UUID]]] = field(default_factory=list)
    forbidden: list[Beginning] = field(default_factory=list)
    away: bool = False

    async def on_list(self, list_: str, entry_ids: Sequence[UUID]) -> list[OnList | None]:
        self.asked.append((list_, [*entry_ids]))
        if self.away:
            raise StoreAway("gone")
        return [None] * len(entry_ids)

    async def begin(self, beginnings: Sequence[Beginning]) -> list[Verdict]:
        self.written.append(list(beginnings))
        if self.away:
            raise StoreAway("gone")
        if any(each is bad for each in beginnings for bad in self.forbidden):
            raise Forbidden("two_people")
        return [Verdict.BEGIN] * len(beginnings)


async def test_those_that_come_at_once_are_written_in_one_transaction() -> None:
    store, some = Store(), [beginning() for _ in range(50)]
    batches = Batches(store)

    assert await asyncio.gather(*map(batches.begin, some)) == [Verdict.BEGIN] * 50
    assert [len(each) for each in store.written] == [32, 18]
    assert [each for batch in store.written for each in batch] == some


async def test_entries_of_different_lists_are_not_written_together() -> None:
    store, some = Store(), [beginning(name) for name in ("city", "else", "city", "else", "city")]
    batches = Batches(store)

    await asyncio.gather(*map(batches.begin, some))

    lists = [[each.said.list_ for each in batch] for batch in store.written]
    assert lists == [["city"] * 3, ["else"] * 2]


async def test_a_refused_one_is_alone_with_its_fault() -> None:
    store, some = Store(), [beginning() for _ in range(4)]
    store.forbidden = [some[2]]
    batches = Batches(store)

    found = await asyncio.gather(*map(batches.begin, some), return_exceptions=True)

    assert [type(each) for each in found] == [Verdict, Verdict, Forbidden, Verdict]
    assert [len(each) for each in store.written] == [4, 1, 1, 1, 1]


async def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    store = Store(away=True)
    batches = Batches(store)

    found = await asyncio.gather(*(batches.begin(beginning()) for _ in range(6)), return_exceptions=True)

    assert [type(each) for each in found] == [StoreAway] * 6
    assert [len(each) for each in store.written] == [6]


async def test_those_that_come_at_once_are_asked_of_in_one_statement() -> None:
    store, some, other = Store(), [uuid4() for _ in range(5)], uuid4()
    batches = Batches(store)

    found = await asyncio.gather(*(batches.on_list("city", each) for each in some), batches.on_list("else", other))

    assert found == [None] * 6
    assert store.asked == [("city", some), ("else", [other])]
