"""What waits for one account, and which entries end when, in PostgreSQL as role ``wardwatch_import``: figures alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from proto.wardwatch.v1.entries import EndingDay, Endings, WaitingView
from services.watchlist.record.database import Database
from services.watchlist.rules.days import Days
from services.watchlist.rules.holder import KEEPER_ROLES, Holder

# Whether ``e`` waits for the account ``$1``, who approves others' (``$2``) and amends what was sent back to them.
WAITS: Final = """(
    (
        $2::boolean AND (
            e.state = 'pending' OR (e.renewal_by_id <> $1::uuid AND e.state IN ('active', 'expired'))
        ) AND e.author_id <> $1 AND e.put_forward_by_id IS DISTINCT FROM $1
    )
    OR (e.state = 'draft' AND e.returned_at IS NOT NULL AND e.author_id = $1)
)"""
_COUNTED: Final = f"""
SELECT count(*) FILTER (WHERE e.state = 'pending') AS approvals, count(*) FILTER (WHERE e.state = 'draft') AS returned,
    count(*) FILTER (WHERE e.state IN ('active', 'expired')) AS renewals,
    (SELECT coalesce(max(sequence), 0) FROM watchlist.change) AS version
FROM watchlist.entry AS e
WHERE e.state IN ('draft', 'pending', 'active', 'expired') AND {WAITS}
"""  # noqa: S608 - a condition of ours
# Whose publisher says when they end, nobody here renews.
_ENDS: Final = """
SELECT e.expires_at, e.renewal_by_id IS NOT NULL AS asked FROM watchlist.entry AS e
WHERE e.state IN ('active', 'suspended', 'expired') AND e.expires_at > $1 AND e.amends IS NULL
    AND NOT EXISTS (SELECT FROM federation.received AS r WHERE r.local_id = e.id)
"""


@dataclass(frozen=True, slots=True)
class WaitingStore:
    """Nothing of a person is read, so no reading is noted. Raises StoreAway."""

    database: Database
    days: Days

    async def waiting(self, holder: Holder) -> WaitingView:
        """How much waits for *holder*, and a number that grows with each change of the list."""
        row = await self.database.row(_COUNTED, holder.account_id, holder.role in KEEPER_ROLES)
        assert row is not None  # counts are one row
        return WaitingView(**row)

    async def endings(self, since: datetime) -> Endings:
        """How many entries have their last day when, from *since* on."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_ENDS, since)
        counted: dict[date, list[int]] = {}
        for row in rows:
            day = counted.setdefault(self.days.last_day(row["expires_at"]), [0, 0])
            day[0] += 1
            day[1] += bool(row["asked"])
        return Endings(days=_days(counted))


def _days(counted: Mapping[date, list[int]]) -> list[EndingDay]:
    return [EndingDay(day=day, entries=entries, asked=asked) for day, (entries, asked) in sorted(counted.items())]
