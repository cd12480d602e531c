"""Erasing an entry and discarding a draft: the record first, then keys, streams and memories."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import ErasureView, ReasonRequest
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.record.erasure_store import ErasureStore
from services.watchlist.rules import entry_rules
from services.watchlist.rules.entry_rules import existing

log = structlog.get_logger(__name__)


class FollowUp(Protocol):
    """Sees an erasure through; see ``erasures.ErasureFollowUp``.

    ``after_erasure`` destroys the key of what was just erased; what fails is done again in the background, so it raises
    nothing. ``view`` raises Refusal (404) when the entry was not erased, and StoreAway.
    """

    async def after_erasure(self, entry_id: UUID) -> None: ...
    async def view(self, entry_id: UUID) -> ErasureView: ...


@dataclass(frozen=True, slots=True)
class ErasureDesk:
    """The entry is erased once the record says so; what follows may take as long as the slowest matcher."""

    erasures: ErasureStore
    follow_up: FollowUp

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "discard_entry": self.discard_entry,
            "erase_entry": self.erase_entry,
            "show_erasure": self.show_erasure,
        }

    async def discard_entry(self, request: Request) -> Response:
        """Throw a draft away."""
        entry_id = request.id("entry")
        view = existing(await self.erasures.discard(entry_id, request.holder), entry_id)
        await self.follow_up.after_erasure(entry_id)
        return Response(view)

    async def erase_entry(self, request: Request) -> Response:
        """Erase everything about a person."""
        entry_id = request.id("entry")
        reason = entry_rules.words("reason", request.body(ReasonRequest).reason)
        if not await self.erasures.erase(entry_id, request.holder, reason):
            raise Refusal(404, refusals.NO_ENTRY.filled(entry=entry_id))
        log.info("entry erased", entry_id=str(entry_id))
        await self.follow_up.after_erasure(entry_id)
        return Response(await self.follow_up.view(entry_id))

    async def show_erasure(self, request: Request) -> Response:
        """How far an erasure is: the matchers that signed for it, and those that have not yet."""
        return Response(await self.follow_up.view(request.id("entry")))
