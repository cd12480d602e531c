"""What a request says, read with a limit, and the form of every answer."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from aiohttp import web
from pydantic import BaseModel

from proto.wardwatch.v1 import refusals
from services.alerts.edge.problems import Refused

M = TypeVar("M", bound=BaseModel)

LONGEST_REQUEST_ID: Final = 64
# The largest thing a guard sends is a reason of 500 characters. What the watchlist takes has its own limits.
MOST_SAID_BYTES: Final = 16 * 1024
_SAID_SECONDS: Final = 10.0

_UNKEPT: Final = {"Cache-Control": "no-store"}


def answer(model: BaseModel, *, status: int = 200) -> web.Response:
    """An answer that nobody keeps."""
    return json_answer(model.model_dump_json().encode(), status=status)


def json_answer(content: bytes, *, status: int = 200) -> web.Response:
    """The same, of JSON that is written already."""
    return web.Response(status=status, body=content, content_type="application/json", charset="utf-8", headers=_UNKEPT)


def file_answer(content: bytes, media_type: str) -> web.Response:
    """The same, of a file."""
    return web.Response(body=content, content_type=media_type, headers=_UNKEPT)


async def said(request: web.Request, model: type[M]) -> M:
    """The body as *model*. Raises Refused, or ValidationError."""
    content = await body(request, most_bytes=MOST_SAID_BYTES, within_seconds=_SAID_SECONDS)
    return model.model_validate_json(content)


def request_id(request: web.Request) -> str | None:
    """The request's ``Idempotency-Key``, if it has one. Raises Refused (422)."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_REQUEST_ID and key.isascii() and key.isprintable()):
        raise Refused(422, "Not a valid request", refusals.BAD_KEY.filled(most=LONGEST_REQUEST_ID))
    return key


async def body(
    request: web.Request, *, most_bytes: int, within_seconds: float, seen: Callable[[bytes], None] | None = None
) -> bytes:
    """The whole body, never more than *most_bytes* of it in memory; *seen* is shown each part. Raises Refused."""
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
