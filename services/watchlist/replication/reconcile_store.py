"""The record as the stream is compared with it, in PostgreSQL as role ``wardwatch_matcher``."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

import asyncpg

from proto.wardwatch.v1.imports import ReconciliationView
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import uuid_or_none
from services.watchlist.record import errors
from services.watchlist.record.database import Database
from services.watchlist.replication.differences import Effect, RecordedEntry
from services.watchlist.replication.outbox import RELAY_LOCK

if TYPE_CHECKING:
    from services.watchlist.record.database import Connection

Cause = Literal["nightly", "asked", "stream"]

_COUNTS: Final = (
    "entries", "missing", "behind", "different", "ahead", "unknown", "repaired", "buried", "keys_destroyed",
)  # fmt: skip

_LOCK: Final = 0x57415244_5245434F  # "WARDRECO"


@dataclass(frozen=True, slots=True)
class Requester:
    """The account that asked for a comparison."""

    account_id: UUID
    name: str


class PausedRelays:
    """While this is held no relay publishes, so what is read of stream and record belongs together."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    async def recorded(self, entries: Collection[EntryId]) -> dict[EntryId, RecordedEntry]:
        """What the record says of *entries* now; those it does not know are missing."""
        ids = [each for each in map(uuid_or_none, entries) if each is not None]
        return _recorded(await self._connection.fetch("SELECT * FROM watchlist.listed WHERE id = ANY($1)", ids))

    async def publish_again(self, entries: Collection[EntryId]) -> int:
        """Put the present state of *entries* into the outbox once more. Returns for how many that was possible."""
        ids = [UUID(each) for each in entries]
        return int(await self._connection.fetchval("SELECT watchlist.publish_again($1)", ids))

    async def forget_sequences(self, beyond: int) -> None:
        """The stream was made anew and ends at *beyond*: what was published on the former one says nothing now."""
        await self._connection.execute(
            "UPDATE watchlist.generation SET published_sequence = 0 WHERE published_sequence > $1", beyond
        )


class ReconcileStore:
    """What there is to compare, and what came of it. Raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def exclusively(self) -> AsyncIterator[bool]:
        """Whether no other replica compares while this is held; False at once when one does."""
        async with self._database.transaction() as connection:
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it takes its time
            yield bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK))

    @asynccontextmanager
    async def relays_paused(self) -> AsyncIterator[PausedRelays]:
        """Keep every relay from publishing; waits for one that is publishing."""
        async with self._database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", RELAY_LOCK)
            # Meanwhile the broker is asked, and may be slow.
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = '60s'")
            yield PausedRelays(connection)

    async def everything(self) -> dict[EntryId, RecordedEntry]:
        """What the stream should hold of each entry."""
        async with self._database.transaction() as connection:
            return _recorded(await connection.fetch("SELECT * FROM watchlist.listed"))

    async def greatest_sequence(self) -> int:
        """The greatest sequence of the stream that anything was published under; 0 when nothing was."""
        async with self._database.transaction() as connection:
            query = "SELECT coalesce(max(carried_sequence), 0) FROM watchlist.generation WHERE published_sequence > 0"
            return int(await connection.fetchval(query))

    async def greatest_carried_sequence(self) -> int:
        """The same, of changes too whose generation is not out yet."""
        async with self._database.transaction() as connection:
            query = "SELECT coalesce(max(carried_sequence), 0) FROM watchlist.generation"
            where = "WHERE published_sequence IS DISTINCT FROM 0"
            return int(await connection.fetchval(f"{query} {where}"))

    async def some(self, entries: Collection[EntryId]) -> dict[EntryId, RecordedEntry]:
        """What the record says of *entries*; those it does not know are missing."""
        async with self._database.transaction() as connection:
            return await PausedRelays(connection).recorded(entries)

    async def is_refill_owed(self) -> bool:
        """Whether filling a stream that was made anew began, and no comparison since then came to its end."""
        async with self._database.transaction() as connection:
            return bool(
                await connection.fetchval(
                    "SELECT max(began_at) FILTER (WHERE cause = 'stream' AND ended_at IS NULL)"
                    " > coalesce(max(began_at) FILTER (WHERE ended_at IS NOT NULL), '-infinity')"
                    " FROM watchlist.reconciliation"
                )
            )

    async def begin(self, id_: UUID, cause: Cause, requester: Requester | None, *, tombstone_unknown: bool) -> UUID:
        """Note that a comparison begins, and what was requested. Returns the id to end it by.

        One that broke off continues in its row: of the same request, or of the same cause if none was made.
        """
        async with self._database.transaction() as connection:
            again: UUID | None = await connection.fetchval(
                "UPDATE watchlist.reconciliation SET began_at = clock_timestamp() WHERE id = ("
                "SELECT id FROM watchlist.reconciliation WHERE ended_at IS NULL"
                " AND (id = $1 OR ($2 <> 'asked' AND cause = $2)) ORDER BY began_at DESC LIMIT 1) RETURNING id",
                id_,
                cause,
            )
            if again is not None:
                return again
            await connection.execute(
                "INSERT INTO watchlist.reconciliation (id, cause, asked_by_id, asked_by_name, bury_unknown)"
                " VALUES ($1, $2, $3, $4, $5)",
                id_,
                cause,
                None if requester is None else requester.account_id,
                None if requester is None else requester.name,
                tombstone_unknown,
            )
        return id_

    async def end(self, id_: UUID, counts: Mapping[str, int]) -> None:
        """Note what a comparison found, by the names of the table's columns."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE watchlist.reconciliation SET ended_at = clock_timestamp(), entries = $2, missing = $3,"
                " behind = $4, different = $5, ahead = $6, unknown = $7, repaired = $8, buried = $9,"
                " keys_destroyed = $10 WHERE id = $1",
                id_,
                *(counts.get(name, 0) for name in _COUNTS),
            )

    async def latest(self) -> ReconciliationView | None:
        """The comparison that began last. It goes on only while somebody holds the lock of those who compare."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT cause, asked_by_name AS asked_by, began_at, ended_at, ended_at IS NULL AND NOT EXISTS ("
                "SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database"
                " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted"
                " AND l.objsubid = 1 AND (l.classid::bigint << 32 | l.objid::bigint) = $1) AS broken_off,"
                " entries, missing, behind, different, ahead, unknown, repaired, buried, keys_destroyed"
                " FROM watchlist.reconciliation ORDER BY began_at DESC LIMIT 1",
                _LOCK,
            )
        return None if row is None else ReconciliationView(**row)

    async def last_ended(self) -> datetime | None:
        """When the last comparison that came to its end began."""
        async with self._database.transaction() as connection:
            began: datetime | None = await connection.fetchval(
                "SELECT max(began_at) FROM watchlist.reconciliation WHERE ended_at IS NOT NULL"
            )
        return began


def _recorded(rows: Sequence[asyncpg.Record]) -> dict[EntryId, RecordedEntry]:
    found: dict[EntryId, RecordedEntry] = {}
    for row in rows:
        sites = frozenset(SiteId(site) for site in row["sites"])
        effect = Effect(errors.state(row["state"]), row["expires_at"], sites, row["min_similarity"], row["templates"])
        entry_id = EntryId(str(row["id"]))
        found[entry_id] = RecordedEntry(
            entry_id, row["revision"], effect, row["waiting"], row["dispensable"], row["keyless"]
        )
    return found
