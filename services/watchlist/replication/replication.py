"""All that keeps matchers in step with the record, run together."""

import asyncio
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.custody import ErasureReceipt
from services.chassis import owed
from services.chassis.bus import Bus
from services.chassis.owed import first_of
from services.watchlist.replication.custody import Custody
from services.watchlist.replication.custody_store import CustodyStore
from services.watchlist.replication.presence import Recorder
from services.watchlist.replication.receipts import RecordReceipt
from services.watchlist.replication.reconcile_store import ReconcileStore
from services.watchlist.replication.relay import Relay
from services.watchlist.replication.threshold import ThresholdRelay
from services.watchlist.replication.upkeep import Upkeep

_QUEUE: Final = "watchlist"


@dataclass(frozen=True, slots=True)
class Replication:
    """This replica's share of the work. ``keys_read`` is set once every data key that there is was read."""

    bus: Bus
    keys_read: asyncio.Event
    relay: Relay
    thresholds: ThresholdRelay
    recorder: Recorder
    custody: Custody
    upkeep: Upkeep
    store: CustodyStore
    comparisons: ReconcileStore

    async def run(self, stop: asyncio.Event) -> None:
        """Keep every matcher in step until *stop*."""
        heard = self.bus.listen(subjects.MATCHERS.pattern, queue=_QUEUE, offer=self.recorder.offer)
        async with heard, asyncio.TaskGroup() as tasks:
            tasks.create_task(self.recorder.run(stop))
            tasks.create_task(self.thresholds.run(stop))
            tasks.create_task(self._collect(stop))
            # Without the keys every entry would look as if it could not be opened.
            await first_of(self.keys_read, stop)
            tasks.create_task(self.relay.run(stop))
            tasks.create_task(self.custody.run(stop))
            tasks.create_task(self.upkeep.run(stop))

    async def _collect(self, stop: asyncio.Event) -> None:
        await owed.consume(
            self.bus,
            subjects.RECEIPTS_STREAM.name,
            subjects.RECEIPTS_DURABLE,
            ErasureReceipt.decode,
            RecordReceipt(self.store),
            concurrency=4,
            stop=stop,
        )
