"""Follow a stream that says how things stand: replay it, then stay with it; or read all of it once.

The follower never acknowledges and keeps no state on the broker. After any fault it asks again for what comes
behind the last message it applied; a stream that was made anew is replayed from its start.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import nats.errors
import nats.js.errors
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, Header

from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NoAnswer
from services.chassis.owed import first_of, pause
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

Apply = Callable[[Delivery], Awaitable[None]]

_BATCH: Final = 256
_WAIT_SECONDS: Final = 1.0
# How long after that the broker's word that there is nothing may take.
_ANSWER_SECONDS: Final = 1.0
# The broker's word that the time of a request is over.
_NOTHING_MORE: Final = "408"
_PAUSE_SECONDS: Final = 0.5
# The broker forgets a follower that has not asked for this long.
_FORGET_SECONDS: Final = 30.0


async def follow(
    bus: Bus,
    stream: str,
    apply: Apply,
    *,
    caught_up: asyncio.Event,
    stop: asyncio.Event,
    behind: int = 0,
) -> None:
    """Apply every message that the stream holds *behind* a sequence, then every new one, in order, until *stop*.

    All of them, because the last one of a subject may be forged, or an earlier one that was stored again: *apply* gets
    forged ones too, without their content, and has to know the older of two. *caught_up* is set when all that the
    stream held at the start of the replay has been applied. An error raised by *apply* ends the follower: a replica
    that skipped a message would be wrong without knowing it.
    """
    place = _Place(behind, None)  # behind the last message applied
    while not stop.is_set():
        try:
            async with aclosing(_followed(bus, stream, place, caught_up, stop)) as coming:
                async for delivery, reached in coming:
                    await apply(delivery)
                    place = reached
        except _FAULTS as error:
            log.warning("stream follower starts again", stream=stream, error=type(error).__name__)
            await pause(stop, _PAUSE_SECONDS)


async def followed(
    bus: Bus, stream: str, *, caught_up: asyncio.Event, stop: asyncio.Event
) -> AsyncGenerator[Delivery, None]:
    """The same as an iterator, which ends at *stop*: what was given and asked behind counts as applied."""
    async with aclosing(_followed(bus, stream, _Place(0, None), caught_up, stop)) as coming:
        async for delivery, _ in coming:
            yield delivery


async def _followed(
    bus: Bus, stream: str, place: "_Place", caught_up: asyncio.Event, stop: asyncio.Event
) -> AsyncGenerator[tuple[Delivery, "_Place"], None]:
    """Each message behind *place*, with the place behind it; faults of the broker are waited out."""
    while not stop.is_set():
        beat()
        try:
            reader = await _Reader.open(bus, stream, place)
        except _FAULTS as error:
            log.warning("stream cannot be followed", stream=stream, error=type(error).__name__)
            await pause(stop, _PAUSE_SECONDS)
            continue
        if reader.waiting == 0:
            caught_up.set()
        place = reader.place
        try:
            while not stop.is_set():
                beat()
                try:
                    came = [_delivery(message) for message in await reader.next(stop)]
                except _FAULTS as error:
                    log.warning("stream follower starts again", stream=stream, error=type(error).__name__)
                    await pause(stop, _PAUSE_SECONDS)
                    break
                async for delivery in bus.all_authenticated(came):
                    place = _Place(delivery.sequence, place.stream_made_at)
                    yield delivery, place
                if reader.waiting == 0:
                    caught_up.set()
        finally:
            await reader.close()


async def messages(bus: Bus, stream: str) -> AsyncIterator[Delivery]:
    """Each message that *stream* holds, oldest first, forged ones too. Raises NoAnswer."""
    place, never = _Place(0, None), asyncio.Event()  # behind the last message given
    try:
        while True:
            # A consumer's count of what is to come drifts when messages are deleted while it reads: nats-server 2.15
            # promises one that never comes. A new one counts afresh, so only that tells the end.
            reader = await _Reader.open(bus, stream, place)
            try:
                if reader.waiting == 0:
                    return
                while reader.waiting:
                    came = [_delivery(message) for message in await reader.next(never)]
                    async for delivery in bus.all_authenticated(came):
                        yield delivery
                        place = _Place(delivery.sequence, reader.place.stream_made_at)
            except _Gap:  # what was still to come was deleted meanwhile, or missed
                continue
            finally:
                await reader.close()
    except _FAULTS as error:
        raise NoAnswer(f"stream {stream} could not be read: {type(error).__name__}") from error


class _Gap(nats.errors.Error):
    """A message was missed between broker and follower."""


_FAULTS: Final = (nats.errors.Error, nats.js.errors.Error, TimeoutError)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a stream: behind the message *sequence* of the stream that was made at that time."""

    sequence: int
    stream_made_at: datetime | None


class _Reader:
    """One throw-away consumer, read in order; any doubt about completeness raises :class:`_Gap`.

    It asks the broker itself: nats-py makes several tasks for each message that it fetches, and holds a half-full
    batch back until its time is over.
    """

    def __init__(self, bus: Bus, stream: str, consumer: str, place: _Place, *, waiting: int) -> None:
        self.place = place
        self.waiting = waiting  # messages the broker still holds for this consumer
        self._bus = bus
        self._stream = stream
        self._asks = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = bus.client.new_inbox()
        self._subscription: Subscription | None = None
        self._came: list[Msg] = []
        self._arrived = asyncio.Event()
        self._to_come = 0  # of what was asked for and not answered yet
        self._fault = ""
        self._doubtful = False  # the last silence ended before the stream's end
        self._taken = 0

    @classmethod
    async def open(cls, bus: Bus, stream: str, place: _Place) -> "_Reader":
        info = await bus.stream.stream_info(stream)
        made_at = info.created
        if info.state.last_seq < place.sequence or place.stream_made_at not in (None, made_at):
            log.warning("stream was made anew, replaying", stream=stream)
            place = _Place(0, made_at)
        config = ConsumerConfig(
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE if place.sequence else DeliverPolicy.ALL,
            opt_start_seq=place.sequence + 1 if place.sequence else None,
            inactive_threshold=_FORGET_SECONDS,
            mem_storage=True,
        )
        made = await bus.stream.add_consumer(stream, config)
        waiting = made.num_pending or 0
        # With nothing waiting, all up to the stream's end is behind us, even where its last messages were deleted.
        behind = place.sequence if waiting else info.state.last_seq
        reader = cls(bus, stream, made.name, _Place(behind, made_at), waiting=waiting)
        reader._subscription = await bus.client.subscribe(reader._inbox, cb=reader._receive)
        await reader._ask()
        return reader

    async def next(self, stop: asyncio.Event) -> list[Msg]:
        """Return what has come, or nothing after a second's silence or at *stop*. Raises _Gap when one was missed."""
        if not self._arrived.is_set():
            await first_of(self._arrived, stop, within_seconds=_WAIT_SECONDS + _ANSWER_SECONDS)
        if stop.is_set():
            return []
        if not self._arrived.is_set():
            self._to_come = 0  # the request or its answer was lost with a connection
        self._arrived.clear()
        messages, self._came = self._came, []
        if self._fault:
            raise nats.errors.Error(self._fault)
        if self._to_come <= 0:
            await self._ask()  # so that the next ones come while these are applied
        if messages:
            self._doubtful = False
        else:
            await self._check_silence()
        for message in messages:
            self._taken += 1
            if message.metadata.sequence.consumer != self._taken:
                raise _Gap
            self.place = _Place(message.metadata.sequence.stream, self.place.stream_made_at)
            self.waiting = message.metadata.num_pending
        return messages

    async def close(self) -> None:
        if self._subscription is not None and self._bus.client.is_connected:
            await self._subscription.unsubscribe()

    async def _ask(self) -> None:
        self._to_come = _BATCH
        asked = {"batch": _BATCH, "expires": int(_WAIT_SECONDS * 1e9)}
        await self._bus.client.publish(self._asks, json.dumps(asked).encode(), reply=self._inbox)

    async def _receive(self, message: Msg) -> None:
        status = (message.headers or {}).get(Header.STATUS)
        if status is None:
            self._came.append(message)
            self._to_come -= 1
        else:
            self._to_come = 0
            if status != _NOTHING_MORE:
                self._fault = f"the broker answered {status}"
        self._arrived.set()

    async def _check_silence(self) -> None:
        """Silence is only good news when the stream's end is what was applied last.

        Once it may be otherwise: what was stored just now is still on its way.
        """
        last = (await self._bus.stream.stream_info(self._stream)).state.last_seq
        behind = last != self.place.sequence
        if not behind:
            self.waiting = 0  # whatever the broker counted
        if behind and self._doubtful:
            raise _Gap
        self._doubtful = behind


def _delivery(message: Msg) -> Delivery:
    facts = message.metadata
    return Delivery(message.subject, message.data, message.headers or {}, 1, facts.sequence.stream, facts.timestamp)
