"""Tracks over films: how many looks a walk costs, and whether a track is of one person.

Run: ``python -m benchmarks.tracks FOLDER [--models DIR] [--rate 12] [--json]``; FOLDER holds films, below it too.

A face is a face that was found, clear and large enough to be reported. Purity is judged by the vectors of those looks
that are sharp and turned less than 45 degrees, for what others show is hardly of anybody: of one track the least
similar two, beside the most similar two of tracks that were seen at one time and so are of two people.
"""

import argparse
import itertools
import json
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.rounds import HOME
from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey
from services.detector import pixels
from services.detector.finder import FaceFinder, Policy, Sight
from services.detector.header import Limits
from services.detector.intake import Frame
from services.detector.model import YuNet
from services.detector.seen import EndedTrack, TakenLook
from services.embedder.core import directions
from services.embedder.model import Embedder

DETECTOR = "face_detection_yunet_2023mar.onnx"
EMBEDDER = "face_recognition_sface_2021dec.onnx"
CPU = ("CPUExecutionProvider",)
FILMS = ("*.mp4", "*.mkv", "*.webm", "*.gif")
LIMITS = Limits(8 * 1024 * 1024, 40_000_000, 32)
# The service's own settings.
POLICY = Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)
START_US = 1_000_000_000_000_000
SHARP, TURNED_DEGREES = 10, 45
GATE = Place(site_id("h1"), camera_id("film"))

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Figures:
    """What one film gave. Cosines are None where no track has two looks, or no two tracks were seen at one time."""

    film: str
    frames: int
    faces: int
    tracks: int
    looks: int
    tracks_of_a_second: int
    of_these_without_look: int
    faces_a_walk: float  # mean over tracks of a second or more: embeddings before
    looks_a_walk: float  # and after
    least_within: float | None
    tenth_within: float | None  # of ten tracks one is below
    most_between: float | None
    doubtful: int  # tracks with two looks below 0.3


@dataclass
class Watched:
    """Everything that was said of a film."""

    frames: int
    faces: int
    looks: list[TakenLook]
    ended: list[EndedTrack]


def shots(film: Path, rate: float) -> Iterator[tuple[float, bytes]]:
    """Second and JPEG of each picture, at most *rate* a second."""
    due = 0.0
    with av.open(str(film)) as opened:
        for number, shot in enumerate(opened.decode(video=0)):
            second = float(shot.time) if shot.time is not None else number / 25
            if second + 1e-6 >= due:
                due = max(due + 1 / rate, second)
                yield second, pixels.encode(np.asarray(shot.to_ndarray(format="rgb24"), np.uint8))


def watch(film: Path, model: YuNet, rate: float) -> Watched:
    """Send a film through the finder as one camera."""
    seen = Watched(0, 0, [], [])
    with FaceFinder(model, LIMITS, POLICY) as finder:
        at_us = START_US
        for second, jpeg in shots(film, rate):
            at_us = START_US + round(second * 1e6)
            frame = Frame(GATE, FrameId(f"{seen.frames}"), Journey(at_us, at_us), jpeg)
            sight = finder.look_on(frame)
            if not isinstance(sight, Sight):
                raise SystemExit(f"{film}: {sight.detail}")
            seen.frames += 1
            seen.faces += sight.tally.found
            seen.looks += sight.looks
            seen.ended += sight.tally.ended
        seen.ended += finder.forget_now(at_us + 60_000_000).ended
    return seen


def figures(film: Path, seen: Watched, sface: Embedder) -> Figures:
    """Counts and cosines."""
    vectors: dict[str, list[Vector]] = defaultdict(list)
    spans: dict[str, list[int]] = defaultdict(list)
    for look in seen.looks:
        (vector,) = directions(sface.embed_now([look.face.aligned]))
        said = look.origin.look
        seen_well = look.face.quality.sharpness >= SHARP and abs(look.face.quality.yaw_degrees) < TURNED_DEGREES
        if vector is not None and said is not None and seen_well:
            vectors[said.track_id].append(vector)
            spans[said.track_id].append(look.origin.journey.captured_us)
    within = sorted(least(of) for of in vectors.values() if len(of) > 1)
    between = [
        float(max(one @ other for one in vectors[a] for other in vectors[b]))
        for a, b in itertools.combinations(vectors, 2)
        if min(spans[a]) <= max(spans[b]) and min(spans[b]) <= max(spans[a])
    ]
    walks = [track for track in seen.ended if track.lived_us >= 1_000_000]
    return Figures(
        film=film.name,
        frames=seen.frames,
        faces=seen.faces,
        tracks=len(seen.ended),
        looks=len(seen.looks),
        tracks_of_a_second=len(walks),
        of_these_without_look=sum(not track.looks for track in walks),
        faces_a_walk=mean([track.faces for track in walks]),
        looks_a_walk=mean([track.looks for track in walks]),
        least_within=within[0] if within else None,
        tenth_within=within[len(within) // 10] if within else None,
        most_between=max(between, default=None),
        doubtful=sum(cosine < 0.3 for cosine in within),
    )


def least(vectors: Sequence[Vector]) -> float:
    """The lowest cosine between two of *vectors*."""
    return min(float(one @ other) for one, other in itertools.combinations(vectors, 2))


def mean(numbers: Sequence[int]) -> float:
    """The mean, or zero of none."""
    return statistics.fmean(numbers) if numbers else 0.0


def show(rows: Sequence[Figures]) -> None:
    """Print a table."""
    table = Table(
        "film",
        "frames",
        "faces",
        "tracks (>= 1 s, without look)",
        "looks",
        "a walk: before, after",
        "within: least, tenth",
        "between: most",
        "doubtful",
    )
    for row in rows:
        table.add_row(
            row.film,
            str(row.frames),
            str(row.faces),
            f"{row.tracks} ({row.tracks_of_a_second}, {row.of_these_without_look})",
            str(row.looks),
            f"{row.faces_a_walk:.1f}, {row.looks_a_walk:.1f}",
            f"{shown(row.least_within)}, {shown(row.tenth_within)}",
            shown(row.most_between),
            str(row.doubtful),
        )
    Console(width=170).print(table)


def shown(cosine: float | None) -> str:
    """Two digits, or a dash."""
    return "-" if cosine is None else f"{cosine:.2f}"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, default=HOME / "models")
    parser.add_argument("--rate", type=float, default=12.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    model = YuNet.load(prepared_path(arguments.models / DETECTOR), threads=1, providers=CPU)
    sface = Embedder.load(prepared_path(arguments.models / EMBEDDER), threads=1, providers=CPU)
    films = sorted(film for pattern in FILMS for film in arguments.folder.rglob(pattern))
    rows = [figures(film, watch(film, model, arguments.rate), sface) for film in films]
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        show(rows)


if __name__ == "__main__":
    main()
