"""Drill: sends a drawn face through the line of every camera, so that a break is known before it matters."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pydantic import Field

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account, Author
from services.chassis import logs, process, telemetry
from services.chassis.bus import Bus
from services.chassis.loop_lag import watch_loop
from services.chassis.settings import ServiceSettings, read_keys
from services.chassis.signing import Authors, Signatures, Signer
from services.chassis.tasks import LongRunning, Running, periods
from services.chassis.telemetry import Meters
from services.drill import face
from services.drill.core import Schedule, Timing
from services.drill.handler import Clocks, Drills, tell_template

# The models may be busy with photos of an import.
_TEMPLATE_SECONDS = 60.0


class Settings(ServiceSettings):
    """Described one by one in README.md."""

    video_seed_file: Path
    signing_key_file: Path
    period_seconds: float = Field(120, ge=2, le=3600)
    silent_seconds: float = Field(600, ge=30)
    max_cameras: int = Field(1024, ge=1)


def _now() -> datetime:
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Run until *stop*."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_DRILL_")
    logs.configure("drill", settings.log_level)
    meters, running = Meters(), Running()
    signer = read_keys(settings.signing_key_file, partial(Signer.parse, Author.DRILL), what="the signing key of drill")
    jpeg = await asyncio.to_thread(face.frame)
    timing = Timing(round(settings.period_seconds * 1e6), round(settings.silent_seconds * 1e6))
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(
            Bus.connect(
                settings.nats_url,
                user="drill",
                user_seed_file=settings.video_seed_file,
                account=Account.VIDEO,
                meters=meters,
                signatures=Signatures(Authors({}), signer),
            )
        )
        schedule = Schedule(timing, settings.max_cameras)
        drills = Drills(schedule, timing, jpeg, signer, bus.publish, meters, Clocks(_now, time.monotonic))
        await stack.enter_async_context(bus.listen(subjects.STEPS.pattern, queue="", offer=drills.hear))
        ready = {"bus": bus.check, "tasks": running.check}
        await stack.enter_async_context(
            telemetry.serve(settings.http_host, settings.http_port, ready=ready, meters=meters)
        )
        async with LongRunning(stop, running) as tasks:
            tasks.start("loop-lag", watch_loop(meters, stop))
            tasks.start("drills", drills.run(stop))
            template = tell_template(partial(face.templates, bus, jpeg), bus.publish, drills.unlike, stop)
            tasks.start("template", template, within_seconds=periods(_TEMPLATE_SECONDS))
            tasks.start("bus", bus.until(stop))


if __name__ == "__main__":
    process.run(main, service="drill")
