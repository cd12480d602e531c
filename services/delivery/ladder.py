"""Looks at each alert when it changes or its time has come, and plans whom to tell."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.delivery.core import Pace, plan
from services.delivery.database import StoreAway
from services.delivery.ladder_store import LadderStore

log = structlog.get_logger(__name__)

# A guard waits half of it on average; it costs the database two statements that find nothing.
LOOK_SECONDS: Final = 0.25
_AWAY_SECONDS: Final = 1.0


@dataclass(slots=True)
class ClimbLadders:
    """Any number of replicas may; each alert is looked at by one at a time."""

    store: LadderStore
    pace: Pace
    meters: Meters
    fault: str | None = None  # of the last round

    async def check(self) -> str | None:
        """Readiness: None while alerts are looked at, else the reason."""
        return self.fault

    async def run(self, stop: asyncio.Event) -> None:
        """Look until *stop*."""
        while not stop.is_set():
            beat()
            try:
                await self.look_at_all()
                self.fault = None
            except StoreAway as error:
                self.fault = str(error)
                log.warning("alerts wait to be delivered", reason=str(error))
                await pause(stop, _AWAY_SECONDS)
            await pause(stop, LOOK_SECONDS)

    async def look_at_all(self) -> None:
        """Look at every alert that is due. Raises StoreAway."""
        await self.store.take_changes()
        while await self._look_at_one():
            beat()

    async def _look_at_one(self) -> bool:
        async with self.store.look() as look:
            if look is None:
                return False
            if look.situation is None:
                await look.end()
                return True
            made = plan(look.situation, self.pace, look.now)
            await look.write(made)
        for step in made.steps:
            self.meters.count("wardwatch_deliveries_planned_total", path=step.path.value)
        return True
