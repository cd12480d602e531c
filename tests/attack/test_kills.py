"""Nobody in view is lost to a kill: 420 appearances of a second at seven cameras, while processes of the live half die.

Figures are said: run with --log-cli-level=INFO. ``REPLICAS=1`` in the environment shows what one of each would lose.
"""

import asyncio
import json
import logging
import os
import random
import signal
from collections.abc import Iterator

import pytest

from tests import appearances, installation
from tests.fakes import eventually
from tests.installation import MODELS, CameraClient, Installation
from tests.passing import passing

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

REPLICAS = os.environ.get("REPLICAS", "2")
STAGES = ("detector", "embedder", "matcher")
CAMERAS = tuple(f"gate-{number}" for number in range(7))
APPEARANCES = 60  # at each camera


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    many = dict.fromkeys(("WARDWATCH_DETECTORS", "WARDWATCH_EMBEDDERS", "WARDWATCH_MATCHERS"), REPLICAS)
    with installation.running(many) as running:
        running.enrol("Listed", MODELS / "astronaut.png")
        for camera in CAMERAS:
            running.camera_seed(camera)
        yield running


async def walk_by(camera: CameraClient, jpegs: list[bytes], over: asyncio.Event) -> None:
    """Appear for a second, again and again, each time elsewhere, at moments that have nothing to do with the kills."""
    for appearance in range(APPEARANCES):
        await appearances.appear(camera, jpegs[appearance % len(jpegs)], str(appearance), seconds=1)
        await asyncio.sleep(random.uniform(0.2, 0.8))
    over.set()


def ready_times(wardwatch: Installation, service: str) -> int:
    """How often programs of *service* have said that they are ready."""
    logs = (wardwatch.home / "logs").glob(f"{service}*.log")
    lines = [line for file in logs for line in file.read_text().splitlines() if line.startswith("{")]
    return sum(json.loads(line).get("event") == "ready" for line in lines)


async def kill_one(wardwatch: Installation, service: str) -> None:
    """Kill a program of *service* and return when another is ready in its place."""
    before = await asyncio.to_thread(ready_times, wardwatch, service)
    victim = random.choice(await asyncio.to_thread(wardwatch.pids, service))
    os.kill(victim, signal.SIGKILL)

    async def back() -> bool:
        return await asyncio.to_thread(ready_times, wardwatch, service) > before

    await eventually(back, within_seconds=60)


async def test_nobody_in_view_is_lost_to_six_kills(wardwatch: Installation) -> None:
    jpegs, over = await asyncio.to_thread(passing, "astronaut.png"), asyncio.Event()
    kills = 0
    async with asyncio.TaskGroup() as tasks:

        async def camera(name: str) -> None:
            async with wardwatch.publishing(name) as client:
                await walk_by(client, jpegs, over)

        for name in CAMERAS:
            tasks.create_task(camera(name))
        for service in STAGES * 2:
            await asyncio.sleep(random.uniform(3, 5))
            assert not over.is_set()
            await kill_one(wardwatch, service)
            kills += 1
    everybody = {(name, str(number)) for name in CAMERAS for number in range(APPEARANCES)}

    async def all_seen() -> bool:
        return everybody <= await appearances.seen(wardwatch)

    try:
        await eventually(all_seen, within_seconds=10)
    finally:
        lost = everybody - await appearances.seen(wardwatch)
        log.info("%s of each stage, %s kills: %s of %s lost %s", REPLICAS, kills, len(lost), len(everybody), lost)
