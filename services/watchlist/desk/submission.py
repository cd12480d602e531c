"""From draft to pending: look-alikes, decisions on them, and submitting an entry for approval."""

from collections.abc import Mapping
from dataclasses import dataclass

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import LikenessRequest
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.enrolment.submission import Submission
from services.watchlist.keys.seals import Keys
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.likeness_store import LikenessStore
from services.watchlist.record.photo_copies import PhotoCopies
from services.watchlist.rules import entry_rules
from services.watchlist.rules.entry_rules import existing


@dataclass(frozen=True, slots=True)
class SubmissionDesk:
    """Translates; ``submission`` decides what may be submitted."""

    submission: Submission
    entries: EntryStore
    likenesses: LikenessStore
    copies: PhotoCopies
    keys: Keys

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "submit_entry": self.submit_entry,
            "decide_likeness": self.decide_likeness,
            "take_photos": self.take_photos,
        }

    async def submit_entry(self, request: Request) -> Response:
        """Submit a draft for approval by another account."""
        return Response(await self.submission.submit(request.id("entry"), request.holder))

    async def decide_likeness(self, request: Request) -> Response:
        """Decide whether two entries are one person. If they are, the draft takes the other's place once approved."""
        entry_id, other_id = request.id("entry"), request.id("other")
        body = request.body(LikenessRequest)
        reason = entry_rules.words("reason", body.reason)
        view = await self.likenesses.decide(entry_id, other_id, body.decision, request.holder, reason)
        if view is None:
            raise Refusal(404, refusals.NO_LIKENESS.filled(entry=entry_id, other=other_id))
        return Response(view)

    async def take_photos(self, request: Request) -> Response:
        """Copy into a draft the photos of an entry that was decided to be the same person."""
        entry_id, other_id = request.id("entry"), request.id("other")
        status = existing(await self.entries.status(entry_id), entry_id)
        if status.state != "draft":
            raise Refusal(409, refusals.ONLY_A_DRAFT_TAKES.filled(state=status.state))
        view = await self.copies.copy(entry_id, other_id, await self.keys.make(entry_id), request.holder)
        if view is None:
            raise Refusal(409, refusals.NOT_DECIDED_THE_SAME.filled(entry=entry_id, other=other_id))
        return Response(view)
