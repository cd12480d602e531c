"""The matcher's keyring: which data keys the stream gives it, and who waits for one."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.sealing import KEY_BYTES, DataKey, NotOpened, WrappingKeys
from services.chassis.bus import Delivery
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters
from services.matcher.keyring import Keyring

OWNER, OTHER = UUID(int=1), UUID(int=2)
KEY = DataKey(bytes(range(KEY_BYTES)))


@dataclass
class File:
    """The file of wrapping keys, which can be rotated and lost."""

    keys: dict[str, bytes] = field(default_factory=lambda: {"k1": bytes(KEY_BYTES)})
    lost: bool = False

    def __call__(self) -> WrappingKeys:
        if self.lost:
            raise StartupError("the wrapping keys are gone")
        return WrappingKeys(next(iter(self.keys)), self.keys)


@dataclass
class Stream:
    """Messages of the stream, one after the other."""

    file: File = field(default_factory=File)
    meters: Meters = field(default_factory=Meters)
    settled: list[UUID] = field(default_factory=list)
    sequence: int = 0

    def __post_init__(self) -> None:
        self.keyring = Keyring(self.file, self.meters, settled=self.settled.append)

    async def publish(self, owner: UUID, key_id: str, wrapped: bytes, *, subject: str | None = None) -> None:
        self.sequence += 1
        payload = KeyPublished(str(owner), key_id, wrapped).encode()
        named = subject or subjects.keys(str(owner))
        await self.keyring.apply(Delivery(named, payload, sequence=self.sequence))

    async def wrap(self, owner: UUID, key_id: str = "k1", secret: bytes = bytes(KEY_BYTES)) -> None:
        wrapped = WrappingKeys(key_id, {key_id: secret}).wrap(str(owner), KEY, nonce=bytes(12))
        await self.publish(owner, key_id, wrapped)

    async def destroy(self, owner: UUID) -> None:
        await self.publish(owner, "", b"")


async def test_a_key_opens_until_it_is_destroyed() -> None:
    stream = Stream()
    await stream.wrap(OWNER)
    assert stream.keyring.key(OWNER) == KEY

    await stream.destroy(OWNER)

    assert not stream.keyring.knows(OWNER)
    assert stream.keyring.is_destroyed(OWNER)
    with pytest.raises(NotOpened):
        stream.keyring.key(OWNER)


async def test_a_key_that_comes_after_its_tombstone_is_not_taken() -> None:
    stream = Stream()
    await stream.destroy(OWNER)

    await stream.wrap(OWNER)

    assert not stream.keyring.knows(OWNER)


async def test_who_waits_is_told_when_a_key_opens_and_when_it_is_gone() -> None:
    stream = Stream()
    await stream.wrap(OTHER, "k9", bytes([9]) * KEY_BYTES)
    assert stream.settled == []

    await stream.wrap(OWNER)
    await stream.destroy(OTHER)

    assert stream.settled == [OWNER, OTHER]


async def test_after_a_rotation_the_file_is_read_again() -> None:
    stream = Stream()
    stream.file.keys = {"k2": bytes([2]) * KEY_BYTES} | stream.file.keys

    await stream.wrap(OWNER, "k2", bytes([2]) * KEY_BYTES)

    assert stream.keyring.key(OWNER) == KEY


async def test_a_key_that_came_before_its_wrapping_key_opens_with_it() -> None:
    stream = Stream()
    await stream.wrap(OWNER, "k2", bytes([2]) * KEY_BYTES)
    await stream.keyring.reread_secrets()
    assert not stream.keyring.knows(OWNER)
    assert stream.meters.value("wardwatch_keys", state="not_open") == 1

    stream.file.keys["k2"] = bytes([2]) * KEY_BYTES
    await stream.keyring.reread_secrets()

    assert stream.keyring.key(OWNER) == KEY
    assert stream.settled == [OWNER]


async def test_a_lost_file_leaves_open_what_is_open() -> None:
    stream = Stream()
    await stream.wrap(OWNER)
    stream.file.lost = True

    await stream.wrap(OTHER, "k2", bytes([2]) * KEY_BYTES)
    await stream.keyring.reread_secrets()

    assert stream.keyring.key(OWNER) == KEY
    assert not stream.keyring.knows(OTHER)


@pytest.mark.parametrize("subject", ["keys.another", subjects.keys(str(OTHER))])
async def test_a_key_on_anothers_subject_is_counted_and_left_out(subject: str) -> None:
    stream = Stream()

    await stream.publish(OWNER, "k1", bytes(60), subject=subject)

    assert not stream.keyring.knows(OWNER)
    assert stream.meters.value("wardwatch_messages_unreadable_total", subject="keys") == 1


async def test_it_is_ready_once_the_stream_has_been_read() -> None:
    keyring = Stream().keyring
    assert await keyring.check() == "the keyring is still being read"

    keyring.caught_up.set()

    assert await keyring.check() is None
