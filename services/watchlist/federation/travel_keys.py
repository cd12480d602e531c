"""Travel keys: what shared entries are sealed under on their way, kept beside the data keys and destroyed with them."""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.statements import travel_owner
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.watchlist.record.errors import StoreAway
from services.watchlist.record.travel_key_store import Ended

log = structlog.get_logger(__name__)

_AGAIN_SECONDS: Final = 5.0


class Keys(Protocol):
    """See ``Keyring``. Destroying is idempotent and raises NotStored, or NoAnswer, when it is not certain."""

    async def destroy(self, owner: UUID) -> None: ...


class Store(Protocol):
    """See ``travel_key_store.TravelKeyStore``; raises StoreAway."""

    async def of_entry(self, entry_id: UUID) -> list[Ended]: ...
    async def ended(self) -> list[Ended]: ...
    async def destroyed(self, ended: Ended) -> None: ...


@dataclass(frozen=True, slots=True)
class TravelKeys:
    """Every replica runs one. Each step may be done twice, and what a killed replica left undone another does."""

    store: Store
    keys: Keys

    async def destroy(self, entry_id: UUID) -> None:
        """Destroy every travel key of an entry that was erased, of all lists and generations."""
        for ended in await self.store.of_entry(entry_id):
            await self._destroy(ended)

    async def run(self, stop: asyncio.Event) -> None:
        """Destroy the keys of what was withdrawn or erased, again and again until *stop*."""
        while not stop.is_set():
            beat()
            try:
                for ended in await self.store.ended():
                    beat()
                    await self._destroy(ended)
            except (StoreAway, NotStored, NoAnswer) as error:
                log.warning("travel keys are destroyed later", reason=f"{type(error).__name__}: {error}")
            await pause(stop, _AGAIN_SECONDS)

    async def _destroy(self, ended: Ended) -> None:
        # Also those that were never made: what is destroyed cannot be made by a request that is on its way.
        for generation in range(1, ended.generation + 1):
            await self.keys.destroy(travel_owner(ended.list_, str(ended.entry_id), generation))
        await self.store.destroyed(ended)
        log.info("travel keys destroyed", entry_id=str(ended.entry_id), list=ended.list_)
