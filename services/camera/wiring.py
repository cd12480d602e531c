"""The publisher of many cameras, put together: one connection and one reading process for each."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.published import PUBLISHED, Phase
from proto.wardwatch.v1.subjects import Account
from services.camera import publishing
from services.camera.fleet import Camera, Fleet
from services.camera.forked import Readers
from services.camera.settings import Settings
from services.camera.source_file import SourceFile
from services.chassis import telemetry
from services.chassis.loop_lag import watch_loop
from services.chassis.owed import pause
from services.chassis.tasks import LongRunning, Running, beat
from services.chassis.telemetry import Meters

_MEASURE_SECONDS: Final = 1.0
_MIB: Final = 1024 * 1024


async def publish_many(settings: Settings, sources_file: Path, stop: asyncio.Event) -> None:
    """Publish every camera of *sources_file* until *stop*."""
    meters, file, running = Meters(), SourceFile(sources_file), Running()
    async with AsyncExitStack() as stack:
        starter = stack.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter"))
        publish = PublishOne(settings, sources_file.parent, Readers(starter, settings.reader_memory_mb * _MIB), meters)
        fleet = Fleet(file.read, publish)

        async def is_read() -> str | None:
            return file.fault or None

        async def troubles() -> str | None:
            told = [f"{view.camera}: {view.trouble}" for view in fleet.views() if view.trouble]
            return "; ".join(told) or None

        await stack.enter_async_context(
            telemetry.serve(
                settings.http_host,
                settings.http_port,
                ready={"sources": is_read, "tasks": running.check},
                warn={"cameras": troubles},
                meters=meters,
                pages={"/cameras": lambda: PUBLISHED.dump_json(fleet.views()).decode()},
            )
        )
        async with LongRunning(stop, running) as tasks:
            tasks.start("fleet", fleet.run(stop))
            tasks.start("measure", _measure(fleet, meters, stop))
            tasks.start("loop-lag", watch_loop(meters, stop))


@dataclass(frozen=True, slots=True)
class PublishOne:
    """One camera over a connection of its own; its seed lies in *folder*, its source is read by a fork."""

    settings: Settings
    folder: Path
    readers: Readers
    meters: Meters

    async def __call__(self, camera: Camera) -> None:
        """See :class:`services.camera.fleet.Publish`."""
        order = self.settings.order(camera.source)
        seed = self.folder / f"{subjects.camera_user(camera.place)}.nk"
        async with publishing.connected(self.settings.nats_url, camera.place, seed, self.meters) as line:
            frames = line.frames(
                lambda: self.readers.reading(order), most_late_seconds=self.settings.most_late_seconds, for_ever=True
            )
            camera.progress, camera.refusals = frames, line.refusals
            over = asyncio.Event()
            # A group of its own: what ends one camera must not end the process.
            async with LongRunning(over, Running()) as tasks:
                tasks.start("bus", line.bus.until(over))
                tasks.start("publish", publishing.publish(frames, camera.stop, over), within_seconds=None)


async def _measure(fleet: Fleet, meters: Meters, stop: asyncio.Event) -> None:
    """Say once a second how many cameras are in which phase, and whether all are connected."""
    while not stop.is_set():
        beat()
        phases = Counter(view.phase for view in fleet.views())
        for phase in Phase:
            meters.set("wardwatch_cameras_published", phases[phase], phase=phase)
        connected = all(each.progress is not None or each.ended for each in fleet.cameras.values())
        # Each connection says so of itself, and the last one would hold.
        meters.set("wardwatch_bus_connected", connected, account=Account.CAMERA)
        await pause(stop, _MEASURE_SECONDS)
