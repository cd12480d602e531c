"""Where the processes of a running Wardwatch say how they are, and what they say."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from cli import status
from cli.bench import readings, servers
from cli.bench.readings import Page, Reading
from local.context import Context
from services.chassis.errors import StartupError

_SECONDS = 5.0


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
    if "telemetry" not in here.values:
        more = {name: url for name, url in _replicas(here, urls).items() if await _answers(http, url)}
        urls = {**urls, **more}
    return Stages(here, urls, http)


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
