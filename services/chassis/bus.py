"""The connection to NATS: perishable publishing and listening, owed publishing, requests and replies."""

import asyncio
import re
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import NO_RESPONDERS_STATUS, Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import Header, RawStreamMsg
from nats.nuid import NUID

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.subjects import Account
from services.chassis import boundary, library_tasks
from services.chassis.errors import BusClosed, NoAnswer, NotStored, Overtaken, Refusal, StartupError
from services.chassis.responder import Answer, ConcurrentRequests, content_of, may_reply, take_content
from services.chassis.signing import NO_SIGNATURES, Signatures
from services.chassis.store_record import StoreRecord
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.chassis.tolerant_client import TolerantClient

log = structlog.get_logger(__name__)

# So many signatures are checked by one thread at a time; fewer are not worth a thread.
_CHECKED_BY_THREADS: Final = 32
# A sender of forged messages must not fill the log.
_SAY_AGAIN_SECONDS: Final = 60.0
# 22 characters: nats-py finds what follows them by their number.
_INBOX_BYTES: Final = 11
_CONNECT_TIMEOUT_SECONDS: Final = 30.0
# A network that loses packets ends no connection, and TCP repeats what was lost ever more seldom: a matcher would hear
# of a revocation long after the network is back. So after three pings without an answer a new connection is tried for.
# Frames may be large and a camera's line slow: there a ping waits behind them, and what is lost is perishable.
_PING_SECONDS: Final = {Account.RECORD: 2, Account.VIDEO: 10, Account.CAMERA: 10, Account.FED: 2}
_CONNECT_SECONDS: Final = {Account.RECORD: 2, Account.VIDEO: 5, Account.CAMERA: 5, Account.FED: 2}
_ANSWER_SECONDS: Final = 5.0
# After how many missed checks a caller gives up: soon once a service had accepted its request, later while the request
# may still wait for a busy one.
_MISSES: Final = 2
_MISSES_BEFORE_ACCEPTED: Final = 10
# The broker's words, as nats-py passes them on.
_REFUSED_SUBSCRIPTION: Final = re.compile(r'permissions violation for subscription to "([^"]{1,256})"', re.IGNORECASE)
# The server's own number for an expected sequence that is not the last one (its errors.json).
_WRONG_LAST_SEQUENCE: Final = 10071
# What may wait at the connection for a listener that should never be busy: a few frames of every camera, and whatever
# many small messages come with one read of the socket.
_WAITING_MESSAGES: Final = 8192
_WAITING_BYTES: Final = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came: ``attempt`` is 1 the first time an owed message is delivered.

    ``forged``: nobody signed it who may write on its subject. Then ``payload`` is empty, which no decoder takes.
    """

    subject: str
    payload: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1
    sequence: int = 0  # of the stream, for owed messages
    stored_at: datetime | None = None  # by the broker's clock, for messages of a stream that is followed
    forged: bool = False


# Publishes to the subject; the name, one token, is what comes back when nobody listens there.
Probe = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a connection waits, in seconds."""

    store_seconds: float = 5.0  # for a stream's answer
    look_seconds: float = 1.0  # between two checks whether a watched request is still being handled


class Bus:
    """One connection in one account. Made by :meth:`connect`; owed consumption is in ``owed.py``."""

    def __init__(
        self,
        client: Client,
        account: Account,
        meters: Meters,
        credential: "_Credential",
        limits: Limits,
        signatures: Signatures,
        stores: StoreRecord,
    ) -> None:
        self._credential = credential
        self._signatures = signatures
        self._forgeries = _Forgeries(meters)
        self._limits = limits
        self.client = client
        self.stream = JetStreamContext(client, timeout=limits.store_seconds)
        self.account = account
        self.meters = meters
        self.stores = stores

    @property
    def user(self) -> str:
        """The user of the broker that this connection is."""
        return self._credential.user

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        url: str,
        *,
        user: str,
        user_seed_file: Path,
        account: Account,
        meters: Meters,
        limits: Limits | None = None,
        signatures: Signatures = NO_SIGNATURES,
    ) -> AsyncIterator["Bus"]:
        """Connect as *user*, check the boundary, and drain on leaving.

        What needs a signature is signed and believed by *signatures*: here, so that no handler can forget it.

        Raises StartupError when the broker cannot be reached within 30 s, refuses the credential, is too old, or
        the account is not the one expected.
        """
        credential = _Credential(user, user_seed_file)
        stores = StoreRecord("the broker")
        client = await _open(url, credential, account=account, meters=meters, stores=stores)
        bus = cls(client, account, meters, credential, limits or Limits(), signatures, stores)
        try:
            version = _version(client)
            boundary.check_version(version)
            await boundary.check_account(bus._ask, account, user=user)
            meters.set("wardwatch_bus_connected", 1, account=account)
            log.info("bus is connected", account=account, server_version=version)
            yield bus
        finally:
            # In a task of its own: this one may bear a cancellation that is over, which `_obey_cancellation` would take
            # for one (until Python 3.13 a TaskGroup leaves it when a task fails while the group is being left).
            await asyncio.create_task(_leave(client))

    async def publish(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None) -> bool:
        """Send a perishable message; returns False, and counts it, when it had to be dropped."""
        sent = self._signatures.headers(subject, payload, headers)
        if not self.client.is_connected:
            self.meters.count("wardwatch_bus_shed_total", reason="disconnected")
            return False
        try:
            await self.client.publish(subject, payload, headers=sent or None)
        except nats.errors.MaxPayloadError:
            self.meters.count("wardwatch_bus_shed_total", reason="too_large")
            return False
        except (nats.errors.OutboundBufferLimitError, nats.errors.ConnectionClosedError):
            self.meters.count("wardwatch_bus_shed_total", reason="broker_slow")
            return False
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
        """Return the message's sequence once a stream has stored it on disk. Raises NotStored when that is not certain.

        With *expected_last_sequence_of_subject* (0: none) raises Overtaken when the subject's last message is another.
        """
        sent = self._signatures.headers(subject, payload, headers)
        sent[subjects.HEADER_MESSAGE_ID] = message_id
        if expected_last_sequence_of_subject is not None:
            sent[Header.EXPECTED_LAST_SUBJECT_SEQUENCE] = str(expected_last_sequence_of_subject)
        try:
            stored = await self.stream.publish(subject, payload, timeout=self._limits.store_seconds, headers=sent)
        except nats.js.errors.APIError as error:
            reason = error.description or type(error).__name__
            if error.err_code == _WRONG_LAST_SEQUENCE:
                raise Overtaken(f"{subject}: {reason}") from error
            self.stores.failed(subject, reason)
            raise NotStored(f"{subject}: {reason}") from error
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            # A stream whose disk was full says nothing at all (docs/adr/0072).
            reason = "no answer; its disk may be full" if isinstance(error, TimeoutError) else type(error).__name__
            self.stores.failed(subject, reason)
            raise NotStored(f"{subject}: {reason}") from error
        expected = subjects.stream_of(subject)
        if expected is not None and stored.stream != expected.name:
            raise NotStored(f"{subject}: acknowledged by stream {stored.stream} instead of {expected.name}")
        self.stores.stored(subject)
        return stored.seq

    async def last_of(self, stream: str, subject: str) -> Delivery | None:
        """The last message that *stream* holds of *subject*, forged or not, or None. Raises NoAnswer."""
        try:
            last = await self.stream.get_last_msg(stream, subject)
        except nats.js.errors.NotFoundError:
            return None
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise NoAnswer(f"stream {stream} could not be asked: {type(error).__name__}") from error
        return self.authenticated(_raw(subject, last))

    async def all_of(self, stream: str, subject: str) -> list[Delivery]:
        """Every message that *stream* holds of *subject*, forged ones too, oldest first. Raises NoAnswer."""
        return [self.authenticated(each) for each in await self._all_of(stream, subject)]

    async def unchecked(self, stream: str, subject: str) -> list[Delivery]:
        """The same, but forged ones keep their content: for who can judge by other means whose it is."""
        found = await self._all_of(stream, subject)
        checks = zip(found, self._check(found), strict=True)
        return [each if believed else replace(each, forged=True) for each, believed in checks]

    async def count_of(self, stream: str) -> int:
        """How many messages *stream* holds. Raises NoAnswer."""
        try:
            return int((await self.stream.stream_info(stream)).state.messages)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise NoAnswer(f"stream {stream} could not be asked: {type(error).__name__}") from error

    async def _all_of(self, stream: str, subject: str) -> list[Delivery]:
        found, sequence = list[Delivery](), 1
        while True:
            try:
                message = await self.stream.get_msg(stream, sequence, subject=subject, next=True)
            except nats.js.errors.NotFoundError:
                return found
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                raise NoAnswer(f"{subject} of {stream} could not be read: {type(error).__name__}") from error
            found.append(_raw(subject, message))
            sequence = found[-1].sequence + 1

    def authenticated(self, delivery: Delivery) -> Delivery:
        """*delivery* as it came, or marked as forged and without its content."""
        if self._signatures.believes(delivery.subject, delivery.payload, delivery.headers):
            return delivery
        return self._forged(delivery)

    async def all_authenticated(self, deliveries: Sequence[Delivery]) -> AsyncIterator[Delivery]:
        """The same for many, in their order; while some are used, threads check the next ones."""
        if len(deliveries) < _CHECKED_BY_THREADS:
            for each in deliveries:
                yield self.authenticated(each)
            return
        loop = asyncio.get_running_loop()
        parts = [deliveries[n : n + _CHECKED_BY_THREADS] for n in range(0, len(deliveries), _CHECKED_BY_THREADS)]
        checks = [loop.run_in_executor(None, self._check, part) for part in parts]
        for part, check in zip(parts, checks, strict=True):
            for each, believed in zip(part, await check, strict=True):
                yield each if believed else self._forged(each)

    def _check(self, deliveries: Sequence[Delivery]) -> list[bool]:
        return [self._signatures.believes(each.subject, each.payload, each.headers) for each in deliveries]

    def _forged(self, delivery: Delivery) -> Delivery:
        self._forgeries.note(delivery.subject)
        return replace(delivery, payload=b"", forged=True)

    async def delete(self, stream: str, sequence: int) -> None:
        """Delete a message, or find it deleted, the broker's secure way. Raises NoAnswer when that is not certain.

        No consumer and no request reads it again. On disk nats-server writes over it only where its store has no
        cipher: 2.15 leaves an enciphered message where it is until the block around it is rewritten.
        """
        try:
            async with asyncio.timeout(self._limits.store_seconds):
                await self.stream.delete_msg(stream, sequence)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            # The server says in more than one way that there is nothing to delete, so it is asked.
            if await self._holds(stream, sequence):
                raise NoAnswer(
                    f"message {sequence} of {stream} could not be deleted: {type(error).__name__}"
                ) from error

    @asynccontextmanager
    async def listen(self, subject: str, *, queue: str, offer: Callable[[Delivery], None]) -> AsyncIterator[None]:
        """Hand each perishable message that is not forged to *offer*, which must return at once; stop on leaving."""
        listening = await self.begin_listening(subject, queue=queue, offer=offer)
        await self.flush_subscriptions()
        try:
            yield
        finally:
            await listening.stop()

    async def begin_listening(self, subject: str, *, queue: str, offer: Callable[[Delivery], None]) -> "Listening":
        """As ``listen``, for who ends it elsewhere; the broker knows of it after ``flush_subscriptions``."""

        async def receive(message: Msg) -> None:
            delivery = self.authenticated(Delivery(message.subject, take_content(message), message.headers or {}))
            if not delivery.forged:
                offer(delivery)

        return Listening(
            self.client,
            await self.client.subscribe(
                subject,
                queue=queue,
                cb=receive,
                pending_msgs_limit=_WAITING_MESSAGES,
                pending_bytes_limit=_WAITING_BYTES,
            ),
        )

    @asynccontextmanager
    async def probing(self, gone: Callable[[str], None]) -> AsyncIterator[Probe]:
        """Yield a function that asks on a subject whether anybody listens; *gone* gets the name given when nobody does.

        Nobody answers: the broker alone knows whether a connection is there, at once and without a doubt.
        """

        async def receive(message: Msg) -> None:
            if (message.headers or {}).get(Header.STATUS) == NO_RESPONDERS_STATUS:
                gone(message.subject.rpartition(".")[2])

        inbox = self.client.new_inbox()

        async def probe(subject: str, name: str) -> None:
            if self.client.is_connected:
                await self.client.publish(subject, b"", reply=f"{inbox}.{name}")

        subscription = await self.client.subscribe(f"{inbox}.*", cb=receive)
        try:
            yield probe
        finally:
            if self.client.is_connected:
                await subscription.unsubscribe()

    @property
    def reconnects(self) -> int:
        """How often the connection came back: the broker may have given others what it owed this one."""
        return self.client.stats["reconnects"]

    @asynccontextmanager
    async def serve(self, answers: Mapping[str, Answer], *, queue: str) -> AsyncIterator[None]:
        """Answer requests on each subject of *answers* until left, beside others who serve with the same *queue*.

        Several are handled at a time; on leaving, accepted requests are finished. A Refusal becomes an error reply with
        its code and text; any other fault becomes 500 without details. A request whose reply would go anywhere but to
        an inbox, or that is forged, is dropped and counted.
        """
        requests = ConcurrentRequests(self.client, self.meters)
        subscriptions: list[Subscription] = []
        try:
            for subject, answer in answers.items():
                receive = self._believed(requests.receiver(answer))
                subscriptions.append(await self.client.subscribe(subject, queue=queue, cb=receive))
            await self.flush_subscriptions()
            yield
        finally:
            if self.client.is_connected:
                for subscription in subscriptions:
                    await subscription.drain()
            await requests.finished()

    def _believed(self, receive: Callable[[Msg], Awaitable[None]]) -> Callable[[Msg], Awaitable[None]]:
        async def check(message: Msg) -> None:
            if not self.authenticated(Delivery(message.subject, message.data, message.headers or {})).forged:
                await receive(message)

        return check

    @asynccontextmanager
    async def respond(self, subject: str, answer: Answer) -> AsyncIterator[None]:
        """Reply to requests, unless forged, that go to every process which listens on *subject*, without refusals."""

        async def receive(message: Msg) -> None:
            request = self.authenticated(Delivery(message.subject, take_content(message), message.headers or {}))
            if not request.forged and may_reply(message, self.meters):
                await self.client.publish(message.reply, await answer(request.payload))

        subscription = await self.client.subscribe(subject, cb=receive)
        await self.flush_subscriptions()
        try:
            yield
        finally:
            if self.client.is_connected:
                await subscription.unsubscribe()

    async def ask_all(self, subject: str, payload: bytes, *, within_seconds: float, expected: int) -> list[bytes]:
        """Send a request to all who listen on *subject*; returns the replies within the time.

        Returns sooner after *expected* replies (0: any number), and at once when nobody listens.
        """
        answers: list[bytes] = []
        over = asyncio.Event()

        async def receive(message: Msg) -> None:
            if (message.headers or {}).get(Header.STATUS) == NO_RESPONDERS_STATUS:
                over.set()
                return
            answers.append(message.data)
            if len(answers) == expected:
                over.set()

        inbox = self.client.new_inbox()
        try:
            subscription = await self.client.subscribe(inbox, cb=receive)
            headers = self._signatures.headers(subject, payload, None)
            await self.client.publish(subject, payload, reply=inbox, headers=headers or None)
        except nats.errors.Error:  # nothing can be sent
            return answers
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await over.wait()
        if self.client.is_connected:
            await subscription.unsubscribe()
        return answers

    async def request(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        """Send a request, signed where its subject has authors; returns the reply.

        Raises Refusal with the words of who refused, or NoAnswer.
        """
        return await self._reply(subject, payload, timeout_seconds, None)

    async def request_watched(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        """As ``request``; raises NoAnswer also as soon as the process that handled the request is gone.

        Both sides must be allowed to use subjects beside *subject*, and *subject* has no queue but that of ``serve``.
        """
        held_on = f"{subject.rpartition('.')[0]}.{uuid4().hex}"
        reply_task = asyncio.create_task(self._reply(subject, payload, timeout_seconds, held_on))
        try:
            watch = Watch()
            while not (await asyncio.wait({reply_task}, timeout=self._limits.look_seconds))[0]:
                watch.looked(held=await self._is_held(held_on))
                if watch.is_given_up and not reply_task.done():
                    raise NoAnswer(f"whoever had {subject} in hand is gone")
            return await reply_task
        finally:
            reply_task.cancel()

    async def _reply(self, subject: str, payload: bytes, timeout_seconds: float, held_on: str | None) -> bytes:
        held = None if held_on is None else {subjects.HEADER_HELD_ON: held_on}
        headers = self._signatures.headers(subject, payload, held)
        try:
            reply = await self.client.request(subject, payload, timeout=timeout_seconds, headers=headers or None)
        except nats.errors.NoRespondersError as error:
            raise NoAnswer(f"nobody answers {subject}", nobody_listens=True) from error
        except TimeoutError as error:
            raise NoAnswer(f"no answer from {subject} within {timeout_seconds:g} s") from error
        except nats.errors.MaxPayloadError as error:
            raise Refusal(413, refusals.MORE_THAN_THE_BROKER_TAKES.filled(bytes=len(payload))) from error
        except nats.errors.Error as error:
            raise NoAnswer(f"{subject} could not be asked: {type(error).__name__}") from error
        return content_of(reply)

    async def _is_held(self, held_on: str) -> bool | None:
        """Whether a process handles the request; None when the broker does not say."""
        try:
            await self.client.request(held_on, timeout=self._limits.look_seconds)
        except nats.errors.NoRespondersError:
            return False
        except (TimeoutError, nats.errors.Error):
            return None
        return True

    async def check(self) -> str | None:
        """Readiness: None while connected and hearing what was asked for, else the reason."""
        connected = self.client.is_connected
        self.meters.set("wardwatch_bus_connected", float(connected), account=self.account)
        if not connected:
            return f"not connected to the broker (account {self.account})"
        refused = sorted(self._credential.refused_subscriptions)
        return f"the broker refuses {self.user} to hear {', '.join(refused)}" if refused else None

    async def until(self, stop: asyncio.Event) -> None:
        """Wait for *stop*. When the connection ends for good first, sets *stop* and raises BusClosed.

        The tasks beside it are cancelled then, but nats-py may swallow that: a loop ends for certain by *stop* alone.
        """
        suspected = ""
        while not stop.is_set():
            beat()
            # Between two connections the library's tasks are over for a moment.
            suspected, former = library_tasks.ended(self.client), suspected
            if reason := self._ended() or (suspected if suspected == former else ""):
                stop.set()
                raise BusClosed(reason)
            try:
                async with asyncio.timeout(1.0):
                    await stop.wait()
            except TimeoutError:
                continue

    async def _holds(self, stream: str, sequence: int) -> bool:
        try:
            await self.stream.get_msg(stream, sequence)
        except nats.js.errors.NotFoundError:
            return False
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise NoAnswer(f"stream {stream} could not be asked: {type(error).__name__}") from error
        return True

    def _ended(self) -> str:
        """Why the connection will never come back, or nothing while it may."""
        if self._credential.withdrawn:
            return f"the broker no longer takes the credential of {self._credential.user}"
        return f"the broker closed the connection of account {self.account} for good" if self.client.is_closed else ""

    async def flush_subscriptions(self) -> None:
        """Return when the broker knows of every subscription made so far."""
        await _round_trip(self.client)

    async def _ask(self, subject: str, payload: bytes) -> bytes:
        return await self.request(subject, payload, timeout_seconds=_ANSWER_SECONDS)


class _Forgeries:
    """Counts messages that nobody signed who may, and says so at most once a minute for each kind of subject."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._said: dict[str, float] = {}

    def note(self, subject: str) -> None:
        """One more of *subject*."""
        kind, now = subject.partition(".")[0], time.monotonic()
        self._meters.count("wardwatch_messages_forged_total", subject=kind)
        if now >= self._said.get(kind, 0.0):
            self._said[kind] = now + _SAY_AGAIN_SECONDS
            log.error("message is not believed, nobody signed it who may write there", subject=subject)


def _raw(subject: str, message: RawStreamMsg) -> Delivery:
    """A message that a stream was asked for by its *subject*."""
    return Delivery(message.subject or subject, message.data or b"", message.headers or {}, sequence=message.seq or 0)


@dataclass(frozen=True, slots=True)
class Listening:
    """A subscription that is ended by hand."""

    _client: Client
    _subscription: Subscription

    async def stop(self) -> None:
        """End it; what has come and was not handed on is dropped."""
        with suppress(nats.errors.Error):
            if self._client.is_connected:
                await self._subscription.unsubscribe()

    async def drain(self) -> None:
        """End it once all that the broker has sent, and sends until it knows, is handed on."""
        with suppress(nats.errors.Error, TimeoutError):
            if not self._client.is_connected:
                return
            # The library's own drain asks for the broker's word ahead of ending the subscription, and drops what is
            # sent between the two.
            await self._client._send_unsubscribe(self._subscription._id)
            await _round_trip(self._client)
            await self._subscription._pending_queue.join()
        await self.stop()


@dataclass(slots=True)
class Watch:
    """Decides from periodic checks whether a pending request is still being handled. Pure."""

    _was_held: bool = False
    _missed: int = 0  # checks in a row

    def looked(self, *, held: bool | None) -> None:
        """Record a check; None (unknown) proves nothing."""
        if held is not None:
            self._was_held = self._was_held or held
            self._missed = 0 if held else self._missed + 1

    @property
    def is_given_up(self) -> bool:
        """Whether to stop waiting. A reconnect may cost one check, and a request may wait before it is accepted."""
        return self._missed >= (_MISSES if self._was_held else _MISSES_BEFORE_ACCEPTED)


class _UnguessableNames(NUID):
    """Names of inboxes from the system's randomness.

    The library counts its own up: whoever answered one request could foretell where the next answer is awaited, and
    have the broker reply there in its place.
    """

    def next(self) -> bytearray:
        return bytearray(secrets.token_hex(_INBOX_BYTES), "ascii")


async def _round_trip(client: Client) -> None:
    """Return when the broker has taken all that was sent so far."""
    # The library sends a flush's ping ahead of what it has buffered, so only the second answer proves it.
    await client.flush()
    await client.flush()


def _version(client: Client) -> str:
    version = client.connected_server_version
    return f"{version.major}.{version.minor}.{version.patch}"


@dataclass(slots=True)
class _Credential:
    """A credential: ``taken`` once the broker accepted it, ``withdrawn`` when it was refused after that.

    ``refused_subscriptions`` are the subjects that it may not hear.
    """

    user: str
    seed_file: Path
    taken: bool = False
    withdrawn: bool = False
    # On the present connection: whoever listens there hears nothing, and nothing else would show it.
    refused_subscriptions: set[str] = field(default_factory=set)

    def heed(self, error: Exception, url: str) -> None:
        """Note what an error of the connection says of the credential. Raises as :meth:`refuse`."""
        if "authorization violation" in str(error).lower():
            self.refuse(url)
        if refused := _REFUSED_SUBSCRIPTION.search(str(error)):
            self.refused_subscriptions.add(refused[1])

    def refuse(self, url: str) -> None:
        """Note that the broker does not take it. Raises StartupError while it never has."""
        # Trying again cannot help, but the library would for ever. Raised, it ends the first connect; later it would
        # only leave the client half dead, so that `until` has to say it.
        if not self.taken:
            raise StartupError(f"NATS at {url} refuses the credential of {self.user}")
        self.withdrawn = True


def _check_seed(credential: _Credential) -> None:
    if not credential.seed_file.is_file():
        raise StartupError(f"NATS seed file {credential.seed_file} of user {credential.user} does not exist")


def _obey_cancellation() -> None:
    """Raise CancelledError when the present task was cancelled and goes on all the same.

    A try to connect that fails in the moment of its cancellation makes asyncio.wait_for forget it (until Python 3.12).
    The library would then try for ever: after its client was closed, and when the process wants to end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _leave(client: Client) -> None:
    # Draining sends what was published and ends the subscriptions; a broker that is away cannot be drained.
    if client.is_connected:
        await client.drain()
        return
    # The socket of a broker that was killed is broken, and nats-py says so when it is closed.
    with suppress(OSError):
        await client.close()


async def _open(url: str, credential: _Credential, *, account: Account, meters: Meters, stores: StoreRecord) -> Client:
    _check_seed(credential)
    client = TolerantClient(meters)
    client._nuid = _UnguessableNames()
    last_fault: deque[Exception] = deque(maxlen=1)

    async def on_error(error: Exception) -> None:
        last_fault.append(error)
        meters.count("wardwatch_bus_errors_total", account=account)
        if isinstance(error, nats.errors.SlowConsumerError):
            meters.count("wardwatch_bus_shed_total", reason="slow_consumer")
            return
        credential.heed(error, url)
        if not client.is_connected:
            _obey_cancellation()
            return  # on_disconnect says it once; each try to come back would say it again
        log.warning("bus reported an error", account=account, error=type(error).__name__, detail=str(error))

    async def on_disconnect() -> None:
        meters.set("wardwatch_bus_connected", 0, account=account)
        credential.refused_subscriptions.clear()  # the next connection asks anew
        if client.is_closed or client.is_draining:
            return
        log.warning("bus is disconnected", account=account)

    async def on_reconnect() -> None:
        stores.begin_anew()
        meters.set("wardwatch_bus_connected", 1, account=account)
        meters.count("wardwatch_bus_reconnects_total", account=account)
        log.info("bus is connected again", account=account)

    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
            await client.connect(
                url,
                name=credential.user,
                nkeys_seed=str(credential.seed_file),
                inbox_prefix=subjects.inbox_prefix(credential.user),
                error_cb=on_error,
                disconnected_cb=on_disconnect,
                reconnected_cb=on_reconnect,
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                connect_timeout=_CONNECT_SECONDS[account],
                ping_interval=_PING_SECONDS[account],
                max_outstanding_pings=2,
                drain_timeout=5,
            )
            credential.taken = True
            return client
    except StartupError:
        await client.close()
        raise
    except (TimeoutError, OSError, nats.errors.Error) as error:
        await client.close()
        reason = last_fault[-1] if last_fault else error
        raise StartupError(
            f"NATS at {url} cannot be used as {credential.user}: {reason or type(reason).__name__}"
        ) from error
