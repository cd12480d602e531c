"""The hospital's side of the broker: its own copy of a list, and what it says to the publisher over the link."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Final

import nats.errors
import nats.js.errors
from nats.aio.client import NO_RESPONDERS_STATUS
from nats.js.api import Header, StreamConfig
from nats.js.errors import NotFoundError

from proto.wardwatch.v1 import subjects
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.tasks import LongRunning, beat
from services.federation.broker import names
from services.federation.broker.received import Received, reading, received

# Longer than a slow line takes for what may be on its way (names.py): the answer waits behind that.
_ANSWER_SECONDS: Final = 10.0
_FAULTS: Final = (nats.errors.Error, nats.js.errors.Error, TimeoutError)
_INBOX_BYTES: Final = 11
_TO_ITS_START: Final = b'{"seq": 1}'


class Copy:
    """A list that was joined, over one connection in its own account: this installation is *hospital* there.

    What was copied is checked by nobody here: the publisher's broker may have delayed, dropped or repeated it.
    """

    def __init__(self, bus: Bus, list_: str, hospital: str, hub_domain: str) -> None:
        self._bus = bus
        self._list = list_
        self._hospital = hospital
        self._hub_domain = hub_domain
        self._read: tuple[asyncio.Event, ...] = ()

    @property
    def is_caught_up(self) -> bool:
        """Whether all was given that both copies held when :meth:`follow` began, and asked for behind it."""
        return bool(self._read) and all(read.is_set() for read in self._read)

    async def ensure(self) -> bool:
        """Make the copies that are missing; returns whether one was. Raises NoAnswer without a way to the hub."""
        made = False
        for wanted in names.copies(self._list, self._hospital, self._hub_domain):
            if not await self._is_as(wanted):
                await self._make_anew(wanted)
                made = True
        return made

    async def repair(self, *, pictures: bool) -> None:
        """Throw the copy of the list away and fetch it again, and that of its *pictures*, which are most of it.

        Raises NoAnswer, and may then be repeated. Until the publisher's broker has answered, what is here stays.
        """
        list_, faces = names.copies(self._list, self._hospital, self._hub_domain)
        for wanted in (list_, faces) if pictures else (list_,):
            await self._make_anew(wanted)

    async def ask_again(self) -> None:
        """Have the publisher's broker send what this one has not confirmed. Raises NoAnswer.

        What is on its way in the moment in which a link comes back, or in which it is asked again, may be lost. It is
        missed when something comes behind it: within five seconds in a list, which has heads, and perhaps never among
        its pictures. So who waits for one asks every ten seconds.
        """
        for stream in (names.list_stream(self._list), names.faces_stream(self._list)):
            await self._reset(stream, b"")

    async def follow(self, take: Callable[[Received], object], stop: asyncio.Event) -> None:
        """Give *take* all that both copies hold and then what comes, each copy in its order, until *stop*.

        A copy that was made anew is given from its start once more.
        """
        of_list, of_faces = self._read = (asyncio.Event(), asyncio.Event())
        async with LongRunning(stop) as tasks:
            for stream, caught_up in (
                (names.list_stream(self._list), of_list),
                (names.faces_stream(self._list), of_faces),
            ):
                coming = reading(self._bus, stream, caught_up=caught_up, stop=stop)
                tasks.start(stream, _given(coming, take), within_seconds=None)

    async def identity(self) -> str:
        """Names the publisher's stream that the copy's last head is from; nothing without a head.

        Of one that was made anew once the broker has noticed; it takes what comes of that at once, because it counts on
        above its former self. Raises NoAnswer.
        """
        stream = names.list_stream(self._list)
        found = await self._bus.last_of(stream, subjects.fed_head(self._list))
        return "" if found is None else received(found).origin

    async def publish_receipt(self, entry: str, matcher: str, statement: bytes) -> None:
        """Return when the publisher's broker has the signed receipt of *matcher* on disk. Raises NotStored."""
        subject = subjects.fed_receipt(self._list, self._hospital, entry, matcher)
        await self._say(subject, statement, names.receipts_stream(self._list))

    async def publish_hello(self, statement: bytes) -> None:
        """The same of how this hospital stands with the list."""
        subject = subjects.fed_hello(self._list, self._hospital)
        await self._say(subject, statement, names.hellos_stream(self._list))

    async def delete(self, subject: str) -> None:
        """Delete what the copies hold on *subject*, which may have wildcards: a source copies no deletion.

        Raises NoAnswer.
        """
        pictures = subject.startswith(f"fed.{self._list}.face.")
        stream = names.faces_stream(self._list) if pictures else names.list_stream(self._list)
        try:
            await self._bus.stream.purge_stream(stream, subject=subject)
        except _FAULTS as error:
            raise NoAnswer(f"{subject} could not be deleted: {error or type(error).__name__}") from error

    async def drop(self) -> None:
        """Delete both copies, once the list was left. Raises NoAnswer."""
        for stream in (names.list_stream(self._list), names.faces_stream(self._list)):
            await self._drop(stream)

    async def _is_as(self, wanted: StreamConfig) -> bool:
        assert wanted.name is not None
        try:
            held = (await self._bus.stream.stream_info(wanted.name)).config
        except NotFoundError:
            return False
        except _FAULTS as error:
            raise NoAnswer(f"stream {wanted.name} could not be asked: {type(error).__name__}") from error
        return held.sources == wanted.sources

    async def _make_anew(self, wanted: StreamConfig) -> None:
        """In this order: a reset behind the making is too late, for a source drops what it was told of before."""
        assert wanted.name is not None
        await self._reset(wanted.name)
        await self._drop(wanted.name)
        await self._reset(wanted.name)
        try:
            await self._bus.stream.add_stream(wanted)
        except _FAULTS as error:
            raise NoAnswer(f"stream {wanted.name} could not be made: {error or type(error).__name__}") from error

    async def _reset(self, stream: str, to: bytes = _TO_ITS_START) -> None:
        """Have the publisher's broker begin again with what it pushes here."""
        subject = f"$JS.{self._hub_domain}.API.CONSUMER.RESET.{stream}.{self._hospital}"
        read = json.loads(await self._asked(subject, to))
        if refused := read.get("error"):
            raise NoAnswer(f"the publisher's broker does not begin {stream} anew: {refused.get('description')}")

    async def _drop(self, stream: str) -> None:
        try:
            with suppress(NotFoundError):
                await self._bus.stream.delete_stream(stream)
        except _FAULTS as error:
            raise NoAnswer(f"stream {stream} could not be deleted: {error or type(error).__name__}") from error

    async def _say(self, subject: str, statement: bytes, stream: str) -> None:
        try:
            ack = json.loads(await self._asked(subject, statement))
        except (NoAnswer, ValueError) as error:
            raise NotStored(f"{subject}: {error}") from error
        if refused := ack.get("error"):
            raise NotStored(f"{subject}: {refused.get('description')}")
        # Anybody on the way could have stored it, and nobody at the publisher's would ever read it.
        if (ack.get("domain"), ack.get("stream")) != (self._hub_domain, stream):
            raise NotStored(f"{subject}: stored by {ack.get('stream')} of {ack.get('domain')}")

    async def _asked(self, subject: str, content: bytes) -> bytes:
        """What comes back over the link. Raises NoAnswer.

        To an inbox that no other hospital may hear; the one that this broker answers to is told to no publisher's.
        """
        beat()  # a repair asks four times
        inbox = f"{subjects.link_inbox(self._hospital)}.{secrets.token_hex(_INBOX_BYTES)}"
        try:
            subscription = await self._bus.client.subscribe(inbox, max_msgs=1)
            try:
                await self._bus.client.publish(subject, content, reply=inbox)
                answer = await subscription.next_msg(timeout=_ANSWER_SECONDS)
            finally:
                with suppress(nats.errors.Error):
                    await subscription.unsubscribe()
        except (nats.errors.Error, TimeoutError) as error:
            raise NoAnswer(f"{subject} is not answered: {type(error).__name__}") from error
        if (answer.headers or {}).get(Header.STATUS) == NO_RESPONDERS_STATUS:
            raise NoAnswer(f"{subject} reaches nobody: the link is down, or the publisher does not know us")
        return bytes(answer.data)


async def _given(coming: AsyncGenerator[Received, None], take: Callable[[Received], object]) -> None:
    async with aclosing(coming):
        async for each in coming:
            take(each)
