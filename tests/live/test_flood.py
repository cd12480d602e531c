"""A camera that floods the broker is kept off, and another camera's frames arrive (with figures: ``tests/attack``)."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from proto.wardwatch.v1.messages import FrameRejected, Hint
from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus, Delivery
from services.chassis.shares import Shares
from services.chassis.telemetry import Meters
from services.detector.floods import Floods
from services.detector.inbox import Inbox
from services.detector.intake import Clock
from services.detector.pace import Allowance, Paces
from tests import buses, servers
from tests.checkout import CHECKOUT
from tests.fakes import eventually

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]


@dataclass
class Intake:
    """A detector up to where frames wait, and two cameras."""

    nats: servers.Nats
    meters: Meters
    bus: Bus
    inbox: Inbox
    victim: Bus
    hostile: Bus

    async def arrives(self, content: bytes) -> bool:
        """Publish a frame of the victim again and again, as a camera does; True once it arrives, whatever else does."""
        async with asyncio.timeout(20):
            while True:
                await self.victim.publish("frames.h1.victim", content)
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        while (await self.inbox.next()).jpeg != content:
                            continue
                        return True


@pytest.fixture
async def intake(nats: servers.Nats) -> AsyncIterator[Intake]:
    def now() -> datetime:
        return datetime.now(UTC)

    meters, allowance, over = Meters(), Allowance(100, 32 * 1024**2), asyncio.Event()
    floods = Floods(allowance, meters, now, 8)
    clock = Clock(timedelta(seconds=5), timedelta(minutes=10))
    inbox = Inbox(
        max_cameras=8, max_age_us=10**8, clock=clock, paces=Paces(allowance, 8), floods=floods, meters=meters, now=now
    )
    async with AsyncExitStack() as stack:
        cameras = []
        for camera in ("victim", "hostile"):
            seed = await asyncio.to_thread(nats.add_camera, "h1", camera)
            connection = buses.connected_at(nats.url, seed, f"camera.h1.{camera}", account=Account.CAMERA)
            cameras.append(await stack.enter_async_context(connection))
        bus = await stack.enter_async_context(buses.connected(nats, "detector", meters=meters))
        shares = Shares(bus, "detector", "frames", inbox.offer, meters, admit=inbox.admit)
        telling = asyncio.create_task(floods.run(shares.mute, bus.publish, over))
        async with shares.held():
            yield Intake(nats, meters, bus, inbox, *cameras)
        over.set()
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def test_a_flood_is_kept_off_and_others_are_heard(intake: Intake) -> None:
    assert await intake.arrives(b"first")
    hints: list[Delivery] = []
    seed = str(intake.nats.seed_file("camera.h1.hostile"))
    argv = ["-m", "tests.attack.hostile_camera", intake.nats.url, seed, "hostile", "frames", "40000", "1"]
    async with intake.hostile.listen("rejected.h1.hostile", queue="", offer=hints.append):
        process = await asyncio.create_subprocess_exec(sys.executable, *argv, cwd=CHECKOUT)
        try:
            await eventually(lambda: intake.meters.value("wardwatch_camera_muted_total", camera="h1.hostile") > 0)
            await eventually(lambda: bool(hints))
            numbers = range(20)
            assert [await intake.arrives(b"frame %d" % number) for number in numbers] == [True for _ in numbers]
            assert process.returncode is None
        finally:
            process.kill()
            await process.wait()

    assert FrameRejected.decode(hints[0].payload).reason is Hint.TOO_FAST
    assert intake.meters.value("wardwatch_frames_over_pace_total", camera="h1.victim") == 0
