"""The WATCHLIST stream as its only writer uses it: reading an entry's messages, publishing and deleting."""

import asyncio
from typing import Final

import nats.errors
import nats.js.errors

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NoAnswer
from services.chassis.replica import follow
from services.watchlist.replication.differences import Effect, StreamMessage

_STREAM: Final = subjects.WATCHLIST_STREAM.name
_FAULTS: Final = (nats.errors.Error, nats.js.errors.Error, TimeoutError)


class ListStream:
    """Publishing raises NotStored, all else NoAnswer, when the broker is away or says no."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def last(self, entry_id: EntryId) -> StreamMessage | None:
        """The message that says how an entry stands, or None."""
        last = await self._bus.last_of(_STREAM, _subject(entry_id))
        return None if last is None else _held(last)

    async def messages(self, entry_id: EntryId) -> list[StreamMessage]:
        """Every message that the stream keeps of an entry, oldest first."""
        return [_held(each) for each in await self._bus.all_of(_STREAM, _subject(entry_id))]

    async def delete(self, sequence: int) -> None:
        """Delete a message; one that is gone already is no error. See ``Bus.delete``. Raises NoAnswer."""
        await self._bus.delete(_STREAM, sequence)

    async def publish(self, entry: EntryPublished, *, message_id: str, after: int) -> int:
        """Store *entry* behind the subject's message *after* (0: none); its sequence. Raises Overtaken."""
        return await self._bus.publish_owed(
            _subject(entry.entry_id),
            entry.encode(),
            message_id=message_id,
            expected_last_sequence_of_subject=after,
        )

    async def last_sequence(self) -> int:
        """The last sequence that the stream has given; it never falls while the stream is the same."""
        try:
            return int((await self._bus.stream.stream_info(_STREAM)).state.last_seq)
        except _FAULTS as error:
            raise NoAnswer(f"stream {_STREAM} cannot be asked: {type(error).__name__}") from error

    async def ends_forged(self) -> bool:
        """Whether nobody here signed the last message."""
        last = await self._bus.last_of(_STREAM, subjects.WATCHLIST.pattern)
        return last is not None and last.forged

    async def everything(self, stop: asyncio.Event) -> dict[EntryId, StreamMessage]:
        """The last message of every entry, or what was read until *stop*. It goes on: look again before acting."""
        found: dict[EntryId, StreamMessage] = {}
        done = asyncio.Event()

        async def keep(delivery: Delivery) -> None:
            found[EntryId(delivery.subject.partition(".")[2])] = _held(delivery)

        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: done.set())
        try:
            await follow(self._bus, _STREAM, keep, caught_up=done, stop=done)
        finally:
            stopping.cancel()
        return found


def _subject(entry_id: EntryId) -> str:
    """Where the messages of *entry_id* lie: any name that the stream has, since whoever wrote there was not asked."""
    return f"{subjects.WATCHLIST.pattern.removesuffix('*')}{entry_id}"


def _held(delivery: Delivery) -> StreamMessage:
    try:
        entry = EntryPublished.decode(delivery.payload)
    except ValueError:
        return StreamMessage(delivery.sequence, 0, None, delivery.forged)
    is_stop = entry.state is EntryState.SUSPENDED and not entry.generation
    return StreamMessage(delivery.sequence, entry.revision, Effect.of(entry), is_stop=is_stop)
