"""The audit's anchor: the head of its chain is published outside the database that keeps it (safeguard S9)."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import AuditHead
from services.alerts.control import PublishOwed
from services.alerts.database import Database, StoreAway
from services.chassis import owed
from services.chassis.bus import Delivery
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.repairs import Repairs, cause_of
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)


class LastOf(Protocol):
    """The last message that a stream holds of a subject; see ``Bus``. Raises NoAnswer."""

    async def __call__(self, stream: str, subject: str) -> Delivery | None: ...


@dataclass(slots=True)
class Anchor:
    """Publishes the newest head whenever it is another than the one published last by this process.

    Two replicas that publish the same head use the same id. A head that went back is published as well: what the
    auditor needs to see is that there were two. So is a head that the stream has lost, or hidden behind what nobody
    signed: nobody can delete from it, but whoever reaches the broker can fill it.
    """

    database: Database
    publish: PublishOwed
    last_of: LastOf
    repairs: Repairs
    meters: Meters
    published: AuditHead | None = field(default=None, init=False)

    async def __call__(self) -> bool:
        """Publish the head if it must be; returns whether it was. Raises StoreAway, NoAnswer and NotStored."""
        head = await self._head()
        last = self.published
        if head.sequence == 0:
            return False
        if last and (head.sequence, head.sha256) == (last.sequence, last.sha256):
            return await self._publish_again(head)
        if last is not None and head.sequence <= last.sequence:
            self.meters.count("wardwatch_audit_heads_regressed_total")
            log.error("the audit is not what was published", sequence=head.sequence, limit=last.sequence)
        message_id = f"audit/{head.sequence}/{head.sha256.hex()}"
        await self.publish(subjects.AUDIT.pattern, head.encode(), message_id=message_id)
        self.published = head
        self.meters.count("wardwatch_audit_heads_published_total")
        self.meters.set("wardwatch_audit_sequence", head.sequence)
        return True

    async def _publish_again(self, head: AuditHead) -> bool:
        """Publish what was published before unless the stream ends with it, or with a later one of another replica."""
        last = await self.last_of(subjects.AUDIT_STREAM.name, subjects.AUDIT.pattern)
        stands = None if last is None else _read(last)
        if stands is not None and stands.sequence >= head.sequence:
            return False
        message_id = f"audit/{head.sequence}/{uuid4()}"
        await self.publish(subjects.AUDIT.pattern, head.encode(), message_id=message_id)
        await self.repairs.note(subjects.AUDIT_STREAM, cause_of(last))
        return True

    async def run(self, *, every_seconds: float, stop: asyncio.Event) -> None:
        """Publish regularly until *stop*; a failed publish is tried again at the next turn."""
        while not stop.is_set():
            beat()
            try:
                await self()
            except (StoreAway, NoAnswer, NotStored) as error:
                self.meters.count("wardwatch_audit_heads_late_total")
                log.warning("the audit's head is published late", reason=str(error))
            await owed.pause(stop, every_seconds)

    async def _head(self) -> AuditHead:
        async with self.database.transaction() as connection:
            row = await connection.fetchrow("select sequence, sha256, at from audit.head")
        assert row is not None, "the chain has one head"
        return AuditHead(row["sequence"], row["sha256"], row["at"])


async def last_published(last_of: LastOf) -> AuditHead | None:
    """The head that the stream ends with; None where there is none, or nobody signed it. Raises NoAnswer."""
    last = await last_of(subjects.AUDIT_STREAM.name, subjects.AUDIT.pattern)
    return None if last is None else _read(last)


def _read(delivery: Delivery) -> AuditHead | None:
    """The head in a message of the stream, or None: nobody signed it, or whoever did meant nothing that can be read."""
    try:
        return None if delivery.forged else AuditHead.decode(delivery.payload)
    except ValueError:
        return None
