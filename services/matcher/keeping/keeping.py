"""All that keeps the list, made and run together: replication, erasure, presence, and the jobs by the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID, uuid4

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.custody import ErasureReceipt
from proto.wardwatch.v1.subjects import EntryId
from services.chassis import owed
from services.chassis.bus import Bus, Delivery
from services.chassis.owed import first_of
from services.chassis.telemetry import Meters
from services.matcher.core import Gallery
from services.matcher.desk.custody import CustodyDesk
from services.matcher.keeping.carrying import CarryEntry
from services.matcher.keeping.clock import ClockWatch
from services.matcher.keeping.custody import Custody
from services.matcher.keeping.custody_store import CustodyStore
from services.matcher.keeping.liststream import ListStream
from services.matcher.keeping.outbox import Outbox
from services.matcher.keeping.presence import Presence, Progress, Reading, Recorder
from services.matcher.keeping.receipts import Receipts, RecordReceipt, Signer
from services.matcher.keeping.reconcile import Reconcile
from services.matcher.keeping.reconcile_store import ReconcileStore
from services.matcher.keeping.relay import Relay
from services.matcher.keeping.upkeep import Upkeep
from services.matcher.keys.sealing import DataKey
from services.matcher.record.database import Database

Apply = Callable[[Delivery], Awaitable[None]]

_QUEUE: Final = "matcher"


class Keys(Protocol):
    """The data keys; see ``keyring.Keyring``. ``caught_up`` is set once every key that there is was read."""

    caught_up: asyncio.Event

    def key(self, owner: UUID) -> DataKey: ...
    def knows(self, owner: UUID) -> bool: ...
    async def destroy(self, owner: UUID) -> None: ...


class Index(Protocol):
    """What is asked of the index."""

    @property
    def rows(self) -> int: ...
    @property
    def generation(self) -> int: ...
    async def forget(self, entry_id: EntryId) -> int: ...


class Locked(Protocol):
    """How many entries wait for their data key; see ``LockedEntries``."""

    @property
    def count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class KeepingRules:
    """``name`` is this matcher's among all; ``reconcile_hour`` is of the day, UTC."""

    name: str
    relay_interval_seconds: float
    reconcile_hour: int


class Keeping:
    """One matcher's share in keeping the list. ``custody`` and ``desk`` are what its desk answers with."""

    def __init__(
        self,
        rules: KeepingRules,
        database: Database,
        record: Bus,
        *,
        keys: Keys,
        index: Index,
        gallery: Gallery,
        locked: Locked,
        meters: Meters,
        now: Callable[[], datetime],
    ) -> None:
        self._record = record
        self._keys = keys
        self.signer = Signer(rules.name, uuid4(), now())
        self.progress = Progress()
        self._store, comparisons, stream = CustodyStore(database), ReconcileStore(database), ListStream(record)
        put = CarryEntry(stream, meters)
        self.receipts = Receipts(self.signer, index, record.publish_owed, meters, now=now)
        self.custody = Custody(self._store, keys, stream, meters)
        self._clock = ClockWatch(stream.clock, meters, now=now)
        self._relay = Relay(Outbox(database), put, meters, interval_seconds=rules.relay_interval_seconds)
        self._recorder = Recorder(self.signer, self._store, meters)
        reading = Reading(
            lambda: gallery.entries,
            lambda: index.rows,
            lambda: locked.count,
            lambda: index.generation,
            lambda: self._clock.skew,
        )
        self._presence = Presence(self.signer, self.progress, reading, now)
        self._upkeep = Upkeep(
            self._store,
            comparisons,
            Reconcile(comparisons, stream, put, keys, meters, now, uuid4),
            signer=self.signer,
            receipts=self.receipts,
            state_of=gallery.state_of,
            reconcile_hour=rules.reconcile_hour,
            now=now,
        )
        self.desk = CustodyDesk(self._store, comparisons, self._upkeep, record.ask_all)

    def following(self, take: Apply) -> Apply:
        """*take* as a follower of the WATCHLIST stream, with this matcher's progress noted."""

        async def apply(delivery: Delivery) -> None:
            await take(delivery)
            self.progress.applied(delivery.sequence)

        return apply

    async def run(self, listed: asyncio.Event, stop: asyncio.Event) -> None:
        """Keep the list until *stop*; *listed* is set once it has been read. Says at the end that it ends."""
        heard = self._record.listen(subjects.MATCHERS.pattern, queue=_QUEUE, offer=self._recorder.offer)
        asked = self._record.respond(subjects.ROLL.pattern, self._presence.answer)
        try:
            async with heard, asked, asyncio.TaskGroup() as tasks:
                tasks.create_task(self._clock.run(stop))
                tasks.create_task(self._presence.run(self._record.publish, stop))
                tasks.create_task(self._recorder.run(stop))
                tasks.create_task(self.receipts.run(stop))
                tasks.create_task(self._collect(stop))
                # Without the keys every entry would look as if it could not be opened.
                await first_of(self._keys.caught_up, stop)
                tasks.create_task(self._relay.run(stop))
                tasks.create_task(self.custody.run(stop))
                await first_of(listed, stop)
                tasks.create_task(self._upkeep.run(stop))
        finally:
            await self._presence.end(self._record.publish, self._store)

    async def _collect(self, stop: asyncio.Event) -> None:
        await owed.consume(
            self._record,
            subjects.RECEIPTS_STREAM.name,
            _QUEUE,
            ErasureReceipt.decode,
            RecordReceipt(self._store),
            concurrency=4,
            stop=stop,
        )
