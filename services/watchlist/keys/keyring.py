"""The data keys of entries and imports: wrapped on the stream KEYRING, open in this process's memory.

A key is on the stream before anything is sealed under it. Every change names the message it follows, so that of two
replicas that make, rewrap or destroy at once the second learns what the first did.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.keyring import Held, HeldKeys, key_from
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.sealing import KEY_BYTES, NONCE_BYTES, DataKey, NotOpened, WrappingKeys
from services.chassis.bus import Delivery
from services.chassis.errors import NotStored, Overtaken, Refusal, StartupError, first_of_many
from services.chassis.gathering import Gathering
from services.chassis.repairs import Cause, Repairs
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

# How often a change is tried again after another replica's came between.
_TRIES: Final = 8
# Keys that are wrapped anew side by side: the broker writes each to disk before it answers.
_AT_ONCE: Final = 16
# Who asks for the secrets at the same time is served by one read.
_READERS: Final = 1_000


class KeyGone(Exception):
    """The owner has no data key: it was destroyed, or never made. Nothing sealed under it can be read any more."""


class StillReading(NotStored):
    """The keyring is still being read, so a key that is not here yet may exist; try again shortly."""


class Stream(Protocol):
    """The stream of keys; see ``KeyStream``."""

    async def store(self, message: KeyPublished, *, follows: int) -> int: ...
    async def last(self, owner: UUID) -> Delivery | None: ...
    async def messages(self, owner: UUID) -> list[Delivery]: ...
    async def unchecked(self, subject: str) -> list[Delivery]: ...
    async def count(self) -> int: ...
    async def delete(self, sequence: int) -> None: ...


class Keyring:
    """Every data key; feed :meth:`apply` with the whole stream.

    *read_secrets* reads the file of wrapping keys, in a thread; it raises StartupError. *random* makes so many bytes.
    *settled* is called with each owner whose key can be used from now on, or is destroyed.
    """

    def __init__(
        self,
        stream: Stream,
        read_secrets: Callable[[], WrappingKeys],
        meters: Meters,
        *,
        random: Callable[[int], bytes],
        repairs: Repairs,
        settled: Callable[[UUID], None] = lambda _owner: None,
    ) -> None:
        self.caught_up = asyncio.Event()
        self.keys = HeldKeys(settled)
        self._stream = stream
        self._read_secrets = read_secrets
        self._meters = meters
        self._random = random
        self._repairs = repairs
        self._secrets = read_secrets()
        self._missing: set[str] = set()  # ids of secrets that were looked for in the file in vain
        self._repaired: set[Cause] = set()  # that is not noted yet
        self._reads = Gathering[None, None, WrappingKeys](self._read_for, most=_READERS)
        self._forged: dict[str, None] = {}  # subjects on which somebody else had something stored, in their order

    async def make(self, owner: UUID) -> DataKey:
        """The owner's key, made and stored if it has none. Raises NotStored, KeyGone, NotOpened or Refusal."""
        for _ in range(_TRIES):
            if self.keys.get(owner) is not None or self.keys.is_destroyed(owner):
                return await self._under_current(owner)
            made = Held("", 0, DataKey(self._random(KEY_BYTES)))
            try:
                self.keys.take(owner, await self._wrapped(owner, made, await self._secrets_now()))
            except Overtaken:
                # Another replica was first, this one was and lost the acknowledgement, or the key is being destroyed.
                if (last := await self._stream.last(owner)) is not None:
                    await self.apply(last)
        raise NotStored(f"the key of {owner} is destroyed as fast as it is made")

    def key(self, owner: UUID) -> DataKey:
        """The owner's key. Raises KeyGone; NotOpened when no secret here opens it; StillReading before all is read."""
        if (held := self.keys.get(owner)) is None:
            if not self.keys.is_destroyed(owner) and not self.caught_up.is_set():
                raise StillReading
            raise KeyGone(str(owner))
        if held.key is None:
            raise NotOpened(f"the key of {owner} is wrapped by {held.key_id}, which is not known here or another one")
        return held.key

    def knows(self, owner: UUID) -> bool:
        """Whether the owner's key can be used here."""
        return (held := self.keys.get(owner)) is not None and held.key is not None

    def is_destroyed(self, owner: UUID) -> bool:
        """Whether the owner's key was destroyed, as far as is known here."""
        return self.keys.is_destroyed(owner)

    async def destroy(self, owner: UUID) -> None:
        """Delete the owner's key for good and leave a tombstone. Idempotent. Raises NotStored.

        On return the stream holds the tombstone and nothing else of the owner.
        """
        for _ in range(_TRIES):
            there = await self._stream.messages(owner)
            keys = [each for each in there if not _is_tombstone(each)]
            if there and not keys:
                self.keys.forget(owner)
                return
            for each in keys:
                await self._stream.delete(each.sequence)
            if len(keys) == len(there):
                try:
                    await self._stream.store(KeyPublished(str(owner), "", b""), follows=0)
                except Overtaken:  # a key was made meanwhile: it goes as well
                    continue
        raise NotStored(f"the key of {owner} is made as fast as it is destroyed")

    async def apply(self, delivery: Delivery) -> None:
        """Take over one message of the stream; one that cannot be read is counted and left out."""
        if delivery.forged:
            self._forged[delivery.subject] = None  # tidy() looks at it
            return
        if (read := await self._read(delivery)) is None:
            return
        owner, held = read
        if held is None:
            self._take_tombstone(owner)
            return
        before = self.keys.take(owner, held)
        if before is not None and held.key is not None and not self.caught_up.is_set():
            # Left by a replica that was killed between wrapping it anew and deleting the former message. One that does
            # not open here is no reason to delete the former, which may be the only one that anybody opens.
            self.keys.replaced.append((owner, before.sequence))

    async def to_rewrap(self) -> int:
        """How many keys ``rewrap`` would wrap anew, by the secrets as they are now. Raises Refusal, StillReading."""
        if not self.caught_up.is_set():
            raise StillReading
        secrets = await self._secrets_now()
        return len(self.keys.not_under(secrets.current))

    async def rewrap(self, *, at_most: int | None = None) -> int:
        """Wrap keys that are not under the current secret anew; returns how many. Raises Refusal, StillReading.

        A key that was changed since it was read here is read again. What another replica did first, or could not be
        stored now, is counted and left.
        """
        if not self.caught_up.is_set():
            raise StillReading
        secrets = await self._secrets_now()
        owners = iter(self.keys.not_under(secrets.current))
        tried = done = 0

        async def work() -> None:
            nonlocal tried, done
            while (at_most is None or tried < at_most) and (owner := next(owners, None)) is not None:
                tried += 1
                try:
                    wrapped = await self._try_to_rewrap(owner, secrets)
                except NotStored:
                    self._meters.count("wardwatch_keys_not_rewrapped_total", reason="not_stored")
                    continue
                if wrapped:
                    done += 1
                else:  # not one of *at_most*: there may be many, and they must not be in the way of the others
                    tried -= 1
                    self._meters.count("wardwatch_keys_not_rewrapped_total", reason="overtaken")

        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(work())
        return done

    async def tidy(self) -> None:
        """Read the secrets again if a key waits for one, put the stream right, and set the gauges.

        Put right is: what was replaced or is forged is deleted, and what the stream has lost is stored again.
        """
        if self.keys.counts()["not_open"]:
            await self._look_for("")
        try:
            await self._put_right()
        except (NotStored, Refusal) as error:
            log.debug("keyring is not put right yet", reason=str(error))
        while self.keys.replaced:
            owner, sequence = self.keys.replaced.pop()
            try:
                await self._remove(owner, sequence)
            except NotStored:
                self.keys.replaced.append((owner, sequence))
                break
        for state, count in self.keys.counts().items():
            self._meters.set("wardwatch_keys", count, state=state)

    def owners(self) -> frozenset[UUID]:
        """All who have a key, open or not."""
        return self.keys.owners()

    def wrapped_by(self) -> Mapping[str, int]:
        """How many keys each secret wraps, by its id; the current one is always named."""
        return {self._secrets.current: 0, **self.keys.wrapped_by()}

    @property
    def current(self) -> str:
        """Id of the secret that wraps new keys."""
        return self._secrets.current

    async def check(self) -> str | None:
        """Readiness: None once all that the stream held at the start is known here."""
        return None if self.caught_up.is_set() else "the keyring is still being read"

    async def _put_right(self) -> None:
        """Delete what is forged, and store again what the stream has lost. Raises NotStored."""
        while self._forged:
            some = list(self._forged)[:_AT_ONCE]
            with first_of_many():
                async with asyncio.TaskGroup() as tasks:
                    judged = [tasks.create_task(self._judge(subject)) for subject in some]
            for subject in some:
                del self._forged[subject]
            if any(task.result() for task in judged):
                self._repaired.add(Cause.FORGED)
        known = len(self.keys.owners()) + len(self.keys.destroyed())
        if self.caught_up.is_set() and await self._stream.count() < known:
            await self._store_again()
            self._repaired.add(Cause.LOST)
        for cause in list(self._repaired):
            await self._repairs.note(subjects.KEYRING_STREAM, cause)
            self._repaired.discard(cause)

    async def _judge(self, subject: str) -> bool:
        """Put right what nobody signed on *subject*; returns whether anything was done. Raises NotStored.

        A key that one of our secrets opens for its owner was wrapped by one of us: it is signed now, as those of before
        keys were signed are. So is the tombstone of somebody of whom there is nothing else. What no secret opens is
        left if it is all there is of its owner: the secret may come back.
        """
        lying = await self._stream.unchecked(subject)
        genuine = [each for each in lying if not each.forged]
        done = False
        for each in lying:
            if not each.forged:
                continue
            match _verdict(each, self._secrets, alone=not genuine, only=len(lying) == 1):
                case Verdict.LEAVE:
                    continue
                case Verdict.SIGN:
                    _, message = key_from(each.subject, each.payload)
                    try:
                        sequence = await self._stream.store(message, follows=lying[-1].sequence)
                    except Overtaken:  # another replica signs it
                        continue
                    genuine.append(replace(each, sequence=sequence, forged=False))
                case Verdict.DELETE:
                    pass
            await self._stream.delete(each.sequence)
            done = True
        return done

    async def _store_again(self) -> None:
        """Store each key and tombstone that is known here and not on the stream any more. Raises NotStored."""
        secrets = await self._secrets_now()
        for owner in self.keys.owners():
            held = self.keys.get(owner)
            if held is None:
                continue
            try:
                if held.key is not None:
                    self.keys.correct(owner, await self._wrapped(owner, replace(held, sequence=0), secrets))
                else:
                    await self._stream.store(KeyPublished(str(owner), held.key_id, held.wrapped), follows=0)
            except Overtaken:  # it is there
                continue
        for owner in self.keys.destroyed():
            with suppress(Overtaken):
                await self._stream.store(KeyPublished(str(owner), "", b""), follows=0)

    async def _under_current(self, owner: UUID) -> DataKey:
        """The owner's key once the current secret wraps it.

        A rotation may have counted the keys under a former secret just before this one was stored under it: only when
        it is not under that any more may something be sealed under the key.
        """
        self.key(owner)
        await self._rewrap(owner, await self._secrets_now())
        return self.key(owner)

    async def _try_to_rewrap(self, owner: UUID, secrets: WrappingKeys) -> bool:
        """As ``_rewrap``, but returns False when the stream has no key of the owner that could be wrapped."""
        try:
            return await self._rewrap(owner, secrets)
        except Overtaken as error:
            log.warning("key is not wrapped anew", subject=subjects.keys(str(owner)), reason=str(error))
            return False

    async def _rewrap(self, owner: UUID, secrets: WrappingKeys) -> bool:
        """Store the owner's key under the current secret, then delete its former message.

        False when another replica has done so, or has destroyed it. Raises Overtaken when the stream has no key of the
        owner that could be wrapped, or NotStored.
        """
        for _ in range(_TRIES):
            held = self.keys.get(owner)
            if held is None or held.key is None or held.key_id == secrets.current:
                return False
            try:
                stored = await self._wrapped(owner, held, secrets)
            except Overtaken:
                await self._read_again(owner)
                continue
            self.keys.take(owner, stored)
            try:
                # The broker has just said that this was the owner's last message.
                await self._stream.delete(held.sequence)
            except NotStored:
                self.keys.replaced.append((owner, held.sequence))  # tidy() tries again
            return True
        raise Overtaken("it changes as fast as it is wrapped")

    async def _read_again(self, owner: UUID) -> None:
        """Take over how the owner's key is on the stream now. Raises Overtaken when none is there, or NotStored."""
        last = await self._stream.last(owner)
        if last is None:
            raise Overtaken("it is not on the stream any more")
        if (read := await self._read(last)) is None:
            raise Overtaken("its last message is no key")
        if read[1] is None:
            self._take_tombstone(owner)
        else:
            self.keys.correct(owner, read[1])

    def _take_tombstone(self, owner: UUID) -> None:
        """Apply the owner's tombstone. A message of its former key that is still on the stream will be deleted."""
        if (former := self.keys.forget(owner)) is not None:
            self.keys.replaced.append((owner, former.sequence))

    async def _remove(self, owner: UUID, sequence: int) -> None:
        """Delete a message that should not be there any more. Raises NotStored."""
        if self.keys.is_destroyed(owner):
            await self.destroy(owner)
            return
        # The stream may have been made anew: then another owner's key has that sequence, or the only one of this owner.
        if any(each.sequence == sequence for each in (await self._stream.messages(owner))[:-1]):
            await self._stream.delete(sequence)

    async def _read(self, delivery: Delivery) -> tuple[UUID, Held | None] | None:
        """The owner of a message and the key in it, None for a tombstone; a message that is neither is counted."""
        try:
            owner, message = key_from(delivery.subject, delivery.payload)
        except ValueError as error:
            self._meters.count("wardwatch_messages_unreadable_total", subject="keys")
            log.error("key cannot be read", subject=delivery.subject, reason=str(error))
            return None
        if message.destroyed:
            return owner, None
        if message.key_id not in self._secrets.keys and message.key_id not in self._missing:
            await self._look_for(message.key_id)
        return owner, Held(message.key_id, delivery.sequence, None, message.wrapped).opened(owner, self._secrets)

    async def _wrapped(self, owner: UUID, held: Held, secrets: WrappingKeys) -> Held:
        """*held* as it is stored under the current secret, behind the message that it is from."""
        assert held.key is not None  # only what is open can be wrapped
        wrapped = secrets.wrap(str(owner), held.key, nonce=self._random(NONCE_BYTES))
        message = KeyPublished(str(owner), secrets.current, wrapped)
        return Held(message.key_id, await self._stream.store(message, follows=held.sequence), held.key)

    async def _secrets_now(self) -> WrappingKeys:
        """The secrets as the file has them since this was called. Raises Refusal."""
        return await self._reads(None, None)

    async def _read_for(self, _: None, readers: Sequence[None]) -> list[WrappingKeys]:
        try:
            self._secrets = await asyncio.to_thread(self._read_secrets)
        except StartupError as error:
            raise Refusal(503, refusals.WRAPPING_KEY_AWAY.filled(detail=error)) from error
        self.keys.open(self._secrets)
        return [self._secrets] * len(readers)

    async def _look_for(self, key_id: str) -> None:
        try:
            secrets = await self._secrets_now()
        except Refusal as error:
            log.error("wrapping keys cannot be read again", reason=str(error))
            return
        if key_id and key_id not in secrets.keys:
            log.error("keyring holds keys under a secret that is not here", code=key_id)
            self._missing.add(key_id)


class Verdict(Enum):
    """What to do with a message that nobody signed."""

    LEAVE = auto()
    SIGN = auto()
    DELETE = auto()


def _verdict(delivery: Delivery, secrets: WrappingKeys, *, alone: bool, only: bool) -> Verdict:
    """*alone*: nothing signed is there of its owner; *only*: nothing else at all."""
    try:
        owner, message = key_from(delivery.subject, delivery.payload)
    except ValueError:
        return Verdict.DELETE
    if not alone:
        return Verdict.DELETE
    if message.destroyed:
        return Verdict.SIGN if only else Verdict.DELETE
    opened = Held(message.key_id, delivery.sequence, None, message.wrapped).opened(owner, secrets)
    return Verdict.LEAVE if opened.key is None else Verdict.SIGN


def _is_tombstone(delivery: Delivery) -> bool:
    try:
        return KeyPublished.decode(delivery.payload).destroyed
    except ValueError:
        return False
