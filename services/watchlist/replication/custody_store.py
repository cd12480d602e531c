"""Erasures, receipts, replicas and the jobs of the record, in PostgreSQL as role ``wardwatch_matcher``."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from proto.wardwatch.v1.custody import ErasureReceipt, MatcherPresence, OwedReceipts
from proto.wardwatch.v1.entries import OwedReceipt, ReceiptView
from proto.wardwatch.v1.imports import MatcherView
from proto.wardwatch.v1.subjects import EntryId
from services.watchlist.record.database import Database

if TYPE_CHECKING:
    from services.watchlist.record.database import Connection

# A matcher that was not heard for so long is silent: seven of its beats.
SILENT_SECONDS: Final = 15.0
_EXPIRY_LOCK: Final = 0x57415244_45585049  # "WARDEXPI"

_GENERATION: Final = "SELECT number, committed_at, published_sequence, published_at, live_at FROM watchlist.generation"
_REPLICAS: Final = """
    SELECT name, seen_at, seen_at < now() - $1 * interval '1 second' AS silent, applied_sequence,
        entries, templates, locked, index_generation, clock_skew_ms
    FROM watchlist.replica WHERE ended_at IS NULL ORDER BY name
"""
_OWED: Final = """
    SELECT name, incarnation, (array_agg(entry_id ORDER BY entry_id)) [1:1000] AS entries FROM watchlist.owed_receipt
    WHERE seen_at >= now() - $1 * interval '1 second' GROUP BY name, incarnation ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class Generation:
    """A change of the list, and how far it is."""

    number: int
    committed_at: datetime
    published_sequence: int | None
    published_at: datetime | None
    live_at: datetime | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, by whom, why, and how far its traces are gone."""

    entry_id: UUID
    erased_by: str
    reason: str
    erased_at: datetime
    key_destroyed_at: datetime | None
    stream_purged_at: datetime | None


class CustodyStore:
    """What is known of the matchers, and what they have signed. Raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record_presence(self, presence: MatcherPresence) -> None:
        """Note how a matcher is. A process that ended, or was followed by another of its name, does not come back.

        Whoever was started later follows, even with its last word: its predecessor's memory is gone too. A process
        that seems to have started earlier is late, or had its clock put back: it follows when nothing else was heard
        of that name for a while, and is not ending.
        """
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO watchlist.replica AS r (name, incarnation, started_at, seen_at, ended_at,"
                " applied_sequence, entries, templates, locked, index_generation, clock_skew_ms)"
                " VALUES ($1, $2, $3, now(), CASE WHEN $4 THEN now() END, $5, $6, $7, $11, $8, $9)"
                " ON CONFLICT (name) DO UPDATE SET incarnation = excluded.incarnation,"
                " started_at = excluded.started_at, seen_at = excluded.seen_at, ended_at = excluded.ended_at,"
                " applied_sequence = excluded.applied_sequence, entries = excluded.entries,"
                " templates = excluded.templates, locked = excluded.locked,"
                " index_generation = excluded.index_generation, clock_skew_ms = excluded.clock_skew_ms,"
                " given_up_by_id = NULL, given_up_by_name = '', given_up_reason = ''"
                " WHERE (r.incarnation = excluded.incarnation AND (r.ended_at IS NULL OR r.given_up_by_id IS NOT NULL))"
                " OR (r.incarnation <> excluded.incarnation AND (excluded.started_at > r.started_at"
                " OR (NOT $4 AND r.seen_at < now() - $10 * interval '1 second')))",
                presence.name,
                presence.incarnation,
                presence.started_at,
                presence.ending,
                presence.applied_sequence,
                presence.entries,
                presence.templates,
                presence.index_generation,
                presence.clock_skew_us // 1000,
                SILENT_SECONDS,
                presence.locked,
            )

    async def mark_live(self) -> list[float]:
        """Note which generations every matcher that is heard has applied by now; seconds each took from its commit."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                "UPDATE watchlist.generation AS g SET live_at = clock_timestamp()"
                " WHERE g.live_at IS NULL AND g.published_sequence <= ("
                "SELECT min(applied_sequence) FROM watchlist.replica"
                " WHERE ended_at IS NULL AND seen_at >= now() - $1 * interval '1 second')"
                " RETURNING extract(epoch FROM live_at - committed_at)::float8 AS seconds",
                SILENT_SECONDS,
            )
        return [row["seconds"] for row in rows]

    async def generation(self, number: int | None) -> Generation | None:
        """The generation *number*, or the last one; None when there is none."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                f"{_GENERATION} WHERE number = coalesce($1, number) ORDER BY number DESC LIMIT 1", number
            )
        return None if row is None else Generation(*row)

    async def replicas(self) -> list[MatcherView]:
        """Every matcher that has not ended, by name, as it was last heard."""
        async with self._database.transaction() as connection:
            return [MatcherView(**row) for row in await connection.fetch(_REPLICAS, SILENT_SECONDS)]

    async def give_up(self, name: str, *, by_id: UUID, by_name: str, reason: str) -> bool:
        """Note that a silent matcher is gone for good; False when none of that name is silent."""
        async with self._database.transaction() as connection:
            done = await connection.execute(
                "UPDATE watchlist.replica SET ended_at = now(), given_up_by_id = $2, given_up_by_name = $3,"
                " given_up_reason = $4 WHERE name = $1 AND ended_at IS NULL AND seen_at < now() - $5 * interval '1 s'",
                name,
                by_id,
                by_name,
                reason,
                SILENT_SECONDS,
            )
        return done == "UPDATE 1"

    async def record_receipt(self, receipt: ErasureReceipt) -> bool:
        """Note that a matcher has let go of an entry; False when it was noted before or no such erasure is known."""
        async with self._database.transaction() as connection:
            done = await connection.execute(
                "INSERT INTO watchlist.receipt (entry_id, replica, incarnation, index_generation, released_at)"
                " SELECT x.entry_id, $2, $3, $4, $5 FROM watchlist.erasure AS x WHERE x.entry_id = $1"
                " ON CONFLICT DO NOTHING",
                UUID(receipt.entry_id),
                receipt.matcher,
                receipt.incarnation,
                receipt.index_generation,
                receipt.released_at,
            )
        return done == "INSERT 0 1"

    async def erasure(self, entry_id: UUID) -> tuple[Erasure, list[ReceiptView], list[OwedReceipt]] | None:
        """An erasure with the receipts that came and those that are owed; None when there is none."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT entry_id, erased_by_name, reason, erased_at, key_destroyed_at, stream_purged_at"
                " FROM watchlist.erasure WHERE entry_id = $1",
                entry_id,
            )
            if row is None:
                return None
            return Erasure(*row), await _receipts(connection, entry_id), await _owed(connection, entry_id)

    async def unfinished(self) -> list[Erasure]:
        """Erasures whose key is not destroyed or whose traces may be on the stream, oldest first."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT entry_id, erased_by_name, reason, erased_at, key_destroyed_at, stream_purged_at"
                " FROM watchlist.erasure WHERE key_destroyed_at IS NULL OR stream_purged_at IS NULL"
                " ORDER BY erased_at LIMIT 1000"
            )
        return [Erasure(*row) for row in rows]

    async def waits_in_outbox(self, entry_id: UUID) -> bool:
        """Whether the relay has still to carry a change of the entry."""
        async with self._database.transaction() as connection:
            query = "SELECT EXISTS (SELECT FROM watchlist.outbox WHERE entry_id = $1)"
            return bool(await connection.fetchval(query, entry_id))

    async def key_destroyed(self, entry_id: UUID) -> None:
        """Note that the entry's data key is gone."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE watchlist.erasure SET key_destroyed_at = clock_timestamp()"
                " WHERE entry_id = $1 AND key_destroyed_at IS NULL",
                entry_id,
            )

    async def stream_purged(self, entry_id: UUID) -> None:
        """Note that no message with a vector of the entry is on the stream."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE watchlist.erasure SET stream_purged_at = clock_timestamp()"
                " WHERE entry_id = $1 AND stream_purged_at IS NULL",
                entry_id,
            )

    async def publish_again(self, entries: Collection[UUID]) -> int:
        """Put the present state of *entries* into the outbox once more; of how many that was possible."""
        async with self._database.transaction() as connection:
            return int(await connection.fetchval("SELECT watchlist.publish_again($1)", list(entries)))

    async def owed(self) -> tuple[OwedReceipts, ...]:
        """What matchers that are heard have not signed for, at most a thousand entries of each process."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(_OWED, SILENT_SECONDS)
        return tuple(
            OwedReceipts(row["name"], row["incarnation"], tuple(EntryId(str(each)) for each in row["entries"]))
            for row in rows
        )

    async def expire_due(self) -> int:
        """Mark entries whose time is over as expired; how many. Another replica at it: none."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _EXPIRY_LOCK):
                return 0
            return int(await connection.fetchval("SELECT watchlist.expire_due()"))

    async def forget_reports(self) -> int:
        """Delete the reports of imports that ended, or were committed, a day ago; how many rows."""
        async with self._database.transaction() as connection:
            return int(await connection.fetchval("SELECT watchlist.forget_reports()"))

    async def end_idle_imports(self) -> int:
        """Throw imports away that were left open for a week; how many."""
        async with self._database.transaction() as connection:
            return int(await connection.fetchval("SELECT watchlist.end_idle_imports()"))


async def _receipts(connection: "Connection", entry_id: UUID) -> list[ReceiptView]:
    rows = await connection.fetch(
        "SELECT replica AS matcher, incarnation, index_generation, released_at FROM watchlist.receipt"
        " WHERE entry_id = $1 ORDER BY recorded_at, replica",
        entry_id,
    )
    return [ReceiptView(**row) for row in rows]


async def _owed(connection: "Connection", entry_id: UUID) -> list[OwedReceipt]:
    rows = await connection.fetch(
        "SELECT name AS matcher, seen_at, seen_at < now() - $2 * interval '1 second' AS silent"
        " FROM watchlist.owed_receipt WHERE entry_id = $1 ORDER BY name",
        entry_id,
        SILENT_SECONDS,
    )
    return [OwedReceipt(**row) for row in rows]
