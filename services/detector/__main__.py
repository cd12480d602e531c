"""Detector: camera frames in, faces out."""

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import structlog
from pydantic import Field

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account
from services.chassis import logs, process, telemetry
from services.chassis.bus import Bus
from services.chassis.loop_lag import watch_loop
from services.chassis.settings import ServiceSettings
from services.chassis.shares import Shares
from services.chassis.tasks import LongRunning, Running
from services.chassis.telemetry import Meters
from services.detector.finder import FaceFinder, Policy
from services.detector.floods import Floods
from services.detector.follower import Follower
from services.detector.handler import DetectFaces, DetectPhoto, detect_forever
from services.detector.header import Limits
from services.detector.inbox import Inbox
from services.detector.intake import Clock
from services.detector.looks import Pace
from services.detector.lying import LyingFaces
from services.detector.model import YuNet
from services.detector.mounting import Mountings
from services.detector.pace import Allowance, Paces
from services.detector.reminders import Reminders
from services.detector.scenes import Rhythm, Scenes
from services.detector.sights import Sights
from services.detector.tracks import Bounds
from services.detector.troubles import Troubles, tell_cameras

log = structlog.get_logger(__name__)


class Settings(ServiceSettings):
    """Described one by one in README.md."""

    video_seed_file: Path
    model_path: Path
    threads: int = Field(1, ge=1, le=64)
    providers: str = Field("CPUExecutionProvider", min_length=1)  # separated by commas, preferred first
    min_score: float = Field(0.6, ge=0.3, le=1)
    min_face_px: int = Field(40, ge=10, le=4096)
    max_faces: int = Field(32, ge=1, le=256)
    longest_px: int = Field(960, ge=160, le=4096)
    fine_seconds: float = Field(0.25, ge=0, le=60)
    still_seconds: float = Field(1.0, gt=0, le=60)
    max_bytes: int = Field(subjects.MAX_PAYLOAD_BYTES, ge=1)
    max_pixels: int = Field(40_000_000, ge=1)
    min_side_px: int = Field(32, ge=1)
    max_cameras: int = Field(256, ge=1)
    max_camera_frames_per_second: float = Field(100, ge=1)
    max_camera_bytes_per_second: int = Field(32 * 1024 * 1024, ge=1)
    max_age_seconds: float = Field(1.0, gt=0)
    max_clock_ahead_seconds: float = Field(5.0, ge=0)
    max_clock_behind_seconds: float = Field(600.0, ge=0)
    max_track_gap_seconds: float = Field(1.0, gt=0, le=10)
    max_track_seconds: float = Field(60.0, ge=1, le=600)
    max_tracks: int = Field(64, ge=1, le=1024)
    cameras_file: Path | None = None


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def bounds(settings: Settings) -> Bounds:
    """How long and how many tracks are kept; always more of a camera than one frame may begin."""
    return Bounds(
        gap_us=round(settings.max_track_gap_seconds * 1e6),
        life_us=round(settings.max_track_seconds * 1e6),
        cameras=settings.max_cameras,
        tracks=max(settings.max_tracks, settings.max_faces),
    )


async def main(stop: asyncio.Event) -> None:
    """Run until *stop*."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_DETECTOR_")
    logs.configure("detector", settings.log_level)
    meters = Meters()
    limits = Limits(settings.max_bytes, settings.max_pixels, settings.min_side_px)
    policy = Policy(settings.min_score, settings.min_face_px, settings.max_faces, settings.longest_px)
    clock = Clock(
        max_ahead=timedelta(seconds=settings.max_clock_ahead_seconds),
        max_behind=timedelta(seconds=settings.max_clock_behind_seconds),
    )
    providers = settings.providers.split(",")
    model = await asyncio.to_thread(YuNet.load, settings.model_path, threads=settings.threads, providers=providers)
    log.info("model is loaded", model=model.card.name, provider=providers[0], threads=settings.threads)
    allowance = Allowance(settings.max_camera_frames_per_second, settings.max_camera_bytes_per_second)
    troubles, sights = Troubles(settings.max_cameras), Sights(settings.max_cameras)
    floods = Floods(allowance, meters, now, settings.max_cameras, troubles)
    inbox = Inbox(
        max_cameras=settings.max_cameras,
        max_age_us=round(settings.max_age_seconds * 1e6),
        clock=clock,
        paces=Paces(allowance, settings.max_cameras),
        floods=floods,
        meters=meters,
        now=now,
        sights=sights,
    )
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(
            Bus.connect(
                settings.nats_url,
                user="detector",
                user_seed_file=settings.video_seed_file,
                account=Account.VIDEO,
                meters=meters,
            )
        )
        follower = Follower(bounds(settings), Pace(), lambda: str(uuid4()))
        rotation = Mountings(settings.cameras_file).rotation
        rhythm = Rhythm(round(settings.fine_seconds * 1e6), round(settings.still_seconds * 1e6))
        scenes = Scenes(settings.max_cameras, rhythm)
        finder = stack.enter_context(FaceFinder(model, limits, policy, rotation, follower, scenes))
        lying, large = LyingFaces(settings.max_cameras), Reminders(settings.max_cameras)
        shares = Shares(bus, "detector", "frames", inbox.offer, meters, admit=inbox.admit)
        detect = DetectFaces(finder, shares.publish, meters, now, lying, large, inbox.label, troubles, sights)
        over = asyncio.Event()
        tasks = await stack.enter_async_context(LongRunning(over, Running(stop)))
        work = detect_forever(inbox, detect, meters, over, shares.is_current)
        worker = tasks.start("worker", work, within_seconds=None)
        stack.callback(worker.cancel)
        stack.callback(tasks.start("forget", detect.forget(over)).cancel)
        stack.callback(tasks.start("floods", floods.run(shares.mute, bus.publish, over), within_seconds=None).cancel)
        stack.callback(tasks.start("loop-lag", watch_loop(meters, over)).cancel)
        stack.callback(tasks.start("troubles", tell_cameras(troubles, sights, bus.publish, now, over)).cancel)
        stack.callback(over.set)
        # When the shares are given away, what came before is still looked at.
        stack.push_async_callback(inbox.worked_off)
        photo = {subjects.PHOTO_DETECT.pattern: DetectPhoto(finder)}
        await stack.enter_async_context(shares.held())
        await stack.enter_async_context(bus.serve(photo, queue="detector"))
        ready = {"bus": bus.check, "cameras": shares.check}
        await stack.enter_async_context(
            telemetry.serve(settings.http_host, settings.http_port, ready=ready, meters=meters)
        )
        await bus.until(stop)


if __name__ == "__main__":
    process.run(main, service="detector")
