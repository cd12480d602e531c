"""Erasing an entry and discarding a draft: the record first, then keys, streams and memories."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import ErasureView, ReasonSaid
from services.chassis.errors import Refusal
from services.watchlist.desk.front import Asking, Given, Work, existing
from services.watchlist.record.erasure_store import ErasureStore
from services.watchlist.rules import entry_rules

log = structlog.get_logger(__name__)


class FollowUp(Protocol):
    """Sees an erasure through; see ``custody.Custody``.

    ``follow_up`` destroys the key of what was just erased; what fails is done again in the background, so it raises
    nothing. ``erasure_view`` raises Refusal (404) when the entry was not erased, and StoreAway.
    """

    async def follow_up(self, entry_id: UUID) -> None: ...
    async def erasure_view(self, entry_id: UUID) -> ErasureView: ...


@dataclass(frozen=True, slots=True)
class ErasureDesk:
    """The entry is erased once the record says so; what follows may take as long as the slowest matcher."""

    erasures: ErasureStore
    custody: FollowUp

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
        await self.custody.follow_up(entry_id)
        return Given(view)

    async def erase_entry(self, asking: Asking) -> Given:
        """Erase everything about a person."""
        entry_id = asking.id("entry")
        reason = entry_rules.words("reason", asking.body(ReasonSaid).reason)
        if not await self.erasures.erase(entry_id, asking.holder, reason):
            raise Refusal(404, refusals.NO_ENTRY.filled(entry=entry_id))
        log.info("entry erased", entry_id=str(entry_id))
        await self.custody.follow_up(entry_id)
        return Given(await self.custody.erasure_view(entry_id))

    async def show_erasure(self, asking: Asking) -> Given:
        """Who has let go of an erased entry, and who has not."""
        return Given(await self.custody.erasure_view(asking.id("entry")))
