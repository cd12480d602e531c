"""Rotation and backup of keys: what each leaves behind, however it ends."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from access.wrapping import WRAPPING_KEYS, WrappingSecrets, secret_id
from cli import key_backup
from cli.key_backup import StoredKey
from cli.key_rotation import Rotated, Rotation, read_secrets
from proto.wardwatch.v1.imports import KeysRewrapped
from proto.wardwatch.v1.replication import KeyPublished
from services.chassis.errors import NoAnswer, Refusal, StartupError

FIRST, SECOND, THIRD = (bytes([number]) * 32 for number in (1, 2, 3))
NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Killed(Exception):
    """The process ends here."""


@dataclass
class Keys:
    """A stream with keys by wrapping key, and the matcher that wraps them anew, three at a time."""

    file: Path
    counts: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    dies_at: int = -1
    refusal: Exception | None = None
    stuck: int = 0

    async def rewrap(self) -> KeysRewrapped:
        self.calls += 1
        if self.calls == self.dies_at:
            raise Killed
        if self.refusal is not None:
            raise self.refusal
        current = read_secrets(self.file).current
        former = [name for name in self.counts.elements() if name != current]
        moved = former[: max(0, min(3, len(former) - self.stuck))]
        self.counts.subtract(moved)
        self.counts[current] += len(moved)
        return KeysRewrapped(current=current, rewrapped=len(moved), left=len(former) - len(moved))

    async def wrapped_by(self) -> Mapping[str, int]:
        return +self.counts

    async def rotate(self, secret: bytes = SECOND) -> Rotated:
        self.progress: list[tuple[int, int]] = []
        return await Rotation(self.file, self.rewrap, self.wrapped_by, pause_seconds=0).run(
            secret, lambda done, total: self.progress.append((done, total))
        )


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    first = WrappingSecrets.first(FIRST)
    (tmp_path / WRAPPING_KEYS).write_text(first.text())
    return Keys(tmp_path / WRAPPING_KEYS, Counter({first.current: 8}))


async def test_a_rotation_wraps_every_key_anew_and_lets_go_of_the_former_one(keys: Keys) -> None:
    done = await keys.rotate()

    assert done == Rotated(secret_id(SECOND), (secret_id(FIRST),), 8, resumed=False)
    assert read_secrets(keys.file) == WrappingSecrets.first(SECOND)
    assert keys.counts[secret_id(SECOND)] == 8
    assert keys.progress[-1] == (8, 8)
    assert keys.file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("dies_at", [2, 3, 4, 5])
async def test_a_killed_rotation_is_finished_by_the_next_with_the_same_key(keys: Keys, dies_at: int) -> None:
    keys.dies_at = dies_at
    with pytest.raises(Killed):
        await keys.rotate()
    assert {secret_id(FIRST), secret_id(SECOND)} == read_secrets(keys.file).keys.keys()
    before = keys.counts[secret_id(FIRST)]

    done = await keys.rotate(THIRD)

    assert done.resumed
    assert done.rewrapped == before
    assert read_secrets(keys.file) == WrappingSecrets.first(SECOND)
    assert +keys.counts == {secret_id(SECOND): 8}


@pytest.mark.parametrize("why", [NoAnswer("nobody answers"), Refusal(403, "this is not for a supervisor")])
async def test_who_may_not_or_finds_no_matcher_has_changed_nothing(keys: Keys, why: Exception) -> None:
    keys.refusal = why

    with pytest.raises(type(why)):
        await keys.rotate()

    assert read_secrets(keys.file) == WrappingSecrets.first(FIRST)


async def test_a_key_that_cannot_be_wrapped_anew_keeps_the_former_wrapping_key(keys: Keys) -> None:
    keys.stuck = 1

    with pytest.raises(StartupError, match="1 data keys stay under a former wrapping key"):
        await keys.rotate()

    assert read_secrets(keys.file).former == (secret_id(FIRST),)


async def test_a_matcher_with_another_file_is_found_before_anything_is_changed(keys: Keys, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(WrappingSecrets.first(THIRD).text())
    elsewhere = Keys(other)

    with pytest.raises(StartupError, match="they do not read the same file"):
        await Rotation(keys.file, elsewhere.rewrap, keys.wrapped_by).run(SECOND, lambda _done, _total: None)

    assert read_secrets(keys.file) == WrappingSecrets.first(FIRST)


async def test_two_rotations_at_once_are_refused(keys: Keys) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> KeysRewrapped:
        inside.set()
        await go_on.wait()
        return await keys.rewrap()

    first = asyncio.create_task(Rotation(keys.file, slow, keys.wrapped_by).run(SECOND, lambda _done, _total: None))
    await inside.wait()
    with pytest.raises(StartupError, match="another rotation is running"):
        await keys.rotate(THIRD)
    go_on.set()
    await first

    assert read_secrets(keys.file) == WrappingSecrets.first(SECOND)


async def test_a_broken_file_is_one_sentence(keys: Keys) -> None:
    keys.file.write_text("{")

    with pytest.raises(StartupError, match=r"the wrapping keys in .* cannot be used: Expecting"):
        await keys.rotate()


def stored() -> dict[UUID, StoredKey]:
    return {
        UUID(int=1): StoredKey(KeyPublished(str(UUID(int=1)), "k1", b"wrapped"), 1),
        UUID(int=2): StoredKey(KeyPublished(str(UUID(int=2)), "", b""), 2),
    }


def test_what_is_written_is_read_back() -> None:
    assert key_backup.parsed(key_backup.written(stored(), NOW)) == {
        owner: each.message for owner, each in stored().items()
    }


def test_an_empty_keyring_has_a_backup_too() -> None:
    assert key_backup.parsed(key_backup.written({}, NOW)) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "no backup of a keyring", id="empty"),
        pytest.param("[]\n", "no backup of a keyring", id="something else"),
        pytest.param(key_backup.written(stored(), NOW).rpartition("{")[0], "it was cut off", id="cut between lines"),
        pytest.param(key_backup.written(stored(), NOW)[:-9], "Unterminated|Expecting", id="cut within a line"),
        pytest.param(key_backup.written(stored(), NOW).replace("wrapped", "bare"), "no key", id="no key"),
        pytest.param(key_backup.written(stored(), NOW).replace('"owner": "0', '"owner": "x'), "no key", id="no owner"),
    ],
)
def test_a_file_that_is_no_whole_backup_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        key_backup.parsed(text)
