"""The folder of secrets as a part of a backup, and put back into an empty place."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from cli.backup.container import Faulty
from cli.backup.content import Begin, End, Frame, Piece
from services.chassis.errors import StartupError

FILE: Final = "file "
# Of an installation on one machine; everything else there is no secret, or is made anew.
_ON_ONE_MACHINE: Final = ("credentials", "tls", "authority", "cameras.json")
# Of the folder of one in containers: sessions of people, and what only says that backups are made.
_NOT_IN_CONTAINERS: Final = frozenset({"home", "backup"})
_MOST_BYTES: Final = 1024 * 1024


def found(folder: Path, *, on_one_machine: bool) -> list[Path]:
    """The files to copy. Raises StartupError when they cannot be listed."""
    try:
        if on_one_machine:
            tops = [folder / name for name in _ON_ONE_MACHINE]
        else:
            tops = [each for each in folder.iterdir() if each.name not in _NOT_IN_CONTAINERS]
        return sorted(path for top in tops for path in (top.rglob("*") if top.is_dir() else [top]) if path.is_file())
    except OSError as error:
        raise StartupError(f"{error.filename} cannot be read: {error.strerror}") from error


def frames(folder: Path, paths: list[Path]) -> Iterator[Frame]:
    """Each file as a section. Raises StartupError."""
    for path in paths:
        try:
            content = path.read_bytes()
            mode = path.stat().st_mode & 0o777
        except OSError as error:
            raise StartupError(f"{path} cannot be read: {error.strerror}") from error
        if len(content) > _MOST_BYTES:
            raise StartupError(f"{path} is larger than any secret: move it out of {folder}")
        yield Begin(FILE + path.relative_to(folder).as_posix(), {"mode": mode})
        yield Piece(content)
        yield End({})


def put_back(folder: Path, every: Iterator[Frame]) -> int:
    """Write each file below *folder*; returns how many. Raises StartupError, before any is written over."""
    count, path, content, mode = 0, folder, bytearray(), 0o600
    for frame in every:
        match frame:
            case Begin(name, facts):
                path, content, mode = folder / _relative(name), bytearray(), int(str(facts.get("mode", 0o600)))
            case Piece(piece):
                content += piece
            case End():
                _write(path, bytes(content), mode)
                count += 1
    return count


def _relative(name: str) -> PurePosixPath:
    relative = PurePosixPath(name.removeprefix(FILE))
    if not name.startswith(FILE) or relative.is_absolute() or ".." in relative.parts or not relative.parts:
        raise Faulty(f"it holds no secret: {name}")
    return relative


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise StartupError(f"{path} is there already: secrets are put back into an empty place alone") from error
    except OSError as error:
        raise StartupError(f"{path} cannot be written: {error.strerror}") from error
