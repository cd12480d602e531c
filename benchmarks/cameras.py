"""Fifty films as cameras in one publisher: what a camera costs, and whether what becomes of one touches the others.

Run: ``python -m benchmarks.cameras [--cameras 50] [--seconds 30] [--json FILE]``. Each plays a film of its own in
H.264, 640x360, five pictures a second, and sends one a second to a real broker. The peer is the former way: a publisher
for each camera, five of them, in the same run. Memory is each process's share (PSS); processor time is of all processes
of the publisher, the readers' server among them. Then one reader is killed, one frozen, and the source of a third
changed, while the frames of all others are counted.
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np

from access import store
from benchmarks.processor import used
from proto.wardwatch.v1 import sources, subjects
from proto.wardwatch.v1.sources import CameraSource
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.bus import Delivery
from tests import buses
from tests.checkout import CHECKOUT
from tests.servers import Nats

PEERS: Final = 5
_SIZE: Final = (640, 360)
_FILM_RATE: Final = 5
_FILM_SECONDS: Final = 20
_LAP_SECONDS: Final = 3.0
_START_SECONDS: Final = 300.0
# A frame that was under way; and more than the time between two frames.
_UNDER_WAY_SECONDS: Final = 0.2
_PAUSE_SECONDS: Final = 1.4


def film(path: Path, seed: int) -> None:
    """A film of moving noise, so that every picture has to be decoded."""
    random = np.random.default_rng(seed)
    ground = random.integers(0, 255, (_SIZE[1] // 8, _SIZE[0] // 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=_FILM_RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        for number in range(_FILM_RATE * _FILM_SECONDS):
            picture = av.VideoFrame.from_ndarray(np.roll(ground, 4 * number, axis=1), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, _FILM_RATE)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))


@dataclass
class Heard:
    """When frames of each camera came."""

    at: dict[str, list[float]] = field(default_factory=dict)

    def note(self, frame: Delivery) -> None:
        self.at.setdefault(subjects.place_of(frame.subject).camera, []).append(time.monotonic())

    def since(self, camera: str, moment: float) -> list[float]:
        return [at for at in self.at.get(camera, []) if at >= moment]

    async def first(self, camera: str, moment: float, within_seconds: float) -> float:
        """How long after *moment* the next frame of *camera* came."""
        async with asyncio.timeout(within_seconds):
            while not (found := self.since(camera, moment)):  # noqa: ASYNC110 - a measurement
                await asyncio.sleep(0.02)
        return found[0] - moment


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for each in found:
        for file in Path(f"/proc/{each}/task").glob("*/children"):
            found += [int(child) for child in file.read_text(encoding="ascii").split()]
    return found


def by_film(pid: int) -> dict[str, int]:
    """Which process below *pid* reads which film; looked at often, for between two laps a film is not open."""
    found: dict[str, int] = {}
    until = time.monotonic() + _LAP_SECONDS
    while time.monotonic() < until:
        for each in family(pid):
            # One that is being replaced may be gone meanwhile.
            with suppress(OSError):
                films = [handle.readlink() for handle in Path(f"/proc/{each}/fd").iterdir()]
                found |= {film.name: each for film in films if film.suffix == ".mp4"}
        time.sleep(0.2)
    return found


@dataclass(frozen=True, slots=True)
class Cost:
    """Of some processes together: their share of memory in MiB, and seconds of a processor."""

    memory_mib: float
    cpu_seconds: float
    processes: int


def cost(pids: Sequence[int]) -> Cost:
    memory, seconds = 0, 0.0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        memory += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        seconds += used(pid)
    return Cost(memory / 1024, seconds, len(pids))


@asynccontextmanager
async def publisher(settings: Mapping[str, str]) -> AsyncIterator[Process]:
    environ = {name: text for name, text in os.environ.items() if not name.startswith("WARDWATCH_")}
    environ |= {f"WARDWATCH_CAMERA_{name}": text for name, text in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.camera", env=environ, cwd=CHECKOUT, stdout=DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; times in seconds, memory in MiB, processors in parts of one core."""

    cameras: int
    load_average: float
    started_seconds: float  # from the start to a frame of every camera
    memory_mib_each: float
    cores_each: float
    processes: int
    peer_memory_mib_each: float
    peer_cores_each: float
    killed_seconds: float  # until its next frame
    frozen_seconds: float
    changed_seconds: float
    others_frames_wanted: int
    others_frames_fewest: int
    others_frames_median: float
    others_longest_gap_seconds: float
    others_longest_gap_before_seconds: float
    others_readers_kept: int


@dataclass(slots=True)
class Ward:
    """Films, credentials and the file of sources."""

    nats: Nats
    folder: Path
    rows: dict[Place, CameraSource] = field(default_factory=dict)

    def prepare(self, number: int) -> None:
        for n in range(number):
            film(self.folder / f"{n}.mp4", n)
        # One reload for all: the broker takes each with a pause.
        for name in (*(f"c{n}" for n in range(number)), *(f"peer{n}" for n in range(PEERS))):
            place = Place(site_id("h1"), camera_id(name))
            key = store.add_camera(self.nats.credentials, place)
            store.write_secret(self.folder / f"{subjects.camera_user(place)}.nk", key.seed)
        self.nats.reload()
        for n in range(number):
            row = CameraSource(str(self.folder / f"{n}.mp4"), fps=1.0, loop=True)
            self.rows[Place(site_id("h1"), camera_id(f"c{n}"))] = row
        self.write()

    def write(self) -> None:
        store.write_secret(self.folder / sources.FILE, sources.encode(self.rows))


def gaps(heard: Heard, cameras: Sequence[str], since: float) -> float:
    found = [heard.since(camera, since) for camera in cameras]
    return max(b - a for at in found for a, b in itertools.pairwise(at))


async def measured(ward: Ward, number: int, seconds: float) -> Figures:
    heard, names = Heard(), [f"c{n}" for n in range(number)]
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(buses.connected(ward.nats, "detector"))
        await stack.enter_async_context(bus.listen(subjects.SHARED_FRAMES.pattern, queue="detector", offer=heard.note))
        began = time.monotonic()
        process = await stack.enter_async_context(
            publisher(
                {
                    "NATS_URL": ward.nats.url,
                    "SOURCES_FILE": str(ward.folder / sources.FILE),
                    "LOG_LEVEL": "warning",
                }
            )
        )
        for name in names:
            await heard.first(name, began, _START_SECONDS)
        started = time.monotonic() - began
        for n in range(PEERS):
            await stack.enter_async_context(
                publisher(
                    {
                        "NATS_URL": ward.nats.url,
                        "SITE": "h1",
                        "CAMERA": f"peer{n}",
                        "VIDEO_SEED_FILE": str(ward.folder / f"camera.h1.peer{n}.nk"),
                        "SOURCE": str(ward.folder / f"{n}.mp4"),
                        "FPS": "1",
                        "LOOP": "true",
                        "LOG_LEVEL": "warning",
                    }
                )
            )
        for n in range(PEERS):
            await heard.first(f"peer{n}", began, _START_SECONDS)

        def both() -> tuple[Cost, Cost]:
            ours = family(process.pid)
            every = family(os.getpid())
            peers = [pid for pid in every if pid not in ours and pid != os.getpid() and _is_ours(pid)]
            return cost(ours), cost(peers)

        before, steady = await asyncio.to_thread(both), time.monotonic()
        await asyncio.sleep(seconds)
        after, lasted = await asyncio.to_thread(both), time.monotonic() - steady
        gap_before = gaps(heard, names, steady)

        reading = await asyncio.to_thread(by_film, process.pid)
        moment = time.monotonic()
        os.kill(reading["0.mp4"], signal.SIGKILL)
        os.kill(reading["1.mp4"], signal.SIGSTOP)
        ward.rows[Place(site_id("h1"), camera_id("c2"))] = CameraSource(str(ward.folder / "0.mp4"), fps=2.0, loop=True)
        await asyncio.to_thread(ward.write)
        await asyncio.sleep(seconds)
        others = names[3:]
        counts = [len(heard.since(camera, moment)) for camera in others]
        now = await asyncio.to_thread(by_film, process.pid)
        kept = sum(reading[f"{n}.mp4"] == now.get(f"{n}.mp4") for n in range(3, number))
        return Figures(
            cameras=number,
            load_average=os.getloadavg()[0],
            started_seconds=round(started, 1),
            memory_mib_each=round(after[0].memory_mib / number, 1),
            cores_each=round((after[0].cpu_seconds - before[0].cpu_seconds) / lasted / number, 4),
            processes=after[0].processes,
            peer_memory_mib_each=round(after[1].memory_mib / PEERS, 1),
            peer_cores_each=round((after[1].cpu_seconds - before[1].cpu_seconds) / lasted / PEERS, 4),
            killed_seconds=_back(heard, "c0", moment),
            frozen_seconds=_back(heard, "c1", moment),
            changed_seconds=_back(heard, "c2", moment),
            others_frames_wanted=round(seconds),
            others_frames_fewest=min(counts),
            others_frames_median=statistics.median(counts),
            others_longest_gap_seconds=round(gaps(heard, others, moment), 2),
            others_longest_gap_before_seconds=round(gap_before, 2),
            others_readers_kept=kept,
        )


def _back(heard: Heard, camera: str, moment: float) -> float:
    """From *moment* to the frame that ends the first pause of more than 1.4 s, or to the next frame where none does."""
    at = [moment, *heard.since(camera, moment + _UNDER_WAY_SECONDS)]
    pauses = (after for before, after in itertools.pairwise(at) if after - before > _PAUSE_SECONDS)
    return round(next(pauses, at[1]) - moment, 1)


def _is_ours(pid: int) -> bool:
    return b"services.camera" in Path(f"/proc/{pid}/cmdline").read_bytes()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ww-cameras-") as folder:
        nats = Nats(Path(folder) / "broker")
        try:
            (Path(folder) / "films").mkdir(mode=0o700)
            ward = Ward(nats, Path(folder) / "films")
            ward.prepare(options.cameras)
            figures = asyncio.run(measured(ward, options.cameras, options.seconds))
        finally:
            nats.stop()
    text = json.dumps(asdict(figures), indent=2)
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
