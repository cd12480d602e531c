"""All that keeps matchers in step with the record, made and run together."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID, uuid4

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.custody import ErasureReceipt
from proto.wardwatch.v1.sealing import DataKey
from services.chassis import owed
from services.chassis.bus import Bus
from services.chassis.owed import first_of
from services.chassis.telemetry import Meters
from services.watchlist.record.database import Database
from services.watchlist.record.threshold_store import ThresholdOutbox
from services.watchlist.replication.carrying import CarryEntry
from services.watchlist.replication.custody import Custody
from services.watchlist.replication.custody_store import CustodyStore
from services.watchlist.replication.liststream import ListStream
from services.watchlist.replication.outbox import Outbox
from services.watchlist.replication.presence import Recorder
from services.watchlist.replication.receipts import RecordReceipt
from services.watchlist.replication.reconcile import Reconcile
from services.watchlist.replication.reconcile_store import ReconcileStore
from services.watchlist.replication.relay import Relay
from services.watchlist.replication.threshold import ThresholdRelay
from services.watchlist.replication.upkeep import Upkeep

_QUEUE: Final = "watchlist"


class Keys(Protocol):
    """The data keys; see ``keyring.Keyring``. ``caught_up`` is set once every key that there is was read."""

    caught_up: asyncio.Event

    def key(self, owner: UUID) -> DataKey: ...
    def knows(self, owner: UUID) -> bool: ...
    async def destroy(self, owner: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class ReplicationRules:
    """``reconcile_hour`` is of the day, UTC."""

    relay_interval_seconds: float
    reconcile_hour: int


class Replication:
    """This replica's share. ``custody``, ``store``, ``comparisons`` and ``upkeep`` are what the desk answers with."""

    def __init__(
        self,
        rules: ReplicationRules,
        database: Database,
        record: Bus,
        *,
        keys: Keys,
        meters: Meters,
        now: Callable[[], datetime],
    ) -> None:
        self._record = record
        self._keys = keys
        self.store, self.comparisons, stream = CustodyStore(database), ReconcileStore(database), ListStream(record)
        put = CarryEntry(stream, meters)
        interval_seconds = rules.relay_interval_seconds
        self._relay = Relay(Outbox(database), put, meters, interval_seconds=interval_seconds)
        self._thresholds = ThresholdRelay(ThresholdOutbox(database), record, interval_seconds=interval_seconds)
        self.custody = Custody(self.store, keys, stream, meters)
        self._recorder = Recorder(self.store, meters)
        reconcile = Reconcile(self.comparisons, stream, put, keys, meters, now, uuid4)
        self.upkeep = Upkeep(
            self.store,
            self.comparisons,
            reconcile,
            record.ask_all,
            started_at=now(),
            reconcile_hour=rules.reconcile_hour,
            now=now,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Keep every matcher in step until *stop*."""
        heard = self._record.listen(subjects.MATCHERS.pattern, queue=_QUEUE, offer=self._recorder.offer)
        async with heard, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._recorder.run(stop))
            tasks.create_task(self._thresholds.run(stop))
            tasks.create_task(self._collect(stop))
            # Without the keys every entry would look as if it could not be opened.
            await first_of(self._keys.caught_up, stop)
            tasks.create_task(self._relay.run(stop))
            tasks.create_task(self.custody.run(stop))
            tasks.create_task(self.upkeep.run(stop))

    async def _collect(self, stop: asyncio.Event) -> None:
        await owed.consume(
            self._record,
            subjects.RECEIPTS_STREAM.name,
            subjects.RECEIPTS_DURABLE,
            ErasureReceipt.decode,
            RecordReceipt(self.store),
            concurrency=4,
            stop=stop,
        )
