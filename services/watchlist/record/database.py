"""A pool of connections to PostgreSQL, which may be away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.chassis.reuse import as_it_is
from services.watchlist.record.errors import translated

# Quoted: generic for the type checker only.
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

CONNECT_SECONDS: Final = 3.0
# An import of thousands is committed in one transaction, in statements of at most this long.
_COMMAND_SECONDS: Final = 30.0
# A process that is frozen in a transaction would hold its locks for as long; audited commits wait for each other.
_FROZEN_SECONDS: Final = 15


class Database:
    """A pool for one role. Connects when first used, so that the service starts without it."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", url: str, password: str | None) -> None:
        self._pool = pool
        self.url = url
        self.password = password

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, password: str | None, connections: int = 4) -> AsyncIterator[Self]:
        """Make the pool; nothing is connected yet, and leaving closes what was."""
        pool = asyncpg.create_pool(
            url,
            password=password,
            min_size=0,
            max_size=connections,
            reset=as_it_is,
            timeout=CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={
                "application_name": "wardwatch-watchlist",
                "idle_in_transaction_session_timeout": f"{_FROZEN_SECONDS}s",
            },
        )
        async with pool:
            yield cls(pool, url, password)

    async def row(self, query: str, *values: object) -> Row | None:
        """The first row of a single statement, which is a transaction of its own. Raises StoreAway or Forbidden."""
        with translated():
            return await self._pool.fetchrow(query, *values)

    async def rows(self, query: str, *values: object) -> list[Row]:
        """As :meth:`row`, all of them."""
        with translated():
            return await self._pool.fetch(query, *values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction. Raises StoreAway, or Forbidden where a constraint refuses."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                yield connection
