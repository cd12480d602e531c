"""The leaf protocol of NATS by hand: what whoever holds a hospital's link key can say, whatever its broker would do."""

import asyncio
import base64
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import nkeys

_MESSAGE: Final = re.compile(rb"LMSG (\S+) (?:[+|] )?(?:(\S+) )?(\d+)\r\n")
_WITHIN_SECONDS: Final = 20.0


class RawLeaf:
    """One link. ``heard`` has subject and content of what came; ``told`` what the other side is interested in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.heard: list[tuple[str, bytes]] = []
        self.told: set[str] = set()
        self.errors: list[str] = []
        self._answered = 0

    def subscribe(self, subject: str) -> None:
        """Ask the other side for *subject*, as a broker does for its clients."""
        self._writer.write(f"LS+ {subject}\r\n".encode())

    def publish(self, subject: str, content: bytes, reply: str = "") -> None:
        """Say *content*."""
        where = f"{subject} {reply}" if reply else subject
        self._writer.write(f"LMSG {where} {len(content)}\r\n".encode() + content + b"\r\n")

    def publish_with_header(self, subject: str, content: bytes) -> None:
        """Say *content* behind a header, which the protocol has another word for."""
        header = b"NATS/1.0\r\nNats-Rollup: sub\r\n\r\n"
        total = len(header) + len(content)
        self._writer.write(f"HMSG {subject} {len(header)} {total}\r\n".encode() + header + content + b"\r\n")

    async def is_closed_after_all(self) -> bool:
        """Whether the other side has closed the link by what was sent so far, or after it has taken all of it."""
        self._writer.write(b"PING\r\n")
        before = self._answered
        with suppress(ConnectionError):
            await self._writer.drain()
            async with asyncio.timeout(_WITHIN_SECONDS):
                while self._answered == before:
                    if not await self._read_one():
                        return True
            return False
        return True

    async def hears(self, subject: str) -> bytes:
        """The first content that came on *subject*."""
        async with asyncio.timeout(_WITHIN_SECONDS):
            while True:
                for each, content in self.heard:
                    if each == subject:
                        return content
                assert await self._read_one(), f"closed: {self.errors}"

    async def _read_one(self) -> bool:
        line = await self._reader.readline()
        if not line:
            return False
        if line.startswith(b"LMSG"):
            found = _MESSAGE.fullmatch(line)
            assert found is not None, line
            content = await self._reader.readexactly(int(found[3]) + 2)
            self.heard.append((found[1].decode(), content[:-2]))
        elif line.startswith(b"HMSG"):
            words = line.split()
            content = await self._reader.readexactly(int(words[-1]) + 2)
            self.heard.append((words[1].decode(), content[int(words[-2]) : -2]))
        elif line.startswith(b"LS+"):
            self.told.add(line.split()[1].decode())
        elif line.startswith(b"PING"):
            self._writer.write(b"PONG\r\n")
        elif line.startswith(b"PONG"):
            self._answered += 1
        elif line.startswith(b"-ERR"):
            self.errors.append(line.decode().strip())
        return True


@asynccontextmanager
async def raw_leaf(port: int, seed: str, authority: Path, *, name: str = "stranger") -> AsyncIterator[RawLeaf]:
    """A link to 127.0.0.1:*port* by the key of *seed*. Raises ConnectionError when it is refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        info = json.loads((await reader.readline()).removeprefix(b"INFO "))
        await writer.start_tls(ssl.create_default_context(cafile=str(authority)), server_hostname="127.0.0.1")
        pair = nkeys.from_seed(bytearray(seed.encode("ascii")))
        signature = base64.urlsafe_b64encode(pair.sign(info["nonce"].encode())).rstrip(b"=").decode()
        said = {"nkey": pair.public_key.decode(), "sig": signature, "name": name, "server_id": name, "headers": True}
        writer.write(b"CONNECT " + json.dumps({**said, "version": "2.15.1", "tls_required": True}).encode() + b"\r\n")
        leaf = RawLeaf(reader, writer)
        if await leaf.is_closed_after_all():
            raise ConnectionError(", ".join(leaf.errors))
        yield leaf
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


class RawHub:
    """A publisher's broker in evil hands: it takes every link, and what its end says and gets is ours to choose."""

    def __init__(self) -> None:
        self.port = 0
        self.bytes = b""  # all that came, as it stands on the line inside the TLS
        self._linked: asyncio.Queue[RawLeaf] = asyncio.Queue()

    async def linked(self) -> RawLeaf:
        """The next link that a hospital opens."""
        async with asyncio.timeout(_WITHIN_SECONDS):
            return await self._linked.get()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext) -> None:
        info = {"server_id": "HUB", "server_name": "hub", "version": "2.15.1", "host": "127.0.0.1", "proto": 1}
        more = {"port": self.port, "headers": True, "tls_required": True, "max_payload": 8_388_608, "nonce": "n"}
        leaf = {"client_id": 1, "leafnode_urls": [f"127.0.0.1:{self.port}"], "compression": "off"}
        said = b"INFO " + json.dumps({**info, **more, **leaf}).encode() + b"\r\n"
        writer.write(said)
        await writer.start_tls(tls)
        if not (await reader.readline()).startswith(b"CONNECT "):
            return
        writer.write(said.replace(b"}", b', "connect_info": true, "remote_account": "FED"}'))
        await self._linked.put(RawLeaf(_Recording(reader, self), writer))


class _Recording(asyncio.StreamReader):
    """Reads of another reader, and keeps what it has read."""

    def __init__(self, reader: asyncio.StreamReader, hub: RawHub) -> None:
        super().__init__()
        self._of, self._hub = reader, hub

    async def readline(self) -> bytes:
        line = await self._of.readline()
        self._hub.bytes += line
        return line

    async def readexactly(self, n: int) -> bytes:
        content = await self._of.readexactly(n)
        self._hub.bytes += content
        return content


@asynccontextmanager
async def raw_hub(certificate: Path, key: Path) -> AsyncIterator[RawHub]:
    """A hub at ``port`` of 127.0.0.1."""
    tls, hub = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), RawHub()
    tls.load_cert_chain(certificate, key)

    writers = list[asyncio.StreamWriter]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(ConnectionError, ssl.SSLError):
            await hub._serve(reader, writer, tls)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    hub.port = int(server.sockets[0].getsockname()[1])
    try:
        yield hub
    finally:
        server.close()
        for writer in writers:
            # Not closed in good order: its end, or a link that is still being opened, need not take part in that.
            writer.transport.abort()
