"""Phones as the service sees them: event streams, and what a page reads when an alert comes. Of ``benchmarks.phones``.

Standard input has the tokens, one a line. Each phone has an address of its own. A line of JSON is printed when all
streams are open, and for each incident when every phone has read of it: for a new one both pictures, as a page does
that draws it, and of any other change the incident alone.
"""

import asyncio
import json
import resource
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import aiohttp

_FOR_EVER: Final = aiohttp.ClientTimeout(total=None)
# A browser opens so many connections to one server.
_CONNECTIONS: Final = 6


@dataclass
class Ward:
    """All phones of this process, and when each had what."""

    phones: int
    open: int = 0
    refused: int = 0
    heard: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    read: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def opened(self) -> None:
        self.open += 1
        if self.open == self.phones:
            say({"open": self.open})

    def done(self, key: str, heard: float) -> None:
        self.heard[key].append(heard)
        self.read[key].append(time.time())
        if len(self.read[key]) == self.phones:
            used = resource.getrusage(resource.RUSAGE_SELF)
            busy = used.ru_utime + used.ru_stime
            times = {"heard": self.heard.pop(key), "read": self.read.pop(key)}
            say({"key": key, **times, "busy_seconds": busy, "refused": self.refused})


def say(line: object) -> None:
    """Print for who started this."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def address(number: int) -> str:
    """An address of this machine for each phone."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


async def phone(url: str, token: str, number: int, ward: Ward) -> None:
    """Listen until the stream ends."""
    connector = aiohttp.TCPConnector(local_addr=(address(number), 0), limit=_CONNECTIONS)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(url, headers=headers, connector=connector) as http,
        asyncio.TaskGroup() as reading,
        http.get("/api/v1/events", timeout=_FOR_EVER) as stream,
    ):
        stream.raise_for_status()
        ward.opened()
        kind = ""
        async for raw in stream.content:
            name, _, text = raw.decode().rstrip("\n").partition(": ")
            if name == "event":
                kind = text
            elif name == "data" and kind == "incident":
                event = json.loads(text)
                reading.create_task(read(http, event["incident"], event["kind"], ward))


async def read(http: aiohttp.ClientSession, incident: str, kind: str, ward: Ward) -> None:
    """Read what a page shows of an incident that changed."""
    heard = time.time()
    ward.refused += await got(http, f"/api/v1/incidents/{incident}", again_seconds=0.5)
    if kind == "raised":
        pictures = (f"/api/v1/incidents/{incident}/pictures/{which}" for which in ("watchlist", "camera"))
        ward.refused += sum(await asyncio.gather(*(got(http, each, again_seconds=5) for each in pictures)))
    ward.done(f"{kind} {incident}", heard)


async def got(http: aiohttp.ClientSession, path: str, *, again_seconds: float) -> int:
    """Ask until it is answered, with a page's pauses; how often it was refused."""
    refused = 0
    while True:
        async with http.get(path, timeout=_FOR_EVER) as reply:
            await reply.read()
            if reply.status == 200:
                return refused
        refused += 1
        await asyncio.sleep(again_seconds)


async def main() -> None:
    """Be all the phones of this process."""
    url, first = sys.argv[1], int(sys.argv[2])
    tokens = sys.stdin.read().split()
    ward = Ward(len(tokens))
    async with asyncio.TaskGroup() as phones:
        for number, token in enumerate(tokens, first):
            phones.create_task(phone(url, token, number, ward))


if __name__ == "__main__":
    asyncio.run(main())
