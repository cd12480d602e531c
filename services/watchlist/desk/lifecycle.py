"""From pending to its end: an entry is approved, suspended, resumed, renewed and revoked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from proto.wardwatch.v1.entries import ApprovalRequest, EntryView, ReasonRequest, RenewRequest
from services.chassis.errors import Refusal
from services.watchlist.desk.amendments import AmendmentDesk
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.list_store import ListStore
from services.watchlist.record.photo_store import PhotoStore
from services.watchlist.rules import days, entry_rules, one_person
from services.watchlist.rules.days import Days
from services.watchlist.rules.entry_rules import existing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LifecycleDesk:
    """Who may do what to whose entry is the database's to say; ``now`` tells the time by this process's clock."""

    entries: EntryStore
    photos: PhotoStore
    listed: ListStore
    amendments: AmendmentDesk
    now: Callable[[], datetime]
    days: Days

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "approve_entry": self.approve_entry,
            "suspend_entry": self.suspend_entry,
            "resume_entry": self.resume_entry,
            "renew_entry": self.renew_entry,
            "revoke_entry": self.revoke_entry,
        }

    async def approve_entry(self, request: Request) -> Response:
        """Let an entry match, or approve its renewal, as whoever asks has seen it.

        What people decided to be the same person ends in the same transaction. An amendment becomes what its entry
        says, and the entry is answered.
        """
        entry_id, seen = request.id("entry"), request.body(ApprovalRequest).revision
        await self._check_photos(entry_id)
        status = existing(await self.entries.status(entry_id), entry_id)
        if status.amends is not None:
            return _done(await self.amendments.approve(entry_id, request.holder, seen=seen), entry_id)
        return _done(await self.entries.approve(entry_id, request.holder, seen=seen), entry_id)

    async def suspend_entry(self, request: Request) -> Response:
        """Stop an entry from matching until it is resumed."""
        entry_id, reason = request.id("entry"), _reason(request)
        return _done(await self.entries.suspend(entry_id, request.holder, reason), entry_id)

    async def resume_entry(self, request: Request) -> Response:
        """Let a suspended entry match again."""
        entry_id, reason = request.id("entry"), _reason(request)
        await self._check_photos(entry_id)
        return _done(await self.entries.resume(entry_id, request.holder, reason), entry_id)

    async def revoke_entry(self, request: Request) -> Response:
        """Stop an entry from matching for good. An amendment is erased at once, and its entry answered."""
        entry_id, reason = request.id("entry"), _reason(request)
        status = existing(await self.entries.status(entry_id), entry_id)
        if status.amends is not None:
            return _done(await self.amendments.refuse(entry_id, request.holder, reason), entry_id)
        return _done(await self.entries.revoke(entry_id, request.holder, reason), entry_id)

    async def renew_entry(self, request: Request) -> Response:
        """Ask for a later end; another account approves it."""
        entry_id, body = request.id("entry"), request.body(RenewRequest)
        status = existing(await self.entries.status(entry_id), entry_id)
        ground = entry_rules.category(status.category, await self.listed.categories())
        until = days.expiry(self.days, body, ground, self.now())
        reason = entry_rules.words("reason", body.reason)
        return _done(await self.entries.renew(entry_id, request.holder, reason, until), entry_id)

    async def _check_photos(self, entry_id: UUID) -> None:
        """Raise Refusal where its photos show several people: some were enrolled before they were compared."""
        status = existing(await self.entries.status(entry_id), entry_id)
        persons = {} if status.state == "draft" else await self.photos.persons(entry_id)
        if one_person.are_several(persons):
            told = f"photos are fixed once an entry was put forward: revoke it and begin another ({_why(persons)})"
            raise Refusal(409, told)


def _why(persons: Mapping[int, int]) -> str:
    return one_person.words(persons).partition(":")[0]


def _reason(request: Request) -> str:
    return entry_rules.words("reason", request.body(ReasonRequest).reason)


def _done(view: EntryView | None, entry_id: UUID) -> Response:
    entry = existing(view, entry_id)
    log.info("entry changed", entry_id=str(entry_id), revision=entry.revision)
    return Response(entry)
