"""Request bodies read within limits of size and time, and responses that are never cached."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from proto.wardwatch.v1 import refusals
from services.alerts.edge.problems import Refused

M = TypeVar("M", bound=BaseModel)

LONGEST_REQUEST_ID: Final = 64
# The longest body holds a reason of 500 characters. The watchlist's operations have their own limits.
MOST_BODY_BYTES: Final = 16 * 1024
_BODY_SECONDS: Final = 10.0

_NO_STORE: Final = {"Cache-Control": "no-store"}


def model_response(model: BaseModel, *, status: int = 200) -> web.Response:
    """A JSON response of *model*."""
    return json_response(model.model_dump_json().encode(), status=status)


def json_response(content: bytes, *, status: int = 200) -> web.Response:
    """A response of JSON that is serialised already."""
    return web.Response(
        status=status, body=content, content_type="application/json", charset="utf-8", headers=_NO_STORE
    )


def file_response(content: bytes, media_type: str) -> web.Response:
    """A response of a file's bytes."""
    return web.Response(body=content, content_type=media_type, headers=_NO_STORE)


def page_origin(request: web.Request) -> str:
    """Where the page is that asks: a link leads back there. With a cookie it was compared with this host."""
    return request.headers.get("Origin", f"https://{request.host}")[:300]


async def parsed_body(request: web.Request, model: type[M], *, most_bytes: int = MOST_BODY_BYTES) -> M:
    """The JSON body as *model*. Raises Refused and ValidationError."""
    content = await read_body(request, most_bytes=most_bytes, within_seconds=_BODY_SECONDS)
    return model.model_validate_json(content)


def request_id(request: web.Request) -> str | None:
    """The request's ``Idempotency-Key``, if it has one. Raises Refused (422)."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_REQUEST_ID and key.isascii() and key.isprintable()):
        raise Refused(422, "Not a valid request", refusals.BAD_KEY.filled(most=LONGEST_REQUEST_ID))
    return key


def incident_id(request: web.Request) -> UUID:
    """The incident that the address names. Raises Refused (404)."""
    text = request.match_info["incident"]
    try:
        return UUID(text)
    except ValueError as error:
        raise Refused(404, "No such incident", refusals.NO_INCIDENT.filled(incident=text)) from error


async def read_body(
    request: web.Request, *, most_bytes: int, within_seconds: float, seen: Callable[[bytes], None] | None = None
) -> bytes:
    """The whole body, never more than *most_bytes* of it in memory; *seen* is called with each part. Raises Refused."""
    if (request.content_length or 0) > most_bytes:
        raise _too_large(most_bytes)
    parts: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(within_seconds):
            async for part in request.content.iter_any():
                length += len(part)
                if length > most_bytes:
                    raise _too_large(most_bytes)
                parts.append(part)
                if seen is not None:
                    seen(part)
    except TimeoutError as error:
        raise Refused(408, "Too slow", refusals.TOO_SLOW.filled(seconds=f"{within_seconds:g}")) from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Refused(400, "Broken off", refusals.BROKEN_OFF.filled()) from error
    return b"".join(parts)


def _too_large(most_bytes: int) -> Refused:
    return Refused(413, "Too large", refusals.TOO_LARGE.filled(most=f"{most_bytes:,}"))
