"""Follow a stream whose last message per subject is the truth: replay it, then stay with it; or read all of it once.

The follower never acknowledges and keeps no state on the broker. After any fault it asks again for what comes
behind the last message it applied; a stream that was made anew is replayed from its start.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import nats.errors
import nats.js.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NoAnswer
from services.chassis.owed import pause

log = structlog.get_logger(__name__)

Apply = Callable[[Delivery], Awaitable[None]]

_BATCH: Final = 256
_WAIT_SECONDS: Final = 1.0
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
    also_replaced: bool = False,
) -> None:
    """Apply each subject's last message, then every new one, in order, until *stop*.

    With *also_replaced* it begins with every message that the stream holds. *caught_up* is set when all that the
    stream held at the start of the replay has been applied. An error raised by *apply* ends the follower: a replica
    that skipped a message would be wrong without knowing it.
    """
    applied = 0  # sequence of the last message applied
    while not stop.is_set():
        try:
            reader = await _Reader.open(bus, stream, applied, also_replaced=also_replaced)
        except _FAULTS as error:
            log.warning("stream cannot be followed", stream=stream, error=type(error).__name__)
            await pause(stop, _PAUSE_SECONDS)
            continue
        if reader.waiting == 0:
            caught_up.set()
        applied = reader.applied
        try:
            while not stop.is_set():
                for message in await reader.next():
                    await apply(_delivery(message))
                    applied = message.metadata.sequence.stream
                    if message.metadata.num_pending == 0:
                        caught_up.set()
        except _FAULTS as error:
            log.warning("stream follower starts again", stream=stream, error=type(error).__name__)
            await pause(stop, _PAUSE_SECONDS)
        finally:
            await reader.close()


async def messages(bus: Bus, stream: str) -> AsyncIterator[Delivery]:
    """Each message that *stream* holds, oldest first, also those that a later one stands for. Raises NoAnswer."""
    applied, more = 0, True
    try:
        while more:
            reader = await _Reader.open(bus, stream, applied, also_replaced=True)
            try:
                while reader.waiting:
                    for message in await reader.next():
                        yield _delivery(message)
                more = False
            except _Gap:  # what was still to come was deleted meanwhile, or missed
                applied = reader.applied
            finally:
                await reader.close()
    except _FAULTS as error:
        raise NoAnswer(f"stream {stream} could not be read: {type(error).__name__}") from error


class _Gap(nats.errors.Error):
    """A message was missed between broker and follower."""


_FAULTS: Final = (nats.errors.Error, nats.js.errors.Error, TimeoutError)


class _Reader:
    """One throw-away consumer, read in order; any doubt about completeness raises :class:`_Gap`."""

    def __init__(
        self, bus: Bus, stream: str, subscription: JetStreamContext.PullSubscription, *, applied: int, waiting: int
    ) -> None:
        self.applied = applied
        self.waiting = waiting  # messages the broker still holds for this consumer
        self._bus = bus
        self._stream = stream
        self._subscription = subscription
        self._taken = 0

    @classmethod
    async def open(cls, bus: Bus, stream: str, applied: int, *, also_replaced: bool) -> "_Reader":
        info = await bus.stream.stream_info(stream)
        if info.state.last_seq < applied:
            log.warning("stream was made anew, replaying", stream=stream)
            applied = 0
        first = DeliverPolicy.ALL if also_replaced else DeliverPolicy.LAST_PER_SUBJECT
        start = DeliverPolicy.BY_START_SEQUENCE if applied else first
        config = ConsumerConfig(
            ack_policy=AckPolicy.NONE,
            deliver_policy=start,
            opt_start_seq=applied + 1 if applied else None,
            # LAST_PER_SUBJECT is only valid with a filter, so the stream's own subject is named.
            filter_subject=(info.config.subjects or [">"])[0],
            inactive_threshold=_FORGET_SECONDS,
            mem_storage=True,
        )
        made = await bus.stream.add_consumer(stream, config)
        subscription = await bus.stream.pull_subscribe_bind(consumer=made.name, stream=stream)
        waiting = made.num_pending or 0
        # With nothing waiting, all up to the stream's end is behind us, even where its last messages were deleted.
        return cls(bus, stream, subscription, applied=applied if waiting else info.state.last_seq, waiting=waiting)

    async def next(self) -> list[Msg]:
        """Return what has come, or nothing after a second's silence. Raises _Gap when something was missed."""
        # A batch is only asked for when it is there: nats-py holds a half-full batch back until its time is over.
        batch = max(1, min(_BATCH, self.waiting))
        try:
            messages = await self._subscription.fetch(batch, timeout=_WAIT_SECONDS)
        except TimeoutError:
            await self._check_silence()
            return []
        for message in messages:
            self._taken += 1
            if message.metadata.sequence.consumer != self._taken:
                raise _Gap
            self.applied = message.metadata.sequence.stream
            self.waiting = message.metadata.num_pending
        return messages

    async def close(self) -> None:
        if self._bus.client.is_connected:
            await self._subscription.unsubscribe()

    async def _check_silence(self) -> None:
        """Silence is only good news when the stream's end is what was applied last."""
        last = (await self._bus.stream.stream_info(self._stream)).state.last_seq
        if last != self.applied:
            raise _Gap


def _delivery(message: Msg) -> Delivery:
    facts = message.metadata
    return Delivery(message.subject, message.data, message.headers or {}, 1, facts.sequence.stream, facts.timestamp)
