"""Copy the database: everything as it was at one moment, table by table, while others go on."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import asyncpg

from access import database
from cli.backup import tables
from cli.backup.content import Begin, End, Frame, Piece
from local.context import Context
from services.chassis.errors import StartupError

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

TABLE: Final = "table "
SEQUENCE: Final = "sequence "
_PIECE_BYTES: Final = 512 * 1024

Put = Callable[[Frame], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """How much was copied."""

    tables: int
    rows: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at the database as role ``wardwatch_backup``: everything it reads is as it was at one moment."""

    connection: "Connection"

    @classmethod
    @asynccontextmanager
    async def open(cls, here: Context) -> AsyncIterator["Snapshot"]:
        """Connect and hold still. Raises StartupError when the database is away, also when that is in between."""
        async with connected(here) as connection:
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    yield cls(connection)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                raise StartupError(f"the database went away, or refused, while it was copied: {error}") from error

    async def migrations(self) -> list[str]:
        """The migrations that its tables are made by."""
        return list(await tables.migrations(self.connection))

    async def faces_kept(self) -> list[str]:
        """The sightings whose sealed face is copied."""
        return [row["sighting_id"] for row in await self.connection.fetch(tables.FACES_KEPT)]

    async def copy(self, put: Put) -> Copied:
        """Hand every table and sequence to *put*, which may block. Raises what it raises."""
        rows, every = 0, await tables.tables(self.connection)
        for table in every:
            await asyncio.to_thread(put, Begin(TABLE + table.full_name, {"columns": list(table.columns)}))
            pieces = _Pieces(put)
            done = await self.connection.copy_from_query(table.selection(), output=pieces.take)
            await pieces.finish()
            count = int(done.removeprefix("COPY "))
            await asyncio.to_thread(put, End({"rows": count}))
            rows += count
        # Behind the tables: what draws a number while they are copied makes the sequence go on, and never back.
        for name in await tables.sequences(self.connection):
            row = await self.connection.fetchrow(f"select last_value, is_called from {name}")  # noqa: S608
            assert row is not None, "a sequence has one row"
            stands = json.dumps([row["last_value"], row["is_called"]]).encode()
            for frame in (Begin(SEQUENCE + name, {}), Piece(stands), End({})):
                await asyncio.to_thread(put, frame)
        return Copied(len(every), rows)


@asynccontextmanager
async def connected(here: Context) -> AsyncIterator["Connection"]:
    """A connection as the role that reads everything. Raises StartupError."""
    url = database.with_role(here.database_url, database.BACKUP, urlsplit(here.database_url).path.lstrip("/"))
    connection = await database.connect(database.with_password(url, here.password_of(database.BACKUP)))
    try:
        yield connection
    finally:
        await connection.close()


@dataclass(slots=True)
class _Pieces:
    """Gathers what the database sends into pieces that are worth a step to another thread."""

    put: Put
    _held: bytearray = field(default_factory=bytearray)

    async def take(self, content: bytes) -> None:
        self._held += content
        if len(self._held) >= _PIECE_BYTES:
            await self.finish()

    async def finish(self) -> None:
        if self._held:
            piece = Piece(bytes(self._held))
            self._held.clear()
            await asyncio.to_thread(self.put, piece)
