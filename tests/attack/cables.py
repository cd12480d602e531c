"""A connection to the broker that can be cut: a port of its own, behind which nothing passes while it is cut.

What is on its way then arrives once the cable is whole again, as with TCP over a network that was away for a moment.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

_AT_ONCE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Cable:
    """From ``url`` to the broker."""

    url: str
    _loop: asyncio.AbstractEventLoop
    _whole: asyncio.Event

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Nothing passes until left, in neither direction and for no new connection."""
        self._loop.call_soon_threadsafe(self._whole.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._whole.set)


@contextmanager
def laid(names: Iterable[str], broker: Callable[[], tuple[str, int] | None]) -> Iterator[dict[str, Cable]]:
    """A cable for each of *names*, carried by a thread; *broker* says where it is, None while it is not known."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="cables")
    thread.start()
    servers: list[asyncio.Server] = []
    try:
        yield {name: asyncio.run_coroutine_threadsafe(_lay(broker, servers), loop).result(10) for name in names}
    finally:
        asyncio.run_coroutine_threadsafe(_end_all(servers), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _lay(broker: Callable[[], tuple[str, int] | None], servers: list[asyncio.Server]) -> Cable:
    whole = asyncio.Event()
    whole.set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            await whole.wait()
            if (place := broker()) is None:
                return
            inner_reader, inner_writer = await asyncio.open_connection(*place)
            with closing(inner_writer):
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pass(reader, inner_writer, whole))
                    both.create_task(_pass(inner_reader, writer, whole))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    servers.append(server)
    port = server.sockets[0].getsockname()[1]
    return Cable(f"nats://127.0.0.1:{port}", asyncio.get_running_loop(), whole)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, whole: asyncio.Event) -> None:
    with closing(writer), suppress(OSError):
        while data := await reader.read(_AT_ONCE_BYTES):
            await whole.wait()
            writer.write(data)
            await writer.drain()


async def _end_all(servers: Iterable[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
