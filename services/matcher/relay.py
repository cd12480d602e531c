"""Carry committed changes of the list from the outbox to the stream, at once when notified, soon in any case."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished
from services.chassis.errors import NotStored
from services.chassis.owed import pause
from services.chassis.telemetry import Meters
from services.matcher.records import StoreAway
from services.matcher.waiting import PublishOwed

log = structlog.get_logger(__name__)

Publish = Callable[[EntryPublished], Awaitable[None]]


class Outbox(Protocol):
    """Committed changes in order; see ``Outbox``."""

    async def relay(self, publish: Publish) -> int: ...
    async def outbox_waiting(self) -> int: ...
    async def wait_for_change(self, changed: asyncio.Event, stop: asyncio.Event) -> None: ...


class Relay:
    """Every replica runs one; the database lets one at a time empty the outbox, so an entry's order is kept."""

    def __init__(self, outbox: Outbox, publish: PublishOwed, meters: Meters, *, interval_seconds: float) -> None:
        self._outbox = outbox
        self._publish = publish
        self._meters = meters
        self._interval_seconds = interval_seconds
        self._changed = asyncio.Event()
        self._trouble = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until *stop*; a database or a broker that is away is tried again."""
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen(stop))
            while not stop.is_set():
                self._changed.clear()
                await self._empty()
                await self._wait(stop)
            listening.cancel()

    async def _empty(self) -> None:
        try:
            while await self._outbox.relay(self._send):
                pass
            self._meters.set("wardwatch_outbox_waiting", await self._outbox.outbox_waiting())
        except (StoreAway, NotStored) as error:
            self._say(f"{type(error).__name__}: {error}")
        else:
            self._say("")

    async def _send(self, entry: EntryPublished) -> None:
        await self._publish(
            subjects.watchlist(entry.entry_id), entry.encode(), message_id=f"{entry.entry_id}/{entry.revision}"
        )
        log.info("entry published", entry_id=entry.entry_id, revision=entry.revision)

    async def _wait(self, stop: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self._changed, stop)]
        await asyncio.wait(waits, timeout=self._interval_seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _listen(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._outbox.wait_for_change(self._changed, stop)
            except StoreAway:  # said by _empty, which finds the same out
                await pause(stop, self._interval_seconds)

    def _say(self, trouble: str) -> None:
        """Log when trouble begins and when it is over, not each time it is met."""
        if trouble and not self._trouble:
            log.warning("watchlist changes wait in the outbox", reason=trouble)
        if self._trouble and not trouble:
            log.info("watchlist changes are relayed again")
        self._trouble = trouble
