"""The whole pipeline: how long from a published frame to the guard's page, and how many frames a second.

Run: ``python -m benchmarks.pipeline [--seconds 20] [--json]`` on a machine that does nothing else.

*Rate*: eight cameras publish faster than can be looked at; counted is what the matcher searched. The peer, measured in
the same run, is one process that calls the same code (decode, detect, align, embed, search) in a loop. *Delay*: two
cameras, at one frame a second each, at 10, and at so many that both together send 80 % of the rate; each frame shows
the listed person, and the incident window is set to almost nothing so that every frame raises an incident of its own;
measured from the publish to the event's arrival at an SSE client.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.model_card import prepared_path
from services.detector.finder import FaceFinder, Policy, Sight
from services.detector.header import Limits
from services.detector.model import YuNet
from services.embedder.model import Embedder
from tests.installation import MODELS, CameraClient, Event, Installation, running
from tests.passing import passing

FRAMES_PER_SECOND = 10
BUSY_CAMERAS = 8
OF_CAPACITY = 0.8  # the load that a system is run at when it is well planned
LIST_SIZE = 2100
SEARCHED = "wardwatch_vectors_searched_total"
# The services' defaults, so that the loop does the same work.
LIMITS = Limits(subjects.MAX_PAYLOAD_BYTES, 40_000_000, 32)
POLICY = Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)
# Every sighting stands alone: no two frames of the run are this close together at one camera.
EVERY_FRAME_RAISES = {"WARDWATCH_ALERTS_WINDOW_SECONDS": "0.001", "WARDWATCH_ALERTS_EVIDENCE_SECONDS": "0.001"}


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds from the publish to the event at the client, and how many frames came through."""

    frames_per_second: float  # of both cameras together
    frames: int
    events: int
    p50_ms: float
    p99_ms: float
    stages_p50_ms: dict[str, float]  # since the publish


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames a second, each with one face, and how many times as fast as the loop."""

    pipeline: float
    loop: float
    ratio: float


def frames(name: str) -> list[bytes]:
    """JPEGs of 1280x720 in each of which the one person is somebody new: so each is embedded and compared."""
    return passing(name, width=1280, height=720)


async def publish_steadily(
    camera: CameraClient, jpegs: Sequence[bytes], count: int, fps: float, offset: float
) -> list[float]:
    """Publish on a fixed clock; returns when each frame was published, in seconds of the wall clock."""
    loop = asyncio.get_running_loop()
    begin = loop.time() + offset
    sent = []
    for number in range(count):
        await asyncio.sleep(max(0.0, begin + number / fps - loop.time()))
        now = time.time()
        stamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="microseconds")
        await camera.publish(jpegs[number % len(jpegs)], {subjects.HEADER_CAPTURED_AT: stamp})
        sent.append(now)
    return sent


async def measure_delay(
    here: Installation,
    jpegs: Sequence[bytes],
    fps: float,
    seconds: int,
    strangers: Sequence[bytes] = (),
    more: float = 0,
) -> Delay:
    """Publish from two cameras, *fps* frames a second each, and match events to frames by the time of capture.

    Meanwhile eight cameras publish *more* frames a second in all, of *strangers*.
    """
    count = round(seconds * fps)
    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(here.listening("guard"))
        east, west, *others = [
            await stack.enter_async_context(here.publishing(name))
            for name in ("east", "west", *(busy_cameras() if more else ()))
        ]
        # The first frames meet cold caches and connections; a hospital's first frame of the day may be slower.
        await publish_steadily(east, jpegs, 10, FRAMES_PER_SECOND, 0)
        await asyncio.sleep(1)
        events.clear()
        await asyncio.gather(
            publish_steadily(east, jpegs, count, fps, 0),
            publish_steadily(west, jpegs, count, fps, 0.5 / fps),
            *(
                publish_steadily(each, strangers, round(seconds * more / len(others)), more / len(others), turn / more)
                for turn, each in enumerate(others)
            ),
        )
        await asyncio.sleep(2)
        return delay_of(events, fps * 2 + more, count * 2)


def busy_cameras() -> list[str]:
    """The names of the cameras that make the load."""
    return [f"busy-{number}" for number in range(BUSY_CAMERAS)]


def delay_of(events: Sequence[Event], frames_per_second: float, frames: int) -> Delay:
    """Sum up the events that stand for a frame."""
    spans: list[float] = []
    stages: dict[str, list[float]] = {}
    for event in events:
        times = event.content.get("stages") if event.kind == "incident" else None
        if not isinstance(times, dict):
            continue
        captured = datetime.fromisoformat(str(times["captured_at"])).timestamp()
        spans.append((event.arrived - captured) * 1000)
        for name, value in times.items():
            if name.endswith("_ms") and value is not None:
                stages.setdefault(name.removesuffix("_ms"), []).append(float(value))
    if not spans:
        raise SystemExit("no event arrived")
    p50, p99 = np.percentile(spans, [50, 99])
    middle = {name: round(float(np.median(values)), 1) for name, values in stages.items()}
    return Delay(round(frames_per_second, 1), frames, len(spans), round(float(p50), 1), round(float(p99), 1), middle)


async def measure_pipeline(here: Installation, jpegs: Sequence[bytes], seconds: int) -> float:
    """Frames a second that reach the index while eight cameras send more than can be looked at."""
    cameras = busy_cameras()
    await asyncio.to_thread(lambda: [here.camera_seed(name) for name in cameras])

    async def load(name: str) -> None:
        async with here.publishing(name) as camera:
            await publish_steadily(camera, jpegs, (seconds + 4) * FRAMES_PER_SECOND, FRAMES_PER_SECOND, 0)

    async with asyncio.TaskGroup() as tasks:
        for name in cameras:
            tasks.create_task(load(name))
        await asyncio.sleep(2)
        before, begun = await here.counter("matcher", SEARCHED), time.perf_counter()
        await asyncio.sleep(seconds)
        return (await here.counter("matcher", SEARCHED) - before) / (time.perf_counter() - begun)


def measure_loop(jpegs: Sequence[bytes], seconds: int) -> float:
    """The same code in one process, one frame after the other, against a list of the usual size."""
    detector = YuNet.load(model("face_detection_yunet_2023mar.onnx"), threads=1, providers=["CPUExecutionProvider"])
    embedder = Embedder.load(
        model("face_recognition_sface_2021dec.onnx"), threads=1, providers=["CPUExecutionProvider"]
    )
    gallery = np.random.default_rng(3).normal(size=(LIST_SIZE, 128)).astype(np.float32)
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    frames = 0
    with FaceFinder(detector, LIMITS, POLICY) as finder, embedder:
        deadline = time.perf_counter() + seconds
        begun = time.perf_counter()
        while time.perf_counter() < deadline:
            sight = finder.look_now(jpegs[frames % len(jpegs)])
            assert isinstance(sight, Sight)
            for vector in embedder.embed_now([face.aligned for face in sight.faces]):
                int(np.argmax(gallery @ vector))
            frames += 1
        return frames / (time.perf_counter() - begun)


def model(file: str) -> Path:
    """Where the prepared form of *file* is."""
    return prepared_path(MODELS / file)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    jpegs, strangers = frames("astronaut.png"), frames("grace_hopper.jpg")
    with running() as here:
        # Nobody is listed: the rate is that of the pipeline up to the index, as for passers-by.
        pipeline = asyncio.run(measure_pipeline(here, jpegs, options.seconds))
    loop = measure_loop(jpegs, options.seconds)
    rate = Rate(round(pipeline, 1), round(loop, 1), round(pipeline / loop, 2))
    with running(EVERY_FRAME_RAISES) as here:
        here.enrol("Listed", MODELS / "astronaut.png")
        here.account("guard", "guard")
        delays = [
            asyncio.run(measure_delay(here, jpegs, fps, seconds, strangers, more))
            for fps, seconds, more in (
                (1, options.seconds * 2, 0),
                (FRAMES_PER_SECOND, options.seconds, 0),
                (2, options.seconds * 2, OF_CAPACITY * pipeline - 4),
            )
        ]
    if options.json:
        print(json.dumps({"delays": [asdict(each) for each in delays], "rate": asdict(rate)}, indent=2))
        return
    show(delays, rate)


def show(delays: Sequence[Delay], rate: Rate) -> None:
    """Print both tables."""
    heads = [f"{each.frames_per_second:g} frames/s" for each in delays]
    table = Table("ms", *heads, title="Frame published to event at the page, two cameras, 1280x720, one face")
    for name in delays[0].stages_p50_ms:
        table.add_row(f"{name} (p50)", *(f"{each.stages_p50_ms.get(name)}" for each in delays))
    table.add_row("event at the client, p50", *(f"{each.p50_ms}" for each in delays))
    table.add_row("event at the client, p99", *(f"{each.p99_ms}" for each in delays))
    table.add_row("frames published / events", *(f"{each.frames} / {each.events}" for each in delays))
    rates = Table("", "frames/s", title="Frames a second, 1280x720, one face")
    rates.add_row("the services", f"{rate.pipeline}")
    rates.add_row("one process, the same code in a loop", f"{rate.loop}")
    rates.add_row("ratio", f"{rate.ratio}")
    console = Console()
    console.print(rates)
    console.print(table)


if __name__ == "__main__":
    main()
