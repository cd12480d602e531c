"""A new wrapping key: added to the file, then every data key is wrapped by it, then the former one is let go.

Each step can be repeated, and what is done next is read from the file and from the stream: a rotation that was killed
is finished by the next one.
"""

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from access import store
from access.wrapping import WrappingSecrets
from proto.wardwatch.v1.imports import KeysRewrapped
from services.chassis import hints
from services.chassis.errors import StartupError
from services.chassis.settings import read_secret

_LOCK: Final = "rotation.lock"
# The watchlist service may be some messages behind: how often it is asked again when it finds nothing to do.
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Rotated:
    """What came of a rotation."""

    current: str
    former: tuple[str, ...]  # let go
    rewrapped: int
    resumed: bool  # it was begun before


@dataclass(frozen=True, slots=True)
class Rotation:
    """``rewrap`` has the desk wrap some keys anew; ``wrapped_by`` counts the stream's keys by wrapping key."""

    file: Path
    rewrap: Callable[[], Awaitable[KeysRewrapped]]
    wrapped_by: Callable[[], Awaitable[Mapping[str, int]]]
    pause_seconds: float = 0.25  # between two tries

    async def run(self, secret: bytes, progress: Callable[[int, int], None]) -> Rotated:
        """Rotate to *secret*, or finish the rotation that was begun; *progress* is called with done and total.

        Raises StartupError, Refusal or NoAnswer; nothing is lost then, and the next rotation goes on from there.
        """
        with _alone(self.file.parent):
            secrets = await asyncio.to_thread(read_secrets, self.file)
            # Asked first: who may not, or finds nobody that answers, has changed nothing.
            rewrapped = (await self._rewrap_some(secrets)).rewrapped
            resumed = bool(secrets.former)
            if not resumed:
                secrets = secrets.with_new(secret)
                await asyncio.to_thread(store.write_secret, self.file, secrets.text())
            rewrapped += await self._empty_former(secrets, progress)
            await asyncio.to_thread(store.write_secret, self.file, secrets.without_former().text())
        return Rotated(secrets.current, secrets.former, rewrapped, resumed)

    async def _empty_former(self, secrets: WrappingSecrets, progress: Callable[[int, int], None]) -> int:
        """Ask until the stream itself has no key under a former secret."""
        done, idle = 0, 0
        while left := await self._under_former(secrets):
            total = done + left
            progress(done, total)
            while answer := (await self._rewrap_some(secrets)).rewrapped:
                done, idle = done + answer, 0
                progress(done, max(done, total))
            idle += 1
            if idle > _TRIES:
                raise StartupError(
                    f"{left} data keys stay under a former wrapping key, so that is kept; see why with:"
                    f" {hints.command('keys', 'verify', by='ADMINISTRATOR')}, then run this again"
                )
            await asyncio.sleep(self.pause_seconds)
        return done

    async def _under_former(self, secrets: WrappingSecrets) -> int:
        counted = await self.wrapped_by()
        return sum(counted.get(name, 0) for name in secrets.former)

    async def _rewrap_some(self, secrets: WrappingSecrets) -> KeysRewrapped:
        answer = await self.rewrap()
        if answer.current != secrets.current:
            raise StartupError(
                f"the watchlist service wraps by {answer.current} and {self.file} says {secrets.current}: they do not"
                " read the same file"
            )
        return answer


def read_secrets(file: Path) -> WrappingSecrets:
    """The wrapping keys in *file*. Raises StartupError."""
    try:
        return WrappingSecrets.parse(read_secret(file) or "")
    except ValueError as error:
        raise StartupError(f"the wrapping keys in {file} cannot be used: {error}") from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold *folder* for this rotation: two at once would each let go of what the other wraps by."""
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartupError(f"the wrapping keys in {folder} cannot be changed: {error.strerror}") from error
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StartupError("another rotation is running; wait until it is done") from error
