"""The files of backups in a folder: written whole or not at all, read back before they count, listed, and let go of.

A set is one backup; its parts share a name: ``20261130T010203456Z-4f2a.record.wwbackup``. The ledger has one file,
which is replaced.
"""

import errno
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from cli.backup import container
from cli.backup.container import Facts, Faulty, Header, Sealing
from cli.backup.content import Content, Frame, frames
from cli.backup.key_files import MakerKeys, Opening
from services.chassis.errors import StartupError

SUFFIX: Final = ".wwbackup"
LEDGER_FILE: Final = f"ledger{SUFFIX}"
_NAME: Final = re.compile(r"(\d{8}T\d{9}Z-[0-9a-f]{4})\.(record|keys|secrets)\.wwbackup")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


class Part(StrEnum):
    """What a file holds."""

    RECORD = "record"  # the database and the audit's published heads
    KEYS = "keys"  # wrapped data keys; they open nothing without the secrets
    SECRETS = "secrets"  # the folder of credentials and secrets
    LEDGER = "ledger"  # what ended, and must not come back


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of a set."""

    path: Path
    set_name: str
    part: Part
    size: int

    @property
    def made_at(self) -> datetime:
        """When its set was begun."""
        return datetime.strptime(self.set_name.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)


def new_set(now: datetime) -> str:
    """A name for a set that is begun *now*, to the millisecond: names sort as sets were begun."""
    at = now.astimezone(UTC)
    return f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z-{secrets.token_hex(2)}"


def file_of(folder: Path, set_name: str, part: Part) -> Path:
    """Where a part of a set is."""
    return folder / (LEDGER_FILE if part is Part.LEDGER else f"{set_name}.{part}{SUFFIX}")


def stored(folder: Path) -> list[Stored]:
    """The parts in *folder*, oldest first; other files are passed over. Raises StartupError."""
    try:
        found = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()] if folder.exists() else []
        parts = [Stored(path, name[1], Part(name[2]), path.stat().st_size) for path, name in found if name]
    except OSError as error:
        raise StartupError(f"{folder} cannot be read: {error.strerror}") from error
    return sorted(parts, key=lambda each: (each.set_name, each.part))


def let_go(folder: Path, part: Part, *, keep: int) -> list[Path]:
    """Remove all but the newest *keep* files of a kind; returns what was removed. Raises StartupError."""
    of_kind = [each for each in stored(folder) if each.part is part]
    gone = [each.path for each in of_kind[: max(0, len(of_kind) - max(1, keep))]]
    try:
        for path in gone:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StartupError(f"{error.filename} cannot be removed: {error.strerror}") from error
    return gone


class Writing:
    """A part that is being written."""

    def __init__(self, path: Path, file: BinaryIO, facts: Facts, keys: MakerKeys, passphrase: str) -> None:
        self.sealing = Sealing(file, facts, keys.sealed_to(passphrase), keys.maker)
        self._content = Content(self.sealing.write)
        self._path = path

    def add(self, frame: Frame) -> None:
        """Write a frame. Raises StartupError in words."""
        try:
            self._content.add(frame)
        except OSError as error:
            raise StartupError(_why_not(self._path, error)) from error

    def finish(self) -> bytes:
        """Returns the SHA-256 of what is sealed. Raises OSError."""
        self._content.finish()
        return self.sealing.finish()


@contextmanager
def writing(path: Path, facts: Facts, keys: MakerKeys, passphrase: str = "") -> Iterator[Writing]:
    """Write *path*; on leaving it is on the disk, read back and named. Otherwise nothing of it stays.

    Raises StartupError with the reason in words.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w+b") as file:
            part = Writing(path, file, facts, keys, passphrase)
            yield part
            written = part.finish()
            file.flush()
            os.fsync(file.fileno())
            _read_back(file, part.sealing.file_key, written)
        fresh.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StartupError(_why_not(path, error)) from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


@contextmanager
def reading(path: Path, opening: Opening) -> Iterator[tuple[Header, Iterator[Frame]]]:
    """The header and the frames of *path*. Raises StartupError in words."""
    try:
        with path.open("rb") as file:
            header = container.read_header(file)
            if opening.maker and header.maker != opening.maker:
                signed, believed = header.maker[:16], opening.maker[:16]
                raise Faulty(f"it is signed by {signed}, and not by {believed}, whose backups the key is for")
            yield header, frames(container.chunks(file, header, container.file_key(header, opening.opener)))
    except Faulty as error:
        raise StartupError(f"{path} cannot be used: {error}") from error
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error


def frames_of(path: Path, opening: Opening) -> Iterator[Frame]:
    """The frames of *path* alone; it is opened with the first. Raises StartupError in words."""
    with reading(path, opening) as (_, found):
        yield from found


def header_of(path: Path) -> Header:
    """What a file says of itself, whoever signed it. Raises StartupError."""
    try:
        with path.open("rb") as file:
            return container.read_header(file)
    except Faulty as error:
        raise StartupError(f"{path} cannot be used: {error}") from error
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error


def newest(parts: Sequence[Stored], part: Part) -> Stored | None:
    """The newest of a kind."""
    return next((each for each in reversed(parts) if each.part is part), None)


def _read_back(file: BinaryIO, key: bytes, written: bytes) -> None:
    """Open all of it again, from the disk where the kernel lets go of its copy. Raises OSError when it differs."""
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    digest = sha256()
    try:
        for chunk in container.chunks(file, container.read_header(file), key):
            digest.update(chunk)
    except Faulty as error:
        raise OSError(errno.EIO, f"what was written does not read back: {error}") from error
    if digest.digest() != written:
        raise OSError(errno.EIO, "what was written does not read back")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _why_not(path: Path, error: OSError) -> str:
    if error.errno in _NO_ROOM:
        return f"there is no room for the backup in {path.parent}: nothing of it was kept"
    return f"{path} cannot be written: {error.strerror or error}"
