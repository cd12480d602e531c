"""What is shown beside an incident, in PostgreSQL as role ``wardwatch_import``: label and enrolled face."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record import audit_note
from services.watchlist.record.database import Database
from services.watchlist.rules.holder import Holder

# Only of people who were seen: an entry nobody met is read by those who keep the list.
_LABELS: Final = """
SELECT e.id, e.sealed_label FROM watchlist.entry AS e
WHERE e.id = ANY($1::uuid []) AND e.approver_id IS NOT NULL AND e.state <> 'erased' AND EXISTS (
    SELECT FROM alerts.incident_subject AS s WHERE s.entry_id = e.id AND ($2::uuid IS NULL OR s.incident_id = $2)
        AND ($3::text [] IS NULL OR s.site = ANY($3))
)
"""
# The photo that most of the incident's faces were nearest to, then the nearest; where it is gone, the entry's first.
_PICTURE: Final = """
SELECT p.id, p.position, p.sealed_picture FROM watchlist.photo AS p
INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
INNER JOIN alerts.incident_subject AS s ON s.entry_id = e.id
LEFT JOIN alerts.incident_photo AS m ON m.incident_id = s.incident_id AND m.photo_id = p.id
WHERE e.id = $1 AND s.incident_id = $2 AND e.approver_id IS NOT NULL
    AND ($3::text [] IS NULL OR s.site = ANY($3))
ORDER BY m.sightings DESC NULLS LAST, m.similarity DESC, p.position LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class CardStore:
    """Typed access to what incidents of the reader's sites are about. Both raise StoreAway."""

    database: Database
    seals: Seals

    async def labels(self, entries: Sequence[UUID], incident: UUID | None, reader: Holder) -> dict[UUID, str]:
        """Labels of those *entries* that an incident is about; what cannot be opened here is left out."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_LABELS, entries, incident, reader.sites)
            labels = {
                row["id"]: self.seals.text_or_nothing(row["id"], row["sealed_label"], about=seals.label(row["id"]))
                for row in rows
            }
            read = {entry_id: label for entry_id, label in labels.items() if label}
            if read:
                await audit_note.note(
                    connection,
                    reader,
                    "card.read",
                    kind="entries" if incident is None else "incident",
                    subject="" if incident is None else str(incident),
                    details=audit_note.ids(read),
                )
            return read

    async def picture(self, entry_id: UUID, incident: UUID, reader: Holder) -> bytes | None:
        """The enrolled face that was matched as a JPEG, or None when *incident* is not about it.

        Raises Unreadable, and Refusal (429) when *reader* looks at faces too fast.
        """
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(_PICTURE, entry_id, incident, reader.sites)
            if row is None:
                return None

            about = seals.picture(entry_id, row["id"])
            wait = await audit_note.admit(connection, reader)
            if not wait:
                details = {"entry": str(entry_id), "position": row["position"]}
                await audit_note.note(
                    connection, reader, "card.picture_read", kind="incident", subject=str(incident), details=details
                )
                return self.seals.open(entry_id, row["sealed_picture"], about=about)
        raise audit_note.too_fast(wait)
