"""Identity numbers: read in full only with a reason and a right to it, and found without being read (S10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import FindSaid, IdentityRevealed, RevealSaid
from services.chassis.errors import Refusal
from services.watchlist.desk.front import Asking, Given, Work, existing
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.identity_store import IdentityStore
from services.watchlist.rules import entry_rules, numbers


@dataclass(frozen=True, slots=True)
class IdentityDesk:
    """An administrator needs a reason; a supervisor also a confirmed alert of the very person."""

    entries: EntryStore
    identities: IdentityStore

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {"reveal_identity": self.reveal_identity, "find_identity": self.find_identity}

    async def reveal_identity(self, asking: Asking) -> Given:
        """Read an identity number."""
        entry_id, said = asking.id("entry"), asking.body(RevealSaid)
        reason = entry_rules.words("reason", said.reason)
        existing(await self.entries.standing(entry_id), entry_id)
        if not await self._may_read(asking, entry_id, said.incident):
            await self.identities.refuse(entry_id, asking.holder, reason, said.incident)
            raise Refusal(403, refusals.NUMBER_NEEDS_ALERT.filled())

        number = await self.identities.reveal(entry_id, asking.holder, reason, said.incident)
        if number is None:
            raise Refusal(404, refusals.NO_IDENTITY_NUMBER.filled())
        return Given(IdentityRevealed(number=number))

    async def find_identity(self, asking: Asking) -> Given:
        """Entries under an identity number."""
        number = numbers.normalised(asking.body(FindSaid).number)
        return Given(await self.identities.find(number, asking.holder))

    async def _may_read(self, asking: Asking, entry_id: UUID, incident: UUID | None) -> bool:
        if asking.holder.role == "administrator":
            return True
        return incident is not None and await self.identities.is_confirmed(incident, entry_id)
