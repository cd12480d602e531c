"""A camera that floods, or is refused, is named at the page's interface by the whole product, until it stops."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests import installation
from tests.checkout import CHECKOUT
from tests.fakes import eventually
from tests.installation import SITE, Event, Installation

pytestmark = [pytest.mark.live, pytest.mark.timeout(240, func_only=True)]


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    with installation.running({"WARDWATCH_ALERTS_BEAT_SECONDS": "0.5"}) as running:
        running.account("guard", "guard")
        running.account("auditor", "auditor")
        running.camera_seed("flooding")
        yield running


def named(events: list[Event]) -> dict[str, str]:
    """The cameras in the last state that a page was told, each with a reason."""
    states = [event.content["cameras"] for event in events if event.kind == "state"]
    assert isinstance(states[-1], list)
    assert all(row["site"] == SITE for row in states[-1])
    return {row["camera"]: row["code"] for row in states[-1]}


@asynccontextmanager
async def flooding(wardwatch: Installation) -> AsyncIterator[None]:
    """Five thousand frames of one byte a second, until left."""
    words = [wardwatch.nats_url, str(wardwatch.home / "flooding.nk"), "flooding", "frames", "5000", "1"]
    argv = ["-m", "tests.attack.hostile_camera", *words]
    process = await asyncio.create_subprocess_exec(sys.executable, *argv, cwd=CHECKOUT)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def test_a_camera_that_floods_is_named_until_it_stops(wardwatch: Installation) -> None:
    async with wardwatch.listening("guard") as guard, wardwatch.listening("auditor") as auditor:
        async with flooding(wardwatch):
            await eventually(lambda: named(guard).get("flooding") == "too_fast", within_seconds=40)
            assert named(auditor) == {}
        # The broker may have been told to keep its frames to itself for a minute.
        await eventually(lambda: "flooding" not in named(guard), within_seconds=120)


async def test_a_camera_whose_frames_are_refused_is_named_until_one_is_taken(wardwatch: Installation) -> None:
    good = await asyncio.to_thread((installation.MODELS / "grace_hopper.jpg").read_bytes)
    async with wardwatch.listening("guard") as guard, wardwatch.publishing("broken") as camera:
        async with camera.showing(good[: len(good) // 2], frames_per_second=4):
            await eventually(lambda: named(guard).get("broken") == "truncated", within_seconds=60)
        async with camera.showing(good, frames_per_second=4):
            await eventually(lambda: "broken" not in named(guard), within_seconds=60)
