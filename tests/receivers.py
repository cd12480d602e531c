"""Where deliveries arrive in tests: a real HTTP or HTTPS server, a real mail server, and a phone with its own keys."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from services.delivery import web_push
from services.delivery.web_push import Phone
from tests.certificates import make_certificate

Answer = Callable[[web.Request], Coroutine[None, None, web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Keeps what comes, and answers as the test says."""

    url: str = ""
    certificate: Path | None = None
    received: list[Received] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: Answer | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD":  # only asked whether anybody is there
            return web.Response() if self.answer is None else await self.answer(request)
        body = await request.read()
        self.received.append(
            Received(request.path, {name.lower(): text for name, text in request.headers.items()}, body)
        )
        self.arrived.set()
        if self.answer is not None:
            return await self.answer(request)
        return web.Response(status=self.status, headers=self.headers)


async def without_an_end(request: web.Request) -> web.StreamResponse:
    """200, and a body that goes on until the other side has left."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65_536)


async def never(_request: web.Request) -> web.StreamResponse:
    """No answer at all."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


@asynccontextmanager
async def receiver(folder: Path | None = None, port: int = 0) -> AsyncIterator[Receiver]:
    """Listen on 127.0.0.1 until left; with *folder* by TLS, with a certificate that is made there once."""
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    context = None
    if folder is not None:
        made.certificate = folder / "receiver.pem"
        if not made.certificate.exists():
            make_certificate(made.certificate, folder / "receiver.key")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.certificate, folder / "receiver.key")
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    made.url = f"{'http' if folder is None else 'https'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class TestPhone:
    """A phone's browser: the keys it made, and what it reads with them."""

    __test__ = False

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def p256dh(self) -> bytes:
        return web_push.point(self.key)

    def at(self, endpoint: str) -> Phone:
        return Phone(endpoint, self.p256dh, self.auth)

    def opens(self, body: bytes) -> bytes:
        content: bytes = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        return content


@asynccontextmanager
async def mail_server() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A mail server that takes everything; yields its port and what it has taken."""
    mails: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                mails.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
            if verb == b"QUIT":
                break
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], mails
    finally:
        server.close()
        await server.wait_closed()
