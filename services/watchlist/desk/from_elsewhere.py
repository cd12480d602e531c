"""Entries of other hospitals' lists: everything but suspending, resuming and looking is refused before it is begun."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import LikenessRequest, ReasonRequest
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.federation.received_store import ReceivedStore
from services.watchlist.rules import entry_rules
from services.watchlist.rules.entry_rules import existing

_CHANGES: Final = frozenset(
    {
        "add_photo", "remove_photo", "accept_warnings", "submit_entry", "discard_entry", "approve_entry", "renew_entry",
        "revoke_entry", "erase_entry", "rewrite_entry", "return_entry", "amend_entry", "merge_entries", "part_entries",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FromElsewhere:
    """Stands before the handlers of entries. The database refuses the same, in words that tell less."""

    received: ReceivedStore

    def guarded(self, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
        """*handlers* as they are, but for received entries."""
        return {name: self._guarded(name, handler) for name, handler in handlers.items()}

    def _guarded(self, name: str, handler: Handler) -> Handler:
        async def unchanged(request: Request) -> Response:
            if await self.received.is_received(request.id("entry")):
                raise _elsewhere()
            return await handler(request)

        async def resumed(request: Request) -> Response:
            entry_id = request.id("entry")
            if not await self.received.is_received(entry_id):
                return await handler(request)
            reason = entry_rules.words("reason", request.body(ReasonRequest).reason)
            return Response(existing(await self.received.resume(entry_id, request.holder, reason), entry_id))

        async def not_copied(request: Request) -> Response:
            # A copy of a face would outlast its erasure at the publisher's.
            if await self.received.is_received(request.id("entry"), request.id("other")):
                raise _elsewhere()
            return await handler(request)

        async def not_replaced(request: Request) -> Response:
            # A draft that is the same person would end the publisher's entry once it is approved.
            same = request.body(LikenessRequest).decision == "same_person"
            if same and await self.received.is_received(request.id("entry"), request.id("other")):
                raise _elsewhere()
            return await handler(request)

        others = {"resume_entry": resumed, "take_photos": not_copied, "decide_likeness": not_replaced}
        return unchanged if name in _CHANGES else others.get(name, handler)


def _elsewhere() -> Refusal:
    return Refusal(409, refusals.LISTED_ELSEWHERE.filled())
