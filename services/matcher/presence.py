"""This matcher's presence: that it runs, how far it has read the list, and that it ends."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import MatcherPresence, RollCall
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import EntryState
from services.chassis.owed import first_of, pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

_EVERY_SECONDS: Final = 2.0
# After a change is applied the presence says so within this time; an import of thousands in steps of it.
_SOON_SECONDS: Final = 0.1


class Publish(Protocol):
    """Sends a perishable message; False when it had to be dropped."""

    async def __call__(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None) -> bool: ...


class OwesReceipts(Protocol):
    """Takes note that a receipt is owed; see ``Receipts``."""

    def owe(self, entry_id: EntryId) -> None: ...


@dataclass(frozen=True, slots=True)
class MatcherProcess:
    """This process among all matchers: ``incarnation`` is another one at every start."""

    name: str
    incarnation: UUID
    started_at: datetime


@dataclass(slots=True)
class Progress:
    """How far this matcher has applied the list: the sequence of the last message, on the event loop only."""

    sequence: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def applied(self, sequence: int) -> None:
        """The message *sequence* of the stream is applied, whatever it was."""
        self.sequence = sequence
        self.moved.set()


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the figures of a presence are read when it is published."""

    entries: Callable[[], int]
    templates: Callable[[], int]
    locked: Callable[[], int]
    index_generation: Callable[[], int]
    clock_skew: Callable[[], timedelta]
    threshold_number: Callable[[], int] = int
    stopped_sites: Callable[[], tuple[SiteId, ...]] = tuple


@dataclass(frozen=True, slots=True)
class Presence:
    """Publishes this matcher's presence."""

    process: MatcherProcess
    progress: Progress
    reading: Reading
    now: Callable[[], datetime]

    def current(self, *, ending: bool = False) -> MatcherPresence:
        """How this matcher is now."""
        return MatcherPresence(
            self.process.name,
            self.process.incarnation,
            self.process.started_at,
            self.now(),
            self.progress.sequence,
            self.reading.entries(),
            self.reading.templates(),
            self.reading.index_generation(),
            self.reading.clock_skew() // timedelta(microseconds=1),
            ending,
            self.reading.locked(),
            self.reading.threshold_number(),
            self.reading.stopped_sites(),
        )

    async def run(self, publish: Publish, stop: asyncio.Event) -> None:
        """Publish it every two seconds, and soon after a change is applied, until *stop*."""
        while not stop.is_set():
            beat()
            self.progress.moved.clear()
            await self._send(publish, self.current())
            await first_of(self.progress.moved, stop, within_seconds=_EVERY_SECONDS)
            await pause(stop, _SOON_SECONDS)

    async def end(self, publish: Publish) -> None:
        """Publish for the last time, as ending: no erasure waits for this process's receipt any more."""
        await self._send(publish, self.current(ending=True))

    async def _send(self, publish: Publish, presence: MatcherPresence) -> None:
        await publish(subjects.matcher_presence(self.process.name), presence.encode())


@dataclass(frozen=True, slots=True)
class AnswerRoll:
    """Answers a roll call with the presence, and signs again the receipts it asks for: lost ones, or of old tombstones.

    An entry that is known here in another state than erased is not signed for: its tombstone is still to come.
    """

    presence: Presence
    receipts: OwesReceipts
    state_of: Callable[[EntryId], EntryState | None]
    meters: Meters

    async def __call__(self, payload: bytes) -> bytes:
        try:
            call = RollCall.decode(payload)
        except ValueError:
            self.meters.count("wardwatch_messages_unreadable_total", subject="roll")
            call = RollCall()
        own = self.presence.process
        for owed in call.owed:
            if (owed.matcher, owed.incarnation) == (own.name, own.incarnation):
                for entry_id in owed.entries:
                    if self.state_of(entry_id) in (None, EntryState.ERASED):
                        self.receipts.owe(entry_id)
        return self.presence.current().encode()
