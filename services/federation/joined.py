"""The lists that were joined: a door for each, for as long as its link is there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from proto.wardwatch.v1.subjects import Account, joined_user
from services.chassis.bus import Bus
from services.chassis.errors import StartupError
from services.chassis.federation_keys import FederationKeys
from services.chassis.owed import first_of, pause
from services.chassis.tasks import LongRunning, beat
from services.chassis.telemetry import Meters
from services.federation.broker.copy import Copy
from services.federation.door.door import Door
from services.federation.door.ports import Ask, Joined, RecordAway
from services.federation.door.record import DoorRecord

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0


@dataclass(slots=True)
class JoinedLists:
    """Opens a door where two people joined a list and its link has a credential; closes it where that is gone."""

    nats_url: str
    folder: Path
    record: DoorRecord
    ask: Ask
    keys: Callable[[], FederationKeys] = field(repr=False)
    meters: Meters
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    _open: set[str] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Look for lists until *stop*."""
        async with LongRunning(stop) as tasks:
            while not stop.is_set():
                beat()
                for joined in await self._joined():
                    if joined.list_ not in self._open and self._seed(joined.list_).exists():
                        self._open.add(joined.list_)
                        tasks.start(f"door-{joined.list_}", self._door(joined, stop), within_seconds=None)
                await pause(stop, _EVERY_SECONDS)

    def link_key(self, own: str) -> Callable[[str], str | None]:
        """Gives *own*, the key of this installation's links, for a list that has a credential here."""
        return lambda list_: own if self._seed(list_).exists() else None

    async def _joined(self) -> list[Joined]:
        try:
            return await self.record.lists()
        except RecordAway as error:
            log.debug("joined lists are not known", reason=str(error))
            return []

    async def _door(self, joined: Joined, stop: asyncio.Event) -> None:
        """Keep the door of a list open: anew when its connection is over or it was joined anew, shut without a link."""
        while not stop.is_set():
            beat()
            if self._seed(joined.list_).exists():
                joined = await self._present(joined) or joined
                await self._while_linked(joined, stop)
            await pause(stop, _EVERY_SECONDS)

    async def _while_linked(self, joined: Joined, stop: asyncio.Event) -> None:
        over, keys = asyncio.Event(), self.keys()
        connected = Bus.connect(
            self.nats_url,
            user=joined_user(joined.list_),
            user_seed_file=self._seed(joined.list_),
            account=Account.FED,
            meters=self.meters,
        )
        try:
            async with connected as bus:
                copy = Copy(bus, joined.list_, joined.hospital, joined.domain)
                door = Door(
                    joined,
                    copy,
                    self.record,
                    self.ask,
                    keys,
                    self.meters,
                    now=self.now,
                    monotonic=self.monotonic,
                )
                work = asyncio.create_task(door.run(over))
                try:
                    while not (stop.is_set() or work.done()) and await self._stays(joined, keys):
                        beat()
                        await first_of(stop, over, within_seconds=_EVERY_SECONDS)
                finally:
                    over.set()
                    await work
        except StartupError as error:
            # The broker may not have read its new configuration yet.
            log.warning("list cannot be followed yet", list=joined.list_, reason=str(error))

    async def _stays(self, joined: Joined, keys: FederationKeys) -> bool:
        """Whether a door can stay open as it was opened: with a link, with these keys, and of the same joining."""
        if not self._seed(joined.list_).exists() or self.keys() is not keys:
            return False
        present = await self._present(joined)
        return present is None or present.joined_at == joined.joined_at

    async def _present(self, joined: Joined) -> Joined | None:
        """The list as it is joined now; None: it waits to be joined anew, or the record does not say."""
        try:
            return await self.record.joined(joined.list_)
        except RecordAway:
            return None

    def _seed(self, list_: str) -> Path:
        return self.folder / f"{joined_user(list_)}.nk"
