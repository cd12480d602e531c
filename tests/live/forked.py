"""Services as processes forked from one that has imported them: the imports are most of what a start costs.

What forks has neither settings nor threads of its own, and each fork begins where ``python -m services.NAME`` does.
That services start from nothing is tested with the whole product (``tests/installation.py``).
"""

import asyncio
import importlib
import multiprocessing
import os
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Final

from services.camera.forked import PRELOADED
from services.chassis import process

# Those that tests start again and again.
SERVICES: Final = ("matcher", "watchlist", "camera", "delivery")
_CONTEXT: Final = multiprocessing.get_context("forkserver")
# A process forks from one server only: what the readers of cameras begin with is in it as well.
_CONTEXT.set_forkserver_preload([*PRELOADED, *(f"services.{name}.__main__" for name in SERVICES)])


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
