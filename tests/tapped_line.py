"""A line between two brokers on which somebody listens inside the TLS, as no broker would let them: for tests."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_CHUNK: Final = 65_536


@dataclass
class Tap:
    """What has passed, as it stands on the line before TLS: ``said`` by the hospital's broker, ``heard`` by it."""

    target: int
    authority: Path
    tls: ssl.SSLContext
    port: int = 0
    said: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One link."""
        there, further = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            info = json.loads((await there.readline()).removeprefix(b"INFO "))
            # What is compressed could hide anything.
            told = b"INFO " + json.dumps({**info, "compression": "off"}).encode() + b"\r\n"
            writer.write(told)
            await writer.start_tls(self.tls)
            await further.start_tls(ssl.create_default_context(cafile=str(self.authority)), server_hostname="127.0.0.1")
            ways = (self._carry(reader, further, self.said), self._carry(there, writer, self.heard))
            await asyncio.wait([asyncio.create_task(way) for way in ways], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in (writer, further):
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while chunk := await reader.read(_CHUNK):
                kept += chunk
                writer.write(chunk)
                await writer.drain()


@asynccontextmanager
async def tapped(target: int, certificate: Path, key: Path) -> AsyncIterator[Tap]:
    """A line to the broker at 127.0.0.1:*target*, which is known by *certificate*, and so is who listens."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    tap, serving = Tap(target, certificate, tls), set[asyncio.Task[None]]()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.create_task(tap.serve(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    tap.port = int(server.sockets[0].getsockname()[1])
    try:
        yield tap
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
