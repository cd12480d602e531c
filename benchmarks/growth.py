"""How the cost of a frame grows with cameras, faces and size: `wardwatch bench` for one after the other.

Run: ``python -m benchmarks.growth [--seconds 15] [--rate 2] [--json FILE]``. Of each row one thing differs from the
first: four cameras, 1280x720, one face. Faces are those of the demonstration's passer-by, 100 pixels wide, and move.
Given is processor time, which other programs on the machine change less than they change how many frames a second there
are, without what is used when no camera sends, which is told before. Rows are taken in turns, twice, and the lower of
both is told. On a machine so busy that frames are shed the figures are of the few that were searched, and too high.
"""

import argparse
import asyncio
import io
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from PIL import Image
from rich.console import Console
from rich.table import Table

from cli.bench import measures, run
from cli.bench.command import Asked, prepared
from cli.bench.measures import Measured
from cli.bench.names import SITE
from cli.bench.readings import Change
from cli.bench.reel import Reel, Size
from cli.bench.run import Order
from cli.bench.stages import Stages
from cli.demo.scene import PASSER_FILE
from local import context
from proto.wardwatch.v1.subjects import site_id
from tests.installation import MODELS, Installation, running

ROUNDS: Final = 2
FRAMES: Final = 40
_FACE_PX: Final = 100
# The passer-by's head in the portrait, and how wide its face is there, in pixels, by eye.
_HEAD: Final = (130, 10, 400, 390)
_HEAD_FACE_PX: Final = 170
USUAL: Final = Size(1280, 720)
PROCESSES: Final = ("detector", "embedder", "matcher", "nats-server")


@dataclass(frozen=True, slots=True)
class Row:
    """What is sent."""

    cameras: int = 4
    size: Size = USUAL
    faces: int = 1
    moving: bool = True

    def __str__(self) -> str:
        still = "" if self.moving else ", unchanged"
        return f"{self.cameras} cameras, {self.size}, {self.faces} faces{still}"


ROWS: Final = (
    Row(),
    Row(cameras=1),
    Row(cameras=16),
    Row(faces=0),
    Row(faces=0, moving=False),
    Row(faces=2),
    Row(faces=4),
    Row(faces=8),
    Row(size=Size(640, 360)),
    Row(size=Size(1920, 1080)),
    Row(size=Size(3840, 2160)),
)


def reel_of(row: Row, head: Image.Image) -> Reel:
    """Faces beside each other that move to and fro; where nothing moves all frames are one."""
    frames = []
    for number in range(FRAMES if row.moving else 1):
        picture = Image.linear_gradient("L").resize((row.size.width, row.size.height)).convert("RGB")
        shift = 4 * abs(number - FRAMES // 2)
        for place in range(row.faces):
            column, line = place % 4, place // 4
            left = 20 + shift + column * (row.size.width - 100) // 4
            picture.paste(head, (left, 10 + line * (head.height + 20) + shift // 8))
        if row.moving:
            picture.paste((90, 90, 90), (shift, row.size.height - 40, shift + 60, row.size.height))
        packed = io.BytesIO()
        picture.save(packed, "JPEG", quality=88)
        frames.append(packed.getvalue())
    return Reel(tuple(frames), row.size)


@dataclass(frozen=True, slots=True)
class Growth:
    """``idle``: of each process the share of one core, and MiB, when no camera sends. ``rows``: each row's load."""

    idle: Mapping[str, tuple[float, float]]
    rows: Mapping[Row, Measured]


async def idle(stages: Stages, seconds: float) -> dict[str, tuple[float, float]]:
    """What everything takes when nothing comes."""
    before = await stages.read()
    await asyncio.sleep(seconds)
    change = Change(before, await stages.read())
    used = measures.processes_of(change, 0)
    return {
        each.name: (round((each.cpu_seconds or 0.0) / change.seconds, 4), each.memory_mib_after or 0.0) for each in used
    }


async def measured(here: Installation, rate: float, seconds: float) -> Growth:
    """Each row in turns; of each the one that took the least processor time."""
    with Image.open(MODELS / PASSER_FILE) as portrait:
        head = portrait.convert("RGB").crop(_HEAD)
    scale = _FACE_PX / _HEAD_FACE_PX
    head = head.resize((round(head.width * scale), round(head.height * scale)), Image.Resampling.LANCZOS)
    reels = {row: reel_of(row, head) for row in ROWS}
    found: dict[Row, Measured] = {}
    at = context.load({"WARDWATCH_HOME": str(here.home)})
    async with prepared(at, Asked(site_id(SITE), beside=False, seeds=None)) as ground:
        unused = await idle(ground.stages, seconds)
        await run.loaded(ground.stages, ground.cameras, Order(reels[ROWS[0]], 2, rate, 3.0), ward=ground.ward)
        for _ in range(ROUNDS):
            for row in ROWS:
                order = Order(reels[row], row.cameras, rate, seconds)
                now = await run.loaded(ground.stages, ground.cameras, order, ward=ground.ward)
                if row not in found or cost(now, unused)["all"] < cost(found[row], unused)["all"]:
                    found[row] = now
    return Growth(unused, found)


def cost(load: Measured, idle: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Milliseconds of processor time a searched frame, beyond what is used when no camera sends.

    Of each process that hears passers-by, of the broker, and of all.
    """
    frames, seconds = max(load.stage("detector").done, 1), load.load.seconds
    used = {
        each.name: max(0.0, (each.cpu_seconds or 0.0) - idle.get(each.name, (0.0, 0.0))[0] * seconds) / frames * 1000
        for each in load.processes
    }
    return {**{name: round(used.get(name, 0.0), 1) for name in PROCESSES}, "all": round(sum(used.values()), 1)}


def show(found: Growth, columns: Sequence[str]) -> None:
    """One line a row."""
    unused = Table("process", "% of one core", "MiB", title="When no camera sends")
    for name, (share, size) in found.idle.items():
        unused.add_row(name, f"{share:.1%}", f"{size:g}")
    table = Table(
        "sent", "faces found a frame", "faces embedded a frame", *columns, title="ms of processor time a frame"
    )
    for row, load in found.rows.items():
        frames = max(load.stage("detector").done, 1)
        faces, embedded = load.faces_found / frames, load.stage("embedder").done / frames
        table.add_row(
            str(row), f"{faces:.2f}", f"{embedded:.2f}", *(f"{each:g}" for each in cost(load, found.idle).values())
        )
    console = Console(width=160)
    console.print(unused)
    console.print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=float, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with running() as here:
        found = asyncio.run(measured(here, options.rate, options.seconds))
    show(found, (*PROCESSES, "all"))
    if options.json:
        document = {"idle": found.idle} | {str(row): load.document() for row, load in found.rows.items()}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
