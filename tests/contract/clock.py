"""The record's clock in tests: time moves because a test puts another clock into its own database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self

import asyncpg

from services.alerts.database import Connection, Database
from services.alerts.incidents.store import Answerer
from tests import servers


class TimedDatabase(Database):
    """The alerts service's connections, and the owner's, who may set the clock."""

    owner_url: str

    @classmethod
    @asynccontextmanager
    async def of(cls, database: servers.Database, *, connections: int = 8) -> AsyncIterator[Self]:
        """Open as the role of the alerts service."""
        async with cls.open(database.alerts, None, connections=connections) as opened:
            opened.owner_url = database.owner
            yield opened

    async def set_clock(self, at: datetime | timedelta) -> None:
        """The record's clock shows *at*, or is ahead by *at*."""
        await set_clock(self.owner_url, at)


async def set_clock(owner_url: str, at: datetime | timedelta) -> None:
    """The record's clock shows *at*, or is ahead of this machine's by *at*."""
    match at:
        case timedelta():
            told = f"clock_timestamp() + {at.total_seconds()} * interval '1 second'"
        case datetime():
            told = f"'{at.isoformat()}'::timestamptz"
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(
            "create or replace function watchlist.present() returns timestamptz language sql volatile"
            f" set search_path = pg_catalog as $$ select {told} $$"
        )
    finally:
        await connection.close()


def at(moment: datetime) -> Callable[[Connection], Awaitable[datetime]]:
    """A clock for the ledger that stands still at *moment*."""

    async def told(_connection: Connection) -> datetime:
        return moment

    return told


async def believed() -> bool:
    """Nothing is said against the clock."""
    return True


async def answerer(database: servers.Database, name: str, role: str = "guard") -> Answerer:
    """A new account that is signed in."""
    connection, token = await asyncpg.connect(database.owner), f"session of {name}"
    try:
        account = await connection.fetchval(
            "insert into accounts.account (name, role) values ($1, $2) returning id", name, role
        )
        await connection.execute(
            "insert into accounts.session (token_sha256, account_id, expires_at)"
            " values ($1, $2, now() + interval '1 hour')",
            sha256(token.encode()).digest(),
            account,
        )
    finally:
        await connection.close()
    return Answerer(account, token)
