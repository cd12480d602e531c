"""That this matcher is there and how far it has read the list; and writing down what all of them say."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.custody import MatcherPresence
from services.chassis.bus import Delivery
from services.chassis.owed import first_of, pause
from services.chassis.telemetry import Meters
from services.matcher.keeping.receipts import Signer
from services.matcher.keeping.trouble import Trouble
from services.matcher.record.records import StoreAway

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0
# After a change is applied the others hear of it so soon; an import of thousands is told in steps of this.
_SOON_SECONDS: Final = 0.1
# Between tries to write down what was heard while the database is away.
_AGAIN_SECONDS: Final = 1.0


class Publish(Protocol):
    """Sends a perishable message; False when it had to be dropped."""

    async def __call__(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None) -> bool: ...


class Store(Protocol):
    """See ``custody_store.CustodyStore``; raises StoreAway."""

    async def record_presence(self, presence: MatcherPresence) -> None: ...
    async def mark_live(self) -> list[float]: ...


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
    """How to read what a matcher says of itself; each is asked when it speaks."""

    entries: Callable[[], int]
    templates: Callable[[], int]
    locked: Callable[[], int]
    index_generation: Callable[[], int]
    clock_skew: Callable[[], timedelta]


@dataclass(frozen=True, slots=True)
class Presence:
    """This matcher's own voice."""

    signer: Signer
    progress: Progress
    reading: Reading
    now: Callable[[], datetime]

    def said(self, *, ending: bool = False) -> MatcherPresence:
        """How this matcher is now."""
        return MatcherPresence(
            self.signer.matcher,
            self.signer.incarnation,
            self.signer.started_at,
            self.now(),
            self.progress.sequence,
            self.reading.entries(),
            self.reading.templates(),
            self.reading.index_generation(),
            self.reading.clock_skew() // timedelta(microseconds=1),
            ending,
            self.reading.locked(),
        )

    async def answer(self, _payload: bytes) -> bytes:
        """Answer the roll call."""
        return self.said().encode()

    async def run(self, publish: Publish, stop: asyncio.Event) -> None:
        """Say so every two seconds, and soon after a change is applied, until *stop*."""
        while not stop.is_set():
            self.progress.moved.clear()
            await self._say(publish, self.said())
            await first_of(self.progress.moved, stop, within_seconds=_EVERY_SECONDS)
            await pause(stop, _SOON_SECONDS)

    async def end(self, publish: Publish, store: Store) -> None:
        """Say for the last time that this process ends; also to the record, for it may be the only matcher."""
        last = self.said(ending=True)
        await self._say(publish, last)
        try:
            await store.record_presence(last)
        except StoreAway:
            log.info("the record does not know that this matcher ends", matcher=self.signer.matcher)

    async def _say(self, publish: Publish, presence: MatcherPresence) -> None:
        await publish(subjects.matcher_presence(self.signer.matcher), presence.encode())


class Recorder:
    """Writes down what matchers say; of one matcher only the last counts, so nothing piles up.

    Any matcher that has a database may hear a presence: the broker gives it to one of them.
    """

    def __init__(self, own: Signer, store: Store, meters: Meters) -> None:
        self._own = own
        self._store = store
        self._meters = meters
        self._heard: dict[str, MatcherPresence] = {}
        self._changed = asyncio.Event()
        self._suspected = False
        self._trouble = Trouble(began="presence of matchers is not recorded", over="presence of matchers is recorded")

    def offer(self, delivery: Delivery) -> None:
        """Take what a matcher said; returns at once."""
        try:
            presence = MatcherPresence.decode(delivery.payload)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="matchers")
            return
        if self._is_impostor(presence) and not self._suspected:
            self._suspected = True
            log.error("two matchers have one name, give each its own", matcher=presence.name)
        self._heard[presence.name] = presence
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Write down until *stop*; while the database is away what was heard is kept."""
        while not stop.is_set():
            self._changed.clear()
            try:
                await self._write()
            except StoreAway as error:
                self._trouble.say(f"{type(error).__name__}: {error}")
                await pause(stop, _AGAIN_SECONDS)
            else:
                self._trouble.say("")
                await first_of(self._changed, stop)

    async def _write(self) -> None:
        for name, presence in list(self._heard.items()):
            await self._store.record_presence(presence)
            if self._heard[name] is presence:  # else it has said more meanwhile
                del self._heard[name]
        for seconds in await self._store.mark_live():
            self._meters.observe("wardwatch_change_live_seconds", seconds)

    def _is_impostor(self, presence: MatcherPresence) -> bool:
        """Whether another living process speaks under our name: an erasure would count only one of the two."""
        return (
            presence.name == self._own.matcher
            and presence.incarnation != self._own.incarnation
            and not presence.ending
            and presence.at > self._own.started_at
        )
