"""Put a copied database into an empty one, in one transaction: all of it or nothing.

Triggers are off meanwhile, or they would write everything into the audit anew; they stand afterwards exactly as the
migrations made them.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg

from cli.backup import tables
from cli.backup.container import Faulty
from cli.backup.content import Begin, End, Frame, Piece
from cli.backup.snapshot import SEQUENCE, TABLE
from cli.backup.tables import Table

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_IS_BEGUN = """
    select exists (select from accounts.account) or exists (select from watchlist.entry)
        or exists (select from alerts.incident) or exists (select from audit.event)
"""


@dataclass(slots=True)
class Source:
    """The frames of a part, read in another thread."""

    frames: Iterator[Frame]
    _over: bool = field(default=False, init=False)

    async def next(self) -> Frame | None:
        """The next frame, or None behind the last. Raises Faulty and OSError."""
        if self._over:
            return None
        frame = await asyncio.to_thread(next, self.frames, None)
        self._over = frame is None
        return frame

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes of the section that was begun, to its end; the facts of that go unread."""
        while True:
            match await self.next():
                case Piece(content):
                    yield content
                case End():
                    return
                case _:
                    raise Faulty("what it holds ends in between")

    async def whole(self) -> bytes:
        """The same at once, for what is short."""
        return b"".join([each async for each in self.pieces()])


async def is_begun(connection: "Connection") -> bool:
    """Whether somebody has worked with this database: then nothing is put into it."""
    return bool(await connection.fetchval(_IS_BEGUN))


async def load(connection: "Connection", source: Source, then: Callable[[], Awaitable[None]]) -> int:
    """Put the tables and sequences of *source* into the empty database of *connection*, a superuser's; then do *then*.

    Both in one transaction. Returns the rows. Raises Faulty when the copy is of other tables, and what the database
    raises.
    """
    async with connection.transaction():
        known = {each.full_name: each for each in await tables.tables(connection)}
        standing = await tables.triggers(connection)
        for table in known.values():
            await connection.execute(f"alter table {table.quoted} disable trigger all")
        # What the migrations put in is in the copy, too.
        await connection.execute(f"truncate {', '.join(each.quoted for each in known.values())}")
        rows, missing = 0, set(known)
        while (frame := await source.next()) is not None:
            if not isinstance(frame, Begin):
                raise Faulty("what it holds has a part without a beginning")
            name = frame.name.removeprefix(TABLE)
            if frame.name.startswith(TABLE):
                rows += await _table(connection, _checked(known.get(name), frame), source)
                missing.discard(name)
            elif frame.name.startswith(SEQUENCE):
                await _sequence(connection, frame.name.removeprefix(SEQUENCE), await source.whole())
            else:
                raise Faulty(f"it has a part that this version does not know: {frame.name}")
        if missing:
            raise Faulty(f"it lacks {', '.join(sorted(missing))}")
        for table in known.values():
            await connection.execute(f"alter table {table.quoted} enable trigger all")
        for trigger in standing:
            await connection.execute(trigger.statement())
        await then()
    await connection.execute("analyze")
    return rows


def _checked(table: Table | None, frame: Begin) -> Table:
    if table is None:
        raise Faulty(f"it has a {frame.name} that this version does not know")
    if frame.facts.get("columns") != list(table.columns):
        raise Faulty(f"its {frame.name} has other columns than here")
    return table


async def _table(connection: "Connection", table: Table, source: Source) -> int:
    done = await connection.copy_to_table(
        table.name, schema_name=table.schema, columns=list(table.columns), source=source.pieces()
    )
    return int(done.removeprefix("COPY "))


async def _sequence(connection: "Connection", name: str, stands: bytes) -> None:
    try:
        last, is_called = json.loads(stands)
        await connection.execute("select setval($1::regclass, $2, $3)", name, int(last), bool(is_called))
    except (TypeError, ValueError) as error:
        raise Faulty(f"where {name} stands cannot be read") from error
