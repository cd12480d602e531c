"""The connection to PostgreSQL: a pool that survives an absent server, and the listener for new events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Self, TypeAlias

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy

from services.chassis.reuse import as_it_is
from services.chassis.store_record import StoreRecord
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

# Quoted: generic for the type checker only.
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record


async def present(connection: Connection) -> datetime:
    """What time it is: the database's clock, by which everything is decided."""
    now: datetime = await connection.fetchval("select watchlist.present()")
    return now


# What the database announces: new events, and accounts whose sessions changed.
EVENTS: Final = "wardwatch_alerts"
SESSIONS: Final = "wardwatch_sessions"

_CONNECT_SECONDS: Final = 2.0
_COMMAND_SECONDS: Final = 5.0
# A process that freezes in a transaction keeps its locks for so long, the audit's among them.
_FROZEN_SECONDS: Final = 15
_RETRY_SECONDS: Final = 0.5
_LISTENER_CHECK_SECONDS: Final = 5.0
# A sighting that found no room is tried again after four seconds at most, so one that failed longer ago is recorded.
_FAULT_SECONDS: Final = 6.0

# What asyncpg raises when the server is absent, stopping or full. All of these are temporary.
_AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DeadlockDetectedError,
    asyncpg.DiskFullError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


# What it raises for a value that can never be stored: a constraint refuses it, or a column cannot hold it.
_UNACCEPTABLE: Final = (asyncpg.CheckViolationError, asyncpg.NotNullViolationError, asyncpg.DataError)


class StoreAway(Exception):
    """The database does not answer."""


class Unacceptable(Exception):
    """The database refuses this value, now and for ever; ``rule`` names the constraint that does, if one does."""

    def __init__(self, text: str, rule: str = "") -> None:
        super().__init__(text)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Listener:
    """Hears what is announced on *channel*: its payload each time, and when the connection begins and ends."""

    channel: str
    connected: Callable[[], None]
    heard: Callable[[str], None]
    lost: Callable[[], None]


class Database:
    """A pool of connections. Made by :meth:`open`, which does not need the server to be there yet."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", url: str, password: str | None) -> None:
        self.writes = StoreRecord("the database", fault_seconds=_FAULT_SECONDS)
        self._pool = pool
        self._url = url
        self._password = password

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
                "application_name": "wardwatch-alerts",
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

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction; committed on leaving. Raises StoreAway when the server cannot be used, or Unacceptable."""
        async with self.statement() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Connection]:
        """For one statement, a transaction by itself: two questions to the server less. Raises what that raises."""
        try:
            connection = await self._pool.acquire(timeout=_COMMAND_SECONDS)
        except (*_AWAY, asyncpg.PostgresError) as error:
            raise StoreAway(f"database: {type(error).__name__}") from error
        try:
            yield connection
        except asyncpg.DiskFullError as error:
            self.writes.failed("rows", "its disk is full")
            raise StoreAway("database: its disk is full") from error
        except _AWAY as error:
            raise StoreAway(f"database: {type(error).__name__}") from error
        except _UNACCEPTABLE as error:
            # The server's detail line holds the whole row, so only the constraint's name is passed on.
            rule = getattr(error, "constraint_name", None) or ""
            raise Unacceptable(f"{type(error).__name__} {rule}", rule) from error
        finally:
            await self._pool.release(connection)

    async def clock(self) -> tuple[datetime, datetime]:
        """What the database's clock shows, and the latest it has shown while it was believed. Raises StoreAway."""
        async with self.transaction() as connection:
            row = await connection.fetchrow("select present, highest from watchlist.read_clock()")
        assert row is not None, "the clock has one row"
        return row["present"], row["highest"]

    async def believe_clock(self) -> None:
        """Nothing was found against the clock. Raises StoreAway."""
        async with self.transaction() as connection:
            await connection.execute("select watchlist.believe_clock()")

    async def check(self) -> str | None:
        """Readiness: None when the schema can be read, else the reason."""
        try:
            async with self.transaction() as connection:
                await connection.fetch("select 1 from alerts.event limit 1")
        except StoreAway as error:
            return str(error)
        except asyncpg.PostgresError as error:
            return f"database: {type(error).__name__}"
        return None

    async def listen(self, listeners: Sequence[Listener], *, stop: asyncio.Event) -> None:
        """Hear announcements on one connection of its own, until *stop*; a lost one is opened again."""
        while not stop.is_set():
            beat()
            try:
                await self._listen_once(listeners, stop)
            except (*_AWAY, asyncpg.PostgresError) as error:
                log.warning("database listener starts again", error=type(error).__name__)
            for listener in listeners:
                listener.lost()
            await _pause(stop, _RETRY_SECONDS)

    async def _listen_once(self, listeners: Sequence[Listener], stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(
            self._url, password=self._password, timeout=_CONNECT_SECONDS, command_timeout=_COMMAND_SECONDS
        )
        ended = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: ended.set())
            for listener in listeners:
                await connection.add_listener(listener.channel, partial(_heard, listener.heard))
                listener.connected()
            while not stop.is_set() and not ended.is_set():
                beat()
                await _either(stop, ended, seconds=_LISTENER_CHECK_SECONDS)
                if not ended.is_set():
                    await connection.execute("select 1")
        finally:
            connection.terminate()


def _heard(hear: Callable[[str], None], _connection: object, _pid: object, _channel: object, payload: object) -> None:
    hear(str(payload))


async def _either(first: asyncio.Event, second: asyncio.Event, *, seconds: float) -> None:
    waiting = [asyncio.ensure_future(first.wait()), asyncio.ensure_future(second.wait())]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waiting:
            wait.cancel()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
