"""The stream KEYRING, and how a keyring is kept in step with it."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol
from uuid import UUID

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import KeyPublished
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.owed import pause
from services.chassis.replica import follow
from services.chassis.tasks import LongRunning, beat
from services.watchlist.keys.keyring import Keyring

_STREAM: Final = subjects.KEYRING_STREAM.name
_TIDY_SECONDS: Final = 5.0
_ID_BYTES: Final = 16


class Broker(Protocol):
    """What is asked of the broker; see ``Bus``."""

    async def publish_owed(
        self, subject: str, payload: bytes, *, message_id: str, expected_last_sequence_of_subject: int
    ) -> int: ...
    async def last_of(self, stream: str, subject: str) -> Delivery | None: ...
    async def all_of(self, stream: str, subject: str) -> list[Delivery]: ...
    async def unchecked(self, stream: str, subject: str) -> list[Delivery]: ...
    async def count_of(self, stream: str) -> int: ...
    async def delete(self, stream: str, sequence: int) -> None: ...


class KeyStream:
    """Keys and tombstones as messages. Every method raises NotStored when the broker does not answer."""

    def __init__(self, broker: Broker, *, random: Callable[[int], bytes]) -> None:
        self._broker = broker
        self._random = random

    async def store(self, message: KeyPublished, *, follows: int) -> int:
        """Store *message* behind the owner's message *follows* (0: none); returns its sequence. Raises Overtaken."""
        # The sequence it follows already keeps it from being stored twice; an id that was had before would keep a
        # tombstone from being stored again after the first was lost.
        return await self._broker.publish_owed(
            subjects.keys(message.owner_id),
            message.encode(),
            message_id=f"key/{message.owner_id}/{self._random(_ID_BYTES).hex()}",
            expected_last_sequence_of_subject=follows,
        )

    async def last(self, owner: UUID) -> Delivery | None:
        """The owner's newest message."""
        try:
            return await self._broker.last_of(_STREAM, subjects.keys(str(owner)))
        except NoAnswer as error:
            raise NotStored(str(error)) from error

    async def messages(self, owner: UUID) -> list[Delivery]:
        """Every message that is there of the owner, oldest first."""
        try:
            return await self._broker.all_of(_STREAM, subjects.keys(str(owner)))
        except NoAnswer as error:
            raise NotStored(str(error)) from error

    async def unchecked(self, subject: str) -> list[Delivery]:
        """Every message on *subject* as it lies there, oldest first; forged ones with their content."""
        try:
            return await self._broker.unchecked(_STREAM, subject)
        except NoAnswer as error:
            raise NotStored(str(error)) from error

    async def count(self) -> int:
        """How many messages there are."""
        try:
            return await self._broker.count_of(_STREAM)
        except NoAnswer as error:
            raise NotStored(str(error)) from error

    async def delete(self, sequence: int) -> None:
        """Delete a message; one that is gone is no error. In a stream made anew a sequence names another message."""
        try:
            await self._broker.delete(_STREAM, sequence)
        except NoAnswer as error:
            raise NotStored(str(error)) from error


async def stay_current(bus: Bus, keyring: Keyring, stop: asyncio.Event) -> None:
    """Follow the stream and keep the keyring tidy until *stop*."""
    async with LongRunning(stop) as tasks:
        tasks.start(
            "follow",
            follow(bus, _STREAM, keyring.apply, caught_up=keyring.caught_up, stop=stop),
        )
        while not stop.is_set():
            beat()
            await keyring.tidy()
            await pause(stop, _TIDY_SECONDS)
