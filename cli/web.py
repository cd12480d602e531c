"""Requests to the page's own address, over http or https."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from local.context import Context
from services.chassis.errors import NoAnswer, StartupError


@asynccontextmanager
async def session(
    here: Context, *, within_seconds: float, headers: Mapping[str, str] | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client whose every request ends *within_seconds*. Raises StartupError for an authority that cannot be read."""
    trust = await asyncio.to_thread(_trust, here)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trust),
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=within_seconds, sock_connect=10),
    ) as http:
        yield http


def unanswered(here: Context, error: aiohttp.ClientError | TimeoutError) -> NoAnswer:
    """Why the page's address gave no answer, in words."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return NoAnswer(
            f"{here.alerts_url} shows a certificate that is not trusted here; "
            "name the hospital's own authority with WARDWATCH_CA_FILE"
        )
    return NoAnswer(f"{here.alerts_url} does not answer: {error or type(error).__name__}")


def _trust(here: Context) -> ssl.SSLContext | bool:
    """Those that the machine trusts, which aiohttp has read once already, or the one that is named."""
    if here.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=here.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise StartupError(f"WARDWATCH_CA_FILE {here.ca_file} cannot be used: {error}") from error
