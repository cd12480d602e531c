"""Amendments: of what an entry says, of its photos, and of two entries that are one person, or after all are not."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from proto.wardwatch.v1.entries import EntryView, PairRequest, ReasonRequest
from proto.wardwatch.v1.sealing import DataKey
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.desk.erasure import FollowUp
from services.watchlist.keys.seals import Keys
from services.watchlist.record.amendment_store import AmendmentStore
from services.watchlist.rules import entry_rules
from services.watchlist.rules.entry_rules import existing
from services.watchlist.rules.holder import Holder

# Draft, entry, the other entry, the draft's key, who asks, and why.
Begin: TypeAlias = Callable[[UUID, UUID, UUID, DataKey, Holder, str], Awaitable[EntryView | None]]


@dataclass(frozen=True, slots=True)
class AmendmentDesk:
    """The same request begins one amendment; what was taken in, or refused, has its key destroyed."""

    amendments: AmendmentStore
    keys: Keys
    follow_up: FollowUp

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "amend_entry": self.amend_entry,
            "merge_entries": self.merge_entries,
            "part_entries": self.part_entries,
        }

    async def amend_entry(self, request: Request) -> Response:
        """Begin to amend an entry, which matches as it stands until the amendment is approved."""
        entry_id, draft_id = request.id("entry"), request.request_id
        reason = entry_rules.words("reason", request.body(ReasonRequest).reason)
        await self.amendments.check(draft_id, entry_id)
        # The key is on the broker's disk before anything is sealed under it.
        key = await self.keys.make(draft_id)
        view = await self.amendments.begin(draft_id, entry_id, key, request.holder, reason)
        return Response(existing(view, entry_id))

    async def merge_entries(self, request: Request) -> Response:
        """Begin to merge another entry of the same person into this one."""
        return await self._pair(request, self.amendments.begin_merge)

    async def part_entries(self, request: Request) -> Response:
        """Begin to undo a merge: they are two people after all."""
        return await self._pair(request, self.amendments.begin_parting)

    async def approve(self, draft_id: UUID, by: Holder, *, seen: int) -> EntryView | None:
        """Take an amendment into its entry, as whoever asks has seen it; returns the entry."""
        view = await self.amendments.approve(draft_id, by, seen=seen)
        await self.follow_up.after_erasure(draft_id)
        return view

    async def refuse(self, draft_id: UUID, by: Holder, reason: str) -> EntryView | None:
        """End an amendment that waits; returns the entry, which stands as it did."""
        view = await self.amendments.refuse(draft_id, by, reason)
        await self.follow_up.after_erasure(draft_id)
        return view

    async def _pair(self, request: Request, begin: Begin) -> Response:
        entry_id, draft_id, body = request.id("entry"), request.request_id, request.body(PairRequest)
        reason = entry_rules.words("reason", body.reason)
        await self.amendments.check(draft_id, entry_id)
        key = await self.keys.make(draft_id)
        return Response(existing(await begin(draft_id, entry_id, body.other, key, request.holder, reason), entry_id))
