"""The connection to PostgreSQL: a pool that survives an absent server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.chassis.reuse import as_it_is

# Quoted: generic for the type checker only.
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

_CONNECT_SECONDS: Final = 2.0
_COMMAND_SECONDS: Final = 5.0
# A process that freezes in a transaction keeps its locks for so long; they are on rows of its own schema alone.
_FROZEN_SECONDS: Final = 15


class StoreAway(Exception):
    """The database does not answer, or not now."""


class Database:
    """A pool of connections. Made by :meth:`open`, which does not need the server to be there yet."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, password: str | None, *, connections: int) -> AsyncIterator[Self]:
        """Open a pool of at most *connections*; the first is made when it is needed."""
        pool = asyncpg.create_pool(
            url,
            password=password,
            min_size=0,
            max_size=connections,
            reset=as_it_is,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={
                "application_name": "wardwatch-delivery",
                "timezone": "UTC",
                "idle_in_transaction_session_timeout": f"{_FROZEN_SECONDS}s",
            },
        )
        await pool
        try:
            yield cls(pool)
        finally:
            # A connection in the middle of a command would keep a graceful close waiting for it.
            pool.terminate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction; committed on leaving. Raises StoreAway: whatever failed is tried again from the record."""
        try:
            async with self._pool.acquire(timeout=_COMMAND_SECONDS) as connection, connection.transaction():
                yield connection
        except (
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            OSError,
            TimeoutError,
        ) as error:
            raise StoreAway(f"database: {type(error).__name__}") from error

    async def check(self) -> str | None:
        """Readiness: None when the schema can be read, else the reason."""
        try:
            async with self.transaction() as connection:
                await connection.fetchval("select at from delivery.pulse")
        except StoreAway as error:
            return str(error)
        return None
