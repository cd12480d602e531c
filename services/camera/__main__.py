"""Camera publisher: one camera, film or folder in, paced JPEG frames out."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal

from pydantic import Field, field_serializer

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account, Place, camera_id, site_id
from services.camera import child, closing, core
from services.camera.core import Source
from services.camera.counters import Counters
from services.camera.handler import PublishFrames, SourceLost
from services.camera.reader import Order
from services.camera.refusals import Refusals
from services.camera.uplink import Uplink
from services.chassis import addresses, logs, process, telemetry
from services.chassis.bus import Bus
from services.chassis.errors import StartupError
from services.chassis.loop_lag import watch_loop
from services.chassis.settings import ServiceSettings, read_secret
from services.chassis.tasks import LongRunning
from services.chassis.telemetry import Meters

_SLOW_BROKER_SECONDS = 5.0


class Settings(ServiceSettings):
    """See README.md."""

    video_seed_file: Path
    site: str
    camera: str
    source: str = ""
    source_file: Path | None = None  # holds the source instead, when its address carries a password
    fps: float = Field(5.0, gt=0, le=60)
    loop: bool = False
    jpeg_quality: int = Field(85, ge=30, le=100)
    max_width_px: int = Field(1920, ge=160, le=7680)
    transport: Literal["auto", "tcp", "udp"] = "auto"  # of RTSP; auto is TCP where the camera has it
    connect_seconds: float = Field(10.0, ge=1, le=600)
    first_picture_seconds: float = Field(30.0, ge=1, le=600)
    silence_seconds: float = Field(10.0, ge=1, le=600)
    most_late_seconds: float = Field(2.0, ge=0.2, le=60)
    most_frames: int = Field(0, ge=0)  # 0 is no limit
    probe: bool = False
    rotation: Literal["", "0", "90", "180", "270"] = ""  # nothing leaves it to what is set for the camera

    @field_serializer("source")
    def _without_secrets(self, source: str) -> str:
        return addresses.shown(source) if source else ""

    def place(self) -> Place:
        """Site and camera. Raises StartupError when either is not one subject token."""
        try:
            return Place(site_id(self.site), camera_id(self.camera))
        except ValueError as error:
            raise StartupError(str(error)) from error

    def parsed_source(self) -> Source:
        """Where to read. Raises StartupError when it is missing or makes no sense."""
        text = read_secret(self.source_file) or self.source
        if not text:
            raise StartupError("no source: set WARDWATCH_CAMERA_SOURCE or WARDWATCH_CAMERA_SOURCE_FILE")
        try:
            return core.parse_source(text)
        except ValueError as error:
            raise StartupError(str(error)) from error

    def order(self) -> Order:
        """What the reading process is told."""
        source = self.parsed_source()
        return Order(
            kind=source.kind,
            address=source.address,
            fps=self.fps,
            loop=self.loop,
            jpeg_quality=self.jpeg_quality,
            max_width_px=self.max_width_px,
            silence_seconds=core.silence_limit_seconds(self.silence_seconds, self.fps),
            connect_seconds=self.connect_seconds,
            first_picture_seconds=self.first_picture_seconds,
            most_late_seconds=self.most_late_seconds,
            transport=self.transport,
        )


async def main(stop: asyncio.Event) -> None:
    """Publish until the source ends or *stop* is set."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_CAMERA_")
    logs.configure("camera", settings.log_level)
    place, order, meters, refusals = settings.place(), settings.order(), Meters(), Refusals()
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(
            Bus.connect(
                settings.nats_url,
                user=subjects.camera_user(place),
                user_seed_file=settings.video_seed_file,
                account=Account.CAMERA,
                meters=meters,
            )
        )
        await stack.enter_async_context(bus.listen(subjects.rejected(place), queue="", offer=refusals.note))
        checks = {"bus": bus.check}
        await stack.enter_async_context(
            telemetry.serve(settings.http_host, settings.http_port, ready=checks, meters=meters)
        )
        publish = PublishFrames(
            open=lambda: child.reading(order),
            send=Uplink(bus, _SLOW_BROKER_SECONDS),
            subject=subjects.frames(place),
            count=Counters(meters),
            most=settings.most_frames,
            most_late_seconds=settings.most_late_seconds,
            rotation=settings.rotation,
        )
        over = asyncio.Event()
        async with LongRunning(over) as tasks:
            # Beside the publishing: a withdrawn credential closes the connection for good, and that is the end.
            tasks.start("bus", bus.until(over))
            tasks.start("loop-lag", watch_loop(meters, over))
            tasks.start("publish", _publish(publish, stop, over), within_seconds=None)
        if settings.probe:
            await closing.probe(bus, place, refusals)
    closing.report(publish.tally, refusals)


async def _publish(publish: PublishFrames, stop: asyncio.Event, over: asyncio.Event) -> None:
    """Publish to the end and set *over*. Raises StartupError when the source never gave a picture."""
    try:
        await publish.run(stop)
    except* SourceLost as lost:
        raise StartupError(str(lost.exceptions[0])) from lost
    finally:
        over.set()


if __name__ == "__main__":
    process.run(main, service="camera")
