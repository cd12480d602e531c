"""Owed messages: acknowledged last, retried until they succeed, set aside when they never can.

:class:`Consumer` works one durable consumer; :func:`settle` holds the rule and knows nothing of NATS, so the fake
in the tests runs the same code.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol, TypeVar

import nats.errors
import nats.js.errors
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, Header

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.refusals import RefusalText
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NotStored, Poison, StartupError
from services.chassis.outcome import Done, Failed, Poisoned, Refused, attempt
from services.chassis.responder import one_line
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

T = TypeVar("T")
Decode = Callable[[bytes], T]
Handle = Callable[[T], Awaitable[None]]

_FETCH_SECONDS: Final = 1.0  # how long a request for a message stands before it is made again
_ANSWER_SECONDS: Final = 1.0  # how long after that the broker's word that there is nothing may take
# The broker's words that there is no message, and that the time of a request is over.
_NOTHING_YET: Final = {"404", "408"}
_LONGEST_REASON: Final = 500  # characters
# The copy has headers of its own, for which a message as large as may be leaves no room.
_MOST_KEPT_BYTES: Final = subjects.MAX_PAYLOAD_BYTES - 65_536
_PAUSE_SECONDS: Final = 0.5  # between tries while the broker is away
# A process reports regularly that it still handles a message. When it is killed, frozen or cut off, the message goes to
# another process after this time. Should both handle it: effects are idempotent.
_ACK_WAIT_SECONDS: Final = 5.0
_HOLD_SECONDS: Final = 1.0

_FAULTS: Final = (nats.errors.Error, nats.js.errors.Error, TimeoutError)


class Owed(Protocol):
    """A delivered owed message and the ways to settle it."""

    @property
    def delivery(self) -> Delivery: ...
    async def ack(self) -> None: ...
    async def retry(self, delay_seconds: float) -> None: ...
    async def set_aside(self, reason: str) -> None: ...


def backoff_seconds(attempt: int) -> float:
    """How long to wait before delivery *attempt* + 1: doubling from a quarter second to four.

    What waits keeps its place among those in hand, and later messages wait behind it: when the database is back, or its
    disk has room again, the queue must move within seconds.
    """
    return float(min(0.25 * 2 ** min(attempt - 1, 4), 4.0))


async def settle(owed: Owed, decode: Decode[T], handle: Handle[T], *, stream: str, meters: Meters) -> None:
    """Decode, handle, and only then acknowledge. Bytes that are no message are poison by construction."""

    async def work() -> None:
        if owed.delivery.forged:
            raise Poison("nobody signed it who may write there")
        try:
            message = decode(owed.delivery.payload)
        except ValueError as error:
            raise Poison(str(error)) from error
        await handle(message)

    match await attempt(work(), subject=owed.delivery.subject, attempt=owed.delivery.attempt):
        case Done():
            await owed.ack()
            outcome = "done"
        case Poisoned(reason) | Refused(_, RefusalText(text=reason)):
            # Whoever sent it wrote part of it, and a header of more than 64 KB is stored nowhere.
            said = one_line(reason)[:_LONGEST_REASON]
            log.warning("message set aside as poison", subject=owed.delivery.subject, reason=said)
            await owed.set_aside(said)
            outcome = "poison"
        case Failed():
            await owed.retry(backoff_seconds(owed.delivery.attempt))
            outcome = "retried"
    meters.count("wardwatch_owed_settled_total", stream=stream, outcome=outcome)


async def consume(
    bus: Bus, stream: str, durable: str, decode: Decode[T], handle: Handle[T], *, concurrency: int, stop: asyncio.Event
) -> None:
    """Pull from *durable* until *stop*; leaving the task group finishes the messages being handled.

    Raises StartupError when the stream does not exist. One that is lost later, and made anew, is read again.
    """
    reader = await _Reader.open(bus, stream, _configuration(durable, max_in_hand=4 * concurrency))
    slots = asyncio.Semaphore(concurrency)

    async def work(message: Msg) -> None:
        over = asyncio.Event()
        holding = asyncio.create_task(_hold(message, over))
        try:
            await settle(_Held(bus, message), decode, handle, stream=stream, meters=bus.meters)
        except (nats.errors.Error, nats.js.errors.Error, NotStored, TimeoutError) as error:
            # The broker went away before it got the outcome: it will deliver again.
            log.warning("outcome not delivered", stream=stream, error=type(error).__name__)
        finally:
            over.set()
            await holding
            slots.release()

    async with asyncio.TaskGroup() as tasks:
        try:
            while not stop.is_set():
                beat()
                await slots.acquire()
                message = await reader.next(stop)
                if message is None:
                    slots.release()
                else:
                    tasks.create_task(work(message))
        finally:
            await reader.close()


async def _hold(message: Msg, over: asyncio.Event) -> None:
    """Report to the broker until *over* that *message* is being handled."""
    while True:
        await pause(over, _HOLD_SECONDS)
        if over.is_set():
            return
        with suppress(*_FAULTS):  # whoever settles it finds out
            await message.in_progress()


class _Held:
    """A JetStream message as :class:`Owed`."""

    def __init__(self, bus: Bus, message: Msg) -> None:
        self._bus = bus
        self._message = message
        facts = message.metadata
        came = Delivery(
            message.subject, message.data, message.headers or {}, facts.num_delivered, facts.sequence.stream
        )
        self.delivery = bus.authenticated(came)

    async def ack(self) -> None:
        await self._message.ack_sync()

    async def retry(self, delay_seconds: float) -> None:
        await self._message.nak(delay=delay_seconds)

    async def set_aside(self, reason: str) -> None:
        copy_id = f"poison/{self.delivery.subject}/{self.delivery.sequence}"
        await self._bus.publish_owed(
            subjects.poison(self.delivery.subject),
            self._message.data[:_MOST_KEPT_BYTES],
            message_id=copy_id,
            headers={subjects.HEADER_REASON: reason},
        )
        await self._message.term()


def _configuration(durable: str, *, max_in_hand: int) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=durable,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=_ACK_WAIT_SECONDS,
        max_deliver=-1,
        max_ack_pending=max_in_hand,
    )


class _Reader:
    """A durable consumer of *stream*, made when it is not there.

    It asks the broker itself: a fetch of nats-py cannot be given up without losing what it may just have got.
    """

    def __init__(self, bus: Bus, stream: str, config: ConsumerConfig) -> None:
        self._bus = bus
        self._stream = stream
        self._config = config
        self._asks = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{config.durable_name}"
        # Each request has an address of its own below it, so that no late answer to another is taken for its own.
        self._inbox = bus.client.new_inbox()
        self._requests = 0
        self._subscription: Subscription | None = None
        self._came: deque[Msg] = deque()
        self._arrived = asyncio.Event()  # a message, or the broker's word on the present request
        self._fault = ""

    @classmethod
    async def open(cls, bus: Bus, stream: str, config: ConsumerConfig) -> "_Reader":
        """Raises StartupError."""
        reader = cls(bus, stream, config)
        try:
            await bus.stream.add_consumer(stream, config)
            reader._subscription = await bus.client.subscribe(f"{reader._inbox}.*", cb=reader._receive)
        except _FAULTS as error:
            raise StartupError(f"consumer {config.durable_name} of stream {stream} cannot be made: {error}") from error
        return reader

    async def next(self, stop: asyncio.Event) -> Msg | None:
        """Return a message; None when *stop* is set, none came within a second, or the stream cannot be read."""
        if not self._came and not stop.is_set():
            try:
                await self._ask()
                await first_of(self._arrived, stop, within_seconds=_FETCH_SECONDS + _ANSWER_SECONDS)
            except nats.errors.Error as error:
                self._fault = type(error).__name__
        if self._came:
            return self._came.popleft()
        if self._fault and not stop.is_set():
            log.warning("stream cannot be read", stream=self._stream, error=self._fault)
            await pause(stop, _PAUSE_SECONDS)
            # A stream that was made anew has no consumer. Making one that is there changes nothing, and what fails
            # here is reported by the next read.
            if self._bus.client.is_connected:
                with suppress(*_FAULTS):
                    await self._bus.stream.add_consumer(self._stream, self._config)
        return None

    async def close(self) -> None:
        """Stop reading, and return messages that nobody handles to the broker at once."""
        if self._subscription is None or not self._bus.client.is_connected:
            return
        with suppress(*_FAULTS):  # the broker went away: it will deliver again
            await self._subscription.drain()
            for message in self._came:
                await message.nak()

    async def _ask(self) -> None:
        self._arrived.clear()
        self._fault = ""
        self._requests += 1
        asked = {"batch": 1, "expires": int(_FETCH_SECONDS * 1e9)}
        await self._bus.client.publish(self._asks, json.dumps(asked).encode(), reply=self._address())

    def _address(self) -> str:
        return f"{self._inbox}.{self._requests}"

    async def _receive(self, message: Msg) -> None:
        status = (message.headers or {}).get(Header.STATUS)
        if status is None:
            self._came.append(message)
        elif message.subject != self._address():
            return
        elif status not in _NOTHING_YET:
            self._fault = f"the broker answered {status}"
        self._arrived.set()


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait *seconds*, or less when *stop* comes first."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def first_of(*events: asyncio.Event, within_seconds: float | None = None) -> None:
    """Wait until one of *events* is set, or *within_seconds*."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
