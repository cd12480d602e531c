"""Camera publisher: one camera, film or folder in, paced JPEG frames out; or many, each read in its own process."""

import asyncio
import os
from contextlib import AsyncExitStack

from services.camera import child, closing, publishing, wiring
from services.camera.settings import Settings
from services.chassis import logs, process, telemetry
from services.chassis.loop_lag import watch_loop
from services.chassis.tasks import LongRunning
from services.chassis.telemetry import Meters


async def main(stop: asyncio.Event) -> None:
    """Publish until *stop* is set, or the one source ends."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_CAMERA_")
    logs.configure("camera", settings.log_level)
    if settings.sources_file is not None:
        await wiring.publish_many(settings, settings.sources_file, stop)
    else:
        await _publish_one(settings, stop)


async def _publish_one(settings: Settings, stop: asyncio.Event) -> None:
    camera, order, meters = settings.one_camera(), settings.order(settings.own_source()), Meters()
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(
            publishing.connected(settings.nats_url, camera.place, camera.seed_file, meters)
        )
        checks = {"bus": line.bus.check}
        await stack.enter_async_context(
            telemetry.serve(settings.http_host, settings.http_port, ready=checks, meters=meters)
        )
        frames = line.frames(
            lambda: child.reading(order),
            most=settings.most_frames,
            most_late_seconds=settings.most_late_seconds,
            rotation=settings.rotation,
        )
        over = asyncio.Event()
        async with LongRunning(over) as tasks:
            # Beside the publishing: a withdrawn credential closes the connection for good, and that is the end.
            tasks.start("bus", line.bus.until(over))
            tasks.start("loop-lag", watch_loop(meters, over))
            tasks.start("publish", publishing.publish(frames, stop, over), within_seconds=None)
        if settings.probe:
            await closing.probe(line.bus, camera.place, line.refusals)
    closing.report(frames.tally, line.refusals)


__all__ = ["Settings", "main"]

if __name__ == "__main__":
    process.run(main, service="camera")
