"""Entries of joined lists that come at once are asked of and written together: a list is thousands."""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from services.chassis.gathering import Gathering
from services.watchlist.federation.received_store import Beginning, OnList
from services.watchlist.keys.seals import Unreadable
from services.watchlist.record.errors import Forbidden
from services.watchlist.rules.listed_elsewhere import Verdict

# The counter of generations is held as long: a desk's own change waits for them.
_TOGETHER: Final = 32


class Store(Protocol):
    """See ``ReceivedStore``. Both raise StoreAway; ``begin`` raises Forbidden and Unreadable as well."""

    async def on_list(self, list_: str, entry_ids: Sequence[UUID]) -> list[OnList | None]: ...
    async def begin(self, beginnings: Sequence[Beginning]) -> list[Verdict]: ...


class Batches:
    """One statement asks, and one transaction begins, for all of a list that wait meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked = Gathering[str, UUID, OnList | None](store.on_list)
        self._begun = Gathering[str, Beginning, Verdict](self._begin, most=_TOGETHER)

    async def on_list(self, list_: str, entry_id: UUID) -> OnList | None:
        """A list that was joined and not left, and what is known of one of its entries. Raises StoreAway."""
        return await self._asked(list_, entry_id)

    async def begin(self, beginning: Beginning) -> Verdict:
        """Begin an entry; returns what was found. Raises Forbidden, Unreadable and StoreAway."""
        return await self._begun(beginning.said.list_, beginning)

    async def _begin(self, list_: str, some: Sequence[Beginning]) -> list[Verdict | Exception]:
        try:
            return [*await self._store.begin(some)]
        except (Forbidden, Unreadable) as error:
            if len(some) == 1:
                return [error]
            # Nothing of the transaction stays: whose fault it is, each finds out alone.
            return [one for each in some for one in await self._begin(list_, [each])]
