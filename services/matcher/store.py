"""The watchlist's record in PostgreSQL: entries, photos, templates, history, and the outbox of changes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Self
from uuid import UUID

import asyncpg

from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.requests import EntrySummary
from proto.wardwatch.v1.values import EntryState, vector_to
from services.matcher import records
from services.matcher.records import StoreAway, translated
from services.matcher.rules import Category, Holder, NewEntry

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]

Publish = Callable[[EntryPublished], Awaitable[None]]

# Held while the outbox is being emptied, so that two replicas never publish one entry's changes out of order.
_RELAY_LOCK: Final = 0x57415244_4F555442  # "WARDOUTB"
_BATCH: Final = 64
_CONNECT_SECONDS: Final = 3.0
_COMMAND_SECONDS: Final = 10.0
_ENDED: Final = ["expired", "revoked", "erased"]

_SUMMARY: Final = """
    SELECT e.*, (SELECT count(*) FROM watchlist.photo AS p WHERE p.entry_id = e.id) AS photos
    FROM watchlist.entry AS e
"""


class WatchlistStore:
    """Typed access as role ``wardwatch_matcher``. Connects when first used, so that a matcher starts without it."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", url: str, password: str | None) -> None:
        self._pool = pool
        self._url = url
        self._password = password

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, password: str | None) -> AsyncIterator[Self]:
        """Make the store; nothing is connected yet, and leaving closes what was."""
        pool = asyncpg.create_pool(
            url,
            password=password,
            min_size=0,
            max_size=4,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={"application_name": "wardwatch-matcher"},
        )
        async with pool:
            yield cls(pool, url, password)

    async def holder(self, token_sha256: bytes) -> Holder | None:
        """Whose session a token is, or None when it is unknown or over."""
        async with self._transaction() as connection:
            row = await connection.fetchrow(
                "SELECT account_id, name, role FROM accounts.session_holder"
                " WHERE token_sha256 = $1 AND expires_at > now()",
                token_sha256,
            )
        return None if row is None else Holder(row["account_id"], row["name"], row["role"])

    async def categories(self) -> list[Category]:
        """The closed list of grounds."""
        async with self._transaction() as connection:
            rows = await connection.fetch("SELECT code, longest FROM watchlist.category")
        return [Category(row["code"], row["longest"]) for row in rows]

    async def add(self, entry: NewEntry) -> EntrySummary:
        """Record *entry* with its photos and put it forward, in one transaction. Raises Forbidden, StoreAway."""
        async with self._transaction() as connection:
            await connection.execute(
                "INSERT INTO watchlist.entry (id, label, category, basis, instruction, sites, expires_at,"
                " author_id, author_name, changed_by_id, changed_by_name)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9)",
                entry.entry_id,
                entry.label,
                entry.category,
                entry.basis,
                entry.instruction,
                sorted(entry.sites),
                entry.expires_at,
                entry.author.account_id,
                entry.author.name,
            )
            await self._add_photos(connection, entry)
            await connection.execute(
                "UPDATE watchlist.entry SET state = 'pending', revision = revision + 1 WHERE id = $1", entry.entry_id
            )
            return await _summary(connection, entry.entry_id)

    async def approve(self, entry_id: UUID, approver: Holder) -> EntrySummary | None:
        """Make a pending entry active; None when there is no such entry. Raises Forbidden, StoreAway."""
        async with self._transaction() as connection:
            done = await connection.execute(
                "UPDATE watchlist.entry SET state = 'active', revision = revision + 1, approver_id = $2,"
                " approver_name = $3, approved_at = now(), changed_by_id = $2, changed_by_name = $3,"
                " changed_at = now(), reason = '' WHERE id = $1",
                entry_id,
                approver.account_id,
                approver.name,
            )
            return await _summary(connection, entry_id) if done == "UPDATE 1" else None

    async def revoke(self, entry_id: UUID, holder: Holder, reason: str) -> EntrySummary | None:
        """End an entry for good; None when there is no such entry. Raises Forbidden, StoreAway."""
        async with self._transaction() as connection:
            done = await connection.execute(
                "UPDATE watchlist.entry SET state = 'revoked', revision = revision + 1, changed_by_id = $2,"
                " changed_by_name = $3, changed_at = now(), reason = $4 WHERE id = $1",
                entry_id,
                holder.account_id,
                holder.name,
                reason,
            )
            return await _summary(connection, entry_id) if done == "UPDATE 1" else None

    async def entries(self, *, with_ended: bool) -> tuple[EntrySummary, ...]:
        """Every entry, or those that have not ended; newest change first."""
        async with self._transaction() as connection:
            rows = await connection.fetch(
                f"{_SUMMARY} WHERE $1 OR e.state <> ALL($2::watchlist.entry_state[]) ORDER BY e.changed_at DESC, e.id",
                with_ended,
                _ENDED,
            )
        return tuple(records.summary(row) for row in rows)

    async def relay(self, publish: Publish) -> int:
        """Publish the outbox's oldest changes in order and remove each; how many. Another replica at it: none.

        A failure of *publish* rolls the batch back: what was published already is published again later, under the
        same message id and revision, and changes nothing anywhere.
        """
        async with self._transaction() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _RELAY_LOCK):
                return 0

            rows = await connection.fetch("SELECT * FROM watchlist.outbox ORDER BY sequence LIMIT $1", _BATCH)
            for row in rows:
                await publish(await _published(connection, row))
                await connection.execute("DELETE FROM watchlist.outbox WHERE sequence = $1", row["sequence"])
            return len(rows)

    async def outbox_waiting(self) -> int:
        """How many changes the stream has not acknowledged."""
        async with self._transaction() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM watchlist.outbox"))

    async def wait_for_change(self, changed: asyncio.Event, stop: asyncio.Event) -> None:
        """Set *changed* whenever a change is committed, until *stop*. Raises StoreAway when the connection is lost."""
        lost = asyncio.Event()
        with translated():
            connection = await asyncpg.connect(self._url, password=self._password, timeout=_CONNECT_SECONDS)
        try:
            connection.add_termination_listener(lambda _: lost.set())
            with translated():
                await connection.add_listener("watchlist_outbox", lambda *_: changed.set())
            ends = [asyncio.create_task(event.wait()) for event in (lost, stop)]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
        finally:
            connection.terminate()
        if not stop.is_set():
            raise StoreAway("the listening connection was lost")

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator["Connection"]:
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                yield connection

    async def _add_photos(self, connection: "Connection", entry: NewEntry) -> None:
        for position, photo in enumerate(entry.photos):
            await connection.execute(
                "INSERT INTO watchlist.photo (id, entry_id, position, filename, file_sha256, source, taken_at,"
                " picture, face_px, sharpness, yaw_degrees) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                photo.photo_id,
                entry.entry_id,
                position,
                photo.filename,
                photo.file_sha256,
                photo.source,
                photo.taken_at,
                photo.picture,
                photo.quality.face_px,
                photo.quality.sharpness,
                photo.quality.yaw_degrees,
            )
            await connection.execute(
                "INSERT INTO watchlist.template (photo_id, model_name, model_sha256, vector) VALUES ($1, $2, $3, $4)",
                photo.photo_id,
                photo.model.name,
                bytes.fromhex(photo.model.sha256),
                vector_to(photo.vector),
            )


async def _summary(connection: "Connection", entry_id: UUID) -> EntrySummary:
    row = await connection.fetchrow(f"{_SUMMARY} WHERE e.id = $1", entry_id)
    assert row is not None  # read in the transaction that has just written it
    return records.summary(row)


async def _published(connection: "Connection", row: asyncpg.Record) -> EntryPublished:
    """The entry as the stream shall carry it: templates only while it is active, then and now."""
    templates: list[asyncpg.Record] = []
    if records.state(row["state"]) is EntryState.ACTIVE:
        templates = await connection.fetch(
            "SELECT t.photo_id, t.model_name, t.model_sha256, t.vector FROM watchlist.template AS t"
            " JOIN watchlist.photo AS p ON p.id = t.photo_id JOIN watchlist.entry AS e ON e.id = p.entry_id"
            " WHERE e.id = $1 AND e.state = 'active' ORDER BY p.position",
            row["entry_id"],
        )
    return records.published(row, templates)
