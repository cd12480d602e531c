"""Hostile HTTP clients while people are sighted: alerts go on as before, and memory stays where it was.

Measured from a sighting that is stored to its event at a page that listens, by a client on the same machine; on few
cores the attackers take processor time from everybody, so each round is compared with a quiet one just before it.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import aiohttp
import pytest

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.bus import Bus
from tests import servers
from tests.live import alerts_client, hostile, processes

SIGHTINGS: Final = 400
A_SECOND: Final = 20
# Below it nobody can tell two figures of a busy machine apart.
FLOOR_SECONDS: Final = 0.05
MOST_MORE_BYTES: Final = 200 * 2**20


@dataclass
class Ward:
    """A page that listens, and whoever publishes sightings."""

    service: processes.Service
    bus: Bus
    http: aiohttp.ClientSession
    heard: dict[str, float] = field(default_factory=dict)  # when the event of each camera came
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        while True:
            async for event in alerts_client.events(self.http):
                if event.name == "incident":
                    self.heard.setdefault(str(event.data["camera"]), time.perf_counter())
                self.news.set()

    async def p50_p99(self, count: int = SIGHTINGS) -> tuple[float, float]:
        """Median and 99th percentile of *count* alerts, in seconds."""
        stored: dict[str, float] = {}
        begun = time.perf_counter()
        for n in range(count):
            await asyncio.sleep(max(0.0, begun + n / A_SECOND - time.perf_counter()))
            camera = f"c{uuid4().hex[:12]}"
            sighting = alerts_client.sighting(camera=camera, similarity=0.9, entry=EntryId(str(uuid4())))
            await alerts_client.send(self.bus, sighting)
            stored[camera] = time.perf_counter()
        async with asyncio.timeout(120):
            while not stored.keys() <= self.heard.keys():
                self.news.clear()
                await self.news.wait()
        took = sorted(self.heard[camera] - at for camera, at in stored.items())
        return took[len(took) // 2], took[len(took) * 99 // 100]

    def busy_seconds(self) -> float:
        """Processor time that the service has used."""
        fields = Path(f"/proc/{self.service.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.service.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * 1024


@asynccontextmanager
async def ward(nats: servers.Nats, database: servers.Database) -> AsyncIterator[tuple[Ward, str]]:
    """A ward with one guard, and the guard's token."""
    code = await alerts_client.invite(database, "li", "guard")
    async with (
        processes.alerts_alone(nats, database, {}) as service,
        alerts_client.publisher(nats) as bus,
        aiohttp.ClientSession(f"http://127.0.0.1:{service.page}") as http,
    ):
        async with http.post("/api/v1/session", json={"code": code}) as reply:
            token = str((await reply.json())["token"])
        http.headers["Authorization"] = f"Bearer {token}"
        here = Ward(service, bus, http)
        listening = asyncio.create_task(here.listen())
        try:
            await asyncio.wait_for(here.news.wait(), 10)
            yield here, token
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.live
@pytest.mark.parametrize(
    ("kind", "count"), [("half_open", 1500), ("slow", 500), ("invented", 500), ("malformed", 500), ("streams", 300)]
)
async def test_strangers_do_not_delay_alerts(
    nats_with_streams: servers.Nats, database: servers.Database, kind: str, count: int
) -> None:
    async with ward(nats_with_streams, database) as (here, _token):
        other = await alerts_client.invite(database, "eve", "guard")
        async with here.http.post("/api/v1/session", json={"code": other}) as reply:
            stolen = str((await reply.json())["token"])
        await here.p50_p99(50)  # warm
        quiet, before = await here.p50_p99(), here.resident_bytes()

        async with hostile.attacking(kind, here.service.page, count, token=stolen):
            used, begun = here.busy_seconds(), time.perf_counter()
            attacked, after = await here.p50_p99(), here.resident_bytes()
            busy = (here.busy_seconds() - used) / (time.perf_counter() - begun)

    sys.stdout.write(
        f"\n{kind} x {count}: p50 {quiet[0] * 1e3:.0f} -> {attacked[0] * 1e3:.0f} ms,"
        f" p99 {quiet[1] * 1e3:.0f} -> {attacked[1] * 1e3:.0f} ms, {(after - before) / 2**20:+.0f} MiB,"
        f" {busy:.0%} of a processor\n"
    )
    assert attacked[1] <= max(2 * quiet[1], FLOOR_SECONDS)
    assert after - before < MOST_MORE_BYTES
