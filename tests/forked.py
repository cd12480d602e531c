"""Services and commands as processes forked from one that has imported them: imports are most of what a start costs.

What forks has neither settings nor threads of its own, and each fork begins where ``python -m services.NAME`` or
``wardwatch`` does. That services start from nothing is tested with the whole product (``tests/installation.py``), and
that ``wardwatch`` does with those commands that only one or two tests give.
"""

import asyncio
import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from services.camera.forked import PRELOADED
from services.chassis import process
from tests.checkout import CHECKOUT

# Those that tests start again and again.
SERVICES: Final = ("matcher", "watchlist", "camera", "delivery")
COMMANDS: Final = {"access": "cli.access", "keys": "cli.keys", "watchlist": "cli.watchlist.commands"}
_CONTEXT: Final = multiprocessing.get_context("forkserver")
# A process forks from one server only: what the readers of cameras begin with is in it as well.
_CONTEXT.set_forkserver_preload(
    [*PRELOADED, *(f"services.{name}.__main__" for name in SERVICES), "cli.__main__", *COMMANDS.values()]
)


class Forked:
    """A running fork, with those words of :class:`asyncio.subprocess.Process` that tests use."""

    def __init__(self, fork: ForkServerProcess, stdout: asyncio.StreamReader) -> None:
        self._fork = fork
        self._ended = asyncio.Event()
        self.stdout = stdout
        self.returncode: int | None = None  # or less than nothing when a signal ended it; None while it runs
        asyncio.get_running_loop().add_reader(fork.sentinel, self._note_end)

    @property
    def pid(self) -> int:
        """The kernel's number of it."""
        assert self._fork.pid is not None
        return self._fork.pid

    def send_signal(self, sign: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.returncode is None:
            os.kill(self.pid, sign)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Its exit code, as soon as it has ended."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> tuple[bytes, None]:
        """What it has printed that was not read yet, once it has ended."""
        printed = await self.stdout.read()
        await self.wait()
        return printed, None

    def _note_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._fork.sentinel)
        self.returncode = self._fork.exitcode
        self._ended.set()


async def start(service: str, environment: Mapping[str, str]) -> Forked:
    """Start *service* with nothing but *environment*; what it prints comes through ``stdout``."""
    fork, output = await asyncio.to_thread(_start, service, environment)
    stdout = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(stdout)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(output, "rb"))
    return Forked(fork, stdout)


def _start(service: str, environment: Mapping[str, str]) -> tuple[ForkServerProcess, int]:
    """The fork, and a handle of what it prints."""
    reader, writer = _CONTEXT.Pipe(duplex=False)
    with reader, writer:
        fork = _CONTEXT.Process(target=_serve, args=(service, dict(environment), writer))
        fork.start()
        return fork, os.dup(reader.fileno())


def _serve(service: str, environment: Mapping[str, str], output: Connection) -> None:
    """In the fork: be what ``python -m services.SERVICE`` is."""
    os.dup2(output.fileno(), 1)
    output.close()
    os.environ.clear()
    os.environ.update(environment)
    process.run(importlib.import_module(f"services.{service}.__main__").main, service=service)


def command(
    *words: str, environment: Mapping[str, str], typed: str = "", within_seconds: float = 60
) -> "subprocess.CompletedProcess[str]":
    """Run ``wardwatch`` with nothing but *environment*, *typed* on its standard input, and return how it ended.

    Raises:
        subprocess.TimeoutExpired: it took longer than *within_seconds*, and was ended.
    """
    with tempfile.TemporaryDirectory(prefix="ww-command-") as name:
        files = [Path(name, stream) for stream in ("input", "output", "complaint")]
        files[0].write_text(typed)
        fork = _CONTEXT.Process(target=_command, args=(words, dict(environment), files))
        fork.start()
        fork.join(within_seconds)
        if fork.exitcode is None:
            fork.kill()
            raise subprocess.TimeoutExpired(words, within_seconds)
        return subprocess.CompletedProcess(words, fork.exitcode, *(each.read_text() for each in files[1:]))


def _command(words: Sequence[str], environment: Mapping[str, str], files: Sequence[Path]) -> None:
    """In the fork: be what ``wardwatch WORDS`` is."""
    for number, file in enumerate(files):
        opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - until the process ends
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(CHECKOUT)
    sys.argv = ["wardwatch", *words]
    importlib.import_module("cli.__main__").main()
