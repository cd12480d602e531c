"""What keeps alerts from working is named at the page's interface by the whole product, until it is over.

A camera that floods, one whose pictures are refused, and whatever is frozen. What each service makes of such a camera
is tested by itself: tests/unit/detector/test_troubles.py, tests/live/test_flood.py, tests/browser/test_cameras.py.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from tests import installation
from tests.checkout import CHECKOUT
from tests.fakes import eventually
from tests.installation import SITE, Event, Installation

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(240, func_only=True)]


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    with installation.running({"WARDWATCH_ALERTS_BEAT_SECONDS": "0.5"}) as running:
        running.account("guard", "guard")
        running.account("auditor", "auditor")
        running.account("supervisor", "supervisor")
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


async def test_the_last_hour_counts_what_cameras_send_at_each_stage(wardwatch: Installation) -> None:
    good = await asyncio.to_thread((installation.MODELS / "grace_hopper.jpg").read_bytes)
    done: dict[str, float] = {}

    async with wardwatch.client("auditor") as http, wardwatch.publishing("counted") as camera:

        async def counted() -> bool:
            async with http.get("/api/v1/running") as reply:
                view = await reply.json()
            done.update({stage["stage"]: max(stage["done"], default=0) for stage in view["stages"]})
            return min(done.values()) > 0

        async with camera.showing(good, frames_per_second=4):
            await eventually(counted, within_seconds=90)

    assert set(done) == {"detector", "embedder", "matcher"}


# Who is named while all of a service is frozen. Without a matcher nobody says anything of the others.
FROZEN = {
    "detector": ("stage_silent", "detector"),
    "embedder": ("stage_silent", "embedder"),
    "matcher": ("matchers_silent", ""),
}


async def told(wardwatch: Installation) -> dict[str, object]:
    async with wardwatch.client("guard") as guard, guard.get("/api/v1/state") as answer:
        assert answer.status == 200
        content: dict[str, object] = await answer.json()
        return content


async def reasons(wardwatch: Installation) -> list[tuple[str, str]]:
    """What keeps alerts from working, each with the stage or camera that it names; this machine's disks aside."""
    found = (await told(wardwatch))["reasons"]
    assert isinstance(found, list)
    named = [(row["code"], row["parameters"].get("stage") or row["parameters"].get("camera") or "") for row in found]
    return [each for each in named if not each[0].startswith("disk_")]


async def sends(wardwatch: Installation, *cameras: str) -> bool:
    """Whether these cameras are known to send."""
    known = (await told(wardwatch))["cameras"]
    assert isinstance(known, list)
    return {row["camera"] for row in known if row["frames_per_second"]} >= set(cameras)


async def expect_no_other_camera(wardwatch: Installation, *wanted: str) -> None:
    """A supervisor says that only the *wanted* cameras are missed when they are silent."""
    cameras = (await told(wardwatch))["cameras"]
    assert isinstance(cameras, list)
    async with wardwatch.client("supervisor") as supervisor:
        for row in cameras:
            if row["camera"] not in wanted:
                path = f"/api/v1/sites/{SITE}/cameras/{row['camera']}"
                async with supervisor.put(path, json={"expected": False}) as answer:
                    assert answer.status == 204


@asynccontextmanager
async def frozen(wardwatch: Installation, service: str) -> AsyncIterator[None]:
    pids = wardwatch.pids(service)
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def test_what_is_frozen_is_named_until_it_is_back(wardwatch: Installation) -> None:
    face = await asyncio.to_thread((installation.MODELS / "grace_hopper.jpg").read_bytes)
    last: list[tuple[str, str]] = []  # shown when a wait fails

    async def well() -> bool:
        last[:] = await reasons(wardwatch)
        return last == []

    async def names(*reason: str) -> bool:
        return reason in await reasons(wardwatch)

    async with (
        wardwatch.publishing("north") as north,
        wardwatch.publishing("south") as south,
        wardwatch.listening("guard"),
        south.showing(face, frames_per_second=2),
    ):
        async with north.showing(face, frames_per_second=2):
            await eventually(lambda: sends(wardwatch, "north", "south"), within_seconds=60)
            await expect_no_other_camera(wardwatch, "north", "south")
            await eventually(well, within_seconds=60)
            for service, reason in FROZEN.items():
                async with frozen(wardwatch, service):
                    await eventually(partial(names, *reason), within_seconds=60)
                await eventually(well, within_seconds=60)
        await eventually(partial(names, "camera_silent", "north"), within_seconds=60)
        async with north.showing(face, frames_per_second=2):
            await eventually(well, within_seconds=60)
