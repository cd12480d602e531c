"""Publishes while no other replica does: signs invitations, says what is due, and hears hospitals."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from proto.wardwatch.v1.statements import public_bytes
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.federation_keys import FederationKeys
from services.chassis.owed import first_of, pause
from services.chassis.tasks import LongRunning, beat
from services.chassis.telemetry import Meters
from services.federation.database import Alone, Database, StoreAway
from services.federation.publishing.composing import Composer
from services.federation.publishing.core import ListFacts
from services.federation.publishing.hellos import Hellos
from services.federation.publishing.invitations import Invitations
from services.federation.publishing.ports import Ask, Heard, Hub
from services.federation.publishing.publisher import Publisher
from services.federation.publishing.receipts import Receipts
from services.federation.publishing.record import PublisherRecord

log = structlog.get_logger(__name__)

_LOCK: Final = 0x57415244_46454450  # "WARDFEDP"
_CHANNEL: Final = "federation_outbox"
_EVERY_SECONDS: Final = 1.0
_AWAY: Final = (StoreAway, NoAnswer, NotStored)


@dataclass(frozen=True, slots=True)
class Installation:
    """What this installation publishes with: its present keys, and the domain of its broker's JetStream."""

    keys: Callable[[], FederationKeys] = field(repr=False)
    domain: str


class Publishing:
    """Every replica runs one; the database lets one at a time publish. *hub* is the broker in account FED.

    *ask* sends requests in account RECORD. *now* tells the time, *monotonic* gives seconds that never go back.
    """

    def __init__(
        self,
        database: Database,
        hub: Hub,
        ask: Ask,
        installation: Installation,
        meters: Meters,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._keys = installation.keys
        self._domain = installation.domain
        self._record = PublisherRecord(database, public_bytes(self._keys().publisher))
        self._hub = hub
        self._ask = ask
        self._meters = meters
        self._now = now
        self._monotonic = monotonic
        self._known: dict[str, ListFacts] = {}
        self._failing = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Publish while nobody else does, until *stop*."""
        while not stop.is_set():
            beat()
            try:
                async with self._database.alone(_LOCK, _CHANNEL) as alone:
                    if alone is not None:
                        await self._work(alone, stop)
            except StoreAway as error:
                self._note(str(error))
            await pause(stop, _EVERY_SECONDS)

    async def _work(self, alone: Alone, stop: asyncio.Event) -> None:
        """Until *stop*, until the lock may be somebody else's, or until there are other keys."""
        over, hears = asyncio.Event(), set[str]()
        keys = self._keys()
        self._record = PublisherRecord(self._database, public_bytes(keys.publisher))
        invitations = Invitations(self._record, keys.publisher, self._domain)
        publisher = Publisher(
            self._record,
            self._hub,
            self._ask,
            Composer(keys.publisher, keys.announced),
            self._meters,
            now=self._now,
            monotonic=self._monotonic,
            still_alone=alone.check,
            former=keys.former_publisher,
        )
        async with LongRunning(over) as tasks:
            tasks.start("alone", alone.keep(over))
            try:
                while not stop.is_set() and self._keys() is keys and await self._is_alone(alone):
                    beat()
                    alone.heard.clear()
                    more = await self._round(publisher, invitations)
                    for list_ in self._known.keys() - hears:
                        hears.add(list_)
                        tasks.start(f"hellos-{list_}", self._hear_hellos(list_, over), within_seconds=None)
                        tasks.start(f"receipts-{list_}", self._hear_receipts(list_, over), within_seconds=None)
                    if not more:
                        await first_of(alone.heard, stop, within_seconds=_EVERY_SECONDS)
            finally:
                over.set()

    async def _is_alone(self, alone: Alone) -> bool:
        try:
            await alone.check()
        except StoreAway as error:
            self._note(str(error))
            return False
        return True

    async def _round(self, publisher: Publisher, invitations: Invitations) -> bool:
        """One round of every list; returns whether more is due of any. What is away is tried again."""
        more, failing = False, ""
        try:
            await invitations.sign()
            lists = await self._record.lists()
        except StoreAway as error:
            self._note(str(error))
            return False
        for list_ in lists:
            try:
                more = await publisher.round(list_) or more
            except _AWAY as error:
                failing = f"{list_.name}: {error}"
            else:
                if list_.admitted:
                    self._known[list_.name] = list_
        self._note(failing)
        return more

    async def _hear_hellos(self, list_: str, over: asyncio.Event) -> None:
        def keys() -> Mapping[str, tuple[bytes, ...]]:
            return {each.name: each.signing_keys for each in self._known[list_].hospitals if each.admitted}

        hellos = Hellos(list_, self._record, keys, self._meters, self._now)
        while not over.is_set():
            await self._hear(self._hub.hellos(list_, over), hellos.take)
            await pause(over, _EVERY_SECONDS)

    async def _hear_receipts(self, list_: str, over: asyncio.Event) -> None:
        def keys() -> Mapping[str, tuple[bytes, ...]]:
            return {each.name: each.signing_keys for each in self._known[list_].hospitals}

        while not over.is_set():
            try:
                closed = await self._record.closed(list_)
            except StoreAway:
                await pause(over, _EVERY_SECONDS)
                continue
            receipts = Receipts(list_, self._record, keys, closed, self._meters)
            await self._hear(self._hub.receipts(list_, over), receipts.take)
            await pause(over, _EVERY_SECONDS)

    async def _hear(self, stream: AsyncGenerator[Heard, None], take: Callable[[Heard], Awaitable[None]]) -> None:
        """Take all that a stream gives; what could not be kept is read again with the rest."""
        try:
            async with aclosing(stream) as heard:
                async for each in heard:
                    await take(each)
        except _AWAY as error:
            log.warning("hospitals are heard again shortly", reason=str(error))

    def _note(self, failing: str) -> None:
        """Log what fails once, and once that it is over."""
        if failing and not self._failing:
            log.warning("lists cannot be published now", reason=failing)
        elif self._failing and not failing:
            log.info("lists are published again")
        self._failing = failing
