"""Changes of the list that the stream has not acknowledged, in PostgreSQL as role ``wardwatch_matcher``."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg

from proto.wardwatch.v1.subjects import SiteId
from proto.wardwatch.v1.values import EntryState, Model
from services.chassis.owed import first_of
from services.watchlist.record import errors
from services.watchlist.record.database import CONNECT_SECONDS, Database
from services.watchlist.record.errors import StoreAway, translated

if TYPE_CHECKING:
    from services.watchlist.record.database import Connection

# Held while the outbox is being emptied, so that two replicas never publish one entry's changes out of order.
RELAY_LOCK: Final = 0x57415244_4F555442  # "WARDOUTB"
_BATCH: Final = 256
# A process that is frozen while it holds the lock keeps every other from publishing, revocations too.
_FROZEN_SECONDS: Final = 3
_BEAT_SECONDS: Final = 0.5

_LOCK: Final = "SELECT pg_try_advisory_xact_lock($1) FROM set_config('idle_in_transaction_session_timeout', $2, true)"


@dataclass(frozen=True, slots=True)
class SealedTemplate:
    """A vector of an enrolled photo, sealed under its entry's data key."""

    photo_id: UUID
    model: Model
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the outbox, and the templates that go with it: only while the entry is active, then and now."""

    sequence: int
    entry_id: UUID
    revision: int
    generation: int
    state: EntryState
    expires_at: datetime
    sites: frozenset[SiteId]
    min_similarity: float
    age_seconds: float  # since its commit, by the database's clock
    templates: tuple[SealedTemplate, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedChange:
    """A change that the stream has; ``sequence`` is the stream's, of the message that stands for it."""

    change: Change
    sequence: int


# Publishes changes and returns those that the stream has now; it does not raise for the others.
PublishChanges = Callable[[Sequence[Change]], Awaitable[Sequence[PublishedChange]]]


class Outbox:
    """The outbox of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def relay(self, publish: PublishChanges) -> int:
        """Give the oldest changes to *publish* and remove those it published. Returns how many, 0 if the lock is taken.

        When the process is killed in between, or the database goes away, they are published again under the same ids.
        """
        async with self._database.transaction() as connection:
            if not await connection.fetchval(_LOCK, RELAY_LOCK, f"{_FROZEN_SECONDS}s"):
                return 0

            changes = await _oldest(connection)
            async with _alive(connection):
                published = await publish(changes)
            await _remove(connection, published)
            return len(published)

    async def waiting(self) -> int:
        """How many changes the stream has not acknowledged."""
        async with self._database.transaction() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM watchlist.outbox"))

    async def wait_for_change(self, changed: asyncio.Event, stop: asyncio.Event) -> None:
        """Set *changed* whenever a change is committed, until *stop*. Raises StoreAway when the connection is lost."""
        lost = asyncio.Event()
        with translated():
            connection = await asyncpg.connect(
                self._database.url, password=self._database.password, timeout=CONNECT_SECONDS
            )
        try:
            connection.add_termination_listener(lambda _: lost.set())
            with translated():
                await connection.add_listener("watchlist_outbox", lambda *_: changed.set())
            await first_of(lost, stop)
        finally:
            connection.terminate()
        if not stop.is_set():
            raise StoreAway("the listening connection was lost")


@asynccontextmanager
async def _alive(connection: "Connection") -> AsyncIterator[None]:
    """Show the server that this process goes on, which else ends the transaction and gives its lock to another.

    Nothing else may be asked of *connection* meanwhile.
    """
    over = asyncio.Event()
    beating = asyncio.create_task(_beat(connection, over))
    try:
        yield
    finally:
        over.set()  # not cancelled: that would undo the transaction
        await beating


async def _beat(connection: "Connection", over: asyncio.Event) -> None:
    while True:
        await first_of(over, within_seconds=_BEAT_SECONDS)
        if over.is_set():
            return
        await connection.execute("SELECT")


async def _oldest(connection: "Connection") -> list[Change]:
    rows = await connection.fetch(
        "SELECT *, greatest(0, extract(epoch FROM clock_timestamp() - committed_at))::float8 AS age_seconds"
        " FROM watchlist.outbox ORDER BY sequence LIMIT $1",
        _BATCH,
    )
    if not rows:
        return []
    # Read after the changes: an entry that was ended meanwhile gives no vector away.
    templates = await connection.fetch(
        "SELECT p.entry_id, t.photo_id, t.model_name, t.model_sha256, t.sealed_vector"
        " FROM watchlist.template AS t"
        " JOIN watchlist.photo AS p ON p.id = t.photo_id"
        " JOIN watchlist.entry AS e ON e.id = p.entry_id"
        " WHERE e.id = ANY($1) AND e.state = 'active' AND p.suspended_at IS NULL"
        " ORDER BY p.position, t.model_sha256",
        [row["entry_id"] for row in rows if row["state"] == "active"],
    )
    by_entry: dict[UUID, list[SealedTemplate]] = {}
    for row in templates:
        model = Model(row["model_name"], row["model_sha256"].hex())
        sealed = SealedTemplate(row["photo_id"], model, row["sealed_vector"])
        by_entry.setdefault(row["entry_id"], []).append(sealed)
    return [_change(row, by_entry) for row in rows]


def _change(row: asyncpg.Record, templates: dict[UUID, list[SealedTemplate]]) -> Change:
    state = errors.state(row["state"])
    return Change(
        row["sequence"],
        row["entry_id"],
        row["revision"],
        row["generation"],
        state,
        row["expires_at"],
        frozenset(SiteId(site) for site in row["sites"]),
        row["min_similarity"],
        row["age_seconds"],
        tuple(templates.get(row["entry_id"], ())) if state is EntryState.ACTIVE else (),
    )


async def _remove(connection: "Connection", published: Sequence[PublishedChange]) -> None:
    if not published:
        return

    generations = [each.change.generation for each in published]
    await connection.execute(
        "DELETE FROM watchlist.outbox WHERE sequence = ANY($1)", [each.change.sequence for each in published]
    )
    # The greatest sequence of each generation so far; the generation is out once nothing of it waits.
    await connection.execute(
        "UPDATE watchlist.generation AS g SET carried_sequence = greatest(g.carried_sequence, c.sequence)"
        " FROM (SELECT number, max(sequence) AS sequence FROM unnest($1::bigint[], $2::bigint[])"
        " AS u (number, sequence) GROUP BY number) AS c WHERE g.number = c.number",
        generations,
        [each.sequence for each in published],
    )
    await connection.execute(
        "UPDATE watchlist.generation AS g SET published_sequence = g.carried_sequence,"
        " published_at = clock_timestamp()"
        " WHERE g.number = ANY($1) AND g.published_at IS NULL"
        " AND NOT EXISTS (SELECT FROM watchlist.outbox AS o WHERE o.generation = g.number)",
        generations,
    )
    # Before a tombstone is published, every message with vectors is deleted.
    await connection.execute(
        "UPDATE watchlist.erasure SET stream_purged_at = clock_timestamp()"
        " WHERE entry_id = ANY($1) AND stream_purged_at IS NULL",
        [each.change.entry_id for each in published if each.change.state is EntryState.ERASED],
    )
