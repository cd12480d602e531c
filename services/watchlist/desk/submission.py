"""From draft to pending: look-alikes, decisions on them, and submitting an entry for approval."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import LikenessSaid
from proto.wardwatch.v1.refusals import RefusalText
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response, existing
from services.watchlist.keys.seals import Keys
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.likeness_store import LikenessStore
from services.watchlist.record.photo_copies import PhotoCopies
from services.watchlist.record.photo_store import PhotoStore
from services.watchlist.rules import entry_rules, likeness, one_person
from services.watchlist.rules.likeness import Similarities

log = structlog.get_logger(__name__)

_MOST_NAMED: Final = 5
_STRENGTHS: Final = {"probably_same": "probably the same person", "alike": "alike"}


class LookAlikeSearch(Protocol):
    """Finds whom an entry resembles; see ``lookalikes.LookAlikes``."""

    async def of(self, entry_id: UUID) -> Similarities: ...


@dataclass(frozen=True, slots=True)
class SubmissionDesk:
    """Nothing is submitted before somebody has decided on everyone the entry resembles."""

    entries: EntryStore
    likenesses: LikenessStore
    photos: PhotoStore
    copies: PhotoCopies
    keys: Keys
    lookalikes: LookAlikeSearch

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "submit_entry": self.submit_entry,
            "decide_likeness": self.decide_likeness,
            "take_photos": self.take_photos,
        }

    async def submit_entry(self, request: Request) -> Response:
        """Submit a draft for approval by another account."""
        entry_id = request.id("entry")
        status = existing(await self.entries.status(entry_id), entry_id)
        # The same request twice by one account, as when the first response was lost, takes effect once.
        if status.state == "pending" and status.submitted_by_id == request.holder.account_id:
            return Response(existing(await self.entries.show(entry_id, request.holder), entry_id))
        if status.state != "draft":
            raise Refusal(409, refusals.ONLY_A_DRAFT.filled(state=status.state))

        persons = await self.photos.persons(entry_id)
        if one_person.are_several(persons):
            raise Refusal(409, one_person.words(persons))
        undecided = await self.likenesses.record(entry_id, await self.lookalikes.of(entry_id))
        if undecided:
            raise Refusal(409, _named(undecided))
        view = await self.entries.submit(entry_id, request.holder, revision=status.revision)
        log.info("entry submitted", entry_id=str(entry_id))
        return Response(existing(view, entry_id))

    async def decide_likeness(self, request: Request) -> Response:
        """Say whether two entries are one person: then the draft is there to take the other's place."""
        entry_id, other_id = request.id("entry"), request.id("other")
        said = request.body(LikenessSaid)
        reason = entry_rules.words("reason", said.reason)
        view = await self.likenesses.decide(entry_id, other_id, said.decision, request.holder, reason)
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


def _named(undecided: list[tuple[UUID, float]]) -> RefusalText:
    # By their ids: a label is sealed, and a refusal may be written into a log.
    named = [f"{other} ({_STRENGTHS[likeness.strength(similarity)]})" for other, similarity in undecided[:_MOST_NAMED]]
    if len(undecided) > _MOST_NAMED:
        named.append(f"{len(undecided) - _MOST_NAMED} more")
    detail = f"the entry resembles others; say of each whether it is the same person: {', '.join(named)}"
    return refusals.RESEMBLES.filled(detail=detail, count=len(undecided))
