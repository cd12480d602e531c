"""What the matcher may rely on of its keyring, over the fake broker and over a real nats-server."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import combinations
from uuid import UUID, uuid4

import pytest

from access import streams
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.sealing import DataKey, NotOpened, WrappingKeys
from services.chassis import replica
from services.chassis.bus import Delivery
from services.chassis.errors import NoAnswer, NotStored, Refusal, StartupError
from services.chassis.replica import Apply
from services.chassis.telemetry import Meters
from services.watchlist.keys.key_stream import Broker, KeyStream
from services.watchlist.keys.keyring import KeyGone, Keyring, StillReading
from tests import buses, servers
from tests.fakes import FakeBus, eventually, quiet_repairs

Follow = Callable[[Apply, asyncio.Event, asyncio.Event], Awaitable[None]]


class Killed(Exception):
    """The process ends here."""


@dataclass
class File:
    """The file of wrapping keys as it is on disk now; each secret is 32 times its number."""

    current: str = "k1"
    secrets: dict[str, int] = field(default_factory=lambda: {"k1": 1})
    broken: bool = False

    def __call__(self) -> WrappingKeys:
        if self.broken:
            raise StartupError("the wrapping keys cannot be read")
        return WrappingKeys(self.current, {name: bytes([number]) * 32 for name, number in self.secrets.items()})

    def rotate(self, name: str, number: int) -> None:
        """Add a secret and make it the current one."""
        self.current, self.secrets = name, {**self.secrets, name: number}


@dataclass
class Wires:
    """One broker, and as many matchers on it as are asked for."""

    broker: Broker
    follow: Follow
    messages: Callable[[], AsyncIterator[Delivery]]
    make_anew: Callable[[], Awaitable[None]]  # the stream is lost and made again, empty
    file: File = field(default_factory=File)
    meters: Meters = field(default_factory=Meters)

    def keyring(self, broker: Broker | None = None, file: File | None = None) -> Keyring:
        """A keyring that follows nothing yet."""
        stream = KeyStream(broker or self.broker, random=os.urandom)
        return Keyring(stream, file or self.file, self.meters, random=os.urandom, repairs=quiet_repairs())

    @asynccontextmanager
    async def following(self, broker: Broker | None = None, file: File | None = None) -> AsyncIterator[Keyring]:
        """A keyring that has read the stream and follows it."""
        keyring, stop = self.keyring(broker, file), asyncio.Event()
        task = asyncio.ensure_future(self.follow(keyring.apply, keyring.caught_up, stop))
        await keyring.caught_up.wait()
        try:
            yield keyring
        finally:
            stop.set()
            await task

    async def read(self, broker: Broker | None = None) -> Keyring:
        """A keyring that has read the stream and does not follow it: it knows what was then."""
        keyring = self.keyring(broker)
        async for each in self.messages():
            await keyring.apply(each)
        keyring.caught_up.set()
        return keyring

    async def messages_of(self, owner: UUID) -> list[KeyPublished]:
        """Every message of the owner that can still be read, oldest first."""
        subject = subjects.keys(str(owner))
        return [KeyPublished.decode(each.payload) async for each in self.messages() if each.subject == subject]

    async def put_back(self, owner: UUID, key: DataKey) -> int:
        """Store *key* as `wardwatch keys restore` does: wrapped by the first secret."""
        wrapped = WrappingKeys("k1", self.file().keys).wrap(str(owner), key, nonce=os.urandom(12))
        return await self.publish(subjects.keys(str(owner)), KeyPublished(str(owner), "k1", wrapped).encode())

    async def publish(self, subject: str, payload: bytes) -> int:
        """Put a message on the stream behind whatever is there."""
        last = await self.broker.last_of("KEYRING", subject)
        return await self.broker.publish_owed(
            subject,
            payload,
            message_id=os.urandom(8).hex(),
            expected_last_sequence_of_subject=last.sequence if last else 0,
        )


@dataclass
class Dying:
    """A broker whose client is killed after so many messages stored or deleted."""

    broker: Broker
    stored: int = 1000
    deleted: int = 1000
    deaf: bool = False  # what is stored is never acknowledged
    keeps: bool = False  # it deletes nothing just now

    async def publish_owed(
        self, subject: str, payload: bytes, *, message_id: str, expected_last_sequence_of_subject: int
    ) -> int:
        if self.stored == 0:
            raise Killed
        self.stored -= 1
        sequence = await self.broker.publish_owed(
            subject, payload, message_id=message_id, expected_last_sequence_of_subject=expected_last_sequence_of_subject
        )
        if self.deaf:
            raise NotStored(subject)
        return sequence

    async def last_of(self, stream: str, subject: str) -> Delivery | None:
        return await self.broker.last_of(stream, subject)

    async def all_of(self, stream: str, subject: str) -> list[Delivery]:
        return await self.broker.all_of(stream, subject)

    async def unchecked(self, stream: str, subject: str) -> list[Delivery]:
        return await self.broker.unchecked(stream, subject)

    async def count_of(self, stream: str) -> int:
        return await self.broker.count_of(stream)

    async def delete(self, stream: str, sequence: int) -> None:
        if self.keeps:
            raise NoAnswer(stream)
        if self.deleted == 0:
            raise Killed
        self.deleted -= 1
        await self.broker.delete(stream, sequence)


class Turns:
    """Says whose call of the broker is next, by name; who has finished is passed over."""

    def __init__(self, order: str) -> None:
        self._order = list(order)
        self._finished: set[str] = set()
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for the turn of *name*; nobody else's call begins before this one has ended."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._next() in (name, None))
            del self._order[:1]
            try:
                yield
            finally:
                self._changed.notify_all()

    async def finish(self, name: str, work: Awaitable[object]) -> None:
        """Do *work*, whose calls are those of *name*."""
        await work
        async with self._changed:
            self._finished.add(name)
            self._changed.notify_all()

    def _next(self) -> str | None:
        while self._order and self._order[0] in self._finished:
            del self._order[0]
        return self._order[0] if self._order else None


@dataclass
class InTurn:
    """A broker each of whose calls waits for its turn."""

    broker: Broker
    name: str
    turns: Turns

    async def publish_owed(
        self, subject: str, payload: bytes, *, message_id: str, expected_last_sequence_of_subject: int
    ) -> int:
        async with self.turns.turn(self.name):
            return await self.broker.publish_owed(
                subject,
                payload,
                message_id=message_id,
                expected_last_sequence_of_subject=expected_last_sequence_of_subject,
            )

    async def last_of(self, stream: str, subject: str) -> Delivery | None:
        async with self.turns.turn(self.name):
            return await self.broker.last_of(stream, subject)

    async def all_of(self, stream: str, subject: str) -> list[Delivery]:
        async with self.turns.turn(self.name):
            return await self.broker.all_of(stream, subject)

    async def unchecked(self, stream: str, subject: str) -> list[Delivery]:
        return await self.broker.unchecked(stream, subject)

    async def count_of(self, stream: str) -> int:
        return await self.broker.count_of(stream)

    async def delete(self, stream: str, sequence: int) -> None:
        async with self.turns.turn(self.name):
            await self.broker.delete(stream, sequence)


# Where two calls of one matcher, which wraps a key anew, may fall among those of another, which destroys it.
ORDERS = ["".join("w" if n in at else "d" for n in range(9)) for at in combinations(range(9), 2)]


class KeyringContract:
    """The behaviour. Subclasses provide ``wires``."""

    async def test_a_key_is_stored_wrapped_before_it_is_handed_out(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as keyring:
            key = await keyring.make(owner)

            (stored,) = await wires.messages_of(owner)
            assert wires.file().unwrap(str(owner), stored.key_id, stored.wrapped) == key
            assert bytes(key) not in bytes(stored.encode())
            assert [await keyring.make(owner), keyring.key(owner)] == [key, key]
            assert keyring.knows(owner)

    async def test_two_matchers_that_make_a_key_at_once_have_the_same_one(self, wires: Wires) -> None:
        owners = [uuid4() for _ in range(20)]
        async with wires.following() as one, wires.following() as two:
            keys = await asyncio.gather(*(ring.make(owner) for owner in owners for ring in (one, two)))

            assert keys[::2] == keys[1::2]
            assert len(set(keys)) == len(owners)
            assert [len(await wires.messages_of(owner)) for owner in owners] == [1] * len(owners)

    async def test_another_matcher_learns_the_key_from_the_stream(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as one:
            early = await one.make(owner)
            async with wires.following() as two:
                assert two.key(owner) == early
                late = await one.make(other := uuid4())
                await eventually(lambda: two.knows(other))
                assert two.key(other) == late

    async def test_a_key_whose_acknowledgement_was_lost_is_found_by_the_next_try(self, wires: Wires) -> None:
        owner = uuid4()
        broker = Dying(wires.broker, deaf=True)
        keyring = wires.keyring(broker)
        with pytest.raises(NotStored):
            await keyring.make(owner)

        broker.deaf = False
        key = await keyring.make(owner)

        (stored,) = await wires.messages_of(owner)
        assert wires.file().unwrap(str(owner), stored.key_id, stored.wrapped) == key

    async def test_a_destroyed_key_is_gone_from_the_stream_and_from_every_matcher(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as one, wires.following() as two:
            await one.make(owner)
            await eventually(lambda: two.knows(owner))
            stored = await wires.broker.last_of("KEYRING", subjects.keys(str(owner)))
            assert stored is not None

            await two.destroy(owner)

            assert [message.destroyed for message in await wires.messages_of(owner)] == [True]
            assert stored.sequence not in [each.sequence async for each in wires.messages()]
            await eventually(lambda: not one.knows(owner))
            for keyring in (one, two):
                with pytest.raises(KeyGone):
                    keyring.key(owner)

    async def test_a_destroyed_key_is_never_made_again(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as keyring:
            await keyring.make(owner)
            await keyring.destroy(owner)
        late = wires.keyring()  # has read nothing of the stream

        for ring in (keyring, late):
            with pytest.raises(KeyGone):
                await ring.make(owner)

    async def test_destroying_again_or_by_two_at_once_leaves_one_tombstone(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as one, wires.following() as two:
            await one.make(owner)
            await asyncio.gather(one.destroy(owner), two.destroy(owner))
            await two.destroy(owner)

        assert [message.destroyed for message in await wires.messages_of(owner)] == [True]

    async def test_a_tombstone_that_was_lost_is_left_again(self, wires: Wires) -> None:
        owner = uuid4()
        keyring = wires.keyring()
        await keyring.destroy(owner)
        for each in [each async for each in wires.messages()]:
            await wires.broker.delete("KEYRING", each.sequence)

        await keyring.destroy(owner)

        assert [message.destroyed for message in await wires.messages_of(owner)] == [True]

    async def test_destroying_a_key_that_never_was_keeps_it_from_being_made(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as keyring:
            await keyring.destroy(owner)

            with pytest.raises(KeyGone):
                await keyring.make(owner)

    @pytest.mark.parametrize(
        ("stored", "deleted"), [pytest.param(2, 0, id="before the key goes"), pytest.param(1, 1, id="after it")]
    )
    async def test_a_destruction_begun_by_a_killed_replica_is_finished(
        self, wires: Wires, stored: int, deleted: int
    ) -> None:
        owner = uuid4()
        async with wires.following(Dying(wires.broker, stored, deleted)) as one:
            await one.make(owner)
            with pytest.raises(Killed):
                await one.destroy(owner)

        async with wires.following() as two:
            await two.destroy(owner)

            assert [message.destroyed for message in await wires.messages_of(owner)] == [True]
            assert not two.knows(owner)

    async def test_a_tombstone_that_was_put_back_over_a_key_takes_the_key_with_it(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as keyring:
            await keyring.make(owner)
            await wires.publish(subjects.keys(str(owner)), KeyPublished(str(owner), "", b"").encode())
            await eventually(lambda: not keyring.knows(owner))

            await keyring.tidy()

            assert [message.destroyed for message in await wires.messages_of(owner)] == [True]

    @pytest.mark.parametrize("between", ["key", "foreign", "no message"])
    async def test_destroying_leaves_no_key_beneath_an_older_tombstone(self, wires: Wires, between: str) -> None:
        owner, other = uuid4(), uuid4()
        subject = subjects.keys(str(owner))
        payloads = {
            "key": KeyPublished(str(owner), "k1", wires.file().wrap(str(owner), DataKey(bytes(32)), nonce=bytes(12))),
            "foreign": KeyPublished(str(owner), "k9", bytes(60)),
        }
        await wires.put_back(owner, DataKey(bytes(32)))
        await wires.put_back(other, DataKey(bytes(32)))
        await wires.publish(subject, payloads[between].encode() if between in payloads else b"\xff")
        await wires.publish(subject, KeyPublished(str(owner), "", b"").encode())

        await wires.keyring().destroy(owner)

        assert [message.destroyed for message in await wires.messages_of(owner)] == [True]
        assert len(await wires.messages_of(other)) == 1

    async def test_a_tombstone_leaves_no_key_beneath_it_though_one_is_unreadable(self, wires: Wires) -> None:
        owner = uuid4()
        await wires.put_back(owner, DataKey(bytes(32)))
        for message in (KeyPublished(str(owner), "k9", bytes(60)), KeyPublished(str(owner), "", b"")):
            await wires.publish(subjects.keys(str(owner)), message.encode())
        keyring = await wires.read()

        await keyring.tidy()

        assert [message.destroyed for message in await wires.messages_of(owner)] == [True]

    async def test_a_destroyed_key_put_back_is_destroyed_by_who_remembers(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as keyring:
            key = await keyring.make(owner)
            await keyring.destroy(owner)
            await wires.put_back(owner, key)
            await wires.put_back(other := uuid4(), DataKey(bytes(32)))
            await eventually(lambda: keyring.knows(other))

            await keyring.tidy()

            assert [message.destroyed for message in await wires.messages_of(owner)] == [True]
            assert not keyring.knows(owner)

    async def test_a_destroyed_key_stays_destroyed_while_another_wraps_it_anew(self, wires: Wires) -> None:
        wires.file.rotate("k2", 2)
        for order in ORDERS:
            owner, turns = uuid4(), Turns(order)
            key = DataKey(os.urandom(32))
            await wires.put_back(owner, key)
            destroys = await wires.read(InTurn(wires.broker, "d", turns))
            wraps = await wires.read(InTurn(wires.broker, "w", turns))
            assert wraps.key(owner) == key

            await asyncio.gather(
                turns.finish("d", destroys.destroy(owner)),
                turns.finish("w", wraps.rewrap()),
            )

            assert [message.destroyed for message in await wires.messages_of(owner)] == [True], order
            async for each in wires.messages():
                await wraps.apply(each)
            assert not wraps.knows(owner), order

    async def test_a_leftover_of_a_stream_that_was_made_anew_costs_nobody_a_key(self, wires: Wires) -> None:
        owners = [uuid4() for _ in range(4)]
        async with wires.following() as one:
            keys = {owner: await one.make(owner) for owner in owners}
        wires.file.rotate("k2", 2)
        broker = Dying(wires.broker, keeps=True)
        keyring = await wires.read(broker)
        assert await keyring.rewrap() == 4
        await wires.make_anew()
        # The first two change places, the third is where it was, the fourth is lost and comes back from memory.
        for owner in (owners[1], owners[0], owners[2]):
            await wires.put_back(owner, keys[owner])

        broker.keeps = False
        await keyring.tidy()

        assert [len(await wires.messages_of(owner)) for owner in owners] == [1, 1, 1, 1]

    async def test_after_a_new_stream_keys_are_wrapped_as_they_are_there_now(self, wires: Wires) -> None:
        owners = [uuid4() for _ in range(6)]
        async with wires.following() as one:
            keys = {owner: await one.make(owner) for owner in owners}
        keyring = await wires.read()
        await wires.make_anew()
        there, lost, destroyed = owners[:4], owners[4], owners[5]
        for owner in reversed(there):
            await wires.put_back(owner, keys[owner])
        await wires.keyring().destroy(destroyed)
        wires.file.rotate("k2", 2)

        # However many are in the way of those that can be.
        assert [await keyring.rewrap(at_most=3) for _ in range(3)] == [3, 1, 0]

        for owner in there:
            (stored,) = await wires.messages_of(owner)
            assert wires.file().unwrap(str(owner), "k2", stored.wrapped) == keys[owner]
        assert await wires.messages_of(lost) == []
        assert [message.destroyed for message in await wires.messages_of(destroyed)] == [True]
        assert keyring.key(lost) == keys[lost]  # it may be the last copy
        with pytest.raises(KeyGone):
            keyring.key(destroyed)

    async def test_an_owner_s_newer_key_is_not_replaced_by_a_remembered_one(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as one:
            for _ in range(3):
                await one.make(uuid4())
            await one.make(owner)
        keyring = await wires.read()
        await wires.make_anew()
        await wires.put_back(owner, later := DataKey(os.urandom(32)))
        wires.file.rotate("k2", 2)

        assert await keyring.rewrap() == 1

        (stored,) = await wires.messages_of(owner)
        assert wires.file().unwrap(str(owner), "k2", stored.wrapped) == later
        assert keyring.key(owner) == later

    async def test_a_key_another_changed_first_is_counted_and_the_run_goes_on(self, wires: Wires) -> None:
        async with wires.following() as one:
            owners = [uuid4() for _ in range(4)]
            for owner in owners:
                await one.make(owner)
            late = await wires.read()
            wires.file.rotate("k2", 2)
            await one.destroy(owners[0])
            assert await one.rewrap(at_most=2) == 2

            assert await late.rewrap() == 1

            assert [len(await wires.messages_of(owner)) for owner in owners] == [1, 1, 1, 1]
            assert wires.meters.value("wardwatch_keys_not_rewrapped_total", reason="overtaken") == 3
            assert late.wrapped_by() == {"k2": 3}
            assert not late.knows(owners[0])

    async def test_a_key_that_was_destroyed_meanwhile_is_not_handed_out_to_seal_by(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as one:
            await one.make(owner)
            late = await wires.read()
            await one.destroy(owner)
        wires.file.rotate("k2", 2)

        with pytest.raises(KeyGone):
            await late.make(owner)

    async def test_keys_are_wrapped_anew_and_their_former_messages_are_gone(self, wires: Wires) -> None:
        owners = [uuid4() for _ in range(40)]
        async with wires.following() as one, wires.following() as two:
            keys = [await one.make(owner) for owner in owners]
            await eventually(lambda: all(two.knows(owner) for owner in owners))
            wires.file.rotate("k2", 2)

            rewrapped = await one.rewrap()

            assert rewrapped == len(owners)
            for owner in owners:
                assert [message.key_id for message in await wires.messages_of(owner)] == ["k2"]
            await eventually(lambda: two.wrapped_by() == {"k2": len(owners)})
            assert [two.key(owner) for owner in owners] == keys
            assert await two.rewrap() == 0
        del wires.file.secrets["k1"]
        async with wires.following() as fresh:
            assert [fresh.key(owner) for owner in owners] == keys

    async def test_no_more_keys_are_wrapped_anew_than_asked(self, wires: Wires) -> None:
        async with wires.following() as keyring:
            for _ in range(5):
                await keyring.make(uuid4())
            wires.file.rotate("k2", 2)

            assert await keyring.rewrap(at_most=3) == 3
            assert keyring.wrapped_by() == {"k1": 2, "k2": 3}

    async def test_two_matchers_that_wrap_anew_at_once_leave_one_message_of_each(self, wires: Wires) -> None:
        owners = [uuid4() for _ in range(20)]
        async with wires.following() as one, wires.following() as two:
            for owner in owners:
                await one.make(owner)
            await eventually(lambda: all(two.knows(owner) for owner in owners))
            wires.file.rotate("k2", 2)

            assert sum(await asyncio.gather(one.rewrap(), two.rewrap())) == len(owners)

            for owner in owners:
                assert [message.key_id for message in await wires.messages_of(owner)] == ["k2"]

    async def test_a_rewrapping_that_was_killed_is_finished_by_the_next_start(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following(Dying(wires.broker, deleted=0)) as one:
            key = await one.make(owner)
            wires.file.rotate("k2", 2)
            with pytest.raises(ExceptionGroup) as caught:
                await one.rewrap()
            assert caught.group_contains(Killed)
        assert [message.key_id for message in await wires.messages_of(owner)] == ["k1", "k2"]

        async with wires.following() as two:
            await two.tidy()

            assert [message.key_id for message in await wires.messages_of(owner)] == ["k2"]
            assert two.key(owner) == key

    async def test_a_message_that_does_not_open_costs_nobody_the_one_that_does(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as one:
            key = await one.make(owner)
        await wires.publish(subjects.keys(str(owner)), KeyPublished(str(owner), "k9", bytes(60)).encode())

        async with wires.following() as two:
            await two.tidy()

            assert two.key(owner) == key
            assert [message.key_id for message in await wires.messages_of(owner)] == ["k1", "k9"]

    async def test_no_key_is_handed_out_under_a_secret_about_to_be_let_go(self, wires: Wires) -> None:
        owner = uuid4()

        class Rotating(Dying):
            """Another process rotates the secrets and counts the keys just before this key is stored."""

            async def publish_owed(
                self, subject: str, payload: bytes, *, message_id: str, expected_last_sequence_of_subject: int
            ) -> int:
                wires.file.rotate("k2", 2)
                return await super().publish_owed(
                    subject,
                    payload,
                    message_id=message_id,
                    expected_last_sequence_of_subject=expected_last_sequence_of_subject,
                )

        async with wires.following(Rotating(wires.broker)) as keyring:
            key = await keyring.make(owner)

            (stored,) = await wires.messages_of(owner)
            assert stored.key_id == "k2"
            assert wires.file().unwrap(str(owner), "k2", stored.wrapped) == key

    async def test_a_key_under_a_secret_that_is_not_here_yet_opens_once_it_is(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as one:
            key = await one.make(owner)
        elsewhere = File("k0", {"k0": 9})
        async with wires.following(file=elsewhere) as two:
            assert not two.knows(owner)
            with pytest.raises(NotOpened, match="wrapped by k1"):
                two.key(owner)
            with pytest.raises(NotOpened):
                await two.make(owner)

            elsewhere.secrets["k1"] = 1
            await two.tidy()

            assert two.key(owner) == key

    async def test_before_all_is_read_a_missing_key_is_not_called_gone(self, wires: Wires) -> None:
        keyring = wires.keyring()

        with pytest.raises(StillReading):
            keyring.key(uuid4())
        with pytest.raises(StillReading):
            await keyring.rewrap()
        assert await keyring.check() == "the keyring is still being read"

    async def test_with_a_broken_file_nothing_is_made_and_what_is_known_still_opens(self, wires: Wires) -> None:
        owner = uuid4()
        async with wires.following() as keyring:
            key = await keyring.make(owner)
            wires.file.broken = True

            with pytest.raises(Refusal, match="cannot be read"):
                await keyring.make(uuid4())
            with pytest.raises(Refusal, match="cannot be read"):
                await keyring.rewrap()
            assert keyring.key(owner) == key

    @pytest.mark.parametrize(
        "payload",
        [
            pytest.param(b"\xff", id="no message"),
            pytest.param(KeyPublished("gate", "k1", b"w").encode(), id="no owner"),
            pytest.param(KeyPublished(str(uuid4()), "k1", b"w").encode(), id="another's subject"),
        ],
    )
    async def test_a_message_that_is_no_key_is_counted_and_left_out(self, wires: Wires, payload: bytes) -> None:
        await wires.publish(subjects.keys(str(uuid4())), payload)

        async with wires.following() as keyring:
            assert wires.meters.value("wardwatch_messages_unreadable_total", subject="keys") == 1
            assert await keyring.make(uuid4())
            await keyring.tidy()

        assert wires.meters.value("wardwatch_keys", state="open") == 1


class TestOverTheFake(KeyringContract):
    """Over the broker in memory."""

    @pytest.fixture
    def wires(self) -> Wires:
        bus = FakeBus()

        async def make_anew() -> None:
            bus.lose_what_is_stored()

        return Wires(
            bus,
            lambda apply, caught_up, stop: bus.follow(subjects.KEYRING_STREAM, apply, caught_up=caught_up, stop=stop),
            lambda: bus.messages(subjects.KEYRING_STREAM),
            make_anew,
        )


class TestOverNats(KeyringContract):
    """Over the real thing, with the matcher's own grants."""

    @pytest.fixture
    async def wires(self, nats_with_streams: servers.Nats) -> AsyncIterator[Wires]:
        nats = nats_with_streams
        async with AsyncExitStack() as stack:
            bus = await stack.enter_async_context(buses.connected(nats, "watchlist-record"))

            async def make_anew() -> None:
                await asyncio.to_thread(nats.stop)
                await asyncio.to_thread(shutil.rmtree, nats.blocks("KEYRING").parent)
                await asyncio.to_thread(nats.restart)
                await streams.ensure(nats.url, nats.seed_file("operator"))
                await eventually(lambda: bus.client.is_connected)

            yield Wires(
                bus,
                lambda apply, caught_up, stop: replica.follow(bus, "KEYRING", apply, caught_up=caught_up, stop=stop),
                lambda: replica.messages(bus, "KEYRING"),
                make_anew,
            )
