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
from tests.installation import MODELS, Installation
from tests.passing import passing

# The time of the test alone: starting everything takes the longer, and has limits of its own.
pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(180, func_only=True)]

CAMERAS = ("gate-0", "gate-1", "gate-2", "gate-3")
STAGES = ("detector", "embedder", "matcher")
PERIOD_SECONDS = 10


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
    """An open page, and what the server has said of each line since that was cleared."""

    http: ClientSession
    proven: dict[str, str] = field(default_factory=dict)  # when, the last time
    answered: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)  # behind the detector

    async def read(self) -> None:
        async with self.http.get("/api/v1/line") as reply:
            lines = (await reply.json())["cameras"]
        self.proven |= {line["camera"]: line["proven_at"] for line in lines if line["proven_at"]}
        self.answered |= {line["camera"] for line in lines if line["pages_answered"]}
        self.broken |= {line["camera"] for line in lines if line["broken"] and line["last_stage"] == "detected"}

    async def all_proven(self, *, after: str = "") -> bool:
        """Whether each line was proven after that time, and the page answers drills."""
        await self.read()
        late = {camera for camera, at in self.proven.items() if at > after}
        return late == self.answered == set(CAMERAS)

    async def all_broken(self) -> bool:
        await self.read()
        return self.broken == set(CAMERAS)


async def what_is_kept(wardwatch: Installation) -> list[object]:
    kept = await wardwatch.fetch(
        "select (select count(*) from alerts.sighting), (select count(*) from alerts.incident),"
        " (select count(*) from alerts.event), (select count(*) from audit.event)"
    )
    return list(kept[0])


@pytest.mark.timeout(360, func_only=True)
async def test_each_line_is_proven_until_a_stage_stands_still(wardwatch: Installation) -> None:
    await asyncio.to_thread(wardwatch.account, "guard", "guard")
    empty = jpegs.saved(jpegs.scene(320, 240))
    async with AsyncExitStack() as stack:
        for camera in CAMERAS:
            client = await stack.enter_async_context(wardwatch.publishing(camera))
            await stack.enter_async_context(client.showing(empty, frames_per_second=1))
        events = await stack.enter_async_context(wardwatch.listening("guard"))
        page = Page(await stack.enter_async_context(wardwatch.client("guard")))

        await eventually(page.all_proven, within_seconds=90)
        before, heard = await what_is_kept(wardwatch), len(events)
        with standing_still(await asyncio.to_thread(wardwatch.pids, "embedder")):
            page.broken.clear()
            await eventually(page.all_broken, within_seconds=90)
            last = max(page.proven.values())
            page.answered.clear()
        await eventually(lambda: page.all_proven(after=last), within_seconds=90)

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
