"""Matching is stopped while people are sighted all the time: nothing is raised from five seconds after the button on.

Also when the database was away meanwhile, and what was sighted before waits on the stream until it is back.
Figures are said: run with --log-cli-level=INFO.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from access import grants
from tests import installation
from tests.attack.breaks import frozen
from tests.fakes import eventually
from tests.installation import MODELS, SITE, Installation
from tests.passing import passing

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

CAMERAS = tuple(f"gate-{number}" for number in range(3))
FRAMES_PER_SECOND = 5
# The rule; and for how long people are shown after it at least, as frames at each camera.
WITHIN_SECONDS = 5.0
FRAMES_AFTER = 100
# Every walk raises an incident of its own.
_EVERY_FRAME_RAISES = {"WARDWATCH_ALERTS_WINDOW_SECONDS": "0.001", "WARDWATCH_ALERTS_EVIDENCE_SECONDS": "0.001"}


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    with installation.running(_EVERY_FRAME_RAISES) as running:
        running.enrol("Listed", MODELS / "astronaut.png")
        for camera in CAMERAS:
            running.camera_seed(camera)
        yield running


@pytest.fixture(scope="module")
def listed() -> list[bytes]:
    """Frames in each of which the listed person is somebody new."""
    return passing("astronaut.png")


class Load:
    """How many frames were shown by now."""

    def __init__(self) -> None:
        self.frames = 0

    def is_over(self, since: int) -> bool:
        return self.frames >= since + FRAMES_AFTER * len(CAMERAS)


@asynccontextmanager
async def walking(wardwatch: Installation, jpegs: list[bytes]) -> AsyncIterator[Load]:
    """Somebody who is listed walks past every camera, again and again."""
    load = Load()

    async def keep_on(name: str) -> None:
        async with wardwatch.publishing(name) as camera:
            while True:
                await camera.publish(jpegs[load.frames % len(jpegs)])
                load.frames += 1
                await asyncio.sleep(1 / FRAMES_PER_SECOND)

    tasks = [asyncio.create_task(keep_on(name)) for name in CAMERAS]
    try:
        yield load
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def press(wardwatch: Installation, *, stopped: bool) -> float:
    """Press the button; when that was, by the wall clock."""
    at = time.time()
    async with (
        wardwatch.client("author") as http,
        http.post(f"/api/v1/sites/{SITE}/matching", json={"stopped": stopped, "reason": "drill"}) as reply,
    ):
        assert reply.status == 202, await reply.text()
        assert (await reply.json())["stopped"] is stopped
    log.info("%s took %.2f s", "stopping" if stopped else "resuming", time.time() - at)
    assert time.time() - at < WITHIN_SECONDS
    return at


async def raised(wardwatch: Installation) -> tuple[int, float]:
    """How many incidents there are, and when the last one was raised."""
    ((count, last),) = await wardwatch.fetch(
        "select count(*), extract(epoch from max(entered_at)) from alerts.incident"
    )
    return count, float(last or 0)


async def are_raised(wardwatch: Installation, more: int) -> bool:
    return (await raised(wardwatch))[0] >= more


async def test_nothing_is_raised_after_the_stop_under_load(wardwatch: Installation, listed: list[bytes]) -> None:
    async with walking(wardwatch, listed) as load:
        await eventually(lambda: are_raised(wardwatch, 20), within_seconds=60)
        pressed = await press(wardwatch, stopped=True)
        shown = load.frames
        await eventually(lambda: load.is_over(shown), within_seconds=120)

        count, last = await raised(wardwatch)
        log.info("the last of %s incidents was raised %.2f s after the button", count, last - pressed)
        assert last < pressed + WITHIN_SECONDS
        await press(wardwatch, stopped=False)
        await eventually(lambda: are_raised(wardwatch, count + 5), within_seconds=60)


@pytest.mark.parametrize("killed", [False, True], ids=["alerts lives", "alerts is killed meanwhile"])
async def test_what_waited_for_the_database_is_not_raised_after_the_stop(
    wardwatch: Installation, listed: list[bytes], killed: bool
) -> None:
    async with AsyncExitStack() as stack:
        operator = await stack.enter_async_context(wardwatch.bus(grants.OPERATOR))

        async def waiting() -> int:
            return (await operator.stream.stream_info("SIGHTINGS")).state.messages

        async def many_wait() -> bool:
            return await waiting() >= 20

        async def none_waits() -> bool:
            return await waiting() == 0

        load = await stack.enter_async_context(walking(wardwatch, listed))
        before = (await raised(wardwatch))[0]
        await eventually(lambda: are_raised(wardwatch, before + 5), within_seconds=60)
        async with frozen(wardwatch, "postgres"):
            await eventually(many_wait, within_seconds=60)
            pressed = await press(wardwatch, stopped=True)
            left = await waiting()
            if killed:
                await asyncio.to_thread(wardwatch.kill, "alerts")
            # Nobody is told for longer than the rule allows, so that what is raised now would be too late.
            shown = load.frames
            await eventually(lambda: load.is_over(shown), within_seconds=120)
        await eventually(none_waits, within_seconds=120)

        count, last = await raised(wardwatch)
        log.info("%s waited; the last incident was raised %.2f s after the button", left, last - pressed)
        assert last < pressed + WITHIN_SECONDS

        async def resumes() -> bool:
            try:
                await press(wardwatch, stopped=False)
            except (AssertionError, OSError):
                return False
            return True

        await eventually(resumes, within_seconds=60)
        await eventually(lambda: are_raised(wardwatch, count + 5), within_seconds=60)
