"""The faces of alerts, each sealed under a key of its own, which is destroyed with it (docs/adr/0095).

The record has the sealed face, the stream CROPS the key, wrapped by a secret that neither the broker nor the database
sees: a copy of the record shows nobody, and what was shredded no copy of it opens.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.sealing import KEY_BYTES, NONCE_BYTES, DataKey, NotOpened, crop_owner, seal, unseal
from services.alerts.database import Database
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer, NotStored, Overtaken
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

_STREAM: Final = subjects.CROPS_STREAM.name
# How a key says that it is wrapped by the one secret of crops.
_KEY_ID: Final = "crops"
# Keys that are destroyed in one go; the next go follows at once.
_AT_ONCE: Final = 200


# The picture of a sighting under the sighting's own key. Raises NotStored when the key is not certain to be kept.
SealCrop = Callable[[str, bytes], Awaitable[bytes]]
# What was sealed, or None when its key is gone. Raises NoAnswer.
OpenCrop = Callable[[str, bytes], Awaitable[bytes | None]]


async def open_none(_sighting_id: str, _sealed: bytes) -> bytes | None:
    """For whoever shows no face."""
    return None


def parse_secret(text: str) -> DataKey:
    """The secret that keys of crops are wrapped by: 64 hexadecimal digits. Raises ValueError."""
    secret = bytes.fromhex(text.strip())
    if len(secret) != KEY_BYTES:
        raise ValueError("it must have 64 hexadecimal digits")
    return DataKey(secret)


@dataclass(frozen=True, slots=True)
class CropKeys:
    """Crops with their keys on the stream."""

    bus: Bus
    secret: DataKey = field(repr=False)

    async def seal(self, sighting_id: str, picture: bytes) -> bytes:
        """See ``SealCrop``. A sighting that is delivered again has its former key."""
        owner = crop_owner(sighting_id)
        key = DataKey(secrets.token_bytes(KEY_BYTES))
        wrapped = seal(self.secret, key, about=_wrapping(owner), nonce=secrets.token_bytes(NONCE_BYTES))
        message = KeyPublished(str(owner), _KEY_ID, wrapped).encode()
        try:
            await self.bus.publish_owed(
                subjects.crops(str(owner)),
                message,
                message_id=secrets.token_hex(16),
                expected_last_sequence_of_subject=0,
            )
        except Overtaken as error:
            kept = await self._key(owner)
            if kept is None:
                raise NotStored(f"the key of crop {owner} went while it was wanted") from error
            key = kept
        return seal(key, picture, about=_content(owner), nonce=secrets.token_bytes(NONCE_BYTES))

    async def open(self, sighting_id: str, sealed: bytes) -> bytes | None:
        """See ``OpenCrop``."""
        owner = crop_owner(sighting_id)
        if (key := await self._key(owner)) is None:
            return None
        try:
            return unseal(key, sealed, about=_content(owner))
        except NotOpened:
            log.error("the face of an alert does not open", crop=str(owner))
            return None

    async def destroy(self, sighting_id: str) -> None:
        """Nobody opens the sighting's face from here on. Idempotent. Raises NoAnswer."""
        for each in await self.bus.all_of(_STREAM, subjects.crops(str(crop_owner(sighting_id)))):
            await self.bus.delete(_STREAM, each.sequence)

    async def _key(self, owner: UUID) -> DataKey | None:
        last = await self.bus.last_of(_STREAM, subjects.crops(str(owner)))
        if last is None or last.forged:
            return None
        try:
            return DataKey(unseal(self.secret, KeyPublished.decode(last.payload).wrapped, about=_wrapping(owner)))
        except (ValueError, NotOpened):
            log.error("the key of an alert's face does not open", crop=str(owner))
            return None


@dataclass(frozen=True, slots=True)
class Shredder:
    """Destroys the keys of faces that the record has let go of. In two replicas at once it does no harm."""

    database: Database
    destroy: Callable[[str], Awaitable[None]]  # the key of a sighting; see ``CropKeys``
    meters: Meters

    async def __call__(self) -> int:
        """Return how many keys were destroyed. Raises StoreAway, and NoAnswer while the broker is away."""
        destroyed = 0
        while shredded := await self._shredded():
            try:
                for sighting_id in shredded:
                    await self.destroy(sighting_id)
            except NoAnswer:
                self.meters.set("wardwatch_crops_to_destroy", len(shredded))
                raise
            async with self.database.transaction() as connection:
                await connection.execute("delete from alerts.shredded where sighting_id = any($1)", shredded)
            destroyed += len(shredded)
        self.meters.set("wardwatch_crops_to_destroy", 0)
        return destroyed

    async def _shredded(self) -> Sequence[str]:
        async with self.database.transaction() as connection:
            rows = await connection.fetch("select sighting_id from alerts.shredded limit $1", _AT_ONCE)
        return [row["sighting_id"] for row in rows]


def _wrapping(owner: UUID) -> str:
    return f"crop key/{owner}"


def _content(owner: UUID) -> str:
    return f"crop/{owner}"
