"""Nobody in view is lost when one of two detectors, embedders or matchers dies (with figures: ``tests/attack``).

And the line of every camera is proven, also by two of each, until a stage stands still.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession

from tests import appearances, installation, jpegs
from tests.fakes import eventually
from tests.installation import MODELS, Event, Installation
from tests.passing import passing

# The time of the test alone: starting everything takes the longer, and has limits of its own.
pytestmark = [pytest.mark.live, pytest.mark.timeout(180, func_only=True)]

CAMERAS = ("gate-0", "gate-1", "gate-2", "gate-3")
STAGES = ("detector", "embedder", "matcher")
PERIOD_SECONDS = 6


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    many = {f"WARDWATCH_{stage.upper()}S": "2" for stage in STAGES}
    # Other work on the machine must not make frames stale in a test about something else.
    patient = {f"WARDWATCH_{stage.upper()}_MAX_AGE_SECONDS": "10" for stage in STAGES}
    drilled = {"WARDWATCH_DRILL_PERIOD_SECONDS": str(PERIOD_SECONDS)}
    with installation.running({**many, **patient, **drilled}) as running:
        running.enrol("Listed", MODELS / "astronaut.png")
        for camera in CAMERAS:
            running.camera_seed(camera)
        yield running


async def test_nobody_in_view_is_lost_when_one_of_two_is_killed(wardwatch: Installation) -> None:
    # Each time in another place: who stands where somebody stood a moment ago is taken for the same person.
    for stage, jpeg in zip(STAGES, await asyncio.to_thread(passing, "astronaut.png"), strict=False):

        async def walk_by(camera: str, stage: str = stage, jpeg: bytes = jpeg) -> None:
            async with wardwatch.publishing(camera) as client:
                await appearances.appear(client, jpeg, stage, seconds=3)

        pids = await asyncio.to_thread(wardwatch.pids, stage)
        assert len(pids) == 2
        async with asyncio.TaskGroup() as tasks:
            for camera in CAMERAS:
                tasks.create_task(walk_by(camera))
            os.kill(pids[0], signal.SIGKILL)

        async def all_seen(stage: str = stage) -> bool:
            return {(camera, stage) for camera in CAMERAS} <= await appearances.seen(wardwatch)

        await eventually(all_seen, within_seconds=60)


@dataclass
class Page:
    """An open page that answers drills, and what the server says of the lines."""

    http: ClientSession
    events: list[Event]
    cameras: dict[str, dict[str, object]] = field(default_factory=dict)
    answered: int = 0

    async def read(self) -> None:
        for event in self.events[self.answered :]:
            self.answered += 1
            if event.kind == "drill":
                async with self.http.post(f"/api/v1/drills/{event.content['drill']}") as reply:
                    assert reply.status == 204
        async with self.http.get("/api/v1/line") as reply:
            self.cameras = {line["camera"]: line for line in (await reply.json())["cameras"]}

    async def proven(self, *, after: str = "") -> bool:
        """Whether the line of each camera is proven, anew *after* that time, and reached this page."""
        await self.read()
        return self.cameras.keys() == set(CAMERAS) and all(
            not line["broken"] and str(line["proven_at"] or "") > after and line["pages_answered"]
            for line in self.cameras.values()
        )

    async def broken(self) -> bool:
        """Whether that of each camera is broken, behind the detector."""
        await self.read()
        return all(line["broken"] and line["last_stage"] == "detected" for line in self.cameras.values())


async def what_is_kept(wardwatch: Installation) -> list[object]:
    kept = await wardwatch.fetch(
        "select (select count(*) from alerts.sighting), (select count(*) from alerts.incident),"
        " (select count(*) from alerts.event), (select count(*) from audit.event)"
    )
    return list(kept[0])


async def test_each_line_is_proven_until_a_stage_stands_still(wardwatch: Installation) -> None:
    await asyncio.to_thread(wardwatch.account, "guard", "guard")
    empty = jpegs.saved(jpegs.scene(320, 240))
    async with AsyncExitStack() as stack:
        for camera in CAMERAS:
            client = await stack.enter_async_context(wardwatch.publishing(camera))
            await stack.enter_async_context(client.showing(empty, frames_per_second=1))
        events = await stack.enter_async_context(wardwatch.listening("guard"))
        page = Page(await stack.enter_async_context(wardwatch.client("guard")), events)

        await eventually(page.proven, within_seconds=60)
        before, heard = await what_is_kept(wardwatch), len(events)
        with standing_still(await asyncio.to_thread(wardwatch.pids, "embedder")):
            await eventually(page.broken, within_seconds=60)
            last = max(str(line["proven_at"]) for line in page.cameras.values())
        await eventually(lambda: page.proven(after=last), within_seconds=60)

        assert await what_is_kept(wardwatch) == before
        assert not [event for event in events[heard:] if event.kind == "incident"]


@contextmanager
def standing_still(pids: list[int]) -> Iterator[None]:
    """Both embedders are frozen."""
    assert len(pids) == 2
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
