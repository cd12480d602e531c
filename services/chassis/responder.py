"""Answering requests: several at a time, refusals in words, and replies that go to inboxes alone."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.micro.request import ERROR_CODE_HEADER, ERROR_HEADER
from pydantic import BaseModel, Field, ValidationError

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.refusals import RefusalText, Value
from services.chassis.errors import Refusal
from services.chassis.outcome import Done, Failed, Poisoned, Refused, attempt
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

Answer = Callable[[bytes], Awaitable[bytes]]

# Code and parameters of a refusal, as JSON in ASCII, beside its text in English.
_REFUSAL_HEADER: Final = "Wardwatch-Refusal"
# Requests that one service handles at a time; the others wait.
_HANDLED_AT_ONCE: Final = 8
# Requests accepted at a time: those that wait are in memory, photos included.
_MOST_ACCEPTED: Final = 128
_DRAWN: Final = re.compile(r"[0-9a-f]{32}")


def may_reply(message: Msg, meters: Meters) -> bool:
    """Whether a reply to *message* goes to somebody's inbox; otherwise the request is counted and must be dropped.

    The broker checks no permission on a reply subject: a request that names a stream's subject there would have the
    responder write what its sender may not (docs/adr/0071).
    """
    if message.reply.startswith(subjects.INBOXES):
        return True
    meters.count("wardwatch_requests_dropped_total", reason="reply_is_no_inbox")
    return False


class ConcurrentRequests:
    """Accepts requests at once and handles several at a time; subscribed one after another they would wait in line.

    No task group: a task group must be left by the task that entered it, and serving may begin in one task and end in
    another.
    """

    def __init__(self, client: Client, meters: Meters) -> None:
        self._client = client
        self._meters = meters
        self._slots = asyncio.Semaphore(_HANDLED_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def receiver(self, answer: Answer) -> Callable[[Msg], Awaitable[None]]:
        """What a subscription calls with each request: it returns at once, so that the next one is accepted too."""

        async def begin(message: Msg) -> None:
            if not may_reply(message, self._meters):
                return
            if len(self._tasks) >= _MOST_ACCEPTED:
                self._meters.count("wardwatch_requests_dropped_total", reason="too_many")
                await self._refuse(message, 503, RefusalText("too many requests are in hand; try again in a moment"))
                return
            task = asyncio.create_task(self._work(message, answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return begin

    async def finished(self) -> None:
        """Wait for the accepted requests."""
        await asyncio.gather(*self._tasks)

    async def _work(self, message: Msg, answer: Answer) -> None:
        try:
            async with self._held(message), self._slots:
                await self._handle(message, answer)
        except nats.errors.Error as error:  # the caller or the broker is gone
            log.warning("answer not delivered", subject=message.subject, error=type(error).__name__)

    async def _handle(self, message: Msg, answer: Answer) -> None:
        async def respond() -> None:
            # Not `message.respond`, which sends the request's own headers back.
            await self._client.publish(message.reply, await answer(take_content(message)))

        match await attempt(respond(), subject=message.subject):
            case Done():
                return
            case Refused(code, words):
                await self._refuse(message, code, words)
            case Poisoned(reason):
                await self._refuse(message, 400, RefusalText(reason))
            case Failed():
                await self._refuse(message, 500, RefusalText("the request failed; the service's log says why"))

    async def _refuse(self, message: Msg, code: int, words: RefusalText) -> None:
        """Send an error reply; its headers have the names that the NATS services framework gives them."""
        headers = {ERROR_HEADER: one_line(words.text), ERROR_CODE_HEADER: str(code), **_refusal_headers(words)}
        await self._client.publish(message.reply, headers=headers)

    @asynccontextmanager
    async def _held(self, request: Msg) -> AsyncIterator[None]:
        """Until left, reply to the caller's checks whether the request is still being handled.

        When this process is gone, the broker itself reports that nobody is there.
        """
        held_on = (request.headers or {}).get(subjects.HEADER_HELD_ON, "")
        if not _is_sibling(held_on, request.subject):
            yield
            return

        async def here(message: Msg) -> None:
            if may_reply(message, self._meters):
                await self._client.publish(message.reply)

        subscription = await self._client.subscribe(held_on, cb=here)
        try:
            yield
        finally:
            if self._client.is_connected:
                await subscription.unsubscribe()


def content_of(reply: Msg) -> bytes:
    """The content of a reply. Raises Refusal when it is an error."""
    headers = reply.headers or {}
    if ERROR_CODE_HEADER in headers:
        raise Refusal(int(headers[ERROR_CODE_HEADER]), _refusal_text(headers))
    return take_content(reply)


def take_content(message: Msg) -> bytes:
    """The content of *message*, and of nobody else: nats-py holds each last message until the next one of its kind
    comes, and it may be about somebody's face.
    """
    content, message.data = message.data, b""
    return content


def one_line(text: str) -> str:
    """Return *text* fit for a header value."""
    # NATS headers end at a line break, and nats-py does not check for one.
    return " ".join(text.split())


def _is_sibling(subject: str, other: str) -> bool:
    parent, _, token = subject.rpartition(".")
    return parent == other.rpartition(".")[0] and _DRAWN.fullmatch(token) is not None


class _RefusalHeader(BaseModel):
    """Code and parameters of a refusal, as JSON in a reply's header."""

    code: str
    params: dict[str, Value] = Field(default_factory=dict)


def _refusal_headers(words: RefusalText) -> dict[str, str]:
    """A refusal's code and parameters as headers of the reply."""
    return {_REFUSAL_HEADER: json.dumps({"code": words.code, "params": dict(words.params)})} if words.code else {}


def _refusal_text(headers: Mapping[str, str]) -> RefusalText:
    """The refusal in an error reply: its text alone when the header is absent or not ours."""
    text = headers.get(ERROR_HEADER, "")
    try:
        refusal = _RefusalHeader.model_validate_json(headers.get(_REFUSAL_HEADER, ""))
    except ValidationError:
        return RefusalText(text)
    return RefusalText(text, refusal.code, refusal.params)
