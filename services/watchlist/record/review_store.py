"""What somebody should look at, in PostgreSQL as role ``wardwatch_import``: the monthly review list (safeguard S6)."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.policy import ReviewRow
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals, Unreadable
from services.watchlist.record import audit_note
from services.watchlist.record.database import Database
from services.watchlist.record.same_face import SameFace
from services.watchlist.rules.days import Days
from services.watchlist.rules.holder import Holder

# Entries that match beside another of the same person, or whose photos show several: such were approved before neither
# could be. False alerts of the last 30 days, photos that are suspended, entries that end within 30 days. Worst first.
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
        ) AS suspended,
        ARRAY(
            SELECT o.id FROM watchlist.entry AS o
            WHERE o.state = 'active' AND e.state = 'active' AND o.id IN (SELECT watchlist.same_person(e.id))
            ORDER BY o.id
        ) AS same_person,
        (SELECT count(DISTINCT p.person) > 1 FROM watchlist.photo AS p WHERE p.entry_id = e.id) AS several
    FROM watchlist.entry AS e WHERE e.state IN ('active', 'suspended')
) AS looked
WHERE cardinality(same_person) > 0 OR several OR false_alerts > 0
    OR cardinality(suspended) > 0 OR expires_at < now() + interval '30 days'
ORDER BY several DESC, cardinality(same_person) DESC, cardinality(suspended) DESC, false_alerts DESC, expires_at, id
LIMIT 1000
"""
# Entries of before photos had to be compared.
_NOT_COMPARED: Final = """
SELECT DISTINCT p.entry_id FROM watchlist.photo AS p INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
WHERE e.state IN ('active', 'suspended') AND p.person IS NULL LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class ReviewStore:
    """Typed access. Raises StoreAway."""

    database: Database
    seals: Seals
    faces: SameFace
    days: Days

    async def reviews(self, reader: Holder) -> list[ReviewRow]:
        """The review list; reading its labels is noted."""
        await self._compare_photos()
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
                same_person=row["same_person"],
                several_people=row["several"],
                expires_at=row["expires_at"],
                last_day=self.days.last_day(row["expires_at"]),
            )
            for row in rows
        ]

    async def _compare_photos(self) -> None:
        async with self.database.transaction() as connection:
            for row in await connection.fetch(_NOT_COMPARED):
                # What cannot be opened here is named by the check of the keys.
                with suppress(Unreadable):
                    await self.faces.persons(connection, row["entry_id"])
