"""Counts of walks into the record, and the plan of the budget that follows from them."""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1.walk_counts import WalksCounted
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.watchlist.record.errors import StoreAway

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 10.0


class Store(Protocol):
    """See ``BudgetStore``; raises StoreAway."""

    async def record_walks(self, told: WalksCounted) -> bool: ...
    async def renew(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class RecordWalks:
    """Handle one message of the COUNTS stream. Doing it twice has the effect of doing it once."""

    store: Store
    meters: Meters

    async def __call__(self, told: WalksCounted) -> None:
        if await self.store.record_walks(told):
            self.meters.count("wardwatch_walks_recorded_total", sum(told.counts))


@dataclass(frozen=True, slots=True)
class BudgetKeeper:
    """Every replica runs one; the database lets one make the plan, once an hour and for each new threshold."""

    store: Store
    every_seconds: float = _EVERY_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Make the plan when it is due, until *stop*; while the database is away what matchers know holds."""
        while not stop.is_set():
            beat()
            try:
                if await self.store.renew():
                    log.info("the budget leads to other thresholds")
            except StoreAway as error:
                log.debug("the budget waits", reason=str(error))
            await pause(stop, self.every_seconds)
