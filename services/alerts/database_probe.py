"""Whether the database still writes: proved every few seconds, and remembered from what found no room."""

import asyncio
from dataclasses import dataclass
from typing import Final

import asyncpg

from services.alerts.database import Database, StoreAway
from services.chassis.owed import pause
from services.chassis.tasks import beat

_EVERY_SECONDS: Final = 3.0
# Longer than a page of the log, so that it needs room of its own.
_PROBE_BYTES: Final = 8192


@dataclass(frozen=True, slots=True)
class DatabaseProbe:
    """Commits something that leaves no row behind, every few seconds."""

    database: Database
    every_seconds: float = _EVERY_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Probe until *stop*."""
        while not stop.is_set():
            beat()
            try:
                await self._write()
            except StoreAway as error:
                self.database.writes.failed("probe", str(error))
            except asyncpg.PostgresError as error:
                self.database.writes.failed("probe", type(error).__name__)
            else:
                self.database.writes.stored("probe")
            await pause(stop, self.every_seconds)

    async def check(self) -> str | None:
        """Readiness: None while the database has proved that it writes, else the reason."""
        return self.database.writes.fault()

    async def _write(self) -> None:
        """A message in the write-ahead log, which nobody reads: the commit returns once it is on the disk."""
        async with self.database.transaction() as connection:
            await connection.execute(
                "select pg_logical_emit_message(true, 'wardwatch', repeat('x', $1::int))", _PROBE_BYTES
            )
