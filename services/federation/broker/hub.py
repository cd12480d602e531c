"""The publisher's side of the broker: a list's streams, what pushes them to hospitals, and what hospitals say."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Collection, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, TypeVar
from uuid import uuid4

import nats.errors
import nats.js.errors
from nats.js.api import StreamConfig
from nats.js.errors import NotFoundError

from proto.wardwatch.v1 import subjects
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.owed import pause
from services.chassis.replica import messages
from services.chassis.tasks import beat
from services.federation.broker import names
from services.federation.broker.received import Received, reading

T = TypeVar("T")

# The broker takes a thousand; fewer keep it from holding everybody else up.
MOST_IN_A_BATCH: Final = 500
_STORE_SECONDS: Final = 10.0
_ENTRANCE_BYTES: Final = 16
_LOOK_SECONDS: Final = 1.0
_FAULTS: Final = (nats.errors.Error, nats.js.errors.Error, TimeoutError)


@dataclass(frozen=True, slots=True)
class Held:
    """What a stream holds on a subject: where, and the SHA-256 of the statement, 32 bytes."""

    sequence: int
    sha256: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a hospital's copy of a list is: ``acked`` is on its disk, ``waiting`` was not sent to it yet.

    ``is_linked``: its broker takes deliveries now.
    """

    delivered: int
    acked: int
    waiting: int
    is_linked: bool


class Hub:
    """A publisher's broker, over one connection in account FED. Everything that asks it raises NoAnswer."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._entrances: dict[str, str] = {}  # by stream

    async def ensure_list(self, list_: str, hospitals: Collection[str]) -> None:
        """Make the streams of a list and all that pushes them to *hospitals*, and to nobody else. Safe to repeat."""
        entrance = await self._entrance(names.list_stream(list_)) or secrets.token_hex(_ENTRANCE_BYTES)
        for wanted in names.published(list_, entrance):
            await self._ensure_stream(wanted)
        if hospitals:
            for wanted in names.heard(list_, hospitals):
                await self._ensure_stream(wanted)
        for stream in (names.list_stream(list_), names.faces_stream(list_)):
            for former in (await self._lags(stream)).keys() - set(hospitals):
                await self._delete_consumer(stream, former)
        for hospital in sorted(hospitals):
            await self._ensure_deliveries(list_, hospital)

    async def ensure_hospital(self, list_: str, hospital: str) -> None:
        """Push the list to *hospital* as well, and hear it."""
        known = await self._heard_of(list_) | {hospital}
        for wanted in names.heard(list_, known):
            await self._ensure_stream(wanted)
        await self._ensure_deliveries(list_, hospital)

    async def remove_hospital(self, list_: str, hospital: str) -> None:
        """Send nothing of the list to *hospital* any more, from now on. What it said is kept."""
        for stream in (names.list_stream(list_), names.faces_stream(list_)):
            await self._delete_consumer(stream, hospital)

    async def publish(self, subject: str, statement: bytes) -> int:
        """Return the sequence under which *statement* is on disk. Raises NotStored when that is not certain."""
        _, list_, kind, _ = f"{subject}.".split(".", 3)
        stream = names.faces_stream(list_) if kind == "face" else names.list_stream(list_)
        entrance = await self._known_entrance(stream)
        return await self._published(names.at_entrance(subject, entrance), statement, {}, stream=stream)

    async def publish_batch(self, list_: str, statements: Sequence[tuple[str, bytes]]) -> int:
        """Store *statements*, subject and content, all of them or none; returns the sequence of the last.

        Hospitals get them in this order. Raises NotStored when it is not certain that all are on disk: the same again
        is then right. Raises ValueError for none, or for more than MOST_IN_A_BATCH.
        """
        if not 1 <= len(statements) <= MOST_IN_A_BATCH:
            raise ValueError(f"a batch has 1 to {MOST_IN_A_BATCH} statements instead of {len(statements)}")
        stream, batch, last = names.list_stream(list_), uuid4().hex, len(statements)
        entrance = await self._known_entrance(stream)
        for number, (stored_on, statement) in enumerate(statements, start=1):
            subject = names.at_entrance(stored_on, entrance)
            headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            if number == last:
                return await self._published(subject, statement, {**headers, "Nats-Batch-Commit": "1"}, stream=stream)
            if number == 1:
                await self._begun(subject, statement, headers)
            else:
                await self._sent(subject, statement, headers)
        raise AssertionError("a batch has an end")

    async def last_head(self, list_: str) -> Received | None:
        """The last head that the stream holds, or None: there is none, or no stream."""
        subject = subjects.fed_head(list_)
        found = await self._bus.last_of(names.list_stream(list_), subject)
        return None if found is None else Received(subject, found.payload, found.sequence, found.stored_at)

    async def held(self, list_: str) -> dict[str, Held]:
        """All that the streams of a list hold, by subject: to compare it with the record. Empty without a stream."""
        found: dict[str, Held] = {}
        for stream in (names.list_stream(list_), names.faces_stream(list_)):
            if await self._exists(stream):
                async for each in messages(self._bus, stream):
                    found[each.subject] = Held(each.sequence, sha256(each.payload).digest())
        return found

    async def statements(self, list_: str) -> dict[str, bytes]:
        """All that the list's stream holds by subject, checked by nobody; pictures aside. Empty without a stream."""
        stream, found = names.list_stream(list_), dict[str, bytes]()
        if await self._exists(stream):
            async for each in messages(self._bus, stream):
                found[each.subject] = each.payload
        return found

    async def purge_faces(self, list_: str, entry: str) -> None:
        """Delete every picture of *entry*. Copies keep theirs: hospitals delete them when they read the tombstone."""
        stream, pictures = names.faces_stream(list_), subjects.fed_face(list_, entry, "x").removesuffix("x") + "*"
        await self._asked(self._bus.stream.purge_stream(stream, subject=pictures), f"pictures of {stream}")

    async def refill(self, list_: str, hospitals: Collection[str]) -> None:
        """Delete the list's streams and make them anew, empty: hospitals start over with what is published then.

        For a broker that was put back from a backup: its stream counts on below what hospitals had, and they would
        take nothing of it until it has passed that.
        """
        for stream in (names.list_stream(list_), names.faces_stream(list_)):
            self._entrances.pop(stream, None)
            with suppress(NotFoundError):
                await self._asked(self._bus.stream.delete_stream(stream), stream)
        await self.ensure_list(list_, hospitals)

    def receipts(self, list_: str, stop: asyncio.Event) -> AsyncGenerator[Received, None]:
        """Each receipt that hospitals have signed, all that are held first, until *stop*. Nothing is acknowledged."""
        return self._heard(names.receipts_stream(list_), stop)

    def hellos(self, list_: str, stop: asyncio.Event) -> AsyncGenerator[Received, None]:
        """The same of hellos."""
        return self._heard(names.hellos_stream(list_), stop)

    async def _heard(self, stream: str, stop: asyncio.Event) -> AsyncGenerator[Received, None]:
        """What *stream* holds and then what comes; there is none before a hospital is admitted."""
        while not stop.is_set():
            beat()
            with suppress(NoAnswer):
                if await self._exists(stream):
                    break
            await pause(stop, _LOOK_SECONDS)
        async with aclosing(reading(self._bus, stream, caught_up=asyncio.Event(), stop=stop)) as coming:
            async for each in coming:
                yield each

    async def lag(self, list_: str) -> Mapping[str, Lag]:
        """By hospital, how far its copy of the list is (not of the pictures)."""
        return await self._lags(names.list_stream(list_))

    async def _known_entrance(self, stream: str) -> str:
        """Where *stream* takes statements. Raises NotStored when the broker does not say."""
        if stream not in self._entrances:
            try:
                entrance = await self._entrance(stream)
            except NoAnswer as error:
                raise NotStored(str(error)) from error
            if not entrance:
                raise NotStored(f"there is no stream {stream}")
            self._entrances[stream] = entrance
        return self._entrances[stream]

    async def _entrance(self, stream: str) -> str:
        try:
            info = await self._asked(self._bus.stream.stream_info(stream), stream)
        except NotFoundError:
            return ""
        return names.entrance_of(info.config)

    async def _ensure_stream(self, wanted: StreamConfig) -> None:
        """Make *wanted*, or bring what is there up to it."""
        assert wanted.name is not None
        if await self._exists(wanted.name):
            await self._asked(self._bus.stream.update_stream(wanted), wanted.name)
            return
        # It counts on above whatever a former one of this name had, and so does whoever copies it: in the moment in
        # which a link comes back, the broker of a hospital takes the one for the other, and leaves out what is lower.
        begins = replace(wanted, first_seq=time.time_ns() // 1_000_000)
        await self._asked(self._bus.stream.add_stream(begins), wanted.name)

    async def _ensure_deliveries(self, list_: str, hospital: str) -> None:
        for stream, config in names.deliveries(list_, hospital):
            await self._asked(self._bus.stream.add_consumer(stream, config), stream)

    async def _heard_of(self, list_: str) -> set[str]:
        """The hospitals that have a row of subjects for what they say."""
        try:
            info = await self._asked(self._bus.stream.stream_info(names.hellos_stream(list_)), list_)
        except NotFoundError:
            return set()
        return {subject.rpartition(".")[2] for subject in info.config.subjects or ()}

    async def _exists(self, stream: str) -> bool:
        try:
            await self._asked(self._bus.stream.stream_info(stream), stream)
        except NotFoundError:
            return False
        return True

    async def _delete_consumer(self, stream: str, hospital: str) -> None:
        with suppress(NotFoundError):
            await self._asked(self._bus.stream.delete_consumer(stream, hospital), stream)

    async def _lags(self, stream: str) -> dict[str, Lag]:
        found, seen = dict[str, Lag](), 0
        while True:
            asked = json.dumps({"offset": seen}).encode()
            subject = f"$JS.API.CONSUMER.LIST.{stream}"
            read = json.loads(await self._bus.request(subject, asked, timeout_seconds=_STORE_SECONDS))
            if error := read.get("error"):
                raise NoAnswer(f"{stream}: {error.get('description')}")
            page = read.get("consumers") or []
            # The others are of whoever reads the stream for a moment.
            found |= {str(each["name"]): _lag(each) for each in page if each["config"].get("durable_name")}
            seen += len(page)
            if not page or seen >= int(read["total"]):
                return found

    async def _asked(self, answer: Awaitable[T], what: str) -> T:
        """What the broker answers. Raises NotFoundError, or NoAnswer."""
        try:
            return await answer
        except NotFoundError:
            raise
        except _FAULTS as error:
            raise NoAnswer(f"{what} could not be asked: {error or type(error).__name__}") from error

    async def _begun(self, subject: str, statement: bytes, headers: Mapping[str, str]) -> None:
        """Send the first of a batch; the broker says whether it takes one."""
        try:
            answer = await self._bus.client.request(subject, statement, timeout=_STORE_SECONDS, headers=dict(headers))
            refused = json.loads(answer.data)["error"]["description"] if answer.data else ""
        except (*_FAULTS, ValueError, KeyError) as error:
            self._entrances.clear()
            raise NotStored(f"a batch was not begun: {type(error).__name__}") from error
        if refused:
            raise NotStored(f"a batch was not begun: {refused}")

    async def _sent(self, subject: str, statement: bytes, headers: Mapping[str, str]) -> None:
        try:
            await self._bus.client.publish(subject, statement, headers=dict(headers))
        except nats.errors.Error as error:
            raise NotStored(f"a batch was not sent: {type(error).__name__}") from error

    async def _published(self, subject: str, statement: bytes, headers: Mapping[str, str], *, stream: str) -> int:
        try:
            stored = await self._bus.stream.publish(
                subject, statement, timeout=_STORE_SECONDS, stream=stream, headers=dict(headers) or None
            )
        except nats.js.errors.APIError as error:
            raise NotStored(f"{stream}: {error.description or type(error).__name__}") from error
        except _FAULTS as error:
            self._entrances.pop(stream, None)  # it may have been made anew, by another process
            raise NotStored(f"{stream}: {type(error).__name__}") from error
        return stored.seq


def _lag(consumer: Mapping[str, Mapping[str, int]]) -> Lag:
    return Lag(
        int(consumer["delivered"]["stream_seq"]),
        int(consumer["ack_floor"]["stream_seq"]),
        int(str(consumer["num_pending"])),
        bool(consumer.get("push_bound")),
    )
