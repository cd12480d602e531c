"""From pending to its end: an entry is approved, suspended, resumed, renewed and revoked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from proto.wardwatch.v1.entries import ApprovalSaid, EntryView, ReasonSaid, RenewSaid
from services.matcher.desk.front import Asking, Given, Work, existing
from services.matcher.enrolment import days, rules
from services.matcher.enrolment.days import Days
from services.matcher.record.entry_store import EntryStore
from services.matcher.record.list_store import ListStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StandingDesk:
    """Who may do what to whose entry is the database's to say; ``now`` tells the time by this matcher's clock."""

    entries: EntryStore
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
        """Let an entry match, or approve its renewal, as whoever asks has seen it."""
        entry_id, seen = asking.id("entry"), asking.body(ApprovalSaid).revision
        return _done(await self.entries.approve(entry_id, asking.holder, seen=seen), entry_id)

    async def suspend_entry(self, asking: Asking) -> Given:
        """Stop an entry from matching until it is resumed."""
        entry_id, reason = asking.id("entry"), _reason(asking)
        return _done(await self.entries.suspend(entry_id, asking.holder, reason), entry_id)

    async def resume_entry(self, asking: Asking) -> Given:
        """Let a suspended entry match again."""
        entry_id, reason = asking.id("entry"), _reason(asking)
        return _done(await self.entries.resume(entry_id, asking.holder, reason), entry_id)

    async def revoke_entry(self, asking: Asking) -> Given:
        """Stop an entry from matching for good."""
        entry_id, reason = asking.id("entry"), _reason(asking)
        return _done(await self.entries.revoke(entry_id, asking.holder, reason), entry_id)

    async def renew_entry(self, asking: Asking) -> Given:
        """Ask for a later end; another account approves it."""
        entry_id, said = asking.id("entry"), asking.body(RenewSaid)
        standing = existing(await self.entries.standing(entry_id), entry_id)
        ground = rules.category(standing.category, await self.listed.categories())
        until = days.expiry(self.days, said, ground, self.now())
        reason = rules.words("reason", said.reason)
        return _done(await self.entries.renew(entry_id, asking.holder, reason, until), entry_id)


def _reason(asking: Asking) -> str:
    return rules.words("reason", asking.body(ReasonSaid).reason)


def _done(view: EntryView | None, entry_id: UUID) -> Given:
    entry = existing(view, entry_id)
    log.info("entry changed", entry_id=str(entry_id), revision=entry.revision)
    return Given(entry)
