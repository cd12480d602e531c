"""Requests to the outside: bounded in time and size, never redirected, and never to a machine's own back door."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from services.chassis.errors import StartupError
from services.delivery.outcome import Refused, Result, Unsure, of_status

# Where clouds hand out credentials of the machine, beside the link-local ones.
_METADATA: Final = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254", "168.63.129.16")))
# What an answer says is in its status; its body is read so far, for the connection's sake, and no further.
_MOST_ANSWER_BYTES: Final = 4096
# Who is only asked answers at once, or is not there.
_ASKED_SECONDS: Final = 3.0


class Forbidden(OSError):
    """The address is of a kind that nothing is sent to."""


def is_forbidden(text: str) -> bool:
    """Whether the IP address *text* is link-local, of a cloud's metadata, multicast or nobody's."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA


class GuardedResolver(AbstractResolver):
    """Resolves names as the system does, without forbidden addresses: what is connected to was checked."""

    def __init__(self) -> None:
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises Forbidden where no address is left."""
        found = [each for each in await self._system.resolve(host, port, family) if not is_forbidden(each["host"])]
        if not found:
            raise Forbidden(f"{host} leads to an address that nothing is sent to")
        return found

    async def close(self) -> None:
        """There is nothing to close."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Posts to addresses that were checked."""

    session: aiohttp.ClientSession
    within_seconds: float

    @classmethod
    @asynccontextmanager
    async def opened(cls, *, within_seconds: float, authorities: Path | None = None) -> AsyncIterator["Outside"]:
        """Open; each request has *within_seconds* in all. *authorities* are trusted beside the system's.

        Raises StartupError when that file cannot be used.
        """
        tls = await asyncio.to_thread(_tls, authorities)
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(), ssl=tls, limit=64, limit_per_host=8, ttl_dns_cache=30
        )
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=within_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=_MOST_ANSWER_BYTES,
            max_line_size=4096,
            max_field_size=4096,
        )
        try:
            yield cls(session, within_seconds)
        finally:
            await session.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Result:
        """Send *body*; what came of it."""
        return await self._request("POST", url, body, headers, self.within_seconds)

    async def ask(self, url: str) -> Result:
        """Whether anybody answers there, without a message; any status is an answer of theirs."""
        return await self._request("HEAD", url, b"", {}, min(_ASKED_SECONDS, self.within_seconds))

    async def _request(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], within_seconds: float
    ) -> Result:
        timeout = aiohttp.ClientTimeout(total=within_seconds)
        try:
            if _is_forbidden_literal(url):
                return Refused("forbidden_address")
            async with self.session.request(
                method, url, data=body or None, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                status, wait = answer.status, answer.headers.get("Retry-After")
                # The status is what counts. A body that never ends holds nobody up: the connection is dropped with it.
                if method == "POST":
                    answer.close()
        except Forbidden:
            return Refused("forbidden_address")
        except aiohttp.ClientConnectorError as error:
            return Refused("forbidden_address") if isinstance(error.os_error, Forbidden) else Unsure("unreachable")
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            return Refused("bad_address")
        except TimeoutError:
            return Unsure("timeout")
        except (aiohttp.ClientError, OSError):
            return Unsure("broken_off")
        return of_status(status, wait)


def _tls(authorities: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Also where SSL_CERT_FILE names the hospital's own authority: push services have certificates of others.
    context.load_verify_locations(certifi.where())
    if authorities is not None:
        try:
            context.load_verify_locations(authorities)
        except (OSError, ssl.SSLError) as error:
            raise StartupError(f"certificates in {authorities} cannot be used: {error}") from error
    return context


def _is_forbidden_literal(url: str) -> bool:
    """An address of figures is never resolved, so it is looked at here. Raises InvalidURL."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError as error:
        raise aiohttp.InvalidURL(url) from error
    try:
        return is_forbidden(host)
    except ValueError:
        return False
