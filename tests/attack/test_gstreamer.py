"""Network cameras of a maker other than us: GStreamer's RTSP server, H.264 and H.265, with passwords of odd signs.

Needs Debian's python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-rtsp, gstreamer1.0-plugins-{base,good,bad,ugly} and
gstreamer1.0-libav; skips by name where they are missing.
"""

import asyncio
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.sources import CameraSource
from proto.wardwatch.v1.subjects import Place
from services.chassis.bus import Delivery
from tests.fakes import eventually
from tests.live.processes import publisher
from tests.live.test_camera import detector
from tests.live.test_camera_stream import size_px
from tests.live.test_cameras import GATE, LOBBY, Ward
from tests.servers import Nats

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

PYTHON: Final = "/usr/bin/python3"
PROGRAM: Final = Path(__file__).with_name("gstreamer_camera.py")
PASSWORD: Final = "p@ss/w?r#d:%25&=+ $"
_NEEDS: Final = """
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
for name in ("x264enc", "x265enc", "rtph265pay"):
    assert Gst.ElementFactory.find(name), name
"""


@dataclass(frozen=True, slots=True)
class Camera:
    """A running camera, and how its pictures are fetched."""

    process: Process
    source: CameraSource

    def told(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())


@asynccontextmanager
async def gstreamer(codec: str, user: str) -> AsyncIterator[Camera]:
    process = await asyncio.create_subprocess_exec(PYTHON, str(PROGRAM), codec, user, PASSWORD, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        login = f"{user}:{quote(PASSWORD, safe='')}"
        yield Camera(process, CameraSource(f"rtsp://{login}@127.0.0.1:{port}/live", fps=10.0))
    finally:
        process.kill()
        await process.communicate()


@pytest.fixture(scope="module", autouse=True)
def needs_gstreamer() -> None:
    done = subprocess.run([PYTHON, "-c", _NEEDS], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"GStreamer's RTSP server is not complete here: {done.stderr.strip().splitlines()[-1]}")


async def test_streams_that_end_stop_and_change_size_come_back_by_themselves(nats: Nats, tmp_path: Path) -> None:
    ward = await asyncio.to_thread(Ward, nats, tmp_path)
    await ward.give_credentials(GATE, LOBBY)
    async with AsyncExitStack() as stack:
        cameras = {
            GATE: await stack.enter_async_context(gstreamer("h264", "guard-basic")),
            LOBBY: await stack.enter_async_context(gstreamer("h265", "guard-digest")),
        }
        for place, camera in cameras.items():
            await ward.set(place, camera.source)
        _bus, frames = await stack.enter_async_context(detector(nats))
        await stack.enter_async_context(publisher(nats, ward.file, silence_seconds=3))

        for place, camera in cameras.items():
            await _is_lost_and_found(place, camera, frames)


async def _is_lost_and_found(place: Place, camera: Camera, frames: list[Delivery]) -> None:
    """Have the session end, and then have it go on without pictures."""

    def has_come(size: tuple[int, int], since: int) -> bool:
        own = (frame for frame in frames[since:] if subjects.place_of(frame.subject) == place)
        return any(size_px(frame) == size for frame in own)

    await eventually(partial(has_come, (320, 180), 0), within_seconds=60)
    # The stream is of another size when it is opened again.
    camera.told("size 640 360")
    camera.told("hang")
    await eventually(partial(has_come, (640, 360), 0), within_seconds=60)
    camera.told("stop")
    await _silence(frames, place)
    await eventually(partial(has_come, (640, 360), len(frames)), within_seconds=90)


async def _silence(frames: list[Delivery], place: Place) -> None:
    """Return when no frame of *place* has come for a second."""
    async with asyncio.timeout(60):
        seen = -1
        while seen != (now := sum(subjects.place_of(frame.subject) == place for frame in frames)):
            seen = now
            await asyncio.sleep(1)
