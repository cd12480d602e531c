"""Whether the broker stores what it is owed: known from every try, and proved by a probe where there was none."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from proto.wardwatch.v1 import subjects
from services.chassis.errors import NotStored
from services.chassis.owed import pause
from services.chassis.store_record import StoreRecord
from services.chassis.tasks import beat

_EVERY_SECONDS: Final = 3.0
# More than a page of a file system, so that every probe needs room of its own: a shorter one would still fit into what
# is left of the last page while nothing else does.
PROBE_BYTES: Final = 8192


class Stores(Protocol):
    """The connection whose broker is probed; ``publish_owed`` raises NotStored."""

    @property
    def user(self) -> str: ...
    @property
    def stores(self) -> StoreRecord: ...
    async def publish_owed(self, subject: str, payload: bytes, *, message_id: str) -> object: ...


@dataclass(frozen=True, slots=True)
class StoreProbe:
    """Has the broker store a message every few seconds, unless it has just stored a real one."""

    bus: Stores
    every_seconds: float = _EVERY_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Probe until *stop*."""
        while not stop.is_set():
            beat()
            if self.bus.stores.age_seconds() >= self.every_seconds:
                with suppress(NotStored):  # the record has it
                    await self._probe()
            await pause(stop, self.every_seconds)

    async def check(self) -> str | None:
        """Readiness: None while the broker has proved that it stores, else the reason."""
        return self.bus.stores.fault()

    async def _probe(self) -> None:
        content = os.urandom(PROBE_BYTES)  # what repeats itself could be stored smaller
        await self.bus.publish_owed(subjects.probe(self.bus.user), content, message_id=content[:16].hex())
