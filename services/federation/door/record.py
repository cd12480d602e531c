"""The record as the door sees it, in PostgreSQL as role ``wardwatch_federation``: numbers, times, matchers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg

from proto.wardwatch.v1.values import EntryState
from services.federation.door.ports import Counts, Erasure, HeadKept, Joined, RecordAway, Repaired, Signed, Written

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]

_JOINED: Final = """
SELECT list, hospital, publisher, domain, silent_days, joined_at, left_at IS NOT NULL AS has_left,
    silent_since IS NOT NULL AS is_silent, next_publisher, EXISTS (
        SELECT FROM federation.repair AS r WHERE r.list = s.list AND r.joined AND r.done_at IS NULL
    ) AS repair_asked
FROM federation.subscription AS s WHERE joined_at IS NOT NULL AND ($1::text IS NULL OR list = $1) ORDER BY list
"""
_WRITTEN: Final = "SELECT entry_id, number, revision, state, statement_sha256 FROM federation.received WHERE list = $1"
_KEEP_HEAD: Final = """
INSERT INTO federation.head (
    list, number, at, heard_at, entries, agreed_at, agreed_number, differs_since, differs, locked, own_key
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (list) DO UPDATE SET
    number = excluded.number, at = excluded.at, heard_at = excluded.heard_at, entries = excluded.entries,
    agreed_at = excluded.agreed_at, agreed_number = excluded.agreed_number, differs_since = excluded.differs_since,
    differs = excluded.differs, locked = excluded.locked, own_key = excluded.own_key
"""
_ERASURES: Final = """
SELECT entry_id, local_id, number, owed,
    key_destroyed_at IS NOT NULL AND stream_purged_at IS NOT NULL AS is_gone
FROM federation.received_erasure WHERE list = $1 AND closed_at IS NULL
ORDER BY coalesce(erased_at, written_at), entry_id
"""
# A matcher that was started anew has signed again; when it first did counts.
_SIGNED: Final = """
SELECT replica, min(released_at) AS released_at FROM watchlist.receipt WHERE entry_id = $1
GROUP BY replica ORDER BY replica
"""
_COUNTS: Final = """
SELECT
    (SELECT count(*) FROM federation.received WHERE list = $1 AND stopped_at IS NOT NULL AND state <> 'erased')
    AS suspended,
    (SELECT count(*) FROM federation.received_erasure WHERE list = $1 AND closed_at IS NULL) AS owed,
    m.matchers, m.matchers_current
FROM federation.matchers AS m
"""


class DoorRecord:
    """Typed access through *pool*, which is open as role ``wardwatch_federation``. All raise RecordAway."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool

    async def lists(self) -> list[Joined]:
        """Every list that was joined, also those that were left."""
        async with self._connection() as connection:
            return [_joined(row) for row in await connection.fetch(_JOINED, None)]

    async def joined(self, list_: str) -> Joined | None:
        """One of them."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_JOINED, list_)
        return None if row is None else _joined(row)

    async def written(self, list_: str) -> Sequence[Written]:
        """What the record follows of each entry."""
        async with self._connection() as connection:
            rows = await connection.fetch(_WRITTEN, list_)
        return [
            Written(
                str(row["entry_id"]),
                row["number"],
                row["revision"],
                EntryState[row["state"].upper()],
                row["statement_sha256"],
            )
            for row in rows
        ]

    async def head(self, list_: str) -> HeadKept | None:
        """The last head that was believed."""
        async with self._connection() as connection:
            row = await connection.fetchrow("SELECT * FROM federation.head WHERE list = $1", list_)
        if row is None:
            return None
        return HeadKept(
            row["number"],
            row["at"],
            row["heard_at"],
            row["entries"],
            row["agreed_at"],
            row["agreed_number"],
            row["differs_since"],
            row["differs"],
            row["locked"],
            row["own_key"],
        )

    async def keep_head(self, list_: str, head: HeadKept) -> None:
        """Write it down."""
        async with self._connection() as connection:
            await connection.execute(
                _KEEP_HEAD,
                list_,
                head.number,
                head.at,
                head.heard_at,
                head.entries,
                head.agreed_at,
                head.agreed_number,
                head.differs_since,
                head.differs,
                head.locked,
                head.own_key,
            )

    async def erasures(self, list_: str) -> Sequence[Erasure]:
        """Erasures that the publisher was not told the end of, oldest first."""
        async with self._connection() as connection:
            rows = await connection.fetch(_ERASURES, list_)
        return [
            Erasure(
                str(row["entry_id"]),
                row["local_id"],
                row["number"],
                row["owed"],
                is_gone=row["is_gone"],
            )
            for row in rows
        ]

    async def signed(self, local_id: UUID) -> Sequence[Signed]:
        """The matchers that have let go of an entry."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SIGNED, local_id)
        return [Signed(row["replica"], row["released_at"]) for row in rows]

    async def closed(self, list_: str, entry_id: str) -> None:
        """Note that the publisher's broker has the closing receipt on disk."""
        async with self._connection() as connection:
            await connection.execute(
                "UPDATE federation.received SET closed_at = now() WHERE list = $1 AND entry_id = $2",
                list_,
                UUID(entry_id),
            )

    async def counts(self, list_: str) -> Counts:
        """What a hello says beside the list itself."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_COUNTS, list_)
        assert row is not None  # counts are of nothing, at the least
        return Counts(row["suspended"], row["owed"], row["matchers"], row["matchers_current"])

    async def repaired(self, list_: str, found: Repaired) -> None:
        """Note what a repair has found and done."""
        async with self._connection() as connection:
            await connection.execute(
                "UPDATE federation.repair SET entries = $2, missing = $3, differing = $4, agrees = $5, done_at = now()"
                " WHERE list = $1 AND joined",
                list_,
                found.entries,
                found.missing,
                found.differing,
                found.agrees,
            )

    async def note_renewal(self, list_: str, publisher: bytes, statement: bytes) -> None:
        """Keep the key that a publisher announces; another announcement takes the place of a former one."""
        async with self._connection() as connection:
            await connection.execute(
                "INSERT INTO federation.publisher_renewal AS r (list, publisher, statement) VALUES ($1, $2, $3)"
                " ON CONFLICT (list) DO UPDATE SET publisher = excluded.publisher, statement = excluded.statement,"
                " heard_at = now() WHERE r.statement <> excluded.statement",
                list_,
                publisher,
                statement,
            )

    async def unanswered(self) -> list[tuple[str, bytes]]:
        """Lists that were joined, with the invitation to which an answer has to be signed."""
        async with self._connection() as connection:
            rows = await connection.fetch(
                "SELECT list, invitation FROM federation.subscription"
                " WHERE joined_at IS NOT NULL AND answer IS NULL AND left_at IS NULL ORDER BY list"
            )
        return [(row["list"], row["invitation"]) for row in rows]

    async def write_answer(self, list_: str, answer: bytes) -> None:
        """Keep the signed answer, for whoever takes it to the publisher."""
        async with self._connection() as connection:
            await connection.execute("UPDATE federation.subscription SET answer = $2 WHERE list = $1", list_, answer)

    @asynccontextmanager
    async def _connection(self) -> "AsyncIterator[Connection]":
        try:
            async with self._pool.acquire() as connection:
                yield connection
        except (
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            OSError,
            TimeoutError,
        ) as error:
            raise RecordAway(f"{type(error).__name__}: {error}") from error


def _joined(row: asyncpg.Record) -> Joined:
    return Joined(
        row["list"],
        row["hospital"],
        row["publisher"],
        row["domain"],
        row["silent_days"],
        row["joined_at"],
        left=row["has_left"],
        silent=row["is_silent"],
        next_publisher=row["next_publisher"],
        repair_asked=row["repair_asked"],
    )
