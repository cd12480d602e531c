"""Hostile HTTP clients, run as a process of their own: `python -m tests.live.hostile KIND PORT COUNT ADDRESS [TOKEN]`.

They go on until they are killed, open every connection again that the server ends, and print one line once all were
tried.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

_AGAIN_SECONDS: Final = 0.05
_TRICKLE_SECONDS: Final = 1.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Attack = Callable[[asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[None]]


async def half_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _token: str) -> None:
    """Begin a request and say nothing more."""
    writer.write(b"GET /api/v1/incidents HTTP/1.1\r\nHost: wardwatch\r\n")
    await reader.read()


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _token: str) -> None:
    """Send the head of a request one byte a second."""
    writer.write(b"GET /api/v1/incidents HTTP/1.1\r\nHost: wardwatch\r\nX-Slow: ")
    ended = asyncio.ensure_future(reader.read())
    while not ended.done():
        writer.write(b"a")
        await writer.drain()
        await asyncio.wait([ended], timeout=_TRICKLE_SECONDS)


async def invented(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _token: str) -> None:
    """Ask with another invented token each time, as fast as answers come."""
    while True:
        token = secrets.token_hex(16)
        writer.write(
            f"GET /api/v1/incidents HTTP/1.1\r\nHost: wardwatch\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), b":0")
        await reader.readexactly(int(length.split(b":")[1]))


async def malformed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _token: str) -> None:
    """Send what is no HTTP."""
    writer.write(secrets.choice([b"\x00" * 64, b"GET\r\n\r\n", b"A" * 9000 + b"\r\n\r\n", secrets.token_bytes(256)]))
    await reader.read()


async def streams(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
    """Follow the events with one token, and read what comes."""
    writer.write(f"GET /api/v1/events HTTP/1.1\r\nHost: wardwatch\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    while await reader.read(65536):
        pass


KINDS: Final[dict[str, Attack]] = {
    attack.__name__: attack for attack in (half_open, slow, invented, malformed, streams)
}


@asynccontextmanager
async def attacking(
    kind: str, port: int, count: int, *, address: str = "127.0.0.2", token: str = ""
) -> AsyncIterator[None]:
    """Attack from *address* with *count* connections until left; begins once each was tried."""
    argv = ["-m", "tests.live.hostile", kind, str(port), str(count), address, token]
    # An attacker works on a machine of its own, so here it gets what processor time the service leaves; in its own
    # session, since the kernel shares the processors between sessions first.
    argv = ["nice", "-n", "10", sys.executable, *argv]
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        assert (await process.stdout.readline()).strip() == b"attacking"
        yield
        assert process.returncode is None, "the attackers gave up"
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def main(kind: str, port: int, count: int, address: str, token: str) -> None:
    """Keep *count* connections busy for ever."""
    tried = [asyncio.Event() for _ in range(count)]
    clients = [asyncio.create_task(_again(KINDS[kind], port, address, token, each)) for each in tried]
    for each in tried:
        await each.wait()
    sys.stdout.write("attacking\n")
    sys.stdout.flush()
    await asyncio.gather(*clients)


async def _again(attack: Attack, port: int, address: str, token: str, tried: asyncio.Event) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
            tried.set()
            try:
                await attack(reader, writer, token)
            finally:
                writer.close()
        tried.set()
        await asyncio.sleep(_AGAIN_SECONDS)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]))
