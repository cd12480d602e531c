"""Network cameras as they are: sparse key frames, parameter sets in the stream, silence, lateness, odd transports."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest
import simplejpeg

from proto.wardwatch.v1.subjects import HEADER_CAPTURED_AT
from services.chassis.bus import Delivery
from tests.fakes import eventually
from tests.forked import Forked
from tests.live.processes import camera
from tests.live.rtsp_live import Codec, Line, LiveCamera, Unit, coded, in_real_time, live
from tests.live.test_camera import children, detector, gate, log_of
from tests.servers import Nats

__all__ = ["gate"]  # a fixture

pytestmark = [pytest.mark.live, pytest.mark.timeout(90)]

Log = dict[str, object]


async def logged(process: Forked, matches: Callable[[Log], bool]) -> Log:
    """Read the publisher's log up to a line that *matches*."""
    assert process.stdout is not None
    while text := await process.stdout.readline():
        line: Log = json.loads(text)
        if matches(line):
            return line
    raise AssertionError("the publisher ended without saying it")


def is_waiting_for(words: str) -> Callable[[Log], bool]:
    return lambda line: line["event"] == "waiting for the source" and words in str(line["detail"])


def size_px(frame: Delivery) -> tuple[int, int]:
    height, width = simplejpeg.decode_jpeg_header(frame.payload)[:2]
    return width, height


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_it_waits_for_a_far_key_frame_with_its_parameter_sets(nats: Nats, gate: Path, codec: Codec) -> None:
    film, waited = coded(codec, frames=20, gop=10), asyncio.Event()

    async def play(line: Line) -> None:
        units = iter(film.units)
        for unit in units:
            if unit.key and unit.at_seconds > 0:
                # As far away as it takes the publisher to tell that it waits.
                await waited.wait()
                await line.send(film.whole(unit))
            elif not unit.key:
                await line.send(unit)
        await asyncio.Event().wait()

    async with (
        live(LiveCamera(film, play)) as source,
        detector(nats) as (_bus, frames),
        camera(nats, gate, source=source.address, connect_seconds=60) as process,
    ):
        line = await logged(process, is_waiting_for("a key frame for"))
        waited.set()
        await eventually(lambda: bool(frames), within_seconds=30)

    assert "connected" in str(line["detail"])
    assert size_px(frames[0]) == (320, 180)


async def test_it_says_when_key_frames_come_without_their_parameter_sets(nats: Nats, gate: Path) -> None:
    film = coded(frames=20, gop=5)

    async def play(line: Line) -> None:
        for unit in film.units:
            await line.send(unit)
        await asyncio.Event().wait()

    async with (
        live(LiveCamera(film, play)) as source,
        camera(nats, gate, source=source.address, connect_seconds=60) as process,
    ):
        await logged(process, is_waiting_for("a key frame with its parameter sets (SPS and PPS)"))


@pytest.mark.parametrize(
    ("method", "limits", "reason"),
    [
        ("OPTIONS", {"connect_seconds": 1}, "gave no answer for 1 s"),
        ("DESCRIBE", {"connect_seconds": 1}, "gave no answer for 1 s"),
        (
            "PLAY",
            {"connect_seconds": 60, "first_picture_seconds": 1},
            "is connected, but gave no picture for 1 s: it lacks video",
        ),
    ],
)
async def test_silence_ends_in_time_with_its_limit_named(
    nats: Nats, gate: Path, method: str, limits: dict[str, int], reason: str
) -> None:
    async def play(_line: Line) -> None: ...

    async with live(LiveCamera(coded(frames=1), play, silent_after=method)) as source:
        async with camera(nats, gate, source=source.address, **limits) as process:
            lines = await log_of(process)
        address = f"rtsp://127.0.0.1:{source.port}"

    assert process.returncode == 1
    assert [line["reason"] for line in lines if line["event"] == "cannot start"] == [f"{address} {reason}"]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(lambda camera: replace(camera, audio_first=True), id="audio-first"),
        pytest.param(lambda camera: replace(camera, udp_only=True), id="udp-only"),
        pytest.param(lambda camera: replace(camera, parameters_described=True), id="parameters-described"),
    ],
)
async def test_cameras_of_other_habits_are_read(
    nats: Nats, gate: Path, odd: Callable[[LiveCamera], LiveCamera]
) -> None:
    film = coded(frames=50, gop=5, b_frames=2)

    async def play(line: Line) -> None:
        # Over UDP the first packets may come before the client listens.
        for unit in film.units * 20:
            await line.send(film.whole(unit) if unit.key else unit)
            await asyncio.sleep(0.02)

    async with (
        live(odd(LiveCamera(film, play))) as source,
        detector(nats) as (_bus, frames),
        camera(nats, gate, source=source.address, connect_seconds=60),
    ):
        await eventually(lambda: bool(frames), within_seconds=30)

    assert size_px(frames[0]) == (320, 180)


async def test_no_process_list_shows_a_password(nats: Nats, gate: Path) -> None:
    async def play(_line: Line) -> None:
        await asyncio.Event().wait()

    async with live(LiveCamera(coded(frames=1), play)) as source:
        address = f"rtsp://guard:s3cret@127.0.0.1:{source.port}/user=guard&password=s3cret"
        async with camera(nats, gate, source=address, connect_seconds=60) as process:
            await eventually(lambda: source.visits > 0, within_seconds=30)
            processes = [process.pid, *children(process.pid)]
            command_lines = [await asyncio.to_thread(Path(f"/proc/{pid}/cmdline").read_bytes) for pid in processes]
            process.terminate()
            lines = await log_of(process)

    assert len(command_lines) == 2
    assert not any(b"s3cret" in words for words in command_lines)
    assert not any("s3cret" in json.dumps(line) for line in lines)


async def test_a_stream_may_change_its_size_midway(nats: Nats, gate: Path) -> None:
    small, large = coded(frames=10), coded(frames=10, size=(640, 360))

    async def play(line: Line) -> None:
        for unit in small.units:
            await line.send(small.whole(unit))
        await eventually(lambda: bool(frames), within_seconds=30)
        for number, unit in enumerate(large.units * 50):
            await line.send(large.whole(unit), 1 + number / 25)
            await asyncio.sleep(0.04)

    async with (
        detector(nats) as (_bus, frames),
        live(LiveCamera(small, play)) as source,
        camera(nats, gate, source=source.address, connect_seconds=60),
    ):
        await eventually(lambda: bool(frames) and size_px(frames[-1]) == (640, 360), within_seconds=30)

    assert size_px(frames[0]) == (320, 180)


async def test_a_reader_that_fell_behind_says_so_and_dates_pictures_rightly(nats: Nats, gate: Path) -> None:
    film = coded(frames=25, rate=Fraction(5), gop=5)
    sent: list[tuple[int, float]] = []

    def endless() -> Iterator[Unit]:
        for lap in range(100):
            for unit in film.units:
                whole = film.whole(unit)
                yield Unit(whole.nals, lap * 5 + unit.at_seconds, unit.key)

    async def play(line: Line) -> None:
        await in_real_time(line, endless(), sent=sent)

    limits = {"connect_seconds": 60, "silence_seconds": 60, "most_late_seconds": 1}
    async with (
        detector(nats) as (_bus, frames),
        live(LiveCamera(film, play)) as source,
        camera(nats, gate, source=source.address, fps=25, **limits) as process,
    ):
        await eventually(lambda: len(frames) > 3, within_seconds=30)
        (reader,) = children(process.pid)
        os.kill(reader, signal.SIGSTOP)
        stopped, before = len(sent), len(frames)
        await eventually(lambda: len(sent) > stopped + 18, within_seconds=30)
        os.kill(reader, signal.SIGCONT)
        gone_on = time.time()
        line = await logged(process, lambda line: str(line["event"]).startswith("pictures are late"))
        await logged(process, lambda line: line["event"] == "pictures are on time again")
        await eventually(lambda: any(captured_at(frame) > gone_on for frame in frames), within_seconds=30)

    assert float(str(line["seconds"])) > 1
    # What was sent after the pause is dated by when it left the camera, not by when it was decoded.
    for frame in frames[before + 1 :]:
        left = [at for number, at in sent if number % 25 == level(frame)]
        assert min(abs(at - captured_at(frame)) for at in left) < 1


def captured_at(frame: Delivery) -> float:
    """Unix seconds."""
    return datetime.fromisoformat(frame.headers[HEADER_CAPTURED_AT]).timestamp()


def level(frame: Delivery) -> int:
    """The number, modulo 25, of the picture in *frame*."""
    picture = simplejpeg.decode_jpeg(frame.payload, colorspace="GRAY")
    return round((float(picture.mean()) - 40) / 8) % 25
