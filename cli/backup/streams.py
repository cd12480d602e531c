"""What the broker's streams hold that nothing else knows, and how it is brought back.

Most of what they hold is made anew from the record, or is only of the moment; ``KEPT`` and ``NOT_KEPT`` say of each
stream why it is in a backup or not.
"""

import asyncio
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from access import grants
from cli.backup.container import Faulty
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import AuditHead, KeyPublished
from proto.wardwatch.v1.sealing import crop_owner
from proto.wardwatch.v1.subjects import Account, Author
from services.chassis.bus import Bus
from services.chassis.errors import NotStored, Overtaken
from services.chassis.replica import messages
from services.chassis.signing import Signatures
from services.chassis.telemetry import Meters

KEPT: Final[Mapping[str, str]] = {
    "AUDIT": "the audit's heads prove the record against whoever rules the database, so they are not in it",
    "KEYRING": "data keys are nowhere else",
    "CROPS": "of confirmed alerts: the keys of their faces are nowhere else",
}
NOT_KEPT: Final[Mapping[str, str]] = {
    "WATCHLIST": "published anew from the record, as the comparison finds it missing",
    "POLICY": "published anew from the record",
    "CONTROL": "published anew from the record, which has every stop and resumption",
    "RECEIPTS": "matchers are asked again by the roll call",
    "SIGHTINGS": "pictures of whoever was taken for a listed person, and nobody has looked: never kept",
    "POISON": "copies of what was refused, pictures among them: never kept",
    "ALERTS": "for other systems that were away for a day; the record has the alerts",
    "COUNTS": "on their way into the record: what is lost is counted anew",
    "PROBE": "random bytes",
}
# Each head covers all before it: the newest alone would do, and as many show where a fault begins.
_MOST_HEADS: Final = 1000
_AT_ONCE: Final = 16


@asynccontextmanager
async def read_as_backup(here: Context) -> AsyncIterator[Bus]:
    """The RECORD account for who makes backups: it reads three streams, and says nothing."""
    async with _connected(here, grants.BACKUP, await asyncio.to_thread(here.believed)) as bus:
        yield bus


@asynccontextmanager
async def written_as_alerts(here: Context) -> AsyncIterator[Bus]:
    """The same for who brings heads and faces' keys back: in the name of the service that wrote them."""
    async with _connected(here, grants.ALERTS, await asyncio.to_thread(here.signatures, Author.ALERTS)) as bus:
        yield bus


async def heads(bus: Bus) -> list[AuditHead]:
    """The newest heads of the audit that alerts signed, oldest first. Raises NoAnswer.

    To be read before the database is: what was published cannot be newer than what is copied then.
    """
    stream = subjects.AUDIT_STREAM.name
    return [AuditHead.decode(each.payload) async for each in messages(bus, stream) if not each.forged][-_MOST_HEADS:]


async def crop_keys(bus: Bus, kept: Collection[str]) -> list[KeyPublished]:
    """The keys of the faces of the sightings *kept*. Raises NoAnswer."""
    owners = {str(crop_owner(each)) for each in kept}
    found: dict[str, KeyPublished] = {}
    if owners:
        async for each in messages(bus, subjects.CROPS_STREAM.name):
            owner = each.subject.partition(".")[2]
            if owner in owners and not each.forged:
                found[owner] = KeyPublished.decode(each.payload)
    return list(found.values())


def packed(found: Sequence[AuditHead] | Sequence[KeyPublished]) -> bytes:
    """Messages as a section of a backup has them."""
    return json.dumps([b64encode(each.encode()).decode() for each in found]).encode()


def heads_in(content: bytes) -> list[AuditHead]:
    """The audit's heads in a section. Raises Faulty."""
    return [AuditHead.decode(each) for each in _unpacked(content)]


def crops_in(content: bytes) -> list[KeyPublished]:
    """The keys of faces in a section. Raises Faulty."""
    return [KeyPublished.decode(each) for each in _unpacked(content)]


def _unpacked(content: bytes) -> list[bytes]:
    try:
        return [b64decode(each, validate=True) for each in json.loads(content)]
    except (TypeError, ValueError) as error:
        raise Faulty("the messages in it cannot be read") from error


@dataclass(frozen=True, slots=True)
class Bringing:
    """Publishes what a backup holds; *bus* is that of alerts, which wrote it. Run again, it goes on."""

    bus: Bus

    async def heads(self, heads_: Sequence[AuditHead]) -> int:
        """Publish the audit's heads in their order. Raises NotStored."""
        for head in heads_:
            await self.bus.publish_owed(
                subjects.AUDIT.pattern, head.encode(), message_id=f"restored/{head.sequence}/{head.sha256.hex()}"
            )
        return len(heads_)

    async def crops(self, keys: Sequence[KeyPublished]) -> int:
        """Publish the keys of faces that are missing. Raises NotStored."""
        rows, stored, failed = iter(keys), list[str](), list[NotStored]()

        async def work() -> None:
            for key in rows:
                try:
                    await self.bus.publish_owed(
                        subjects.crops(str(UUID(key.owner_id))), key.encode(), message_id=secrets.token_hex(16),
                        expected_last_sequence_of_subject=0,
                    )  # fmt: skip
                except Overtaken:  # it is there
                    continue
                except NotStored as error:
                    failed.append(error)
                    return
                stored.append(key.owner_id)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(work())
        if failed:
            raise failed[0]
        return len(stored)


@asynccontextmanager
async def _connected(here: Context, user: str, signatures: Signatures) -> AsyncIterator[Bus]:
    seed = await asyncio.to_thread(here.seed_file, user)
    async with Bus.connect(
        here.nats_url, user=user, user_seed_file=seed, account=Account.RECORD, meters=Meters(),
        signatures=signatures,
    ) as bus:  # fmt: skip
        yield bus
