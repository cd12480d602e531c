"""All that keeps matchers in step with the record, run together."""

import asyncio
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import ErasureReceipt
from services.chassis import owed
from services.chassis.bus import Bus
from services.chassis.owed import first_of
from services.watchlist.replication.erasure_progress import ErasureProgressStore
from services.watchlist.replication.erasures import ErasureFollowUp
from services.watchlist.replication.jobs import ScheduledJobs
from services.watchlist.replication.list_watch import ListWatch
from services.watchlist.replication.presence import PresenceRecorder
from services.watchlist.replication.receipts import RecordReceipt
from services.watchlist.replication.reconcile_store import ReconcileStore
from services.watchlist.replication.relay import Relay
from services.watchlist.replication.replica_store import ReplicaStore
from services.watchlist.replication.threshold import ThresholdRelay

_QUEUE: Final = "watchlist"


@dataclass(frozen=True, slots=True)
class Replication:
    """This replica's share of the work. ``keys_read`` is set once every data key that there is was read."""

    bus: Bus
    keys_read: asyncio.Event
    relay: Relay
    thresholds: ThresholdRelay
    recorder: PresenceRecorder
    erasures: ErasureFollowUp
    jobs: ScheduledJobs
    watch: ListWatch
    replicas: ReplicaStore
    progress: ErasureProgressStore
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
            tasks.create_task(self.erasures.run(stop))
            tasks.create_task(self.jobs.run(stop))
            tasks.create_task(self.watch.run(stop))

    async def _collect(self, stop: asyncio.Event) -> None:
        await owed.consume(
            self.bus,
            subjects.RECEIPTS_STREAM.name,
            subjects.RECEIPTS_DURABLE,
            ErasureReceipt.decode,
            RecordReceipt(self.progress),
            concurrency=4,
            stop=stop,
        )
