"""Stops that do not wait for the database (docs/adr/0099): put on the stream as the next revision, as ADR 46 has it.

The record follows when it is back: whoever asked asks again until it has written the stop down.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.telemetry import Meters
from services.watchlist.federation.received_store import Subscription
from services.watchlist.replication.differences import StreamMessage

log = structlog.get_logger(__name__)


class Stream(Protocol):
    """See ``liststream.ListStream``. Raises NoAnswer."""

    async def last(self, entry_id: EntryId) -> StreamMessage | None: ...


class WriteEntry(Protocol):
    """See ``stream_writer.StreamWriter``: it writes behind what it has read, or raises NoAnswer or NotStored."""

    async def __call__(self, entry: EntryPublished, *, message_id: str) -> int: ...


@dataclass(slots=True)
class Stops:
    """Of entries of joined lists alone. ``known`` are the lists as the record had them when it answered last."""

    stream: Stream
    write: WriteEntry
    meters: Meters
    known: dict[str, Subscription] = field(default_factory=dict)

    def remember(self, subscriptions: Iterable[Subscription]) -> None:
        """The lists that are joined now."""
        self.known = {each.list_: each for each in subscriptions}

    async def stop(self, local_id: UUID) -> None:
        """Let matchers look for this entry no more; one that they do not look for stays as it is."""
        entry_id = EntryId(str(local_id))
        try:
            last = await self.stream.last(entry_id)
            if last is None or last.effect is None or last.effect.state is not EntryState.ACTIVE:
                return
            revision, effect = last.revision + 1, last.effect
            stopped = EntryPublished(
                entry_id,
                revision,
                EntryState.SUSPENDED,
                effect.expires_at,
                effect.sites,
                min_similarity=effect.min_similarity,
            )
            await self.write(stopped, message_id=f"{entry_id}/{revision}/stop")
        except (NoAnswer, NotStored) as error:
            log.warning("entry cannot be stopped without the database", entry_id=entry_id, reason=str(error))
            return
        self.meters.count("wardwatch_stops_without_record_total")
        log.warning("entry is stopped while the database is away", entry_id=entry_id, revision=revision)

    async def above(self, local_id: UUID) -> int:
        """The revision of a stop that the record may not have, 0: there is none. Raises NoAnswer."""
        last = await self.stream.last(EntryId(str(local_id)))
        return last.revision if last is not None and last.is_stop else 0
