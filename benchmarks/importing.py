"""The import of a folder: photos a second through the whole product, against the bare models in the same run.

Run: ``python -m benchmarks.importing DATA [--people N] [--per-person 3] [--at-once 4]``, where DATA holds a folder of
photos for each person.

*Import* is what an administrator sees: ``wardwatch watchlist import`` with detector, embedder, matcher, alerts, broker
and database on this machine; its time includes the look for people who resemble each other. *Bare models* is one
process that decodes, finds, aligns and embeds the same files in a loop by the code that looks at enrolment photos.
Printed beside them: what became of the photos, by reason, and the load of the machine before and after.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
from rich.console import Console
from rich.table import Table

from benchmarks.pipeline import LIMITS, POLICY, model
from services.detector.finder import FaceFinder, Sight
from services.detector.model import YuNet
from services.embedder.model import Embedder
from tests.checkout import CHECKOUT
from tests.installation import Installation, environment, running

PURPOSE = (
    "--category", "ban", "--basis", "benchmark", "--evidence", "benchmark", "--instruction", "nothing",
    "--source", "evaluation data",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """What the command reported, and how long it took."""

    seconds: float
    photos: int
    people: int
    reasons: dict[str, int]
    verdicts: dict[str, int]


def chosen(data: Path, people: int, per_person: int, to: Path) -> list[Path]:
    """Links to the photos of the first people of *data*, and their paths in order."""
    photos: list[Path] = []
    for person in sorted(each for each in data.iterdir() if each.is_dir())[:people]:
        (to / person.name).mkdir()
        for photo in sorted(person.iterdir())[:per_person]:
            (to / person.name / photo.name).symlink_to(photo)
            photos.append(photo)
    return photos


def bare(photos: Sequence[Path]) -> float:
    """Photos a second of the models alone."""
    detector = YuNet.load(model("face_detection_yunet_2023mar.onnx"), threads=1, providers=["CPUExecutionProvider"])
    embedder = Embedder.load(
        model("face_recognition_sface_2021dec.onnx"), threads=1, providers=["CPUExecutionProvider"]
    )
    began = time.perf_counter()
    with FaceFinder(detector, LIMITS, POLICY) as finder, embedder:
        for photo in photos:
            sight = finder.look_at_photo_now(photo.read_bytes())
            if isinstance(sight, Sight) and sight.faces:
                embedder.embed_now([sight.faces[0].aligned])
    return len(photos) / (time.perf_counter() - began)


def imported(here: Installation, source: Path, photos: int, at_once: int) -> Imported:
    """Import *source* as an administrator does."""
    began = time.perf_counter()
    done = subprocess.run(
        [
            sys.executable, "-m", "cli", "watchlist", "import", str(source), *PURPOSE,
            "--as", "author", "--at-once", str(at_once), "--json",
        ],
        cwd=CHECKOUT, env=environment(here.home), stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    if not done.stdout:
        raise SystemExit("the import failed; the reason is above")
    report = json.loads(done.stdout)
    verdicts = {name: report[name] for name in ("ready", "warning", "rejected")}
    return Imported(seconds, photos, report["people"], report["reasons"], verdicts)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--per-person", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=4)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    folder = Path(tempfile.mkdtemp(prefix="ww-import-"))
    try:
        photos = chosen(arguments.data, arguments.people, arguments.per_person, folder)
        before = os.getloadavg()[0]
        with running() as here:
            here.account("author", "supervisor")
            result = imported(here, folder, len(photos), arguments.at_once)
        rate = bare(photos)
    finally:
        shutil.rmtree(folder)
    show(result, rate, before)


def show(result: Imported, rate: float, before: float) -> None:
    """Print the table."""
    own = result.photos / result.seconds
    table = Table("", "", title=f"Import of {result.photos} photos of {result.people} people")
    table.add_row("time in all", f"{result.seconds:.1f} s")
    table.add_row("photos a second", f"{own:.1f}")
    table.add_row("bare models in a loop, photos a second", f"{rate:.1f}")
    table.add_row("ratio", f"{own / rate:.2f}")
    for verdict, count in result.verdicts.items():
        table.add_row(verdict, str(count))
    for code, count in sorted(result.reasons.items(), key=lambda each: -each[1]):
        table.add_row(f"  {code}", str(count))
    table.add_row("load of the machine, before and after", f"{before:.1f}, {os.getloadavg()[0]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
