"""The audit in PostgreSQL, for accounts that may read it: whoever reads has noted that first.

Each call hands the database the token of who asks, and the database decides whether they may, and whether it is noted.
What it refuses is Unacceptable, with the name of a rule of ``accounts/rules.py``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.alerts.database import Connection, Database
from services.chassis.audit_chain import Event, Head

# What the database gives at once.
MOST_ROWS: Final = 2000

Action = Literal["audit.read", "audit.verified", "audit.exported"]

_FOUND: Final = "select * from accounts.read_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
_END: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; None does not narrow it. ``kind`` is an action or the word before its dot."""

    since: datetime | None = None
    until: datetime | None = None
    account: str | None = None
    kind: str | None = None
    about: str | None = None

    def noted(self) -> dict[str, str]:
        """As the audit tells it."""
        moments = {"since": self.since, "until": self.until}
        words = {"account": self.account, "kind": self.kind, "about": self.about}
        told = {name: at.isoformat() for name, at in moments.items() if at is not None}
        return told | {name: word for name, word in words.items() if word is not None}


@dataclass(frozen=True, slots=True)
class AuditReading:
    """Raises StoreAway and Unacceptable."""

    database: Database

    async def page(self, token: str, wanted: Wanted, *, before: int | None, most: int) -> Sequence[Event]:
        """The newest *most* events before a number, newest first. That they were read is noted with it."""
        async with self.database.transaction() as connection:
            noted = wanted.noted() | ({} if before is None else {"before": str(before)})
            await note(connection, token, "audit.read", "", noted)
            return await _found(connection, token, wanted, (0, before or _END), most, newest=True)

    async def note(self, token: str, action: Action, reason: str, details: Mapping[str, str]) -> None:
        """Note what is about to be done."""
        async with self.database.transaction() as connection:
            await note(connection, token, action, reason, details)

    async def head(self) -> Head:
        """Where the chain ends."""
        async with self.database.transaction() as connection:
            return await _head(connection)

    async def batch(self, token: str, wanted: Wanted, *, after: int, through: int) -> Sequence[Event]:
        """The next events behind a number and up to another, oldest first. It must have been noted."""
        async with self.database.transaction() as connection:
            return await _found(connection, token, wanted, (after, through + 1), MOST_ROWS, newest=False)

    async def slice(self, token: str, after: int) -> tuple[Sequence[Event], Head]:
        """The next events behind a number, oldest first, and where the chain ended at that moment."""
        async with (
            self.database.statement() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            events = await _found(connection, token, Wanted(), (after, _END), MOST_ROWS, newest=False)
            return events, await _head(connection)


async def note(connection: Connection, token: str, action: Action, reason: str, details: Mapping[str, str]) -> None:
    await connection.execute("select accounts.note_audit($1, $2, $3, $4)", token, action, reason, json.dumps(details))


async def _head(connection: Connection) -> Head:
    row = await connection.fetchrow("select sequence, sha256 from audit.head")
    assert row is not None, "the chain has one head"
    return Head(row["sequence"], row["sha256"])


async def _found(
    connection: Connection, token: str, wanted: Wanted, between: tuple[int, int], most: int, *, newest: bool
) -> Sequence[Event]:
    narrowed = (wanted.since, wanted.until, wanted.account, wanted.kind, wanted.about)
    rows = await connection.fetch(_FOUND, token, *between, most, newest, *narrowed)
    return [Event(*row) for row in rows]
