"""Receipts for erasures: signed when no memory of this process holds a vector any more, and owed until stored."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import ErasureReceipt
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.errors import NotStored
from services.chassis.owed import first_of, pause
from services.chassis.telemetry import Meters
from services.matcher.presence import MatcherProcess
from services.matcher.waiting import PublishOwed

log = structlog.get_logger(__name__)

# Tombstones that lay on the stream this long before the process began are nothing to sign for: what it read when it
# began held no vector of theirs. The time is for clocks that differ, and for a tombstone that was stored twice.
_BEFORE: Final = timedelta(minutes=5)
_AT_ONCE: Final = 16
_AGAIN_SECONDS: Final = 0.5


class Index(Protocol):
    """Returns the first index generation without an entry, once no memory holds a vector of it."""

    async def forget(self, entry_id: EntryId) -> int: ...


class Receipts:
    """What this process has still to sign: one receipt an entry, however many tombstones come meanwhile."""

    def __init__(
        self,
        process: MatcherProcess,
        index: Index,
        publish: PublishOwed,
        meters: Meters,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._process = process
        self._index = index
        self._publish = publish
        self._meters = meters
        self._now = now
        self._owed: set[EntryId] = set()
        self._fresh: deque[EntryId] = deque()
        self._changed = asyncio.Event()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    def tombstoned(self, entry_id: EntryId, stored_at: datetime | None) -> None:
        """A tombstone was applied, which the stream stored at *stored_at*."""
        if stored_at is None or stored_at > self._process.started_at - _BEFORE:
            self.owe(entry_id)

    def owe(self, entry_id: EntryId) -> None:
        """A receipt for *entry_id* is owed, whether or not this process ever held a vector of it."""
        if entry_id in self._owed:
            return
        self._owed.add(entry_id)
        self._fresh.append(entry_id)
        self._changed.set()
        self._measure()

    async def run(self, stop: asyncio.Event) -> None:
        """Sign and publish until *stop*. What is unsigned then goes with the memory it is about."""
        signing: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:
            while not stop.is_set():
                self._changed.clear()
                while self._fresh:
                    task = tasks.create_task(self._sign(self._fresh.popleft(), stop))
                    signing.add(task)
                    task.add_done_callback(signing.discard)
                await first_of(self._changed, stop)
            for task in signing:
                task.cancel()

    async def _sign(self, entry_id: EntryId, stop: asyncio.Event) -> None:
        generation = await self._index.forget(entry_id)
        receipt = ErasureReceipt(
            entry_id, self._process.name, self._process.incarnation, generation, released_at=self._now()
        )
        async with self._slots:
            await self._until_stored(receipt, stop)
        self._owed.discard(entry_id)
        self._measure()

    async def _until_stored(self, receipt: ErasureReceipt, stop: asyncio.Event) -> None:
        name = f"{receipt.entry_id}/{receipt.matcher}/{receipt.incarnation}"
        tries = 0
        while not stop.is_set():
            tries += 1
            try:
                await self._publish(subjects.receipts(receipt.entry_id), receipt.encode(), message_id=name)
            except NotStored as error:
                if tries == 1:
                    log.warning("erasure receipt not stored yet", entry_id=receipt.entry_id, reason=str(error))
                await pause(stop, _AGAIN_SECONDS)
            else:
                self._meters.count("wardwatch_erasure_receipts_total")
                log.info("erasure receipt signed", entry_id=receipt.entry_id, generation=receipt.index_generation)
                return

    def _measure(self) -> None:
        self._meters.set("wardwatch_erasure_receipts_owed", len(self._owed))
