"""A line between two brokers that is slow, swallows what is said, or is cut: a TCP proxy."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

_CHUNK: Final = 4096


@dataclass
class Line:
    """``bytes_per_second`` each way, 0: as fast as it can; ``passed`` counts bytes to the publisher and from it."""

    target: int
    port: int = 0
    bytes_per_second: float = 0.0
    passed: list[int] = field(default_factory=lambda: [0, 0])
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _is_cut: bool = False
    _goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._goes_on.set()

    def swallow(self) -> None:
        """Let nothing through from now on, and tell nobody."""
        self._goes_on.clear()

    def cut(self) -> None:
        """Close what is open and take nobody until :meth:`mend`."""
        self._is_cut = True
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        """Go on after :meth:`cut` or swallowing."""
        self._is_cut = False
        self._goes_on.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if self._is_cut:
            await _aborted(writer)
            return
        there, further = await asyncio.open_connection("127.0.0.1", self.target)
        ends = (writer, further)
        self._open |= set(ends)
        ways = [
            asyncio.create_task(self._carry(reader, further, 0)),
            asyncio.create_task(self._carry(there, writer, 1)),
        ]
        self._tasks |= set(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        self._tasks -= set(ways)
        self._open -= set(ends)
        await asyncio.gather(*map(_aborted, ends))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: int) -> None:
        """A token bucket that holds a tenth of a second."""
        tokens, at = 0.0, time.monotonic()
        with suppress(ConnectionError):
            while chunk := await reader.read(_CHUNK):
                await self._goes_on.wait()
                while (rate := self.bytes_per_second) and tokens < len(chunk):
                    now = time.monotonic()
                    tokens, at = min(tokens + (now - at) * rate, max(rate / 10, _CHUNK)), now
                    if tokens < len(chunk):
                        await asyncio.sleep((len(chunk) - tokens) / rate)
                tokens -= len(chunk) if self.bytes_per_second else 0
                self.passed[way] += len(chunk)
                writer.write(chunk)
                await writer.drain()


async def _aborted(end: asyncio.StreamWriter) -> None:
    end.transport.abort()
    with suppress(OSError):
        await end.wait_closed()


@asynccontextmanager
async def line(target: int) -> AsyncIterator[Line]:
    """A line to 127.0.0.1:*target*, at a port of its own."""
    made = Line(target)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=2 * _CHUNK)
    made.port = int(server.sockets[0].getsockname()[1])
    try:
        yield made
    finally:
        server.close()
        made.cut()
        for task in list(made._tasks):
            task.cancel()
        await asyncio.gather(*made._tasks, return_exceptions=True)
