"""Embedder: aligned faces in, vectors out."""

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import structlog
from pydantic import Field

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account
from services.chassis import logs, process, telemetry
from services.chassis.bus import Bus
from services.chassis.errors import StartupError
from services.chassis.loop_lag import watch_loop
from services.chassis.settings import ServiceSettings
from services.chassis.shares import Shares
from services.chassis.tasks import LongRunning, Running
from services.chassis.telemetry import Meters
from services.embedder.core import BatchSize
from services.embedder.handler import EmbedFaces, EmbedPhotos, embed_forever
from services.embedder.inbox import Inbox
from services.embedder.model import Embedder

log = structlog.get_logger(__name__)


class Settings(ServiceSettings):
    """Described one by one in README.md."""

    video_seed_file: Path
    model_path: Path
    threads: int = Field(1, ge=1, le=64)
    providers: str = Field("CPUExecutionProvider", min_length=1)  # separated by commas, preferred first
    max_batch: int = Field(4, ge=1, le=256)
    max_batch_seconds: float = Field(0.1, gt=0)
    max_waiting: int = Field(64, ge=1)
    max_age_seconds: float = Field(1.0, gt=0)
    max_cameras: int = Field(256, ge=1)
    max_photo_faces: int = Field(32, ge=1, le=200)
    # Another recogniser than the list's, beside it: divides the cameras with its own kind alone (docs/adr/0105).
    second: bool = False


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Run until *stop*."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_EMBEDDER_")
    logs.configure("embedder", settings.log_level)
    meters = Meters()
    batch_size = BatchSize(settings.max_batch, settings.max_batch_seconds)
    max_age_us = round(settings.max_age_seconds * 1e6)
    inbox = Inbox(
        max_waiting=settings.max_waiting,
        max_age_us=max_age_us,
        max_cameras=settings.max_cameras,
        meters=meters,
        now=now,
    )
    async with AsyncExitStack() as stack:
        providers = settings.providers.split(",")
        network = stack.enter_context(
            await asyncio.to_thread(Embedder.load, settings.model_path, threads=settings.threads, providers=providers)
        )
        if network.evaluation_only:
            raise StartupError(f"recogniser {network.model} is for evaluation alone; nobody is recognised by it")
        log.info("model is loaded", model=str(network.model), provider=providers[0], threads=settings.threads)
        bus = await stack.enter_async_context(
            Bus.connect(
                settings.nats_url,
                user="embedder",
                user_seed_file=settings.video_seed_file,
                account=Account.VIDEO,
                meters=meters,
            )
        )
        shares = Shares(bus, "embedder2" if settings.second else "embedder", "faces", inbox.offer, meters)
        embed = EmbedFaces(network, network.model, shares.publish, meters, batch_size, now, inbox.shed)
        over = asyncio.Event()
        tasks = await stack.enter_async_context(LongRunning(over, Running(stop)))
        worker = tasks.start("worker", embed_forever(inbox, embed, over), within_seconds=None)
        stack.callback(worker.cancel)
        stack.callback(tasks.start("loop-lag", watch_loop(meters, over)).cancel)
        stack.callback(over.set)
        stack.push_async_callback(inbox.worked_off)
        asked = subjects.PHOTO_EMBED_SECOND if settings.second else subjects.PHOTO_EMBED
        photo = {asked.pattern: EmbedPhotos(network, network.model, batch_size, settings.max_photo_faces)}
        await stack.enter_async_context(shares.held())
        await stack.enter_async_context(bus.serve(photo, queue="embedder"))
        ready = {"bus": bus.check, "cameras": shares.check}
        await stack.enter_async_context(
            telemetry.serve(settings.http_host, settings.http_port, ready=ready, meters=meters)
        )
        await bus.until(stop)


if __name__ == "__main__":
    process.run(main, service="embedder")
