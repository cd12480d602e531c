"""Put an entry's present state on the stream, so that no vector it no longer needs stays on the disk."""

from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.telemetry import Meters
from services.watchlist.replication.differences import StreamMessage, revision_to_publish

log = structlog.get_logger(__name__)


class Stream(Protocol):
    """See ``liststream.ListStream``; raises NoAnswer and NotStored."""

    async def last(self, entry_id: EntryId) -> StreamMessage | None: ...
    async def messages(self, entry_id: EntryId) -> list[StreamMessage]: ...
    async def delete(self, sequence: int) -> None: ...
    async def publish(self, entry: EntryPublished, *, message_id: str, after: int) -> int: ...


@dataclass(frozen=True, slots=True)
class StreamWriter:
    """Publishes one entry. The caller holds the relay's lock: two at once would overtake each other.

    A message that the stream itself drops, because a newer one of its subject came, is not overwritten on the disk. So
    those with vectors are deleted by name: all but the last before anything is published; the last one before what
    carries no vector, and behind what does, so that a matcher that starts in between finds one of the two.
    """

    stream: Stream
    meters: Meters

    async def __call__(self, entry: EntryPublished, *, message_id: str) -> int:
        """Return the sequence of what now stands for *entry*. Raises NoAnswer, NotStored; may be repeated then."""
        held = await self._held(entry)
        last = held[-1] if held else None
        revision = revision_to_publish(entry, last)
        if revision is None:
            assert last is not None  # nothing stands in the way of a first message
            return self._withhold(entry, last)

        sooner = [each for each in (held[:-1] if entry.templates else held) if each.holds_vectors]
        for each in sooner:
            await self.stream.delete(each.sequence)
        after = max((each.sequence for each in held if each not in sooner), default=0)
        sequence = await self.stream.publish(replace(entry, revision=revision), message_id=message_id, after=after)
        # The same message again is acknowledged under its former sequence: that one stays.
        if last is not None and last.holds_vectors and last not in sooner and last.sequence < sequence:
            await self.stream.delete(last.sequence)
        return sequence

    async def _held(self, entry: EntryPublished) -> list[StreamMessage]:
        """What the stream keeps of the entry, as far as it matters.

        Before a message without vectors all that have some were deleted, so there is nothing behind such a one. For a
        tombstone all of it is looked at nevertheless.
        """
        last = await self.stream.last(entry.entry_id)
        if last is not None and (last.holds_vectors or entry.state is EntryState.ERASED):
            return await self.stream.messages(entry.entry_id)
        return [] if last is None else [last]

    def _withhold(self, entry: EntryPublished, last: StreamMessage) -> int:
        """Leave what the stream holds: the record is older than it, and an erased entry stays erased."""
        self.meters.count("wardwatch_changes_withheld_total")
        log.error(
            "change withheld, the stream is ahead of the record",
            entry_id=entry.entry_id,
            revision=entry.revision,
            sequence=last.sequence,
        )
        return last.sequence
