"""Entries of joined lists that begin are written down together: a list is thousands, a commit a write to the disk."""

from collections.abc import Sequence
from typing import Final, Protocol

from services.chassis.gathering import Gathering
from services.watchlist.federation.received_store import Beginning
from services.watchlist.keys.seals import Unreadable
from services.watchlist.record.errors import Forbidden
from services.watchlist.rules.listed_elsewhere import Verdict

# The counter of generations is held as long: a desk's own change waits for them.
_TOGETHER: Final = 32


class Store(Protocol):
    """See ``ReceivedStore``. Raises Forbidden, Unreadable and StoreAway."""

    async def begin(self, beginnings: Sequence[Beginning]) -> list[Verdict]: ...


class Beginnings:
    """Those of one list that come at once are written by one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._together = Gathering[str, Beginning, Verdict](self._written, most=_TOGETHER)

    async def begin(self, beginning: Beginning) -> Verdict:
        """Begin an entry; returns what was found. Raises Forbidden, Unreadable and StoreAway."""
        return await self._together(beginning.said.list_, beginning)

    async def _written(self, list_: str, some: Sequence[Beginning]) -> list[Verdict | Exception]:
        try:
            return [*await self._store.begin(some)]
        except (Forbidden, Unreadable) as error:
            if len(some) == 1:
                return [error]
            # Nothing of the transaction stays: whose fault it is, each finds out alone.
            return [one for each in some for one in await self._written(list_, [each])]
