"""Stateful stand-ins for what the chassis offers. Each has passed the contract class of the thing it stands for.

See ``tests/contract/test_bus.py``: the same behaviour is asserted on :class:`FakeBus` and on a real nats-server.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from proto.wardwatch.v1 import subjects
from services.chassis.bus import Delivery
from services.chassis.errors import NoAnswer, NotStored, Overtaken, Refusal
from services.chassis.outcome import Done, Failed, Poisoned, Refused, attempt
from services.chassis.owed import Decode, Handle, T, settle
from services.chassis.repairs import Repairs
from services.chassis.replica import Apply
from services.chassis.responder import Answer
from services.chassis.telemetry import Meters


async def eventually(condition: Callable[[], bool | Awaitable[bool]], *, within_seconds: float = 10.0) -> None:
    """Return as soon as *condition* holds. Raises AssertionError when it does not in time."""
    try:
        async with asyncio.timeout(within_seconds):
            while True:
                holds = condition()
                if holds if isinstance(holds, bool) else await holds:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"did not happen within {within_seconds:g} s") from None


@asynccontextmanager
async def repeating(work: Callable[[], Awaitable[None]], *, every_seconds: float = 0.2) -> AsyncIterator[None]:
    """Do *work* again and again until left, as a sender of what is perishable does."""

    async def again() -> None:
        while True:
            await work()
            await asyncio.sleep(every_seconds)

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def quiet_repairs() -> Repairs:
    """Repairs that are counted and written nowhere."""

    async def write(_stream: str, _cause: str) -> bool:
        return True

    return Repairs(write, Meters())


@dataclass
class FakeBus:
    """A broker in memory: perishable subjects, streams with dedup and redelivery, requests.

    All streams share one count of sequences, and none of them gives up old messages.
    """

    meters: Meters = field(default_factory=Meters)
    published: list[Delivery] = field(default_factory=list)  # perishable, in order
    stored: list[Delivery] = field(default_factory=list)  # owed, in order, without duplicates
    connected: bool = True
    storing: bool = True  # False: no stream acknowledges
    _listeners: list[tuple[str, str, Callable[[Delivery], None]]] = field(default_factory=list)
    _answers: dict[str, Answer] = field(default_factory=dict)
    _responders: list[tuple[str, Answer]] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict)  # the sequence each was stored under
    _deleted: set[int] = field(default_factory=set)
    _consumed: dict[str, int] = field(default_factory=dict)  # how far each stream has been worked

    async def publish(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None) -> bool:
        if not self.connected or len(payload) > subjects.MAX_PAYLOAD_BYTES:
            reason = "too_large" if self.connected else "disconnected"
            self.meters.count("wardwatch_bus_shed_total", reason=reason)
            return False
        delivery = Delivery(subject, payload, headers or {})
        self.published.append(delivery)
        served: set[str] = set()
        for pattern, queue, offer in self._listeners:
            if queue not in served and matches(pattern, subject):
                served.add(queue)
                offer(delivery)
        return True

    async def publish_owed(
        self,
        subject: str,
        payload: bytes,
        *,
        message_id: str,
        headers: Mapping[str, str] | None = None,
        expected_last_sequence_of_subject: int | None = None,
    ) -> int:
        if not self.storing or not self.connected:
            raise NotStored(subject)
        last = self._last(subject)
        if expected_last_sequence_of_subject not in (None, last.sequence if last else 0):
            raise Overtaken(subject)
        if message_id not in self._ids:
            self._ids[message_id] = len(self.stored) + 1
            self.stored.append(
                Delivery(
                    subject,
                    payload,
                    {**(headers or {}), subjects.HEADER_MESSAGE_ID: message_id},
                    sequence=self._ids[message_id],
                )
            )
        return self._ids[message_id]

    async def last_of(self, stream: str, subject: str) -> Delivery | None:
        if not self.storing or not self.connected:
            raise NoAnswer(stream)
        return self._last(subject)

    async def all_of(self, stream: str, subject: str) -> list[Delivery]:
        if not self.storing or not self.connected:
            raise NoAnswer(stream)
        return [each for each in self._present() if each.subject == subject]

    async def unchecked(self, stream: str, subject: str) -> list[Delivery]:
        return await self.all_of(stream, subject)

    async def count_of(self, stream: str) -> int:
        if not self.storing or not self.connected:
            raise NoAnswer(stream)
        subject = next(each.subject.pattern for each in subjects.STREAMS if each.name == stream)
        return sum(matches(subject, each.subject) for each in self._present())

    async def delete(self, stream: str, sequence: int) -> None:
        if not self.storing or not self.connected:
            raise NoAnswer(stream)
        self._deleted.add(sequence)

    @asynccontextmanager
    async def listen(self, subject: str, *, queue: str, offer: Callable[[Delivery], None]) -> AsyncIterator[None]:
        row = (subject, queue, offer)
        self._listeners.append(row)
        try:
            yield
        finally:
            self._listeners.remove(row)

    @asynccontextmanager
    async def serve(self, answers: Mapping[str, Answer], *, queue: str) -> AsyncIterator[None]:
        self._answers.update(answers)
        try:
            yield
        finally:
            for subject in answers:
                del self._answers[subject]

    @asynccontextmanager
    async def respond(self, subject: str, answer: Answer) -> AsyncIterator[None]:
        row = (subject, answer)
        self._responders.append(row)
        try:
            yield
        finally:
            self._responders.remove(row)

    async def ask_all(self, subject: str, payload: bytes, *, within_seconds: float, expected: int) -> list[bytes]:
        """Everybody answers at once; nobody is ever missing."""
        if not self.connected:
            return []
        answers = [await answer(payload) for served, answer in list(self._responders) if served == subject]
        return answers[: expected or None]

    async def request_watched(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        # Here nobody who has taken a request can be gone before it is answered.
        return await self.request(subject, payload, timeout_seconds=timeout_seconds)

    async def request(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        if subject not in self._answers:
            raise NoAnswer(f"nobody answers {subject}", nobody_listens=True)
        replies: list[bytes] = []

        async def answer() -> None:
            replies.append(await self._answers[subject](payload))

        match await attempt(answer(), subject=subject):
            case Done():
                return replies[0]
            case Refused(code, words):
                raise Refusal(code, words)
            case Poisoned(reason):
                raise Refusal(400, reason)
            case Failed():
                raise Refusal(500, "the request failed; the service's log says why")

    async def consume(
        self,
        stream: subjects.Stream,
        decode: Decode[T],
        handle: Handle[T],
        *,
        stop: asyncio.Event,
    ) -> None:
        """Work the stream's messages until *stop*, as ``owed.consume`` does; retries come without their delay."""
        waiting: list[Delivery] = []
        while not stop.is_set():
            fresh = self.stored[self._consumed.get(stream.name, 0) :]
            self._consumed[stream.name] = len(self.stored)
            waiting += [each for each in fresh if matches(stream.subject.pattern, each.subject)]
            if waiting:
                owed = _FakeOwed(self, waiting.pop(0))
                await settle(owed, decode, handle, stream=stream.name, meters=self.meters)
                if owed.again is not None:
                    waiting.append(owed.again)
            await asyncio.sleep(0)

    async def follow(
        self,
        stream: subjects.Stream,
        apply: Apply,
        *,
        caught_up: asyncio.Event,
        stop: asyncio.Event,
    ) -> None:
        """Replay all messages in order, then stay."""
        mine = [each for each in self._present() if matches(stream.subject.pattern, each.subject)]
        seen = len(self.stored)
        for each in mine:
            await apply(each)
        caught_up.set()
        while not stop.is_set():
            fresh = self.stored[seen:]
            seen = len(self.stored)
            for each in fresh:
                if each.sequence not in self._deleted and matches(stream.subject.pattern, each.subject):
                    await apply(each)
            await asyncio.sleep(0)

    async def messages(self, stream: subjects.Stream) -> AsyncIterator[Delivery]:
        """Each message that the stream holds, as ``replica.messages`` reads them."""
        for each in self._present():
            if matches(stream.subject.pattern, each.subject):
                yield each

    def lose_what_is_stored(self) -> None:
        """The streams are made anew; nobody may be following them."""
        self.stored, self._ids, self._deleted, self._consumed = [], {}, set(), {}

    def _present(self) -> list[Delivery]:
        return [each for each in self.stored if each.sequence not in self._deleted]

    def _last(self, subject: str) -> Delivery | None:
        return next((each for each in reversed(self._present()) if each.subject == subject), None)


@dataclass
class _FakeOwed:
    bus: FakeBus
    delivery: Delivery
    again: Delivery | None = None

    async def ack(self) -> None:
        return

    async def retry(self, delay_seconds: float) -> None:
        self.again = replace(self.delivery, attempt=self.delivery.attempt + 1)

    async def set_aside(self, reason: str) -> None:
        await self.bus.publish_owed(
            subjects.poison(self.delivery.subject),
            self.delivery.payload,
            message_id=f"poison/{self.delivery.subject}/{self.delivery.sequence}",
            headers={subjects.HEADER_REASON: reason},
        )


def matches(pattern: str, subject: str) -> bool:
    """Whether NATS would deliver *subject* to a subscription on *pattern*."""
    wanted, tokens = pattern.split("."), subject.split(".")
    for index, part in enumerate(wanted):
        if part == ">":
            return len(tokens) > index
        if index >= len(tokens) or part not in ("*", tokens[index]):
            return False
    return len(wanted) == len(tokens)
