"""The audit in PostgreSQL, as role wardwatch_audit reads it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from access import database
from cli import ids
from local.context import Context
from services.chassis.audit_chain import Event, Head
from services.chassis.errors import StartupError

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_ROWS: Final = 2000  # fetched at a time

_ALL: Final = """
    select sequence, at, actor_id, actor_name, through, action, subject_kind, subject, reason, details,
        previous_sha256, sha256
    from audit.event
    where ($1::text is null or subject = $1 or details ->> 'entry' = $1 or details ->> 'other' = $1)
        and ($2::text is null or actor_name = $2 or details ->> 'account' = $2)
        and ($3::timestamptz is null or at >= $3)
    order by sequence
"""
_NEWEST: Final = """
    select * from (
        select sequence, at, actor_id, actor_name, through, action, subject_kind, subject, reason, details,
            previous_sha256, sha256
        from audit.event
        where ($1::text is null or subject = $1 or details ->> 'entry' = $1 or details ->> 'other' = $1)
            and ($2::text is null or actor_name = $2 or details ->> 'account' = $2)
            and ($3::timestamptz is null or at >= $3)
        order by sequence desc limit $4
    ) as newest
    order by sequence
"""
_BEGINNING: Final = """
    select distinct on (n.id) n.id, e.subject_kind as kind
    from audit.event as e cross join lateral (values (e.subject), (e.details ->> 'entry')) as n (id)
    where starts_with(n.id, $1) and n.id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    order by n.id, e.sequence
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events to read; None and 0 do not narrow it."""

    entry: str | None = None
    account: str | None = None
    since: datetime | None = None
    newest: int = 0


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One look at the audit: everything it reads is as it was at one moment."""

    connection: "Connection"

    @classmethod
    @asynccontextmanager
    async def open(cls, here: Context) -> AsyncIterator["AuditRecord"]:
        """Connect and hold still. Raises StartupError when the database is away, refuses, or has no audit."""
        async with connected(here) as connection:
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    yield cls(connection)
            except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
                raise StartupError(
                    "this database keeps no audit, or it was removed; the next start of Wardwatch makes an empty one"
                ) from error
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                raise StartupError(f"the audit cannot be read: {error}") from error

    async def head(self) -> Head:
        """What the database says is the end of the chain."""
        row = await self.connection.fetchrow("select sequence, sha256 from audit.chain")
        return Head(0, bytes(32)) if row is None else Head(row["sequence"], row["sha256"])

    async def meant(self, text: str) -> str:
        """The id that *text*, an id or its beginning, means; *text* itself where nothing begins with it.

        Raises StartupError where several do.
        """
        try:
            begun = ids.typed(text)
        except ValueError:
            return text  # a site, a camera: what has no id of this kind
        rows = await self.connection.fetch(_BEGINNING, ids.dashed(begun))
        found = {UUID(row["id"]): str(row["kind"]) for row in rows}
        return str(ids.meant(begun, found, "thing in the audit")) if found else text

    async def events(self, wanted: Wanted) -> AsyncIterator[Sequence[Event]]:
        """The events that are wanted, oldest first, some thousands at a time."""
        narrowed = (wanted.entry, wanted.account, wanted.since)
        if wanted.newest:
            cursor = await self.connection.cursor(_NEWEST, *narrowed, wanted.newest)
        else:
            cursor = await self.connection.cursor(_ALL, *narrowed)
        while rows := await cursor.fetch(_ROWS):
            yield [Event(*row) for row in rows]


@asynccontextmanager
async def connected(here: Context) -> AsyncIterator["Connection"]:
    """A connection as the auditor's role. Raises StartupError."""
    url = database.with_role(here.database_url, database.AUDIT, urlsplit(here.database_url).path.lstrip("/"))
    connection = await database.connect(database.with_password(url, here.password_of(database.AUDIT)))
    try:
        yield connection
    finally:
        await connection.close()
