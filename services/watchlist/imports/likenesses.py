"""Who looks like whom in an import, in PostgreSQL as role ``wardwatch_import``."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.imports import BatchLikeness
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record import audit_note, views
from services.watchlist.record.database import Database
from services.watchlist.rules.holder import Holder

_PAGE: Final = """
SELECT
    l.entry_id, e.sealed_label AS own_label, l.other_id AS other, o.sealed_label, o.state, l.similarity, l.decision,
    l.decided_by_name, l.decided_at, l.reason
FROM watchlist.likeness AS l
INNER JOIN watchlist.entry AS e ON e.id = l.entry_id
INNER JOIN watchlist.entry AS o ON o.id = l.other_id
WHERE e.batch_id = $1
ORDER BY l.decision NULLS FIRST, l.similarity DESC, l.entry_id, l.other_id
OFFSET $2 LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class ImportLikenessStore:
    """Typed access. Raises StoreAway."""

    database: Database
    seals: Seals

    async def page(self, import_id: UUID, after: int, limit: int, reader: Holder) -> tuple[list[BatchLikeness], bool]:
        """Likenesses of the import's people, undecided first, and whether there are more; reading them is noted."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_PAGE, import_id, after, limit + 1)
            shown = rows[:limit]
            details = audit_note.ids({each for row in shown for each in (row["entry_id"], row["other"])})
            await audit_note.note(
                connection, reader, "import.likenesses_read", kind="import", subject=str(import_id), details=details
            )
        found = [
            BatchLikeness(
                entry=row["entry_id"],
                label=self.seals.text_or_nothing(row["entry_id"], row["own_label"], about=seals.label(row["entry_id"])),
                likeness=views.likeness_view(row, self.seals),
            )
            for row in shown
        ]
        return found, len(rows) > limit
