"""What somebody should look at, in PostgreSQL as role ``wardwatch_import``: the monthly review list (safeguard S6)."""

from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.policy import ReviewRow
from services.matcher.enrolment.days import Days
from services.matcher.enrolment.rules import Holder
from services.matcher.keys import seals
from services.matcher.keys.seals import Seals
from services.matcher.record import audit_note
from services.matcher.record.database import Database

# False alerts of the last 30 days, photos that are suspended, and entries that end within 30 days. Worst first.
_REVIEWS: Final = """
SELECT * FROM (
    SELECT
        e.id, e.sealed_label, e.state, e.expires_at,
        (
            SELECT count(*) FROM watchlist.false_alert AS f
            WHERE f.entry_id = e.id AND f.judged_at > now() - interval '30 days'
        ) AS false_alerts,
        ARRAY(
            SELECT p.position FROM watchlist.photo AS p
            WHERE p.entry_id = e.id AND p.suspended_at IS NOT NULL ORDER BY p.position
        ) AS suspended
    FROM watchlist.entry AS e WHERE e.state IN ('active', 'suspended')
) AS looked
WHERE false_alerts > 0 OR cardinality(suspended) > 0 OR expires_at < now() + interval '30 days'
ORDER BY cardinality(suspended) DESC, false_alerts DESC, expires_at, id
LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class ReviewStore:
    """Typed access. Raises StoreAway."""

    database: Database
    seals: Seals
    days: Days

    async def reviews(self, reader: Holder) -> list[ReviewRow]:
        """The review list; reading its labels is noted."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_REVIEWS)
            if rows:
                details = audit_note.ids(row["id"] for row in rows)
                await audit_note.note(connection, reader, "entries.listed", kind="entries", details=details)
        return [
            ReviewRow(
                entry=row["id"],
                label=self.seals.text_or_nothing(row["id"], row["sealed_label"], about=seals.label(row["id"])),
                state=row["state"],
                false_alerts=row["false_alerts"],
                suspended_photos=row["suspended"],
                expires_at=row["expires_at"],
                last_day=self.days.last_day(row["expires_at"]),
            )
            for row in rows
        ]
