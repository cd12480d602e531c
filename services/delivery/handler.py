"""Sends what is due, each by its path, and notes what came of it."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol, assert_never

import structlog

from proto.wardwatch.v1.delivery import Path
from services.chassis.delivery_keys import Target
from services.chassis.outcome import Done, attempt
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.delivery.database import StoreAway
from services.delivery.delivery_store import Due
from services.delivery.messages import Language, Message
from services.delivery.outcome import Gone, Refused, Result, Taken, Unsure, retry_after
from services.delivery.web_push import Phone

log = structlog.get_logger(__name__)

_AWAY_SECONDS: Final = 1.0


class ToPhone(Protocol):
    """Sends to a phone."""

    async def send(self, message: Message, phone: Phone) -> Result: ...


class ToChannel(Protocol):
    """Sends to a channel."""

    async def send(self, message: Message, target: Target) -> Result: ...


class ToBroker(Protocol):
    """Sends to whoever hears the broker."""

    async def send(self, message: Message) -> Result: ...


class Deliveries(Protocol):
    """What is due, and what is noted of it. Each raises StoreAway."""

    async def take(self, most: int) -> list[Due]: ...
    async def note_taken(self, due: Due) -> None: ...
    async def note_unsure(self, due: Due, reason: str, wait: timedelta) -> None: ...
    async def note_failed(self, due: Due, reason: str, *, phone_is_gone: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class Paths:
    """The ways out."""

    push: ToPhone
    ntfy: ToChannel
    chat: ToChannel
    webhook: ToChannel
    nats: ToBroker


@dataclass(slots=True)
class SendDeliveries:
    """Any number of replicas may: a delivery is leased to one of them."""

    deliveries: Deliveries
    paths: Paths
    meters: Meters
    page: str
    language: Language
    concurrency: int = 16
    poll_seconds: float = 0.25
    _sending: set["asyncio.Task[None]"] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Send until *stop*; what is being sent then is noted first."""
        async with asyncio.TaskGroup() as tasks:
            while not stop.is_set():
                beat()
                try:
                    taken = await self.deliveries.take(self.concurrency - len(self._sending))
                except StoreAway as error:
                    log.warning("deliveries wait", reason=str(error))
                    await pause(stop, _AWAY_SECONDS)
                    continue
                for due in taken:
                    task = tasks.create_task(self.send(due))
                    self._sending.add(task)
                    task.add_done_callback(self._sending.discard)
                if not taken or len(self._sending) >= self.concurrency:
                    await pause(stop, self.poll_seconds)

    async def send(self, due: Due) -> None:
        """Send one and note what came of it. What cannot be noted is sent again once the lease has ended."""
        results: list[Result] = []

        async def work() -> None:
            results.append(await self._result(due))

        done = await attempt(work(), subject=f"delivery.{due.path}", attempt=due.attempt)
        result = results[0] if isinstance(done, Done) else Unsure("fault")
        try:
            word = await self._note(due, result)
        except StoreAway as error:
            log.warning("what came of a delivery is not noted", reason=str(error))
            word = "not_noted"
        self.meters.count("wardwatch_deliveries_total", path=due.path.value, outcome=word)

    def _result(self, due: Due) -> Awaitable[Result]:
        message = self._message(due)
        match due.path:
            case Path.PUSH:
                return _done(Gone()) if due.phone is None else self.paths.push.send(message, due.phone)
            case Path.NTFY:
                return _done(Gone()) if due.channel is None else self.paths.ntfy.send(message, due.channel)
            case Path.CHAT:
                return _done(Gone()) if due.channel is None else self.paths.chat.send(message, due.channel)
            case Path.WEBHOOK:
                return _done(Gone()) if due.channel is None else self.paths.webhook.send(message, due.channel)
            case Path.NATS:
                return self.paths.nats.send(message)
            case Path.NOBODY:
                return _done(Refused("no_path"))
            case _:
                assert_never(due.path)

    def _message(self, due: Due) -> Message:
        return Message(
            due.id,
            due.incident,
            due.kind,
            due.path,
            due.site,
            due.camera if due.shows_place else "",
            due.due_at,
            due.origin or self.page,
            self.language,
        )

    async def _note(self, due: Due, result: Result) -> str:
        """Note *result*; the word that it is counted by."""
        match result:
            case Taken():
                await self.deliveries.note_taken(due)
                return "taken"
            case Gone():
                await self.deliveries.note_failed(due, "gone", phone_is_gone=due.phone is not None)
                return "gone"
            case Refused(reason):
                await self.deliveries.note_failed(due, reason)
                return "refused"
            case Unsure(reason):
                wait = retry_after(due.path, due.attempt, result)
                if wait is None:
                    await self.deliveries.note_failed(due, reason)
                    return "given_up"
                await self.deliveries.note_unsure(due, reason, wait)
                return "retried"
            case _:
                assert_never(result)


async def _done(result: Result) -> Result:
    return result
