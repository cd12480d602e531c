"""Publishes the outbox's changes on the stream: at once when the database notifies, else within the interval."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.owed import first_of, pause
from services.chassis.tasks import LongRunning, beat
from services.chassis.telemetry import Meters
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.outbox import Change, PublishChanges, PublishedChange
from services.watchlist.replication.repeated_failure import RepeatedFailure

log = structlog.get_logger(__name__)

# Changes of different entries that are under way at once: the stream writes each to the disk before it acknowledges.
_AT_ONCE: Final = 64


class Outbox(Protocol):
    """Committed changes in order; see ``outbox.Outbox``. Raises StoreAway."""

    async def relay(self, publish: PublishChanges) -> int: ...
    async def waiting(self) -> int: ...
    async def wait_for_change(self, changed: asyncio.Event, stop: asyncio.Event) -> None: ...


class WriteEntry(Protocol):
    """Puts an entry's state on the stream; see ``stream_writer.StreamWriter``. Raises NoAnswer and NotStored."""

    async def __call__(self, entry: EntryPublished, *, message_id: str) -> int: ...


class Relay:
    """Every replica runs one; the database lets one at a time empty the outbox, so an entry's order is kept."""

    def __init__(self, outbox: Outbox, write: WriteEntry, meters: Meters, *, interval_seconds: float) -> None:
        self._outbox = outbox
        self._write = write
        self._meters = meters
        self._interval_seconds = interval_seconds
        self._changed = asyncio.Event()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._left = ""  # why changes of the present round were left for later
        self._failures = RepeatedFailure(
            began="watchlist changes wait in the outbox", over="watchlist changes are relayed again"
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until *stop*; a database or a broker that is away is tried again."""
        async with LongRunning(stop) as tasks:
            listening = tasks.start("listen", self._listen(stop), within_seconds=None)
            while not stop.is_set():
                beat()
                self._changed.clear()
                await self._empty_outbox(stop)
                await first_of(self._changed, stop, within_seconds=self._interval_seconds)
            listening.cancel()

    async def _empty_outbox(self, stop: asyncio.Event) -> None:
        self._left = ""
        try:
            while await self._outbox.relay(self.publish) and not self._left and not stop.is_set():
                beat()
            self._meters.set("wardwatch_outbox_waiting", await self._outbox.waiting())
        except StoreAway as error:
            self._left = f"StoreAway: {error}"
        self._failures.note(self._left)

    async def publish(self, changes: Sequence[Change]) -> list[PublishedChange]:
        """Publish *changes*, different entries side by side: of one entry the last, which stands for the others."""
        published: list[PublishedChange] = []
        by_entry: dict[UUID, list[Change]] = {}
        for change in changes:
            by_entry.setdefault(change.entry_id, []).append(change)

        async def last_of(mine: list[Change]) -> None:
            async with self._slots:
                try:
                    last = await self._publish_one(mine[-1])
                except (NoAnswer, NotStored) as error:
                    self._left = f"{type(error).__name__}: {error}"
                    return
            published.extend(PublishedChange(change, last.sequence) for change in mine)

        async with asyncio.TaskGroup() as tasks:
            for mine in by_entry.values():
                tasks.create_task(last_of(mine))
        if published:
            log.info("changes published", count=len(published), sequence=max(each.sequence for each in published))
        return published

    async def _publish_one(self, change: Change) -> PublishedChange:
        entry = EntryPublished(
            EntryId(str(change.entry_id)),
            change.revision,
            change.state,
            change.expires_at,
            change.sites,
            # As sealed as in the record: on the broker's disk nobody can read it without the entry's key.
            tuple(Template(str(each.photo_id), each.model, None, each.sealed) for each in change.templates),
            change.generation,
            change.min_similarity,
        )
        # The generation is part of the name: the same revision published again, to repair the stream, is not the same.
        name = f"{entry.entry_id}/{entry.revision}/{entry.generation}"
        published = PublishedChange(change, await self._write(entry, message_id=name))
        log.debug("entry published", entry_id=entry.entry_id, revision=entry.revision, sequence=published.sequence)
        return published

    async def _listen(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._outbox.wait_for_change(self._changed, stop)
            except StoreAway:  # logged by _empty_outbox, which meets the same
                await pause(stop, self._interval_seconds)
