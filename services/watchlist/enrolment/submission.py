"""Submitting a draft: nothing is submitted before somebody has decided on everyone the entry resembles."""

from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import EntryView
from proto.wardwatch.v1.refusals import RefusalText
from services.chassis.errors import Refusal
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.likeness_store import LikenessStore
from services.watchlist.record.photo_store import PhotoStore
from services.watchlist.rules import likeness, one_person
from services.watchlist.rules.entry_rules import existing
from services.watchlist.rules.holder import Holder
from services.watchlist.rules.likeness import Similarities

log = structlog.get_logger(__name__)

_MOST_NAMED: Final = 5
_STRENGTHS: Final = {"probably_same": "probably the same person", "alike": "alike"}


class LookAlikeSearch(Protocol):
    """Finds whom an entry resembles; see ``lookalikes.LookAlikes``."""

    async def of(self, entry_id: UUID) -> Similarities: ...


@dataclass(frozen=True, slots=True)
class Submission:
    """Raises Refusal (404, 409, 503) in words, Forbidden, Unreadable and StoreAway."""

    entries: EntryStore
    likenesses: LikenessStore
    photos: PhotoStore
    lookalikes: LookAlikeSearch

    async def submit(self, entry_id: UUID, holder: Holder) -> EntryView:
        """Make a draft pending, unless its photos show several people or somebody it resembles is undecided."""
        status = existing(await self.entries.status(entry_id), entry_id)
        # The same request twice by one account, as when the first response was lost, takes effect once.
        if status.state == "pending" and status.submitted_by_id == holder.account_id:
            return existing(await self.entries.show(entry_id, holder), entry_id)
        if status.state != "draft":
            raise Refusal(409, refusals.ONLY_A_DRAFT.filled(state=status.state))

        persons = await self.photos.persons(entry_id)
        if one_person.are_several(persons):
            raise Refusal(409, one_person.words(persons))
        undecided = await self.likenesses.record(entry_id, await self.lookalikes.of(entry_id))
        if undecided:
            raise Refusal(409, _named(undecided))
        view = await self.entries.submit(entry_id, holder, revision=status.revision)
        log.info("entry submitted", entry_id=str(entry_id))
        return existing(view, entry_id)


def _named(undecided: list[tuple[UUID, float]]) -> RefusalText:
    # By their ids: a label is sealed, and a refusal may be written into a log.
    named = [f"{other} ({_STRENGTHS[likeness.strength(similarity)]})" for other, similarity in undecided[:_MOST_NAMED]]
    if len(undecided) > _MOST_NAMED:
        named.append(f"{len(undecided) - _MOST_NAMED} more")
    detail = f"the entry resembles others; say of each whether it is the same person: {', '.join(named)}"
    return refusals.RESEMBLES.filled(detail=detail, count=len(undecided))
