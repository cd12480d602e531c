"""Records the presence that matchers publish of themselves."""

import asyncio
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1.replication import MatcherPresence
from services.chassis.bus import Delivery
from services.chassis.owed import first_of, pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.repeated_failure import RepeatedFailure

log = structlog.get_logger(__name__)

# Between tries to write down what was heard while the database is away.
_AGAIN_SECONDS: Final = 1.0
# When no matcher is heard at all.
_IDLE_SECONDS: Final = 10.0


class Store(Protocol):
    """See ``replica_store.ReplicaStore``; raises StoreAway."""

    async def record_presence(self, presence: MatcherPresence) -> None: ...
    async def mark_live(self) -> list[float]: ...


class PresenceRecorder:
    """Writes presence into the database; of each matcher only the newest, so nothing piles up.

    Each is heard by one replica of this service: the broker gives it to one of them.
    """

    def __init__(self, store: Store, meters: Meters) -> None:
        self._store = store
        self._meters = meters
        self._heard: dict[str, MatcherPresence] = {}
        self._changed = asyncio.Event()
        self._youngest: dict[str, MatcherPresence] = {}  # of each name, of the process that was started last
        self._suspected: set[str] = set()
        self._failures = RepeatedFailure(
            began="presence of matchers is not recorded", over="presence of matchers is recorded"
        )

    def offer(self, delivery: Delivery) -> None:
        """Take a matcher's presence; returns at once."""
        try:
            presence = MatcherPresence.decode(delivery.payload)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="matchers")
            return
        self._suspect(presence)
        self._heard[presence.name] = presence
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Write down until *stop*; while the database is away what was heard is kept."""
        while not stop.is_set():
            beat()
            self._changed.clear()
            try:
                await self._write()
            except StoreAway as error:
                self._failures.note(f"{type(error).__name__}: {error}")
                await pause(stop, _AGAIN_SECONDS)
            else:
                self._failures.note("")
                await first_of(self._changed, stop, within_seconds=_IDLE_SECONDS)

    async def _write(self) -> None:
        for name, presence in list(self._heard.items()):
            await self._store.record_presence(presence)
            if self._heard[name] is presence:  # else a newer one came meanwhile
                del self._heard[name]
        for seconds in await self._store.mark_live():
            self._meters.observe("wardwatch_change_live_seconds", seconds)

    def _suspect(self, presence: MatcherPresence) -> None:
        """Log once when two living processes use one name: an erasure would count only one of them."""
        youngest = self._youngest.setdefault(presence.name, presence)
        if presence.started_at > youngest.started_at:
            self._youngest[presence.name] = presence
            return
        former = presence.incarnation != youngest.incarnation
        speaks_on = former and not presence.ending and presence.at > youngest.started_at
        if speaks_on and presence.name not in self._suspected:
            self._suspected.add(presence.name)
            log.error("two matchers have one name, give each its own", matcher=presence.name)
