"""The data keys that open the list's templates: read from the stream KEYRING, never written."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.keyring import Held, HeldKeys, key_from
from proto.wardwatch.v1.sealing import DataKey, NotOpened, WrappingKeys
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import StartupError
from services.chassis.owed import pause
from services.chassis.replica import follow
from services.chassis.tasks import LongRunning, beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

_STREAM: Final = subjects.KEYRING_STREAM.name
_LOOK_EVERY_SECONDS: Final = 5.0


class Keyring:
    """Every data key, open in this process's memory; feed :meth:`apply` with the whole stream.

    *read_secrets* reads the file of wrapping keys, in a thread; it raises StartupError. *settled* is told of each owner
    whose key can be used from now on, or is destroyed; it returns at once.
    """

    def __init__(
        self, read_secrets: Callable[[], WrappingKeys], meters: Meters, *, settled: Callable[[UUID], None]
    ) -> None:
        self.caught_up = asyncio.Event()
        self._keys = HeldKeys(settled)
        self._read_secrets = read_secrets
        self._meters = meters
        self._secrets = read_secrets()
        self._missing: set[str] = set()  # ids of wrapping keys that were looked for in the file in vain

    def key(self, owner: UUID) -> DataKey:
        """The owner's key. Raises NotOpened when it cannot be used here; ask :meth:`knows` first."""
        held = self._keys.get(owner)
        if held is None or held.key is None:
            raise NotOpened(str(owner))
        return held.key

    def knows(self, owner: UUID) -> bool:
        """Whether the owner's key can be used here."""
        return (held := self._keys.get(owner)) is not None and held.key is not None

    def is_destroyed(self, owner: UUID) -> bool:
        """Whether the owner's key was destroyed, as far as is known here."""
        return self._keys.is_destroyed(owner)

    async def apply(self, delivery: Delivery) -> None:
        """Take over one message of the stream; one that cannot be read is counted and left out."""
        if delivery.forged:  # the connection has counted it
            return
        try:
            owner, message = key_from(delivery.subject, delivery.payload)
        except ValueError as error:
            self._meters.count("wardwatch_messages_unreadable_total", subject="keys")
            log.error("key cannot be read", subject=delivery.subject, reason=str(error))
            return
        if message.destroyed:
            self._keys.forget(owner)
        else:
            if message.key_id not in self._secrets.keys and message.key_id not in self._missing:
                await self._read_again(message.key_id)
            self._keys.take(
                owner, Held(message.key_id, delivery.sequence, None, message.wrapped).opened(owner, self._secrets)
            )
        # The watchlist service deletes replaced messages; here they are of no interest.
        self._keys.replaced.clear()

    async def reread_secrets(self) -> None:
        """Read the wrapping keys again if a key waits for one, and set the gauges."""
        if self._keys.counts()["not_open"]:
            await self._read_again("")
        for state, count in self._keys.counts().items():
            self._meters.set("wardwatch_keys", count, state=state)

    async def check(self) -> str | None:
        """Readiness: None once all that the stream held at the start is known here."""
        return None if self.caught_up.is_set() else "the keyring is still being read"

    async def _read_again(self, wanted: str) -> None:
        try:
            self._secrets = await asyncio.to_thread(self._read_secrets)
        except StartupError as error:
            log.error("wrapping keys cannot be read again", reason=str(error))
            return
        self._keys.open(self._secrets)
        if wanted and wanted not in self._secrets.keys:
            log.error("keyring holds keys under a secret that is not here", code=wanted)
            self._missing.add(wanted)


async def stay_current(bus: Bus, keyring: Keyring, stop: asyncio.Event) -> None:
    """Follow the stream until *stop*; a rotated file of wrapping keys is noticed while a key waits for it."""
    async with LongRunning(stop) as tasks:
        tasks.start(
            "follow",
            follow(bus, _STREAM, keyring.apply, caught_up=keyring.caught_up, stop=stop),
        )
        while not stop.is_set():
            beat()
            await keyring.reread_secrets()
            await pause(stop, _LOOK_EVERY_SECONDS)
