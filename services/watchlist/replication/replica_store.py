"""The matchers as they were last heard, and how far each has read, in PostgreSQL as role ``wardwatch_matcher``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.imports import MatcherView
from proto.wardwatch.v1.replication import MatcherPresence
from services.watchlist.record.database import Database

# A matcher that was not heard for so long is silent: seven of its beats.
SILENT_SECONDS: Final = 15.0

# What a matcher says of its clock is kept up to here: 24 days, as the column holds it.
_MOST_SKEW_MS: Final = 2**31 - 1

_GENERATION: Final = "SELECT number, committed_at, published_sequence, published_at, live_at FROM watchlist.generation"
_REPLICAS: Final = """
    SELECT name, seen_at, seen_at < now() - $1 * interval '1 second' AS silent, applied_sequence,
        entries, templates, locked, index_generation, clock_skew_ms
    FROM watchlist.replica WHERE ended_at IS NULL ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class Generation:
    """A change of the list, and how far it is."""

    number: int
    committed_at: datetime
    published_sequence: int | None
    published_at: datetime | None
    live_at: datetime | None


class ReplicaStore:
    """What is known of the matchers. Raises StoreAway."""

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
                max(-_MOST_SKEW_MS, min(presence.clock_skew_us // 1000, _MOST_SKEW_MS)),
                SILENT_SECONDS,
                presence.locked,
            )

    async def mark_live(self) -> list[float]:
        """Note which generations every matcher that is heard has applied. Returns the seconds each took."""
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
