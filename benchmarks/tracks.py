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
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.lfw import model_files
from benchmarks.rounds import HOME
from cli.eval import clips, seeing, sources
from cli.eval.clips import Watched
from cli.eval.open_set import Matrix
from cli.eval.seeing import Eyes

SHARP, TURNED_DEGREES = 10, 45


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


def figures(film: Path, seen: Watched, eyes: Eyes) -> Figures:
    """Counts and cosines."""
    vectors: dict[str, list[Matrix]] = defaultdict(list)
    spans: dict[str, list[int]] = defaultdict(list)
    for look in seen.looks:
        vector = eyes.vector(look.face.aligned)
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


def least(vectors: Sequence[Matrix]) -> float:
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
    with seeing.opened(model_files(arguments.models)) as eyes:
        films = sources.films(arguments.folder)
        rows = [figures(film, clips.watch(film, eyes, arguments.rate), eyes) for film in films]
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        show(rows)


if __name__ == "__main__":
    main()
