"""Make backups by themselves: one as soon as the last is too old, and the ledger anew whenever something has ended."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

from cli.backup import files, key_files, ledger, making, snapshot
from cli.backup.files import Part
from cli.backup.ledger import Ended
from cli.backup.making import Order
from local.context import Context
from services.chassis.errors import NoAnswer, StartupError

# After a failure; it is told each time.
AGAIN_SECONDS: Final = 300.0
LEDGER_SECONDS: Final = 10.0

Say = Callable[[str], None]


def due_in(newest: datetime | None, now: datetime, every: timedelta) -> float:
    """Seconds until the next backup is due; 0 at once. One that is said to be of the future counts as none."""
    if newest is None or newest > now + timedelta(hours=1):
        return 0.0
    return max(0.0, (newest + every - now).total_seconds())


@dataclass(slots=True)
class Keeping:
    """Backups of one installation. *context* is read anew each time: what it is about may have been started again."""

    context: Callable[[], Context]
    order: Order
    every: timedelta
    say: Say
    alive: Path | None = None  # touched while this goes on, for whoever watches
    _written: Ended | None = field(default=None, init=False)
    _ledger_fault: str = field(default="", init=False)
    _try_again_at: float = field(default=0.0, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep on until *stop*."""
        while not stop.is_set():
            await self.look()
            try:
                async with asyncio.timeout(LEDGER_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Write the ledger where it changed, and make a backup where one is due."""
        if self.alive is not None:
            await asyncio.to_thread(self.alive.touch)
        self._ledger_fault = await self._told(self._ledger, self._ledger_fault, "the ledger of backups is not written")
        if self._ledger_fault:
            return  # what keeps the ledger from being written keeps a backup, too
        newest = await asyncio.to_thread(self._newest)
        if due_in(newest, datetime.now(UTC), self.every) or time.monotonic() < self._try_again_at:
            return
        if await self._told(self._backup, "", "the backup is not made"):
            self._try_again_at = time.monotonic() + AGAIN_SECONDS

    async def _told(self, work: Callable[[], Awaitable[None]], known: str, what: str) -> str:
        """Do *work*; returns why it failed, which is said unless it is *known*."""
        try:
            await work()
        except (StartupError, NoAnswer) as error:
            if str(error) != known:
                self.say(f"{what}: {error}")
            return str(error)
        return ""

    async def _backup(self) -> None:
        made = await making.make(self.context(), self.order)
        self.say(f"backup {made.set_name}: {made.rows} rows, {made.keys} keys, {made.size} bytes, {made.seconds:.1f} s")

    async def _ledger(self) -> None:
        here = self.context()
        keys = await asyncio.to_thread(key_files.read_maker, here.backup_maker_file)
        async with snapshot.connected(here) as connection:
            try:
                ended = await ledger.read(connection)
            except (asyncpg.PostgresError, OSError) as error:
                raise StartupError(f"the database does not say what has ended: {error}") from error
        is_there = await asyncio.to_thread((self.order.places.record / files.LEDGER_FILE).exists)
        if ended != self._written or not is_there:
            await asyncio.to_thread(ledger.write, self.order.places.record, ended, keys, self.order.passphrase)
            self._written = ended

    def _newest(self) -> datetime | None:
        try:
            parts = files.stored(self.order.places.record)
        except StartupError:
            return None
        found = files.newest(parts, Part.RECORD)
        return None if found is None else found.made_at
