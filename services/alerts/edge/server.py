"""The public port: operations, the event stream and the page, over HTTP or HTTPS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.alerts.edge import operations, plain
from services.alerts.edge.admission import Admission
from services.alerts.edge.authority import CERTIFICATE, EXPLAINED
from services.alerts.edge.connections import Connections
from services.alerts.edge.notice import NOTICE
from services.alerts.edge.pages import Pages
from services.alerts.edge.problems import REFUSED, as_problems
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

# Event streams end by themselves when the service stops; this is for a page that does not read.
_SHUTDOWN_SECONDS: Final = 3.0
# A connection by which no whole head of a request arrived for so long is closed, also when it trickles.
_IDLE_SECONDS: Final = 30.0


class Part(Protocol):
    """Serves some of the operations."""

    def handlers(self) -> Mapping[str, Handler]:
        """The handler of each operation by name."""


def application(
    parts: Iterable[Part],
    pages: Pages,
    admission: Admission,
    meters: Meters,
    *,
    secure: bool,
    made: Mapping[str, Handler] = MappingProxyType({}),
) -> web.Application:
    """Put the operations, which *parts* serve, and the page together; *made* are pages made anew for who asks."""
    app = web.Application(middlewares=[counting(meters), as_problems, admission.middleware()])
    app.on_response_prepare.append(_headers(pages.security, secure=secure))
    handlers: dict[str, Handler] = {name: handler for part in parts for name, handler in part.handlers().items()}
    for operation in operations.OPERATIONS:
        app.router.add_route(operation.method, operation.path, handlers[operation.name])
    for address, file in pages.files.items():
        app.router.add_get(address, plain.sending(file))
    app.router.add_get(NOTICE, plain.noticing)
    for address, handler in made.items():
        app.router.add_get(address, handler)
    if CERTIFICATE in pages.files:
        app.router.add_get(EXPLAINED, plain.explaining)
    return app


@asynccontextmanager
async def serve(
    app: web.Application,
    connections: Connections,
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None,
    idle_seconds: float = _IDLE_SECONDS,
) -> AsyncIterator[int]:
    """Listen until left; yields the port. Raises StartupError when it is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, keepalive_timeout=idle_seconds)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        assert runner.server is not None
        listening = connections.listening(runner.server, host, port, tls=tls)
        try:
            bound = await stack.enter_async_context(listening)
        except OSError as error:
            raise StartupError(f"the page cannot listen on {host}:{port}: {error.strerror}") from error
        log.info("page is listening", host=host, port=bound, secure=tls is not None)
        yield bound


async def tls_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Read the certificate; None without one. Raises StartupError when it cannot be used."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise StartupError("tls_certificate and tls_key belong together; one of them is missing")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        await asyncio.to_thread(context.load_cert_chain, certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise StartupError(f"certificate {certificate} cannot be used: {error}") from error
    return context


def counting(meters: Meters) -> Middleware:
    """Count each answer by its status; what ends in a fault of ours is answered with 500 after this."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        status = 500
        try:
            response = await handler(request)
            status = response.status
            if code := response.get(REFUSED):
                meters.count("wardwatch_http_refusals_total", code=code)
            return response
        finally:
            meters.count("wardwatch_http_requests_total", status=str(status))

    return count


def _headers(
    security: Mapping[str, str], *, secure: bool
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def add(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(security)
        if secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"

    return add
