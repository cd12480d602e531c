"""Jobs by the clock. Every replica looks whether one is due, and the database lets one at a time do each."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID, uuid4

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import OwedReceipts, RollCall
from services.chassis.clocks import ClockJumped, MayDestroy
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.owed import first_of
from services.chassis.tasks import beat
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.reconcile_store import Requester
from services.watchlist.replication.repeated_failure import RepeatedFailure

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 30.0
# Between tries of a requested comparison: another replica compares, or the database or the broker is away.
_AGAIN_SECONDS: Final = 2.0
_ROLL_SECONDS: Final = 1.0


class Store(Protocol):
    """See ``job_store.JobStore``; raises StoreAway and ClockJumped."""

    async def expire_due(self, may_destroy: MayDestroy) -> int: ...
    async def forget_reports(self, may_destroy: MayDestroy) -> int: ...
    async def end_idle_imports(self, may_destroy: MayDestroy) -> int: ...
    async def owed(self) -> tuple[OwedReceipts, ...]: ...
    async def present(self) -> datetime: ...


class Comparisons(Protocol):
    """See ``reconcile_store.ReconcileStore``; raises StoreAway."""

    async def last_ended(self) -> datetime | None: ...


class Reconcile(Protocol):
    """See ``reconcile.Reconcile``; raises StoreAway, NoAnswer and NotStored."""

    async def nightly(self, stop: asyncio.Event) -> bool: ...
    async def requested(
        self, stop: asyncio.Event, id_: UUID, requester: Requester, *, tombstone_unknown: bool
    ) -> bool: ...


class AskAll(Protocol):
    """Asks everybody; see ``Bus.ask_all``."""

    async def __call__(self, subject: str, payload: bytes, *, within_seconds: float, expected: int) -> list[bytes]: ...


@dataclass(frozen=True, slots=True)
class _ComparisonRequest:
    id: UUID  # the same however often it is tried
    requester: Requester
    tombstone_unknown: bool
    over: asyncio.Event


def is_due(last: datetime | None, began: datetime, now: datetime, *, hour: int) -> bool:
    """Whether the daily job is due: *hour* of the day, UTC, has come since it was *last* done.

    A record that never was compared waits for its first such hour after this process *began*. What was done in the
    future was done by a clock that has been put right since: it is due.
    """
    if last is not None and last > now:
        return True
    mark = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if mark > now:
        mark -= timedelta(days=1)
    return (last or began) < mark


class ScheduledJobs:
    """Expiry, imports left open, reports that are over, the comparison of stream and record, and forgotten receipts."""

    def __init__(
        self,
        store: Store,
        comparisons: Comparisons,
        reconcile: Reconcile,
        ask_all: AskAll,
        *,
        may_destroy: MayDestroy,
        reconcile_hour: int,
    ) -> None:
        self._store = store
        self._comparisons = comparisons
        self._reconcile = reconcile
        self._ask_all = ask_all
        self._may_destroy = may_destroy
        self._hour = reconcile_hour
        self._began: datetime | None = None  # by the record's clock, in the first round
        self._requests: deque[_ComparisonRequest] = deque()
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._failures = RepeatedFailure(began="upkeep of the list waits", over="upkeep of the list goes on")

    async def run(self, stop: asyncio.Event) -> None:
        """Look twice a minute, and when asked, until *stop*."""
        while not stop.is_set():
            beat()
            self._wake.clear()
            try:
                await self._round(stop)
            except (StoreAway, NoAnswer, NotStored) as error:
                self._failures.note(f"{type(error).__name__}: {error}")
            else:
                self._failures.note("")
            await first_of(self._wake, stop, within_seconds=_AGAIN_SECONDS if self._requests else _EVERY_SECONDS)
        self._ended.set()

    async def reconcile(self, requester: Requester, *, tombstone_unknown: bool, within_seconds: float) -> bool:
        """Request a comparison, as soon as it can be made. Returns whether it is over within *within_seconds*."""
        request = _ComparisonRequest(uuid4(), requester, tombstone_unknown, asyncio.Event())
        self._requests.append(request)
        self._wake.set()
        await first_of(request.over, self._ended, within_seconds=within_seconds)
        return request.over.is_set()

    async def _round(self, stop: asyncio.Event) -> None:
        may_destroy = await self._may_destroy() and await self._end_what_is_over()
        if owed := await self._store.owed():
            # A receipt was lost with its stream, or its tombstone was old when the matcher began: it signs again.
            call = RollCall(owed).encode()
            await self._ask_all(subjects.ROLL.pattern, call, within_seconds=_ROLL_SECONDS, expected=len(owed))
        if may_destroy and await self._is_comparison_due():
            await self._reconcile.nightly(stop)
        while self._requests:
            request = self._requests[0]
            if not await self._reconcile.requested(
                stop, request.id, request.requester, tombstone_unknown=request.tombstone_unknown
            ):
                return
            self._requests.popleft().over.set()

    async def _end_what_is_over(self) -> bool:
        """Returns whether the clock was believed to the end."""
        try:
            if expired := await self._store.expire_due(self._may_destroy):
                log.info("entries expired", count=expired)
            if forgotten := await self._store.forget_reports(self._may_destroy):
                log.info("reports of imports deleted", count=forgotten)
            if ended := await self._store.end_idle_imports(self._may_destroy):
                log.info("imports that were left open are thrown away", count=ended)
        except ClockJumped:
            return False
        return True

    async def _is_comparison_due(self) -> bool:
        now = await self._store.present()
        self._began = self._began or now
        return is_due(await self._comparisons.last_ended(), self._began, now, hour=self._hour)
