"""All that keeps matchers in step with the record, run together."""

import asyncio
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import ErasureReceipt
from proto.wardwatch.v1.walk_counts import WalksCounted
from services.chassis import owed
from services.chassis.bus import Bus
from services.chassis.clocks import ClockGuard
from services.chassis.owed import first_of
from services.chassis.tasks import LongRunning
from services.watchlist.replication.budget import BudgetKeeper, RecordWalks
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
# A round may carry thousands of changes, or compare the whole list.
_LONG_SECONDS: Final = 600.0
_COMPARISON_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Replication:
    """This replica's share of the work. ``keys_read`` is set once every data key that there is was read."""

    bus: Bus
    keys_read: asyncio.Event
    relay: Relay
    thresholds: ThresholdRelay
    walks: RecordWalks
    budget: BudgetKeeper
    recorder: PresenceRecorder
    erasures: ErasureFollowUp
    jobs: ScheduledJobs
    watch: ListWatch
    clock: ClockGuard
    replicas: ReplicaStore
    progress: ErasureProgressStore
    comparisons: ReconcileStore

    async def run(self, stop: asyncio.Event) -> None:
        """Keep every matcher in step until *stop*."""
        heard = self.bus.listen(subjects.MATCHERS.pattern, queue=_QUEUE, offer=self.recorder.offer)
        async with heard, LongRunning(stop) as tasks:
            tasks.start("presence", self.recorder.run(stop))
            tasks.start("threshold", self.thresholds.run(stop))
            tasks.start("receipts", self._collect(stop))
            tasks.start("counts", self._count(stop))
            tasks.start("budget", self.budget.run(stop))
            # Without the keys every entry would look as if it could not be opened.
            await first_of(self.keys_read, stop)
            tasks.start("relay", self.relay.run(stop), within_seconds=_LONG_SECONDS)
            tasks.start("erasures", self.erasures.run(stop), within_seconds=_LONG_SECONDS)
            tasks.start("jobs", self.jobs.run(stop), within_seconds=_COMPARISON_SECONDS)
            tasks.start("watch", self.watch.run(stop), within_seconds=_COMPARISON_SECONDS)

    async def _count(self, stop: asyncio.Event) -> None:
        await owed.consume(
            self.bus,
            subjects.COUNTS_STREAM.name,
            subjects.COUNTS_DURABLE,
            WalksCounted.decode,
            self.walks,
            concurrency=1,
            stop=stop,
        )

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
