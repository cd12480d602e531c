"""Nobody in view is lost when one of two detectors, embedders or matchers dies (with figures: ``tests/attack``)."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from tests import appearances, installation
from tests.fakes import eventually
from tests.installation import MODELS, Installation
from tests.passing import passing

# The time of the test alone: starting everything takes the longer, and has limits of its own.
pytestmark = [pytest.mark.live, pytest.mark.timeout(180, func_only=True)]

CAMERAS = ("gate-0", "gate-1", "gate-2", "gate-3")
STAGES = ("detector", "embedder", "matcher")


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    many = {f"WARDWATCH_{stage.upper()}S": "2" for stage in STAGES}
    # Other work on the machine must not make frames stale in a test about something else.
    patient = {f"WARDWATCH_{stage.upper()}_MAX_AGE_SECONDS": "10" for stage in STAGES}
    with installation.running({**many, **patient}) as running:
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
