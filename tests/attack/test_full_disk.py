"""The disk of the broker and the database fills up during a thousand sightings, and has room again.

Nothing is restarted by hand. What a person would see, and when, is printed.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.bus import Bus
from services.chassis.telemetry import Meters
from services.matcher.waiting import WaitingSightings
from tests import volumes
from tests.fakes import eventually
from tests.installation import MODELS, SITE, Event, Installation, running
from tests.sightings import sighted

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

SIGHTINGS = 1_000
A_SECOND = 40
# What the issue of a full disk is allowed to take, to be told and to be over.
WITHIN_SECONDS = 10
PICTURE_BYTES = 20_000
# Where matching is stopped meanwhile: at another site, for what waits at one that is stopped is not recorded.
STOPPED_SITE = "h2"


@dataclass
class Acknowledged:
    """Publishes as a matcher does, and remembers what a stream has acknowledged."""

    bus: Bus
    ids: set[str] = field(default_factory=set)

    async def publish(self, subject: str, payload: bytes, *, message_id: str) -> object:
        stored = await self.bus.publish_owed(subject, payload, message_id=message_id)
        self.ids.add(message_id)
        return stored


@pytest.fixture
def disk() -> Iterator[volumes.Volume]:
    with volumes.volume() as volume:
        yield volume


@pytest.fixture
def wardwatch(disk: volumes.Volume) -> Iterator[Installation]:
    with running(disk=disk.folder) as installation:
        installation.account("guard", "guard")
        yield installation


@pytest.fixture
def entry(wardwatch: Installation) -> EntryId:
    return EntryId(wardwatch.enrol("Listed", MODELS / "astronaut.png"))


async def test_a_full_disk_during_a_thousand_sightings(
    disk: volumes.Volume, wardwatch: Installation, entry: EntryId
) -> None:
    async with (
        wardwatch.bus("matcher-record") as bus,
        wardwatch.listening("guard") as page,
        wardwatch.client("author") as supervisor,
    ):
        acknowledged = Acknowledged(bus)
        waiting = WaitingSightings(acknowledged.publish, Meters(), limit=SIGHTINGS)
        async with waiting.delivering(), offering(waiting, entry):
            await eventually(lambda: len(acknowledged.ids) >= SIGHTINGS // 4, within_seconds=60)
            await asyncio.to_thread(disk.fill)
            filled = time.time()

            await eventually(lambda: is_not_ready(wardwatch), within_seconds=60)
            told = time.time() - filled
            await eventually(lambda: page_says(page, filled, receiving=False), within_seconds=60)
            shown = time.time() - filled
            stop = await press(supervisor, stopped=True)
            pressed = time.time() - filled

            # Both stores had to refuse by now.
            await eventually(lambda: is_refusing(bus), within_seconds=60)
            await asyncio.to_thread(disk.make_room)
            roomy = time.time()

            before = set(acknowledged.ids)
            await eventually(lambda: is_recording_news(wardwatch, before, acknowledged), within_seconds=120)
            flowing = time.time() - roomy
            await eventually(lambda: page_says(page, roomy, receiving=True), within_seconds=60)
            well = time.time() - roomy
            await eventually(lambda: len(acknowledged.ids) == SIGHTINGS, within_seconds=180)

        await eventually(lambda: holds(wardwatch, acknowledged.ids), within_seconds=120)
        await eventually(lambda: is_stored_as_stopped(supervisor), within_seconds=30)
        resumed = await press(supervisor, stopped=False)

    figures = {"told": told, "page": shown, "stopped": pressed, "flowing": flowing, "well": well}
    sys.stdout.write(f"\n{figures}\n")
    assert stop["stopped"]
    assert stop["stored"] or stop["reached"]
    assert resumed["stored"]
    assert told < WITHIN_SECONDS
    assert flowing < WITHIN_SECONDS


@asynccontextmanager
async def offering(waiting: WaitingSightings, entry: EntryId) -> AsyncIterator[None]:
    """Sightings come at a steady rate until all have come; that is the load, not a wait."""

    async def offer() -> None:
        for _ in range(SIGHTINGS):
            waiting.offer(seen(entry))
            await asyncio.sleep(1 / A_SECOND)

    task = asyncio.create_task(offer())
    try:
        yield
        await task
    finally:
        task.cancel()


def seen(entry: EntryId) -> PersonSighted:
    return sighted(datetime.now(UTC), entry, site=SITE, similarity=0.6, picture=os.urandom(PICTURE_BYTES))


async def is_not_ready(wardwatch: Installation) -> bool:
    done = await asyncio.to_thread(wardwatch.run, "status", "--json")
    states = {each["service"]: each for each in json.loads(done.stdout)}
    return done.returncode == 1 and "disk is full" in states["alerts"]["reasons"].get("disks", "")


async def page_says(page: list[Event], since: float, *, receiving: bool) -> bool:
    states = [event.content for event in page if event.kind == "state" and event.arrived > since]
    return bool(states) and states[-1]["receiving"] is receiving


async def press(supervisor: aiohttp.ClientSession, *, stopped: bool) -> dict[str, object]:
    """Stop or resume; the state that was answered."""
    body, key = {"stopped": stopped, "reason": "the disk is full"}, {"Idempotency-Key": uuid4().hex}
    async with supervisor.post(f"/api/v1/sites/{STOPPED_SITE}/matching", json=body, headers=key) as answer:
        assert answer.status == 202, await answer.text()
        state: dict[str, object] = await answer.json()
    return state


async def is_refusing(bus: Bus) -> bool:
    return "sightings" in (bus.stores.fault() or "")


async def recorded(wardwatch: Installation) -> set[str]:
    """Ids of the sightings in the database; none while it is away."""
    try:
        return {row["sighting_id"] for row in await wardwatch.fetch("select sighting_id from alerts.sighting")}
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return set()


async def is_recording_news(wardwatch: Installation, before: set[str], acknowledged: Acknowledged) -> bool:
    """Whether something is recorded that was acknowledged after *before*."""
    return bool((await recorded(wardwatch)) & (acknowledged.ids - before))


async def holds(wardwatch: Installation, ids: set[str]) -> bool:
    return ids <= await recorded(wardwatch)


async def is_stored_as_stopped(supervisor: aiohttp.ClientSession) -> bool:
    async with supervisor.get(f"/api/v1/sites/{STOPPED_SITE}/matching") as answer:
        state = await answer.json()
    return bool(state["stopped"] and state["stored"])
