"""Erasing an entry and discarding a draft: the record first, then keys, streams and memories."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.entries import ErasureView, ReasonSaid
from services.chassis.errors import NotStored, Refusal
from services.matcher import rules
from services.matcher.desk.front import Asking, Given, Work, existing
from services.matcher.erasure_store import ErasureStore
from services.matcher.records import StoreAway

log = structlog.get_logger(__name__)


class Custody(Protocol):
    """Destroys an erased entry's key and cleans its stream. What fails is done again in the background."""

    async def follow_up(self, entry_id: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class ErasureDesk:
    """``now`` tells the time by which a matcher counts as silent."""

    erasures: ErasureStore
    custody: Custody
    now: Callable[[], datetime]

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {
            "discard_entry": self.discard_entry,
            "erase_entry": self.erase_entry,
            "show_erasure": self.show_erasure,
        }

    async def discard_entry(self, asking: Asking) -> Given:
        """Throw a draft away."""
        entry_id = asking.id("entry")
        view = existing(await self.erasures.discard(entry_id, asking.holder), entry_id)
        await self._follow_up(entry_id)
        return Given(view)

    async def erase_entry(self, asking: Asking) -> Given:
        """Erase everything about a person."""
        entry_id = asking.id("entry")
        reason = rules.words("reason", asking.body(ReasonSaid).reason)
        if not await self.erasures.erase(entry_id, asking.holder, reason):
            raise Refusal(404, f"there is no entry {entry_id}")
        await self._follow_up(entry_id)
        return Given(await self._progress(entry_id))

    async def show_erasure(self, asking: Asking) -> Given:
        """Who has let go of an erased entry, and who has not."""
        return Given(await self._progress(asking.id("entry")))

    async def _progress(self, entry_id: UUID) -> ErasureView:
        progress = await self.erasures.progress(entry_id, self.now())
        if progress is None:
            raise Refusal(404, f"no entry {entry_id} was erased")
        return progress

    async def _follow_up(self, entry_id: UUID) -> None:
        # The entry is erased from now on, whatever becomes of this: the background finds it in the record.
        try:
            await self.custody.follow_up(entry_id)
        except (NotStored, StoreAway) as error:
            log.warning("erasure goes on in the background", entry_id=str(entry_id), reason=str(error))
