"""The connection to PostgreSQL as role ``wardwatch_federation``: a pool that survives an absent server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Self, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.chassis.owed import pause
from services.chassis.reuse import as_it_is
from services.chassis.tasks import beat

# Quoted: generic for the type checker only.
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

_CONNECT_SECONDS: Final = 3.0
_COMMAND_SECONDS: Final = 15.0
# A process that freezes in a transaction keeps its locks for so long.
_FROZEN_SECONDS: Final = 15
_ANSWER_SECONDS: Final = 5.0
# Whoever holds a lock says so every second; frozen for so long, it has lost it, and another process goes on.
_SILENT_SECONDS: Final = 10.0
_KEEP_SECONDS: Final = 1.0
# What the driver raises when the server is away, going, or refuses for now.
_FAULTS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class StoreAway(Exception):
    """The database does not answer, or not now."""


class Database:
    """A pool of connections. Made by :meth:`open`, which does not need the server to be there yet."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", url: str, password: str | None) -> None:
        self._pool = pool
        self._url = url
        self._password = password

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, password: str | None, *, connections: int = 4) -> AsyncIterator[Self]:
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
                "application_name": "wardwatch-federation",
                "timezone": "UTC",
                "idle_in_transaction_session_timeout": f"{_FROZEN_SECONDS}s",
            },
        )
        await pool
        try:
            yield cls(pool, url, password)
        finally:
            # A connection in the middle of a command would keep a graceful close waiting for it.
            pool.terminate()

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        """The pool itself."""
        return self._pool

    async def check(self) -> str | None:
        """Readiness: None while it answers."""
        try:
            async with self.transaction() as connection:
                await connection.execute("select")
        except StoreAway as error:
            return str(error)
        return None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction; committed on leaving. Raises StoreAway: whatever failed is tried again from the record."""
        try:
            async with self._pool.acquire(timeout=_COMMAND_SECONDS) as connection, connection.transaction():
                yield connection
        except _FAULTS as error:
            raise StoreAway(f"database: {type(error).__name__}") from error

    @asynccontextmanager
    async def alone(
        self, lock: int, channel: str, *, silent_seconds: float = _SILENT_SECONDS
    ) -> AsyncIterator["Alone | None"]:
        """Hold *lock* on a connection of its own, and hear *channel*; None while somebody else holds it.

        Raises StoreAway. The lock goes with the connection, which the server ends when it was silent for
        *silent_seconds*: a process that is frozen keeps its connections. So :meth:`Alone.keep` must run.
        """
        try:
            connection = await asyncpg.connect(
                self._url,
                password=self._password,
                timeout=_CONNECT_SECONDS,
                command_timeout=_COMMAND_SECONDS,
                server_settings={"idle_session_timeout": f"{round(silent_seconds * 1000)}ms"},
            )
        except _FAULTS as error:
            raise StoreAway(f"database: {type(error).__name__}") from error
        try:
            held = Alone(connection)
            yield held if await held.begun(lock, channel) else None
        finally:
            connection.terminate()


class Alone:
    """A lock that is held, and ``heard``: set whenever something is told on the channel, or the lock may be lost."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.heard = asyncio.Event()
        self._connection = connection
        self._lost = False
        self._asking = asyncio.Lock()

    async def keep(self, stop: asyncio.Event) -> None:
        """Say again and again that this process lives, until *stop*."""
        while not stop.is_set():
            beat()
            with suppress(StoreAway):
                await self.check()
            await pause(stop, _KEEP_SECONDS)

    async def begun(self, lock: int, channel: str) -> bool:
        """Whether the lock is ours. Raises StoreAway."""
        try:
            self._connection.add_termination_listener(self._lose)
            await self._connection.add_listener(channel, lambda *_: self.heard.set())
            return bool(await self._connection.fetchval("select pg_try_advisory_lock($1)", lock))
        except _FAULTS as error:
            raise StoreAway(f"database: {type(error).__name__}") from error

    async def check(self) -> None:
        """Raise StoreAway unless the server says, now, that the lock's session lives."""
        if self._lost:
            raise StoreAway("the session that holds the lock is over")
        try:
            async with self._asking:
                await self._connection.execute("select", timeout=_ANSWER_SECONDS)
        except _FAULTS as error:
            self._lose()
            raise StoreAway(f"database: {type(error).__name__}") from error

    def _lose(self, *_: object) -> None:
        self._lost = True
        self.heard.set()
