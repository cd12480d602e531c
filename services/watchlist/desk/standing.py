"""From pending to its end: an entry is approved, suspended, resumed, renewed and revoked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from proto.wardwatch.v1.entries import ApprovalSaid, EntryView, ReasonSaid, RenewSaid
from services.chassis.errors import Refusal
from services.watchlist.desk.front import Asking, Given, Work, existing
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.list_store import ListStore
from services.watchlist.record.photo_store import PhotoStore
from services.watchlist.rules import days, entry_rules, one_person
from services.watchlist.rules.days import Days

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StandingDesk:
    """Who may do what to whose entry is the database's to say; ``now`` tells the time by this matcher's clock."""

    entries: EntryStore
    photos: PhotoStore
    listed: ListStore
    now: Callable[[], datetime]
    days: Days

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {
            "approve_entry": self.approve_entry,
            "suspend_entry": self.suspend_entry,
            "resume_entry": self.resume_entry,
            "renew_entry": self.renew_entry,
            "revoke_entry": self.revoke_entry,
        }

    async def approve_entry(self, asking: Asking) -> Given:
        """Let an entry match, or approve its renewal, as whoever asks has seen it.

        What people decided to be the same person ends in the same transaction.
        """
        entry_id, seen = asking.id("entry"), asking.body(ApprovalSaid).revision
        await self._check_photos(entry_id)
        return _done(await self.entries.approve(entry_id, asking.holder, seen=seen), entry_id)

    async def suspend_entry(self, asking: Asking) -> Given:
        """Stop an entry from matching until it is resumed."""
        entry_id, reason = asking.id("entry"), _reason(asking)
        return _done(await self.entries.suspend(entry_id, asking.holder, reason), entry_id)

    async def resume_entry(self, asking: Asking) -> Given:
        """Let a suspended entry match again."""
        entry_id, reason = asking.id("entry"), _reason(asking)
        await self._check_photos(entry_id)
        return _done(await self.entries.resume(entry_id, asking.holder, reason), entry_id)

    async def revoke_entry(self, asking: Asking) -> Given:
        """Stop an entry from matching for good."""
        entry_id, reason = asking.id("entry"), _reason(asking)
        return _done(await self.entries.revoke(entry_id, asking.holder, reason), entry_id)

    async def renew_entry(self, asking: Asking) -> Given:
        """Ask for a later end; another account approves it."""
        entry_id, said = asking.id("entry"), asking.body(RenewSaid)
        standing = existing(await self.entries.standing(entry_id), entry_id)
        ground = entry_rules.category(standing.category, await self.listed.categories())
        until = days.expiry(self.days, said, ground, self.now())
        reason = entry_rules.words("reason", said.reason)
        return _done(await self.entries.renew(entry_id, asking.holder, reason, until), entry_id)

    async def _check_photos(self, entry_id: UUID) -> None:
        """Raise Refusal where its photos show several people: some were enrolled before they were compared."""
        standing = existing(await self.entries.standing(entry_id), entry_id)
        persons = {} if standing.state == "draft" else await self.photos.persons(entry_id)
        if one_person.are_several(persons):
            told = f"photos are fixed once an entry was put forward: revoke it and begin another ({_why(persons)})"
            raise Refusal(409, told)


def _why(persons: Mapping[int, int]) -> str:
    return one_person.words(persons).partition(":")[0]


def _reason(asking: Asking) -> str:
    return entry_rules.words("reason", asking.body(ReasonSaid).reason)


def _done(view: EntryView | None, entry_id: UUID) -> Given:
    entry = existing(view, entry_id)
    log.info("entry changed", entry_id=str(entry_id), revision=entry.revision)
    return Given(entry)
