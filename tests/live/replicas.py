"""Replicas of the detector's stage as processes, and cameras that send numbered frames all the time."""

import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus
from tests import buses, servers
from tests.checkout import CHECKOUT
from tests.fakes import eventually

# Enough for each of four replicas to have some of them.
CAMERAS: Final = [f"gate-{number}" for number in range(8)]
_EVERY_SECONDS: Final = 0.01
# All is well when so many frames of every camera in a row were had; the last few may still be on their way.
_ROUNDS: Final = 15
_ON_THEIR_WAY: Final = 5


@dataclass
class Replica:
    """A process that listens, and the numbers of the frames that it has had."""

    process: asyncio.subprocess.Process
    had: list[int] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).strip():
            if line == b"ready":
                self.ready.set()
            elif line.isdigit():
                self.had.append(int(line))

    def send(self, sign: signal.Signals) -> None:
        self.process.send_signal(sign)


@dataclass(frozen=True)
class Loss:
    """What a change cost: how many frames, and until how many seconds after it."""

    frames: int
    seconds: float


@dataclass
class Stage:
    """The replicas of a stage, those that have ended too, and what the cameras have sent."""

    nats: servers.Nats
    replicas: list[Replica] = field(default_factory=list)
    cameras: list[Bus] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> Replica:
        """Start another replica and return when it has all of its cameras."""
        argv = ["-m", "tests.live.replica_process", self.nats.url, str(self.nats.seed_file("detector"))]
        made = Replica(
            await asyncio.create_subprocess_exec(sys.executable, *argv, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE)
        )
        self.replicas.append(made)
        self.tasks.append(asyncio.create_task(made.read()))
        await made.ready.wait()
        return made

    def busiest(self) -> Replica:
        """Of the running replicas the one that had most of the latest frames."""
        latest = len(self.sent_at) - 10 * len(CAMERAS)
        running = [replica for replica in self.replicas if replica.process.returncode is None]
        return max(running, key=lambda replica: sum(number > latest for number in replica.had[-200:]))

    def most_often(self) -> int:
        """How often the frame that was had most often was had."""
        return max(self._had().values(), default=0)

    def missing_since(self, begin: int) -> list[int]:
        """The frames from number *begin* on that nobody had, but for the last, which may be on their way."""
        had = self._had()
        return [
            number for number in range(begin, len(self.sent_at) - _ON_THEIR_WAY * len(CAMERAS)) if number not in had
        ]

    async def all_arrive(self) -> int:
        """Wait until every frame arrives; returns the number of the first of those."""
        begin = len(self.sent_at)
        found = begin

        def together() -> bool:
            nonlocal found
            missing = self.missing_since(begin)
            found = missing[-1] + 1 if missing else begin
            return len(self.sent_at) - found > (_ROUNDS + _ON_THEIR_WAY) * len(CAMERAS)

        await eventually(together, within_seconds=60)
        return found

    async def cost(self, change: Callable[[], object]) -> Loss:
        """Make *change* happen once all frames arrive, and wait until they do again."""
        await self.all_arrive()
        began, at = len(self.sent_at), time.monotonic()
        change()
        # A change that shows late must not be taken for one that costs nothing.
        await eventually(lambda: time.monotonic() - at > 2.5)
        whole_from = await self.all_arrive()
        had = self._had()
        missing = [number for number in range(began - 10 * len(CAMERAS), whole_from) if number not in had]
        return Loss(len(missing), self.sent_at[missing[-1]] - at if missing else 0.0)

    async def send_for_ever(self) -> None:
        while True:
            for camera, bus in zip(CAMERAS, self.cameras, strict=True):
                await bus.publish(f"frames.h1.{camera}", str(len(self.sent_at)).encode())
                self.sent_at.append(time.monotonic())
            await asyncio.sleep(_EVERY_SECONDS)

    def _had(self) -> Counter[int]:
        return Counter(number for replica in self.replicas for number in replica.had)


@asynccontextmanager
async def running(nats: servers.Nats, *, count: int) -> AsyncIterator[Stage]:
    """A stage of *count* replicas to which frames come, until left."""
    stage = Stage(nats)
    async with AsyncExitStack() as stack:
        for camera in CAMERAS:
            seed = await asyncio.to_thread(nats.add_camera, "h1", camera)
            connection = buses.connected_at(nats.url, seed, f"camera.h1.{camera}", account=Account.CAMERA)
            stage.cameras.append(await stack.enter_async_context(connection))
        sending = asyncio.create_task(stage.send_for_ever())
        try:
            for _ in range(count):
                await stage.start()
            yield stage
        finally:
            sending.cancel()
            for replica in stage.replicas:
                with suppress(ProcessLookupError):
                    replica.process.kill()
                await replica.process.wait()
            await asyncio.gather(*stage.tasks, sending, return_exceptions=True)
