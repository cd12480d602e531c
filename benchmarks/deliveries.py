"""From a sighting to the push, the webhook and the notice on the broker, and what drill and delivery services cost.

Run: ``python -m benchmarks.deliveries [--alerts 50] [--seconds 60] [--json]`` on a machine that does nothing else.

A whole Wardwatch on this machine; push service and webhook are real HTTP servers in this process. Measured from the
moment in which a matcher begins to publish the sighting. In between the alert is confirmed, so that each is a new one.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import nats
import numpy as np
from aiohttp import web
from nats.aio.msg import Msg
from rich.console import Console
from rich.table import Table

from access import database, grants
from benchmarks.phones import resident_mib
from benchmarks.processor import used
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import EntryId
from services.alerts.incidents.core import incident_id
from services.chassis.bus import Bus
from services.chassis.delivery_keys import base64url
from tests.installation import MODELS, SITE, Installation, running
from tests.live import alerts_client as live
from tests.receivers import Receiver, TestPhone, receiver
from tests.reviewers import one_reviewer
from tests.sightings import Track, sighted

WAYS: Final = ("push", "webhook", "notice")
SMALL: Final = ("drill", "delivery")
_CAMERAS: Final = 8
_WITHIN_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a service used: seconds of processor time until it was ready and later in a minute, and its memory."""

    start_seconds: float
    minute_seconds: float
    resident_mib: float


@dataclass
class Outside:
    """Who is told, and when each was told last."""

    told: dict[str, float] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, way: str) -> None:
        """Something has come by *way*."""
        self.told.setdefault(way, time.time())
        self.news.set()

    def answer(self, receiving: Receiver, way: str) -> None:
        """Have *receiving* note what comes."""

        async def take(request: web.Request) -> web.StreamResponse:
            if request.method != "HEAD":
                self.take(way)
            return web.Response(status=201)

        receiving.answer = take

    async def all_told(self) -> Mapping[str, float]:
        """When each was told, once all are; they are forgotten then."""
        async with asyncio.timeout(_WITHIN_SECONDS):
            while len(self.told) < len(WAYS):
                self.news.clear()
                await self.news.wait()
        told, self.told = self.told, {}
        return told


async def costs(here: Installation, started: Mapping[str, float], seconds: float) -> dict[str, Cost]:
    """What the small services use while eight cameras send a frame a second."""
    face = await asyncio.to_thread((MODELS / "grace_hopper.jpg").read_bytes)
    async with AsyncExitStack() as stack:
        for number in range(_CAMERAS):
            camera = await stack.enter_async_context(here.publishing(f"gate-{number}"))
            await stack.enter_async_context(camera.showing(face, frames_per_second=1))
        pids = {name: here.pids(name)[0] for name in SMALL}
        before = {name: used(pid) for name, pid in pids.items()}
        await asyncio.sleep(seconds)
        minute = {name: (used(pid) - before[name]) * 60 / seconds for name, pid in pids.items()}
    return {
        name: Cost(round(started[name], 2), round(minute[name], 2), round(resident_mib(pid), 1))
        for name, pid in pids.items()
    }


async def arrange(here: Installation, pushes: Receiver, hooks: Receiver) -> None:
    """A guard on duty with a phone, and a webhook for every alert."""
    phone = TestPhone()
    keys = {"p256dh": base64url(phone.p256dh), "auth": base64url(phone.auth)}
    asked: Sequence[tuple[str, str, dict[str, object]]] = [
        ("guard", "push/subscription", {"endpoint": f"{pushes.url}/phone", **keys}),
        ("guard", "duty", {"site": SITE, "on": True}),
        ("boss", "delivery/channels/hook", {"medium": "webhook", "address": f"{hooks.url}/in"}),
        ("boss", "delivery/rules/all", {"channels": ["hook"]}),
    ]
    for account, path, body in asked:
        async with here.client(account) as http, http.put(f"/api/v1/{path}", json=body) as reply:
            assert reply.status < 300, await reply.text()


@asynccontextmanager
async def hearing(here: Installation, outside: Outside) -> AsyncIterator[None]:
    """Another system on the broker."""

    async def hear(_message: Msg) -> None:
        outside.take("notice")

    seed = here.home / "credentials" / f"{grants.HOSPITAL}.nk"
    prefix = subjects.inbox_prefix(grants.HOSPITAL)
    client = await nats.connect(here.nats_url, nkeys_seed=str(seed), inbox_prefix=prefix)
    await client.subscribe(f"alerts.{SITE}.*", cb=hear)
    await client.flush()
    try:
        yield
    finally:
        await client.close()


async def alert(here: Installation, bus: Bus, entry: EntryId, outside: Outside) -> dict[str, float]:
    """Somebody walks past a camera; seconds until each way has told it."""
    now = datetime.now(UTC)
    track = Track(now - timedelta(milliseconds=200), f"door-{uuid4().hex[:8]}")
    seen = sighted(now, entry, site=SITE, similarity=0.71, picture=live.portrait("#7a5a48"), track=track)
    at = time.time()
    await live.send(bus, seen)
    told = await outside.all_told()
    name = incident_id(seen.sighting_id)
    async with (
        here.client("judge") as http,
        http.post(f"/api/v1/incidents/{name}/verdict", json={"verdict": "same"}) as reply,
    ):
        assert reply.status == 200, await reply.text()
    return {way: moment - at for way, moment in told.items()}


async def measure(
    here: Installation, entry: str, alerts: int, seconds: float, pushes: Receiver, hooks: Receiver
) -> tuple[list[dict[str, float]], dict[str, Cost]]:
    """Seconds of each alert by each way, and the costs."""
    started = {name: used(here.pids(name)[0]) for name in SMALL}
    outside = Outside()
    await arrange(here, pushes, hooks)
    outside.answer(pushes, "push")
    outside.answer(hooks, "webhook")
    async with here.bus(grants.MATCHER_RECORD) as bus, hearing(here, outside):
        found = [await alert(here, bus, EntryId(entry), outside) for _ in range(alerts + 1)]
    return found[1:], await costs(here, started, seconds)  # the first one meets cold caches


async def run(alerts: int, seconds: float) -> tuple[list[dict[str, float]], dict[str, Cost]]:
    """Everything."""
    folder = Path(tempfile.mkdtemp(prefix="ww-deliveries-"))
    async with receiver(folder) as pushes, receiver() as hooks:
        settings = {
            "WARDWATCH_PUSH_HOSTS": pushes.url.removeprefix("https://"),
            "WARDWATCH_DELIVERY_CA_FILE": str(pushes.certificate),
        }
        with ExitStack() as stack:
            here = await asyncio.to_thread(stack.enter_context, running(settings))
            try:
                entry = await asyncio.to_thread(here.enrol, "Listed", MODELS / "astronaut.png")
                # One verdict decides.
                await one_reviewer(await asyncio.to_thread(here.superuser_url, database.DATABASE))
                for name, role in (("guard", "guard"), ("judge", "supervisor"), ("boss", "administrator")):
                    await asyncio.to_thread(here.account, name, role)
                return await measure(here, entry, alerts, seconds, pushes, hooks)
            finally:
                await asyncio.to_thread(stack.close)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found, cost = asyncio.run(run(options.alerts, options.seconds))
    spans = {way: np.percentile([each[way] * 1000 for each in found], [50, 99]).round().tolist() for way in WAYS}
    if options.json:
        print(json.dumps({"ms": spans, "cost": {name: asdict(each) for name, each in cost.items()}}, indent=2))
        return
    table = Table("way", "p50 ms", "p99 ms", title=f"Sighting to the other side, {len(found)} alerts")
    for way, (p50, p99) in spans.items():
        table.add_row(way, f"{p50:.0f}", f"{p99:.0f}")
    Console().print(table)
    table = Table("service", "start, s of a processor", "in a minute, s", "memory, MiB", title=f"{_CAMERAS} cameras")
    for name, each in cost.items():
        table.add_row(name, f"{each.start_seconds}", f"{each.minute_seconds}", f"{each.resident_mib}")
    Console().print(table)


if __name__ == "__main__":
    main()
