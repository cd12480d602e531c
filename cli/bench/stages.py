"""Where the processes of a running Wardwatch say how they are, and what they say."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from cli import status
from cli.bench import readings, servers
from cli.bench.readings import Page, Reading
from local.context import Context
from services.chassis.errors import StartupError

_SECONDS: Final = 20.0  # an overloaded process answers late
Resolve = Callable[[str], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Stages:
    """The pages of every process that answered when this was made; see :func:`found`."""

    here: Context
    urls: Mapping[str, str]
    http: aiohttp.ClientSession

    async def read(self) -> Reading:
        """What all say now. Raises StartupError when one does not answer."""
        pages = await asyncio.gather(*(self._page(name, url) for name, url in self.urls.items()))
        beside = await asyncio.to_thread(servers.pages, self.here.home)
        return Reading(time.monotonic(), {**dict(zip(self.urls, pages, strict=True)), **beside})

    async def _page(self, name: str, url: str) -> Page:
        try:
            return await _fetched(self.http, url)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise StartupError(f"{name} does not say how it is: {error or type(error).__name__}") from error


async def found(here: Context, http: aiohttp.ClientSession) -> Stages:
    """The services of ``wardwatch status``, and of those the further replicas that answer.

    Raises StartupError when a service has not said where it answers.
    """
    urls = status.addresses(here)
    if silent := [name for name, url in urls.items() if not url]:
        raise StartupError(f"{', '.join(silent)} does not run here, or has not said where it answers")
    if "telemetry" in here.values:
        urls = await each_replica(urls, _addresses)
    else:
        more = {name: url for name, url in _replicas(here, urls).items() if await _answers(http, url)}
        urls = {**urls, **more}
    return Stages(here, urls, http)


async def each_replica(urls: Mapping[str, str], resolve: Resolve) -> dict[str, str]:
    """*urls* with one for each address that its host has: containers of one service share a name."""
    found: dict[str, str] = {}
    for name, text in urls.items():
        url = URL(text)
        for number, address in enumerate(await resolve(url.host or ""), start=1):
            found[name if number == 1 else f"{name}-{number}"] = str(url.with_host(address)).rstrip("/")
    return found


async def _addresses(host: str) -> list[str]:
    try:
        known = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise StartupError(f"{host} is not known here: {error.strerror}") from error
    return sorted({str(address[0]) for *_, address in known if address[0] != "::1"})


def session() -> aiohttp.ClientSession:
    """For pages that answer at once."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS))


def _replicas(here: Context, first: Mapping[str, str]) -> dict[str, str]:
    """Where further replicas said that they answer; a log may be of a replica that is no more."""
    logs = sorted((here.home / "logs").glob("*-*.log"))
    names = [log.stem for log in logs if readings.service_of(log.stem) in first and log.stem not in first]
    return {name: url for name in names if (url := status.said(here, name)) and url not in first.values()}


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        await _fetched(http, url)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
    return True


async def _fetched(http: aiohttp.ClientSession, url: str) -> Page:
    async with http.get(f"{url}/metrics") as reply:
        reply.raise_for_status()
        return readings.parse(await reply.text())
