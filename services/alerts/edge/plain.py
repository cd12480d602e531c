"""What is served without TLS where the page has it: the authority's certificate, and the way to the page."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.alerts.edge.authority import EXPLAINED, language_of
from services.alerts.edge.notice import NOTICE
from services.alerts.edge.pages import File
from services.alerts.edge.problems import as_problems

# What may stand in a Location header: a name or an address, as browsers send it.
_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]{2,45}\])(?=:\d{1,5}$|$)")
_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def application(files: Mapping[str, File], middleware: Middleware, *, page_port: int) -> web.Application:
    """Serves *files* by their addresses; ``/`` explains them, and everything else leads to the page's own port.

    It knows no session and hands out no cookie, so nothing that is sent to it is worth listening to.
    """
    app = web.Application(middlewares=[as_problems, middleware])
    app.on_response_prepare.append(_headers)
    for address, file in files.items():
        app.router.add_get(address, sending(file))
    if files:
        app.router.add_get("/", explaining)
    app.router.add_get("/{elsewhere:.*}", _leading(page_port))
    return app


async def noticing(request: web.Request) -> web.StreamResponse:
    """Leads visitors to the notice in the browser's language."""
    language = language_of(request.headers.get("Accept-Language", ""))
    return web.Response(status=302, headers={"Location": f"{NOTICE}/{language}", "Vary": "Accept-Language"})


async def explaining(request: web.Request) -> web.StreamResponse:
    """Leads to the page that explains how to install the authority, in the browser's language."""
    language = language_of(request.headers.get("Accept-Language", ""))
    return web.Response(status=302, headers={"Location": f"{EXPLAINED}/{language}", "Vary": "Accept-Language"})


def sending(file: File) -> Handler:
    """Sends *file*, unless the browser has it."""

    async def send(request: web.Request) -> web.Response:
        compressed = bool(file.compressed) and "gzip" in request.headers.get("Accept-Encoding", "")
        etag = f'"{file.etag}{"-gzip" if compressed else ""}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        charset = "utf-8" if file.content_type.startswith("text/") or "svg" in file.content_type else None
        content = file.compressed if compressed else file.content
        response = web.Response(body=content, content_type=file.content_type, charset=charset)
        if compressed:
            response.headers["Content-Encoding"] = "gzip"
        if file.compressed:
            response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "no-cache"
        response.headers["ETag"] = etag
        return response

    return send


def _leading(port: int) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def lead(request: web.Request) -> web.Response:
        host = _HOST.match(request.host)
        if host is None:
            return web.Response(status=400, text="")
        # Not for ever: another port or a proxy may serve it tomorrow.
        return web.Response(status=307, headers={"Location": f"https://{host[0]}:{port}/"})

    return lead


async def _headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
