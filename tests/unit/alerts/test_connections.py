"""Connections to the public port: newer pages get in, strangers go, and nobody stays without asking for anything."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession, web

from services.alerts.edge import server
from services.alerts.edge.connections import Connections
from services.alerts.edge.pace import Pace
from services.alerts.edge.senders import Senders, trusted_networks
from services.chassis.telemetry import Meters
from tests.certificates import make_certificate
from tests.fakes import eventually

Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]
IDLE: bytes = b"GET /hello HTTP/1.1\r\nHost: wardwatch\r\n"
WHOLE: bytes = IDLE + b"\r\n"


@dataclass
class Port:
    """A listening port, and the peers that a test opened to it."""

    number: int
    meters: Meters
    peers: list[Peer]

    async def open(self, sends: bytes, *, address: str = "127.0.0.1") -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number, local_addr=(address, 0))
        writer.write(sends)
        self.peers.append((reader, writer))
        return reader, writer

    def connected(self, count: int) -> bool:
        return self.meters.value("wardwatch_connections") == count


@asynccontextmanager
async def listening(
    *,
    most: int = 100,
    most_of_sender: int = 100,
    senders: Senders | None = None,
    of_sender: Pace | None = None,
    idle_seconds: float = 60,
) -> AsyncIterator[Port]:
    """A server that says hello; whoever asks for /known counts as somebody with a session."""
    meters = Meters()
    connections = Connections(
        senders or Senders(), meters, most, most_of_sender, of_sender or Pace(per_second=1000, burst=1000)
    )

    async def hello(request: web.Request) -> web.Response:
        if request.path == "/known":
            connections.vouch(request)
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/hello", hello)
    app.router.add_get("/known", hello)
    async with server.serve(app, connections, "127.0.0.1", 0, tls=None, idle_seconds=idle_seconds) as number:
        port = Port(number, meters, [])
        try:
            yield port
        finally:
            for _, writer in port.peers:
                writer.close()


async def ended(peer: Peer) -> bool:
    """Wait until the server has ended the connection."""
    async with asyncio.timeout(10):
        try:
            return await peer[0].read() == b""
        except ConnectionResetError:
            return True


async def test_the_oldest_stranger_of_an_address_goes_for_a_newer_connection() -> None:
    async with listening(most_of_sender=3) as port:
        strangers = [await port.open(IDLE) for _ in range(3)]
        await eventually(lambda: port.connected(3))

        reader, _ = await port.open(WHOLE)

        assert b"200 OK" in await reader.readline()
        assert await ended(strangers[0])
        assert port.connected(3)
        assert port.meters.value("wardwatch_connections_refused_total", reason="made_room") == 1


async def test_a_page_with_a_session_stays_and_gets_in_among_strangers() -> None:
    async with listening(most=4) as port:
        known, writer = await port.open(WHOLE.replace(b"hello", b"known"))
        assert b"200 OK" in await known.readline()

        for _ in range(30):
            await port.open(IDLE, address="127.0.0.2")
        await eventually(lambda: port.meters.value("wardwatch_connections_refused_total", reason="made_room") == 27)
        writer.write(WHOLE)
        another, _ = await port.open(WHOLE)

        assert b"200 OK" in await another.readline()
        await known.readuntil(b"200 OK")


async def test_when_only_pages_with_sessions_are_open_one_more_is_refused() -> None:
    async with listening(most=2) as port:
        for _ in range(2):
            reader, _ = await port.open(WHOLE.replace(b"hello", b"known"))
            assert b"200 OK" in await reader.readline()

        assert await ended(await port.open(WHOLE))
        assert port.meters.value("wardwatch_connections_refused_total", reason="too_many") == 1


async def test_what_says_nothing_or_only_half_of_it_is_ended() -> None:
    async with listening(idle_seconds=0.2) as port:
        silent, half = await port.open(b""), await port.open(IDLE)
        answered = await port.open(WHOLE)
        assert b"200 OK" in await answered[0].readline()

        async with asyncio.timeout(10):
            await asyncio.gather(*(peer[0].read() for peer in (silent, half, answered)))
        await eventually(lambda: port.connected(0))


async def test_who_opens_connections_too_fast_is_refused_and_others_are_not() -> None:
    async with listening(of_sender=Pace(per_second=0.01, burst=3)) as port:
        for _ in range(3):
            reader, _ = await port.open(WHOLE, address="127.0.0.2")
            assert b"200 OK" in await reader.readline()

        assert await ended(await port.open(WHOLE, address="127.0.0.2"))
        reader, _ = await port.open(WHOLE, address="127.0.0.3")
        assert b"200 OK" in await reader.readline()


async def test_a_trusted_proxy_carries_as_many_as_there_is_room_for() -> None:
    proxies = Senders(trusted_networks("127.0.0.2"))
    async with listening(most_of_sender=2, senders=proxies, of_sender=Pace(per_second=0.01, burst=1)) as port:
        for _ in range(10):
            reader, _ = await port.open(WHOLE, address="127.0.0.2")
            assert b"200 OK" in await reader.readline()

        assert port.connected(10)


async def test_a_pipeline_of_requests_is_read_as_it_is_answered() -> None:
    async with listening() as port:
        reader, writer = await port.open(WHOLE * 500)
        async with asyncio.timeout(20):
            for _ in range(500):
                await reader.readuntil(b"hello")
        writer.close()


async def test_the_end_of_the_service_ends_every_connection() -> None:
    async with listening() as port:
        idle = await port.open(IDLE)
        async with ClientSession() as http, http.get(f"http://127.0.0.1:{port.number}/hello") as reply:
            assert await reply.text() == "hello"
        await eventually(lambda: port.connected(2) or port.connected(1))

    assert await ended(idle)


async def test_a_handshake_that_is_none_ends_the_connection() -> None:
    meters = Meters()
    connections = Connections(Senders(), meters)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    async with server.serve(web.Application(), connections, "127.0.0.1", 0, tls=context) as number:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(WHOLE)
        async with asyncio.timeout(10):
            await reader.read()
        writer.close()
        await eventually(lambda: meters.value("wardwatch_connections") == 0)


async def test_over_tls_a_page_gets_in_among_handshakes_that_never_end(tmp_path: Path) -> None:
    make_certificate(tmp_path / "page.crt", tmp_path / "page.key")
    context = await server.tls_context(tmp_path / "page.crt", tmp_path / "page.key")
    meters = Meters()
    connections = Connections(Senders(), meters, most_of_sender=3)
    app = web.Application()

    async def known(request: web.Request) -> web.Response:
        connections.vouch(request)
        return web.Response(text="hello")

    app.router.add_get("/known", known)
    trusting = ssl.create_default_context(cafile=tmp_path / "page.crt")
    async with server.serve(app, connections, "127.0.0.1", 0, tls=context) as number:
        silent = [await asyncio.open_connection("127.0.0.1", number) for _ in range(3)]
        await eventually(lambda: meters.value("wardwatch_connections") == 3)

        async with ClientSession() as http, http.get(f"https://127.0.0.1:{number}/known", ssl=trusting) as reply:
            assert await reply.text() == "hello"
            assert await ended(silent[0])
            silent += [await asyncio.open_connection("127.0.0.1", number) for _ in range(6)]
            async with http.get(f"https://127.0.0.1:{number}/known", ssl=trusting) as again:
                assert await again.text() == "hello"
        for _, writer in silent:
            writer.close()
