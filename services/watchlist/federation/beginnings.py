"""Entries of joined lists that begin are written down together: a list is thousands, a commit a write to the disk."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from services.watchlist.federation.received_store import Beginning
from services.watchlist.keys.seals import Unreadable
from services.watchlist.record.errors import Forbidden, StoreAway
from services.watchlist.rules.listed_elsewhere import Verdict

# The counter of generations is held as long: a desk's own change waits for them.
_TOGETHER: Final = 32


class Store(Protocol):
    """See ``ReceivedStore``. Raises Forbidden, Unreadable and StoreAway."""

    async def begin(self, beginnings: Sequence[Beginning]) -> list[Verdict]: ...


@dataclass(slots=True, eq=False)
class _Waiting:
    beginning: Beginning
    found: Verdict | Exception | None = None


@dataclass(slots=True)
class Beginnings:
    """Whoever comes first writes for all who came while the last transaction was under way."""

    store: Store
    _waiting: list[_Waiting] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self, beginning: Beginning) -> Verdict:
        """Begin an entry; returns what was found. Raises Forbidden, Unreadable and StoreAway."""
        mine = _Waiting(beginning)
        self._waiting.append(mine)
        try:
            async with self._turn:
                if mine.found is None:
                    await self._write(self._with(mine))
        finally:
            self._waiting.remove(mine)
        if isinstance(mine.found, Exception):
            raise mine.found
        assert mine.found is not None  # it was written, or its fault is known
        return mine.found

    def _with(self, first: _Waiting) -> list[_Waiting]:
        list_ = first.beginning.said.list_
        others = [
            each
            for each in self._waiting
            if each is not first and each.found is None and each.beginning.said.list_ == list_
        ]
        return [first, *others[: _TOGETHER - 1]]

    async def _write(self, some: Sequence[_Waiting]) -> None:
        try:
            found: Sequence[Verdict | Exception] = await self.store.begin([each.beginning for each in some])
        except StoreAway as error:
            found = [error] * len(some)
        except (Forbidden, Unreadable) as error:
            # Nothing of the transaction stays: whose fault it is, each finds out alone.
            if len(some) > 1:
                for each in some:
                    await self._write([each])
                return
            found = [error]
        for each, one in zip(some, found, strict=True):
            each.found = one
