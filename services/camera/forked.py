"""Reading processes for many cameras, forked from one that has imported what they need: a start takes milliseconds,
and most of their memory is shared.

Only :class:`Readers` forks, by a server process of the library's that has one thread. What a reader is told and what
it says are those of ``reader``, so the publisher notices no difference.
"""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Final

import structlog

from services.camera import child, reader
from services.camera.child import Reader
from services.camera.reader import Order

log = structlog.get_logger(__name__)

_CONTEXT: Final = multiprocessing.get_context("forkserver")
PRELOADED: Final = ("services.camera.reader",)
_CONTEXT.set_forkserver_preload(list(PRELOADED))
_PIPE_BYTES: Final = 1 << 20
# A killed process is gone at once, unless it waits for a device.
_GONE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Fork:
    """A running reader: what it writes, and what ends it when it is closed."""

    process: ForkServerProcess
    output: Connection
    lifeline: Connection


@dataclass(frozen=True, slots=True)
class Readers:
    """Forks readers. *starter* has one thread, so that one fork is made at a time; each may have *most_bytes*."""

    starter: Executor
    most_bytes: int

    @asynccontextmanager
    async def reading(self, order: Order) -> AsyncIterator[Reader]:
        """Run a reading process for *order*; it is killed on leaving, in whatever state it is."""
        loop = asyncio.get_running_loop()
        fork = await loop.run_in_executor(self.starter, _start, order, self.most_bytes)
        stdout = asyncio.StreamReader(limit=_PIPE_BYTES)
        pipe = os.fdopen(os.dup(fork.output.fileno()), "rb", buffering=0)
        fork.output.close()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), pipe)
        try:
            yield Reader(stdout, order.source.shown, child.silence_seconds(order))
        finally:
            fork.process.kill()
            transport.close()
            await _gone(fork.process)
            fork.lifeline.close()
            if not await loop.run_in_executor(self.starter, _clear, fork.process):
                log.warning("a reader that was killed does not end", source=order.source.shown)


def _start(order: Order, most_bytes: int) -> _Fork:
    output, theirs = _CONTEXT.Pipe(duplex=False)
    their_lifeline, lifeline = _CONTEXT.Pipe(duplex=False)
    with theirs, their_lifeline:
        # Through a pipe, as its order is: a password must not appear in the process list.
        arguments = (order.model_dump_json(), theirs, their_lifeline, most_bytes)
        process = _CONTEXT.Process(target=reader.forked, args=arguments, daemon=True)
        process.start()
        return _Fork(process, output, lifeline)


async def _gone(process: ForkServerProcess) -> None:
    """Wait until the process has ended, for some seconds at most."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    try:
        async with asyncio.timeout(_GONE_SECONDS):
            await ended.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(process.sentinel)


def _clear(process: ForkServerProcess) -> bool:
    """Give back what the library keeps of an ended process; False while it has not."""
    process.join(0)
    if process.exitcode is None:
        return False
    process.close()
    return True
