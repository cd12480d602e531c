"""Requests of people who ask what is held about them, as role ``wardwatch_import``: never who they were."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.access_requests import AccessAnswer, AccessRequest, AccessRequestBody, AccessRequests
from services.chassis.errors import Refusal
from services.watchlist.record import audit_note, views
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_reader import ENTRY, EntryReader
from services.watchlist.rules.holder import Holder

_MOST_TRIES: Final = 3
_VIEW: Final = """
SELECT r.*,
    CASE
        WHEN r.answered_at IS NOT NULL THEN 'answered'
        WHEN r.withdrawn_at IS NOT NULL THEN 'withdrawn'
        WHEN r.approved_at IS NULL AND r.asked_at > watchlist.present() - interval '1 day' THEN 'asked'
        WHEN r.approved_at > watchlist.present() - interval '30 minutes' AND r.tries < 3 THEN 'approved'
        ELSE 'lapsed'
    END AS state
FROM watchlist.access_request AS r
"""
_DECIDE: Final = {
    "approved": "UPDATE watchlist.access_request SET approved_by_id = $2, approved_by_name = $3,"
    " approved_at = watchlist.present() WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
    "withdrawn": "UPDATE watchlist.access_request SET withdrawn_by_id = $2, withdrawn_by_name = $3,"
    " withdrawn_at = watchlist.present() WHERE number = $1 AND answered_at IS NULL AND withdrawn_at IS NULL",
}


@dataclass(frozen=True, slots=True)
class AccessStore:
    """Typed access. All raise Forbidden, StoreAway, and Refusal (404, 409) in words."""

    database: Database
    reader: EntryReader

    async def newest(self) -> AccessRequests:
        """The newest requests, and how many there were lately."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(f"{_VIEW} ORDER BY r.number DESC LIMIT 50")
            lately = await connection.fetchval(
                "SELECT count(*) FROM watchlist.access_request"
                " WHERE asked_at > watchlist.present() - interval '30 days'"
            )
        return AccessRequests(requests=[_request(row) for row in rows], asked_within_30_days=lately)

    async def ask(self, by: Holder, body: AccessRequestBody) -> AccessRequest:
        """Write a request down. The database refuses more than a day's."""
        async with self.database.transaction() as connection:
            number = await connection.fetchval(
                "INSERT INTO watchlist.access_request (kind, asks, consent, asked_by_id, asked_by_name)"
                " VALUES ($1, $2, $3, $4, $5) RETURNING number",
                body.kind,
                body.asks,
                body.consent,
                by.account_id,
                by.name,
            )
            return await _one(connection, number)

    async def approve(self, number: int, by: Holder) -> AccessRequest:
        """Let it be answered within half an hour; the database refuses whoever asked."""
        return await self._decide(number, by, "approved")

    async def withdraw(self, number: int, by: Holder) -> AccessRequest:
        """Take it back."""
        return await self._decide(number, by, "withdrawn")

    async def begin(self, number: int, kind: str, by: Holder) -> None:
        """Count a try of the account that asked, before anything is looked for."""
        async with self.database.transaction() as connection:
            done = await connection.execute(
                "UPDATE watchlist.access_request SET tries = tries + 1 WHERE number = $1 AND kind = $2"
                " AND asked_by_id = $3 AND answered_at IS NULL AND withdrawn_at IS NULL",
                number,
                kind,
                by.account_id,
            )
            await _check(connection, done, number)

    async def end_with(self, number: int, entries: Collection[UUID], by: Holder) -> AccessAnswer:
        """Write down that it is answered, and give the *entries* as they are; which ones is written nowhere."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                f"{ENTRY} WHERE e.id = ANY($1::uuid []) AND e.state <> 'erased' ORDER BY e.changed_at DESC", [*entries]
            )
            return await self._answered(connection, number, rows, by)

    async def end_with_number(self, number: int, identity_number: str, by: Holder) -> AccessAnswer:
        """The same with the entries under a normalised identity number."""
        async with self.database.transaction() as connection:
            lookup = self.reader.seals.identity.lookup("number", identity_number)
            rows = await connection.fetch(f"{ENTRY} WHERE n.lookup = $1 ORDER BY e.changed_at DESC LIMIT 100", lookup)
            await audit_note.note(
                connection, by, "identity.searched", kind="identity", details=audit_note.ids(row["id"] for row in rows)
            )
            return await self._answered(connection, number, rows, by)

    async def _answered(self, connection: Connection, number: int, rows: Collection[Row], by: Holder) -> AccessAnswer:
        done = await connection.execute(
            "UPDATE watchlist.access_request SET answered_at = watchlist.present(), found = $3 WHERE number = $1"
            " AND asked_by_id = $2 AND answered_at IS NULL AND withdrawn_at IS NULL",
            number,
            by.account_id,
            len(rows),
        )
        await _check(connection, done, number)
        return AccessAnswer(
            request=await _one(connection, number),
            findings=[],
            entries=[views.entry_row(row, self.reader.seals, self.reader.days) for row in rows],
        )

    async def _decide(self, number: int, by: Holder, done: Literal["approved", "withdrawn"]) -> AccessRequest:
        async with self.database.transaction() as connection:
            changed = await connection.execute(_DECIDE[done], number, by.account_id, by.name)
            await _check(connection, changed, number)
            return await _one(connection, number)


async def _check(connection: Connection, done: str, number: int) -> None:
    if done == "UPDATE 1":
        return
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM watchlist.access_request WHERE number = $1)", number):
        raise Refusal(404, refusals.NO_ACCESS_REQUEST.filled(text=number))
    raise Refusal(409, refusals.ACCESS_NOT_OPEN.filled(number=number))


async def _one(connection: Connection, number: int) -> AccessRequest:
    row = await connection.fetchrow(f"{_VIEW} WHERE r.number = $1", number)
    assert row is not None, "it was just written"
    return _request(row)


def _request(row: Row) -> AccessRequest:
    return AccessRequest(
        number=row["number"],
        kind=row["kind"],
        asks=row["asks"],
        consent=row["consent"],
        state=row["state"],
        asked_by=row["asked_by_name"],
        asked_at=row["asked_at"],
        unusual=row["is_unusual"],
        approved_by=row["approved_by_name"],
        approved_at=row["approved_at"],
        tries_left=_MOST_TRIES - row["tries"],
        answered_at=row["answered_at"],
        found=row["found"],
    )
