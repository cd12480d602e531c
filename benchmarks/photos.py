"""Enrolment photos: how many a second are read, judged and embedded, by how many are asked for at once.

Run: ``python -m benchmarks.photos [--photos 200] [--at-once 1 4 8 16] [--json]`` on a machine that does nothing else.
A broker, a detector and an embedder run as they do in production, each in its own process; uploads are read by two
processes, as ``alerts`` does, and judged as the desk in ``watchlist`` does, without a database. Photos are the
astronaut at 512 pixels, and at 12 million with noise; every one differs, for nothing may be taken from a cache.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.subjects import Account
from services.alerts.edge.photos import PhotoReader
from services.chassis.bus import Bus
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.watchlist.enrolment.assessment import PhotoAssessor
from services.watchlist.enrolment.photo_client import PhotoClient
from services.watchlist.rules.gate import PhotoGate
from tests.installation import MODELS
from tests.servers import Nats, running_nats

FILES = {"detector": "face_detection_yunet_2023mar.onnx", "embedder": "face_recognition_sface_2021dec.onnx"}
SFACE = "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"
SIDES = {"512 x 512": 512, "12 million pixels": 3464}


@contextmanager
def services(nats: Nats) -> Iterator[None]:
    """A detector and an embedder on *nats*."""
    started = []
    for name, file in FILES.items():
        prefix = f"WARDWATCH_{name.upper()}_"
        settings = {
            f"{prefix}NATS_URL": nats.url,
            f"{prefix}VIDEO_SEED_FILE": str(nats.seed_file(name)),
            f"{prefix}MODEL_PATH": str(prepared_path(MODELS / file)),
            f"{prefix}LOG_LEVEL": "error",
        }
        command = [sys.executable, "-m", f"services.{name}"]
        started.append(subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL))
    try:
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def photos(side: int) -> Iterator[bytes]:
    """The astronaut as JPEGs of *side* pixels, each with other noise."""
    picture = cv2.imread(str(MODELS / "astronaut.png"))
    assert picture is not None, f"run `make models`: nothing in {MODELS}"
    large = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    random = np.random.default_rng(side)
    while True:
        noisy = cv2.add(large, random.integers(0, 8, large.shape, np.uint8))
        yield cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


async def rate(reader: PhotoReader, assess: PhotoAssessor, content: Sequence[bytes], at_once: int) -> float:
    """Photos a second."""
    places = asyncio.Semaphore(at_once)

    async def enrol(file: bytes) -> None:
        async with places:
            assessment = await assess(await reader.read(file))
            assert assessment.face is not None, assessment.findings

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for file in content:
            tasks.create_task(enrol(file))
    return len(content) / (time.perf_counter() - began)


async def measure(nats: Nats, count: int, at_once: Sequence[int]) -> dict[str, dict[str, float]]:
    """Photos a second by size of the photo and number at once."""
    seed = nats.seed_file("watchlist-video")
    connected = Bus.connect(
        nats.url, user="watchlist-video", user_seed_file=seed, account=Account.VIDEO, meters=Meters()
    )
    figures: dict[str, dict[str, float]] = {}
    async with connected as bus, PhotoReader() as reader:
        assess = PhotoAssessor(PhotoClient(bus), PhotoGate(), model_sha256=SFACE)
        for name, side in SIDES.items():
            content = list(islice(photos(side), count if side < 1000 else max(8, count // 10)))
            await until_answered(assess, content[0])
            figures[name] = {str(many): await rate(reader, assess, content, many) for many in at_once}
    return figures


async def until_answered(assess: PhotoAssessor, photo: bytes) -> None:
    """Wait until both services answer."""
    async with asyncio.timeout(60):
        while True:
            try:
                await assess(photo)
            except Refusal:
                await asyncio.sleep(0.1)
                continue
            return


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with running_nats() as nats, services(nats):
        figures = asyncio.run(measure(nats, arguments.photos, arguments.at_once))
    if arguments.json:
        print(json.dumps({"photos_per_second": figures}, indent=2))
        return

    table = Table("photo", *(f"{many} at once" for many in arguments.at_once), title="photos a second")
    for name, row in figures.items():
        table.add_row(name, *(f"{per_second:.1f}" for per_second in row.values()))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
