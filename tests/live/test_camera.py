"""The camera publisher as a process, against a real nats-server with the product's grants."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FrameRejected, RejectReason
from proto.wardwatch.v1.subjects import HEADER_CAPTURED_AT, HEADER_MESSAGE_ID, FrameId, Place, camera_id, site_id
from services.chassis.bus import Bus, Delivery
from tests import buses
from tests.fakes import eventually
from tests.forked import Forked
from tests.live import rtsp
from tests.live.processes import camera
from tests.servers import Nats

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]


@pytest.fixture
def gate(nats: Nats) -> Path:
    """The seed of camera gate of site h1."""
    return nats.add_camera("h1", "gate")


@pytest.fixture
def lobby(nats: Nats) -> Path:
    """The seed of another camera of that site."""
    return nats.add_camera("h1", "lobby")


def jpeg(grey: int = 128) -> bytes:
    pixels = np.full((120, 160, 3), grey, np.uint8)
    return bytes(simplejpeg.encode_jpeg(pixels, quality=80, colorspace="RGB"))


@asynccontextmanager
async def detector(nats: Nats) -> AsyncIterator[tuple[Bus, list[Delivery]]]:
    """A connection with the detector's credential that collects every frame."""
    frames: list[Delivery] = []
    async with (
        buses.connected(nats, "detector") as bus,
        bus.listen(subjects.SHARED_FRAMES.pattern, queue="detector", offer=frames.append),
    ):
        yield bus, frames


async def log_of(process: Forked) -> list[dict[str, object]]:
    """What the publisher logged until it ended."""
    out, _ = await process.communicate()
    return [json.loads(line) for line in out.splitlines()]


async def test_folder_arrives_untouched_with_both_headers(nats: Nats, gate: Path, tmp_path: Path) -> None:
    bodies = [jpeg(10), jpeg(200)]
    for number, body in enumerate(bodies):
        (tmp_path / f"{number}.jpg").write_bytes(body)

    async with detector(nats) as (_bus, frames), camera(nats, gate, source=tmp_path, fps=20) as process:
        lines = await log_of(process)
        await eventually(lambda: len(frames) == 2)

    assert process.returncode == 0
    assert [frame.payload for frame in frames] == bodies
    assert {subjects.place_of(frame.subject) for frame in frames} == {Place(site_id("h1"), camera_id("gate"))}
    captured = datetime.fromisoformat(frames[0].headers[HEADER_CAPTURED_AT])
    assert abs((datetime.now(UTC) - captured).total_seconds()) < 60
    assert len({frame.headers[HEADER_MESSAGE_ID] for frame in frames}) == 2
    assert [line["count"] for line in lines if line["event"] == "frames were sent"] == [2]


async def test_credential_of_another_camera_is_refused_at_start(nats: Nats, lobby: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())

    async with camera(nats, lobby, source=tmp_path) as process:
        lines = await log_of(process)

    assert process.returncode == 1
    assert [line["event"] for line in lines if line["level"] == "error"] == ["cannot start"]


async def test_credential_that_is_withdrawn_ends_the_publisher_in_one_line(
    nats: Nats, gate: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    old = Path(await asyncio.to_thread(shutil.copy, gate, tmp_path / "old.nk"))

    async with detector(nats) as (_bus, frames), camera(nats, old, source=tmp_path, loop=True, fps=20) as process:
        await eventually(lambda: bool(frames))
        await asyncio.to_thread(nats.add_camera, "h1", "gate")
        async with asyncio.timeout(15):
            lines = await log_of(process)

    assert process.returncode == 1
    errors = [(line["event"], line["reason"]) for line in lines if line["level"] == "error"]
    assert errors == [("cannot go on", "the broker no longer takes the credential of camera.h1.gate")]


async def test_refusals_are_told_and_a_listening_detector_is_recognised(nats: Nats, gate: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"this is text")
    async with detector(nats) as (bus, frames):

        def has_more(seen: int) -> bool:
            return len(frames) > seen

        async def refuse_all() -> None:
            done = 0
            while True:
                await eventually(partial(has_more, done))
                frame = frames[done]
                done += 1
                reason = RejectReason.NOT_JPEG if frame.payload else RejectReason.EMPTY
                place, name = subjects.place_of(frame.subject), FrameId(frame.headers[HEADER_MESSAGE_ID] + "@1")
                await bus.publish(subjects.rejected(place), FrameRejected(place, reason, "words", name).encode())

        refusing = asyncio.create_task(refuse_all())
        async with camera(nats, gate, source=tmp_path, loop=True, fps=20, most_frames=3, probe=True) as process:
            lines = await log_of(process)
        refusing.cancel()

    events = {str(line["event"]): line for line in lines}
    assert process.returncode == 0
    assert events["frames were refused"]["reason"] == "not_jpeg"
    assert events["frames were refused"]["count"] == 3
    assert "a detector answers" in events


async def test_source_that_accepts_and_says_nothing_is_given_up(nats: Nats, gate: Path, tmp_path: Path) -> None:

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, camera(nats, gate, source=f"rtsp://127.0.0.1:{port}/live", connect_seconds=1) as process:
        lines = await log_of(process)

    assert process.returncode == 1
    (reason,) = [str(line["reason"]) for line in lines if line["event"] == "cannot start"]
    assert reason == f"rtsp://127.0.0.1:{port} gave no answer for 1 s"


@pytest.mark.timeout(60)
async def test_network_camera_that_hangs_up_is_opened_again(nats: Nats, gate: Path) -> None:
    visits: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        visits.append(1)
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=ward\r\n\r\n")
        for grey in range(20):
            body = jpeg(grey * 10)
            head = b"--ward\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(body)
            writer.write(head + body + b"\r\n")
        writer.close()
        # Who only asks what it is goes before the end.
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    source = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/stream"
    async with server, detector(nats) as (_bus, frames), camera(nats, gate, source=source, fps=30) as process:
        # Each reader comes twice: it asks what it is given, and then it reads.
        await eventually(lambda: len(visits) >= 3 and len(frames) >= 2, within_seconds=30)
        process.terminate()
        lines = await log_of(process)

    assert process.returncode == 0
    assert "source is lost, opening it again" in [line["event"] for line in lines]


async def test_killed_reader_is_replaced_and_none_outlives_the_publisher(
    nats: Nats, gate: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())

    async with (
        detector(nats) as (_bus, frames),
        camera(nats, gate, source=tmp_path, loop=True, fps=20) as process,
    ):
        await eventually(lambda: bool(frames))
        (first,) = children(process.pid)
        os.kill(first, 9)
        # Each look is one reading: the first may be gone at any moment, and the second come.
        await eventually(lambda: children(process.pid) not in ([], [first]))
        (second,) = children(process.pid)
        process.kill()
        await process.wait()

        await eventually(lambda: not Path(f"/proc/{second}").exists() or state(second) == "Z")


def children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


async def test_broker_restart_is_survived(nats: Nats, gate: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())

    async with camera(nats, gate, source=tmp_path, loop=True, fps=20) as process:
        async with detector(nats) as (_bus, frames):
            await eventually(lambda: bool(frames))
        await asyncio.to_thread(nats.restart)
        async with detector(nats) as (_bus, frames):
            await eventually(lambda: bool(frames), within_seconds=15)

        assert process.returncode is None


async def test_rtsp_camera_is_read_and_opened_again_after_it_hangs_up(nats: Nats, gate: Path) -> None:
    async with rtsp.camera() as source, detector(nats) as (_bus, frames):
        address = f"rtsp://guard:s3cret@127.0.0.1:{source.port}/live"
        async with camera(nats, gate, source=address, fps=25) as process:
            await eventually(lambda: source.visits >= 2 and len(frames) >= 2)
            process.terminate()
            lines = await log_of(process)

    height, width = simplejpeg.decode_jpeg_header(frames[0].payload)[:2]
    assert (width, height) == (320, 180)
    assert process.returncode == 0
    assert not any("s3cret" in json.dumps(line) for line in lines)


async def test_wrong_password_of_a_camera_is_one_clear_sentence(nats: Nats, gate: Path) -> None:
    async with rtsp.camera() as source:
        address = f"rtsp://guard:wrong@127.0.0.1:{source.port}/live"
        async with camera(nats, gate, source=address) as process:
            lines = await log_of(process)

    (reason,) = [line["reason"] for line in lines if line["event"] == "cannot start"]
    assert process.returncode == 1
    assert reason == f"rtsp://127.0.0.1:{source.port} cannot be opened: the user name or password is refused"


async def test_python_example_of_the_integrators_page_works(nats: Nats, gate: Path, tmp_path: Path) -> None:
    page = (ROOT / "proto" / "PROTOCOL.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "picture.jpg").write_bytes(jpeg())
    environ = {**os.environ, "CAMERA": "h1.gate", "NATS_URL": nats.url, "NATS_SEED_FILE": str(gate)}

    async with detector(nats) as (_bus, frames):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", example, cwd=tmp_path, env=environ)
        await process.wait()
        await eventually(lambda: bool(frames))

    assert process.returncode == 0
    assert frames[0].payload == jpeg()
    assert frames[0].headers.keys() == {HEADER_CAPTURED_AT}
