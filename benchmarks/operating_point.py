"""How often the recogniser misses a listed person and how often it takes a stranger for one, by threshold.

Run: ``python -m benchmarks.operating_point DATA --models FOLDER [--cache FILE]``, where DATA holds a folder of JPEGs
per person (``lfw-dev`` or one laid out like it) and FOLDER the prepared models. Faces are found, aligned and embedded
by the code of the live services, one face per picture: the one nearest the picture's centre, whom the label names.

Closed half: of every person with two or more pictures the first is enrolled, up to five others are searched (mated).
Open half: people with one picture are strangers (non-mated). FNIR is the share of mated searches whose own entry is
not the best answer at or above the threshold; FPIR the share of strangers for whom any entry is. Intervals are
Wilson's, 95 %; a person's searches are not independent, so those of FNIR are somewhat too narrow. Where strangers are
too few to see a rate, it is estimated from all comparisons of different people: with a share f of them at or above
the threshold, a list of n entries gives about 1 - (1 - f)^n. A quality gate, if given, refuses poor searches first.
"""

import argparse
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.values import Aligned, Quality
from services.detector import pixels, quality
from services.detector.core import Float32
from services.detector.finder import FaceFinder, Policy
from services.detector.header import Limits
from services.detector.model import YuNet
from services.detector.pixels import Complaint, Picture
from services.embedder.model import Embedder
from services.matcher.core import QualityGate

Matrix = NDArray[np.float32]

# One person under two names, or a picture under a wrong name (listed with the data set): left out altogether.
SAME_PEOPLE = frozenset(
    (
        "Sung_Hong_Choi",
        "Choi_Sung-hong",
        "Hasan_Wirayuda",
        "Hassan_Wirajuda",
        "Yingfan_Wang",
        "Wang_Yingfan",
        "Wang_Nan",
        "Nan_Wang",
        "Cristina_Kirchner",
        "Cristina_Fernandez",
        "Mireya_Elisa_Moscoso_Rodriguez",
        "Mireya_Moscoso",
    )
)
WRONG_PICTURES = frozenset(("Shavon_Earp_0001.jpg", "Carlos_Ruckauf_0001.jpg", "Anja_Paerson_0001.jpg"))
_MOST_PROBES = 5
_LIST_TODAY = 2_100  # people on the list the product is designed for first
_PASSERS_A_DAY = 15_000  # at one hospital
_BATCH = 16
_Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Everybody's faces: ``names`` are ``person/file``, ``vectors`` (n, d), ``measures`` (n, 3): px, yaw, sharpness."""

    names: list[str]
    vectors: Matrix
    measures: Matrix
    pictures: int

    @classmethod
    def read(cls, cache: Path) -> "Faces":
        with np.load(cache) as cached:
            return cls(list(cached["names"]), cached["vectors"], cached["measures"], int(cached["pictures"]))

    def write(self, cache: Path) -> None:
        np.savez(cache, names=self.names, vectors=self.vectors, measures=self.measures, pictures=self.pictures)


@dataclass(frozen=True, slots=True, eq=False)
class Central:
    """The face nearest the middle of a picture: ``points`` (5, 2) in its pixels."""

    picture: Picture
    points: Float32
    score: float
    box: Float32

    def aligned(self) -> tuple[Aligned, Quality]:
        """As the recogniser gets it, and how good it is."""
        aligned = pixels.align(self.picture, self.points)
        return aligned, quality.measure(self.score, self.box, self.points, aligned)


def central(finder: FaceFinder, path: Path) -> Central | None:
    """The face that the label of a picture names, or None where none is found."""
    picture = pixels.decode(path.read_bytes())
    if isinstance(picture, Complaint):
        return None

    found = finder.find(picture)
    clear = np.flatnonzero(found.scores >= 0.6)
    if not len(clear):
        return None

    middle = np.array([picture.shape[1], picture.shape[0]]) / 2
    centres = found.boxes[clear, :2] + found.boxes[clear, 2:] / 2
    best = int(clear[np.argmin(np.linalg.norm(centres - middle, axis=1))])
    return Central(picture, found.points[best], float(found.scores[best]), found.boxes[best])


@contextmanager
def networks(models: Path) -> Iterator[tuple[FaceFinder, Embedder]]:
    """What finds and what embeds faces, from the folder of prepared *models*."""
    detector = YuNet.load(
        models / "face_detection_yunet_2023mar.prepared.onnx", threads=1, providers=["CPUExecutionProvider"]
    )
    policy = Policy(min_score=0.6, min_face_px=20, max_faces=32, longest_px=960)
    with (
        FaceFinder(detector, Limits(2**23, 40_000_000, 32), policy) as finder,
        Embedder.load(
            models / "face_recognition_sface_2021dec.prepared.onnx", threads=1, providers=["CPUExecutionProvider"]
        ) as embedder,
    ):
        yield finder, embedder


def faces_of(data: Path, models: Path) -> Faces:
    """Embed every usable picture of *data*."""
    paths = [
        path
        for path in sorted(data.glob("*/*.jpg"))
        if path.parent.name not in SAME_PEOPLE and path.name not in WRONG_PICTURES
    ]
    names: list[str] = []
    measured: list[tuple[float, float, float]] = []
    vectors: list[Matrix] = []
    with networks(models) as (finder, embedder):
        for batch in _batches(paths):
            seen = [(path, face.aligned()) for path in batch if (face := central(finder, path)) is not None]
            if not seen:
                continue
            raw = embedder.embed_now([aligned for _, (aligned, _) in seen])
            vectors.append(raw / np.linalg.norm(raw, axis=1, keepdims=True))
            names += [f"{path.parent.name}/{path.name}" for path, _ in seen]
            measured += [(q.face_px, q.yaw_degrees, q.sharpness) for _, (_, q) in seen]
    return Faces(names, np.concatenate(vectors), np.array(measured, np.float32), len(paths))


def _batches(paths: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(paths), _BATCH):
        yield paths[start : start + _BATCH]


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    share, z2 = hits / trials, _Z * _Z
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Similarities (searches, entries); ``own`` (mated searches,) is the column of each search's own entry."""

    mated: Matrix
    own: NDArray[np.intp]
    strangers: Matrix


def trial_of(faces: Faces, gate: QualityGate) -> tuple[Trial, int]:
    """Enrol and search as the module says; the second value counts searches the gate refused."""
    by_person: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(faces.names):
        by_person[name.split("/")[0]].append(index)
    listed = [rows for rows in by_person.values() if len(rows) > 1]
    alone = [rows[0] for rows in by_person.values() if len(rows) == 1]
    enrolled = faces.vectors[[rows[0] for rows in listed]]

    def passes(index: int) -> bool:
        px, yaw, sharpness = (float(value) for value in faces.measures[index])
        return gate.refusal(Quality(1, px, 0, sharpness, yaw, 0, 0)) is None

    attempts = [(row, own) for own, rows in enumerate(listed) for row in rows[1 : 1 + _MOST_PROBES]]
    probes = [(row, own) for row, own in attempts if passes(row)]
    strangers = [row for row in alone if passes(row)]
    refused = len(attempts) + len(alone) - len(probes) - len(strangers)
    mated = faces.vectors[[row for row, _ in probes]] @ enrolled.T
    own = np.array([own for _, own in probes], np.intp)
    return Trial(mated, own, faces.vectors[strangers] @ enrolled.T), refused


def report(trial: Trial, thresholds: Sequence[float]) -> None:
    """Print one row per threshold."""
    searches, entries = trial.mated.shape
    right = trial.mated[np.arange(searches), trial.own]
    first = right >= trial.mated.max(axis=1)
    worst = trial.strangers.max(axis=1)
    others = trial.mated.copy()
    others[np.arange(searches), trial.own] = -1
    comparisons = searches * (entries - 1) + trial.strangers.size
    print(f"rank-1 without a threshold: {first.mean():.4f}")
    print("threshold  FNIR (95 %)               FPIR measured (95 %)      f (pairs)    FPIR est. 2,100  a day")
    for threshold in thresholds:
        missed = int((~(first & (right >= threshold))).sum())
        wrong = int((worst >= threshold).sum())
        pairs = int((others >= threshold).sum() + (trial.strangers >= threshold).sum())
        rate = pairs / comparisons
        estimate = -math.expm1(_LIST_TODAY * math.log1p(-rate))
        low, high = wilson(missed, searches)
        low_wrong, high_wrong = wilson(wrong, len(worst))
        print(
            f"  {threshold:.2f}     {missed / searches:.4f} ({low:.4f} to {high:.4f})"
            f"   {wrong / len(worst):.4f} ({low_wrong:.4f} to {high_wrong:.4f})"
            f"   {rate:.1e} ({pairs:>5})  {estimate:.5f}  {estimate * _PASSERS_A_DAY:10.1f}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="where vectors are kept between runs; never inside the project")
    parser.add_argument("--min-face-px", type=float, default=0)
    parser.add_argument("--max-yaw-degrees", type=float, default=90)
    parser.add_argument("--min-sharpness", type=float, default=0)
    arguments = parser.parse_args()

    if arguments.cache is not None and arguments.cache.exists():
        faces = Faces.read(arguments.cache)
    else:
        faces = faces_of(arguments.data, arguments.models)
        if arguments.cache is not None:
            faces.write(arguments.cache)
    trial, refused = trial_of(
        faces, QualityGate(arguments.min_face_px, arguments.max_yaw_degrees, arguments.min_sharpness)
    )
    digest = hashlib.sha256("\n".join(faces.names).encode()).hexdigest()[:12]
    print(f"data {arguments.data.name}, {faces.pictures} pictures, {len(faces.names)} with a face (set {digest})")
    print(
        f"list of {trial.mated.shape[1]} people, one photo each; {len(trial.own)} mated searches,"
        f" {len(trial.strangers)} strangers; the gate refused {refused}"
    )
    for name, values in zip(("face px", "|yaw| degrees", "sharpness"), np.abs(faces.measures.T), strict=True):
        low, middle, high = np.percentile(values, (1, 50, 99))
        print(f"{name}: 1 % {low:.0f}, median {middle:.0f}, 99 % {high:.0f}")
    report(trial, [round(0.40 + 0.02 * step, 2) for step in range(16)])


if __name__ == "__main__":
    main()
