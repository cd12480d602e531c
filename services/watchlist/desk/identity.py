"""Identity numbers: read in full only with a reason and a right to it, and found without being read (S10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import FindRequest, IdentityRevealed, RevealRequest
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.identity_store import IdentityStore
from services.watchlist.rules import entry_rules, identity_numbers
from services.watchlist.rules.entry_rules import existing


@dataclass(frozen=True, slots=True)
class IdentityDesk:
    """An administrator needs a reason, a supervisor also a confirmed alert of that person."""

    entries: EntryStore
    identities: IdentityStore

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {"reveal_identity": self.reveal_identity, "find_identity": self.find_identity}

    async def reveal_identity(self, request: Request) -> Response:
        """Read an identity number."""
        entry_id, body = request.id("entry"), request.body(RevealRequest)
        reason = entry_rules.words("reason", body.reason)
        existing(await self.entries.status(entry_id), entry_id)
        if not await self._may_read(request, entry_id, body.incident):
            await self.identities.refuse(entry_id, request.holder, reason, body.incident)
            raise Refusal(403, refusals.NUMBER_NEEDS_ALERT.filled())

        number = await self.identities.reveal(entry_id, request.holder, reason, body.incident)
        if number is None:
            raise Refusal(404, refusals.NO_IDENTITY_NUMBER.filled())
        return Response(IdentityRevealed(number=number))

    async def find_identity(self, request: Request) -> Response:
        """Entries under an identity number."""
        number = identity_numbers.normalised(request.body(FindRequest).number)
        return Response(await self.identities.find(number, request.holder))

    async def _may_read(self, request: Request, entry_id: UUID, incident: UUID | None) -> bool:
        if request.holder.role == "administrator":
            return True
        return incident is not None and await self.identities.is_confirmed(incident, entry_id)
