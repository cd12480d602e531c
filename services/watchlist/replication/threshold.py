"""Publishes the approved threshold on its stream, for every matcher."""

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import ThresholdPublished
from services.chassis.bus import Delivery
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.owed import pause
from services.chassis.repairs import Repairs, cause_of
from services.chassis.tasks import beat
from services.watchlist.record.errors import StoreAway
from services.watchlist.record.threshold_store import PublishThreshold

log = structlog.get_logger(__name__)


class Approved(Protocol):
    """The newest approved threshold; see ``ThresholdOutbox``. Raises StoreAway."""

    async def relay(self, publish: PublishThreshold) -> bool: ...


class Broker(Protocol):
    """What is asked of the broker; see ``Bus``. Raises NotStored and NoAnswer."""

    async def publish_owed(
        self, subject: str, payload: bytes, *, message_id: str, expected_last_sequence_of_subject: int
    ) -> int: ...
    async def last_of(self, stream: str, subject: str) -> Delivery | None: ...


@dataclass(frozen=True, slots=True)
class ThresholdRelay:
    """Every replica runs one; the database lets one at a time publish.

    It looks at the stream each time: one that was lost, or put back from an older copy, no longer holds what was
    published on it.
    """

    approved: Approved
    broker: Broker
    repairs: Repairs
    interval_seconds: float

    async def run(self, stop: asyncio.Event) -> None:
        """Publish what was approved last, until *stop*; while database or broker is away it is tried again."""
        while not stop.is_set():
            beat()
            try:
                await self.approved.relay(self.publish)
            except (StoreAway, NotStored, NoAnswer) as error:
                log.debug("threshold is not published yet", reason=str(error))
            await pause(stop, self.interval_seconds)

    async def publish(self, threshold: ThresholdPublished, published: int | None) -> int:
        """Publish *threshold* unless the stream holds it or a later one. Returns the sequence of what the stream holds.

        *published* is the sequence it was published under before. Raises NotStored and NoAnswer.
        """
        last = await self.broker.last_of(subjects.POLICY_STREAM.name, subjects.POLICY.pattern)
        held = None if last is None else _says(last)
        is_told_anew = False
        if last is not None and held is not None:
            # As the stream holds it: similarities in four bytes.
            wanted = ThresholdPublished.decode(threshold.encode())
            if replace(held, number=wanted.number, table_number=wanted.table_number) == wanted:
                return last.sequence
            if _approved(held) == _approved(replace(wanted, number=held.number)):
                # Of what was approved once: the budget leads to something else now, a report of accuracy has come,
                # or another recogniser, or one decides at another site. The record may have been put back.
                is_told_anew = True
                table_number = max(threshold.table_number, held.table_number + 1)
                threshold = replace(threshold, number=held.number, table_number=table_number)
            elif held.number >= threshold.number:
                if held.approved_at >= threshold.approved_at:
                    # The record was put back from a backup, and the stream is ahead of it.
                    return last.sequence if published is None else published
                # So it was, and goes on counting from there; matchers follow the greater number.
                threshold = replace(threshold, number=held.number + 1)

        sequence = await self.broker.publish_owed(
            subjects.POLICY.pattern,
            threshold.encode(),
            # A name that was had before would keep it from being stored again on a stream that was emptied.
            message_id=f"threshold/{threshold.number}/{threshold.table_number}/{published or 0}",
            expected_last_sequence_of_subject=0 if last is None else last.sequence,
        )
        log.info("threshold published", revision=threshold.number)
        if published is not None and not is_told_anew:
            await self.repairs.note(subjects.POLICY_STREAM, cause_of(last))
        return sequence


def _approved(threshold: ThresholdPublished) -> ThresholdPublished:
    """What stays the same under one number."""
    return replace(threshold, table_number=0, cameras=(), measured=(), model_sha256="", sites=())


def _says(delivery: Delivery) -> ThresholdPublished | None:
    """What a message of the stream says; nothing when it is forged, and so empty."""
    try:
        return ThresholdPublished.decode(delivery.payload)
    except ValueError:
        return None
