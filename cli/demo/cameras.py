"""Simulated cameras: the camera service with a folder of pictures as its source and a camera's own credential."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.demo.scene import FPS
from local import plan
from local.child import Child
from local.spawn import spawn
from local.supervisor import Running
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Place, camera_id, site_id


async def start(here: Running, films: Mapping[str, Path]) -> None:
    """Give each camera a credential and let it play its film in a loop; they end with *here*."""
    for camera in films:
        await here.add_camera_user(here.at.site, camera)
    await asyncio.gather(*(_play(here, camera, film) for camera, film in films.items()))


async def show(here: Running, camera: str, film: Path) -> None:
    """Let a camera that plays already play *film* instead; the new one runs before the old one ends."""
    old = here.children[_name(camera)]
    await _play(here, camera, film)
    await old.end()


async def _play(here: Running, camera: str, film: Path) -> None:
    seed = here.credentials.seed_file(subjects.camera_user(Place(site_id(here.at.site), camera_id(camera))))
    settings = {
        "WARDWATCH_CAMERA_NATS_URL": here.at.nats_url,
        "WARDWATCH_CAMERA_VIDEO_SEED_FILE": str(seed),
        "WARDWATCH_CAMERA_SITE": here.at.site,
        "WARDWATCH_CAMERA_CAMERA": camera,
        "WARDWATCH_CAMERA_SOURCE": str(film),
        "WARDWATCH_CAMERA_FPS": str(FPS),
        "WARDWATCH_CAMERA_LOOP": "true",
    }
    log = here.at.logs / f"{_name(camera)}.log"

    def begin() -> "subprocess.Popen[bytes]":
        seen = plan.environment(settings, here.environ)
        return spawn([sys.executable, "-m", "services.camera"], log=log, environment=seen, folder=plan.CHECKOUT)

    child = Child(_name(camera), begin, log, starter=here.starter, notify=here.screen.line, ending=signal.SIGTERM)
    await child.start()
    here.children[child.name] = child
    await child.ready()
    child.keep()


def _name(camera: str) -> str:
    return f"camera-{camera}"
