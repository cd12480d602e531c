"""What must hold before anything is started, each failure one sentence."""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from local import context
from services.chassis import hints
from services.chassis.errors import StartupError

# Two databases, a day of logs and the models; below this the disk would be full within hours.
LEAST_FREE_BYTES: Final = 1_000_000_000


def check_disk(folder: Path, *, least_bytes: int = LEAST_FREE_BYTES) -> None:
    """Raise StartupError when the disk of *folder* is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < least_bytes:
        raise StartupError(
            f"only {free / 1e6:.0f} MB are free on the disk of {folder}; at least {least_bytes / 1e6:.0f} MB are needed"
        )


def check_port(host: str, port: int) -> None:
    """Raise StartupError when *port* cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server will: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise StartupError(f"port {port} needs more rights; choose one from 1024 with --port") from error
        except OSError as error:
            if error.errno == 98:  # EADDRINUSE
                raise StartupError(f"port {port} on {host} is in use by another program; choose one with --port") from (
                    error
                )
            raise StartupError(f"{host} port {port} cannot be listened on: {error.strerror}") from error


def make_home(home: Path) -> None:
    """Make *home*, for its owner only. Raises StartupError when that cannot be."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartupError(
            f"the folder {home} cannot be made: {error.strerror}; name a folder of your own with WARDWATCH_HOME"
        ) from error


@contextmanager
def only_supervisor(home: Path) -> Iterator[None]:
    """Lock *home* for this process. Raises StartupError when another supervisor has it, or it is another account's."""
    with _lock_file(home, os.O_RDWR | os.O_CREAT) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartupError(
                f"Wardwatch is already running in {home} (process {file.read().strip()}); stop it with:"
                f" {hints.command('down')}"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def supervisor_of(home: Path) -> int | None:
    """The id of the process that has locked *home*; None when nobody has."""
    try:
        with _lock_file(home, os.O_RDWR) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
    except FileNotFoundError:
        return None
    return None


def _lock_file(home: Path, flags: int) -> TextIO:
    """The opened lock file. Raises StartupError when this account may not."""
    try:
        return os.fdopen(os.open(home / context.LOCK, flags | os.O_CLOEXEC, 0o600), "r+", encoding="ascii")
    except PermissionError as error:
        raise StartupError(
            f"{home} belongs to {context.owner_of(home)}, who started Wardwatch there first; use that account, or name"
            " another folder with WARDWATCH_HOME"
        ) from error
