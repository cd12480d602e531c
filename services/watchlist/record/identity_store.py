"""Identity numbers in PostgreSQL, as role ``wardwatch_import``: found by their look-up, opened only with a reason."""

from dataclasses import dataclass
from uuid import UUID

from proto.wardwatch.v1.entries import EntryPage
from services.watchlist.record import audit_note
from services.watchlist.record.database import Database
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.rules.holder import Holder


@dataclass(frozen=True, slots=True)
class IdentityStore:
    """Typed access. All raise StoreAway."""

    database: Database
    reader: EntryReader

    async def find(self, number: str, reader: Holder) -> EntryPage:
        """The entries under a normalised *number*; looking is noted, the number is not."""
        async with self.database.transaction() as connection:
            lookup = self.reader.seals.identity.lookup("number", number)
            return await self.reader.under(connection, lookup, reader)

    async def is_confirmed(self, incident: UUID, entry_id: UUID) -> bool:
        """Whether *incident* is a confirmed one of this very entry."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT 1 FROM alerts.confirmed_incident WHERE incident_id = $1 AND entry_id = $2", incident, entry_id
            )
        return row is not None

    async def refuse(self, entry_id: UUID, requester: Holder, reason: str, incident: UUID | None) -> None:
        """Note that somebody asked for a number and did not get it."""
        async with self.database.transaction() as connection:
            await audit_note.note(
                connection,
                requester,
                "identity.refused",
                kind="entry",
                subject=str(entry_id),
                reason=reason,
                details=_incident(incident),
            )

    async def reveal(self, entry_id: UUID, reader: Holder, reason: str, incident: UUID | None) -> str | None:
        """The number in full, or None when the entry has none; noted with its reason. Raises Unreadable, Refusal."""
        async with self.database.transaction() as connection:
            sealed = await connection.fetchval(
                "SELECT sealed_number FROM identity.number WHERE entry_id = $1", entry_id
            )
            if sealed is None:
                return None

            wait = await audit_note.admit(connection, reader)
            if not wait:
                await audit_note.note(
                    connection,
                    reader,
                    "identity.revealed",
                    kind="entry",
                    subject=str(entry_id),
                    reason=reason,
                    details=_incident(incident),
                )
                return self.reader.seals.open_number(entry_id, sealed)
        raise audit_note.too_fast(wait)


def _incident(incident: UUID | None) -> dict[str, object]:
    return {} if incident is None else {"incident": str(incident)}
