"""Entries whose data key cannot be used here yet: it has not come, or no wrapping key here opens it.

They are known and cannot match. Whoever applies the list never waits for them: the keyring says when a key is there.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from uuid import UUID

import structlog

from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.owed import first_of
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)


class LockedEntries:
    """Each as it was published last, sealed. Event loop only."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._sealed: dict[EntryId, EntryPublished] = {}
        self._settled: deque[EntryId] = deque()
        self._changed = asyncio.Event()
        self._measure()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._sealed)

    def take(self, entry: EntryPublished) -> None:
        """Take note of how *entry* stands now, and whether its templates wait for their key."""
        waits = any(template.vector is None for template in entry.templates)
        waited = self._sealed.pop(entry.entry_id, None) is not None
        if waits:
            self._sealed[entry.entry_id] = entry
        if waits and not waited:
            log.info("entry waits for its data key", entry_id=entry.entry_id, revision=entry.revision)
        if waited and not waits:
            log.info("entry waits for its data key no longer", entry_id=entry.entry_id, revision=entry.revision)
        self._measure()

    def settled(self, owner: UUID) -> None:
        """The key of *owner* can be used from now on, or is destroyed."""
        if (entry_id := EntryId(str(owner))) in self._sealed:
            self._settled.append(entry_id)
            self._changed.set()

    async def run(self, again: Callable[[EntryPublished], None], stop: asyncio.Event) -> None:
        """Give each locked entry to *again*, which calls ``take``, as soon as its key is settled, until *stop*."""
        while not stop.is_set():
            self._changed.clear()
            while self._settled and not stop.is_set():
                entry = self._sealed.get(self._settled.popleft())
                if entry is not None:
                    again(entry)
                    await asyncio.sleep(0)  # a wrapping key may open a whole list at once: faces come between
            await first_of(self._changed, stop)

    def _measure(self) -> None:
        self._meters.set("wardwatch_entries_locked", len(self._sealed))
