"""How many people must agree on an alert, in PostgreSQL as role ``wardwatch_import`` (docs/adr/0109)."""

from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.reviewers import ReviewersChange, ReviewersRequest, ReviewersView
from services.chassis.errors import Refusal
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.rules.holder import Holder

# What the software comes with, until the hospital decides for itself; as ``watchlist.reviewers_of`` has it.
_USUAL: Final = 2
_HOLDS: Final = """
SELECT c.* FROM watchlist.reviewers_change AS c INNER JOIN watchlist.site_reviewers AS h ON h.number = c.number
ORDER BY c.site
"""
_WAITS: Final = "SELECT * FROM watchlist.reviewers_change WHERE approved_at IS NULL AND withdrawn_at IS NULL"


@dataclass(frozen=True, slots=True)
class ReviewersStore:
    """Who may approve the database says. Raises Forbidden, StoreAway, and Refusal (409) in words."""

    database: Database

    async def view(self) -> ReviewersView:
        """What holds, and what waits for an approval."""
        async with self.database.transaction() as connection:
            return await _view(connection)

    async def ask(self, by: Holder, body: ReviewersRequest) -> ReviewersView:
        """Ask for another number; one request can wait at a time."""
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO watchlist.reviewers_change (site, reviewers, reason, asked_by_id, asked_by_name)"
                " VALUES ($1, $2, $3, $4, $5)",
                body.site,
                body.reviewers,
                body.reason,
                by.account_id,
                by.name,
            )
            return await _view(connection)

    async def approve(self, number: int, by: Holder) -> ReviewersView:
        """Approve the request *number*: alerts that are raised from now on go by it."""
        return await self._end(
            "UPDATE watchlist.reviewers_change SET approved_by_id = $2, approved_by_name = $3, approved_at = now()"
            " WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
            number,
            by,
        )

    async def withdraw(self, number: int, by: Holder) -> ReviewersView:
        """Take the request *number* back before it is approved; anybody who keeps the list may."""
        return await self._end(
            "UPDATE watchlist.reviewers_change SET withdrawn_by_id = $2, withdrawn_by_name = $3, withdrawn_at = now()"
            " WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
            number,
            by,
        )

    async def _end(self, update: str, number: int, by: Holder) -> ReviewersView:
        async with self.database.transaction() as connection:
            if await connection.execute(update, number, by.account_id, by.name) != "UPDATE 1":
                raise Refusal(409, refusals.REVIEWERS_DO_NOT_WAIT.filled(number=number))
            return await _view(connection)


async def _view(connection: Connection) -> ReviewersView:
    holds = [_change(row) for row in await connection.fetch(_HOLDS)]
    waits = await connection.fetchrow(_WAITS)
    everywhere = next((change.reviewers for change in holds if not change.site), None)
    return ReviewersView(everywhere=everywhere or _USUAL, holds=holds, waits=None if waits is None else _change(waits))


def _change(row: Row) -> ReviewersChange:
    return ReviewersChange(
        number=row["number"],
        site=row["site"],
        reviewers=row["reviewers"],
        reason=row["reason"],
        asked_by=row["asked_by_name"],
        asked_at=row["asked_at"],
        approved_by=row["approved_by_name"],
        approved_at=row["approved_at"],
    )
