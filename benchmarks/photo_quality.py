"""What the limits of enrolment photos are taken from: how much similarity a fault costs, and whom the limits hit.

Run: ``python -m benchmarks.photo_quality DATA --models FOLDER [--people 200] [--masks FOLDER]``, where DATA holds a
folder of JPEGs per person (``lfw-dev``), FOLDER the prepared models, and --masks a folder of photos of masked people.

First, photos are spoiled by degrees. Of each person with two photos one is spoiled and compared with the other, which
is left as it is: "own" is the mean cosine, "lost" the share below 0.50, where the product begins to match. Beside it
stand the middle value of the measure that ought to notice, and the shares that the limits warn of and reject. Then
all photos are judged as they are. Last, photos that can be enrolled are compared by twos: how many of one person's,
and how many of two people's, count as one person's by which limit, and how often entries of several photos do by the
limit that holds. Faces are found and embedded by the code of ``photo.detect`` and ``photo.embed``.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

from benchmarks.lfw import is_right
from proto.wardwatch.v1.entries import Finding
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoFace
from proto.wardwatch.v1.values import Vector
from services.detector import pixels
from services.detector.finder import FaceFinder, Policy, Sight
from services.detector.header import Limits, Refused
from services.detector.model import YuNet
from services.detector.pixels import Complaint, Picture
from services.detector.seen import SeenFace
from services.embedder.model import Embedder
from services.watchlist.rules import one_person, quality
from services.watchlist.rules.gate import PhotoGate

Judged = dict[str, list[tuple[SeenFace, tuple[Finding, ...]]]]  # by person

CPU = ["CPUExecutionProvider"]
# Photos of one person, and of a second one, in entries that are made up of them.
ENTRIES = ((2, 0), (3, 0), (4, 0), (1, 1), (2, 1), (2, 2), (3, 1), (9, 1))
TRIALS = 20_000
MATCHES_FROM = 0.50
BATCH = 16


@dataclass(frozen=True, slots=True)
class Eye:
    """Finds and compares, as the services do."""

    finder: FaceFinder
    embedder: Embedder

    def look(self, picture: Picture) -> Sight | Refused:
        return self.finder.look_at_photo_now(simplejpeg.encode_jpeg(np.ascontiguousarray(picture), 92, "RGB", "420"))

    def vectors(self, faces: Sequence[SeenFace]) -> list[Vector]:
        raw = [
            vector
            for start in range(0, len(faces), BATCH)
            for vector in self.embedder.embed_now([face.aligned for face in faces[start : start + BATCH]])
        ]
        return [vector / np.linalg.norm(vector) for vector in raw]


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to spoil a picture whose face has a box (left, top, width, height), by degrees, and who should notice."""

    spoil: Callable[[Picture, np.ndarray, float], Picture]
    degrees: tuple[float, ...]
    measure: str
    code: FindingCode


def _as_picture(content: np.ndarray) -> Picture:
    return np.asarray(content, np.uint8)


def _smaller(picture: Picture, box: np.ndarray, width: float) -> Picture:
    scale = min(1.0, width / float(box[2]))
    return _as_picture(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _moved(picture: Picture, _: np.ndarray, px: float) -> Picture:
    kernel = np.zeros((int(px), int(px)), np.float32)
    kernel[int(px) // 2] = 1 / px
    return _as_picture(cv2.filter2D(picture, -1, kernel))


def _tilted(picture: Picture, _: np.ndarray, degrees: float) -> Picture:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return _as_picture(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))


def _exposed(picture: Picture, _: np.ndarray, stops: float) -> Picture:
    light = np.clip((picture / 255.0) ** 2.2 * 2.0**stops, 0, 1) ** (1 / 2.2)
    noise = np.random.default_rng(0).normal(0, 2, picture.shape)
    return _as_picture(np.clip(255 * light + noise, 0, 255))


def _flat(picture: Picture, _: np.ndarray, share: float) -> Picture:
    return _as_picture(np.clip(128 + (picture - 128.0) * share, 0, 255))


def _cut(picture: Picture, box: np.ndarray, share: float) -> Picture:
    return picture[max(0, int(box[1] + share * box[3])) :]


def _grey(picture: Picture, _: np.ndarray, share: float) -> Picture:
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return _as_picture(cv2.addWeighted(grey, share, picture, 1 - share, 0))


FAULTS = {
    "face, px wide": Fault(_smaller, (80, 72, 64, 56, 48, 40, 32, 24), "face_px", FindingCode.SMALL_FACE),
    "blur, sigma in px": Fault(
        lambda picture, _, sigma: _as_picture(cv2.GaussianBlur(picture, (0, 0), sigma)),
        (1, 1.5, 2, 2.5, 3, 4),
        "least_sharpness",
        FindingCode.BLURRED,
    ),
    "movement, px": Fault(_moved, (5, 7, 9, 13, 17), "least_sharpness", FindingCode.BLURRED),
    "tilt, degrees": Fault(_tilted, (10, 20, 30, 40, 50, 60, 90, 180), "roll_degrees", FindingCode.TILTED),
    "less light, stops": Fault(_exposed, (-1, -2, -3, -4, -5, -6), "exposure", FindingCode.DARK),
    "more light, stops": Fault(_exposed, (1, 1.5, 2, 2.5, 3), "overexposed", FindingCode.OVEREXPOSED),
    "contrast, share left": Fault(_flat, (0.6, 0.4, 0.3, 0.2, 0.15), "contrast", FindingCode.LOW_CONTRAST),
    "cut at the top, share": Fault(_cut, (0, 0.1, 0.2, 0.3, 0.4), "cut_off", FindingCode.CUT_OFF),
    "colour taken away": Fault(_grey, (1.0,), "chroma", FindingCode.GREYSCALE),
}


def findings_of(sight: Sight) -> tuple[Finding, ...]:
    """What the desk would find wrong with a photo."""
    faces = tuple(PhotoFace(face.quality, face.aligned, b"") for face in sight.faces)
    return quality.findings(PhotoDetectReply(faces, sight.width_px, sight.height_px), PhotoGate())


def spoil(eye: Eye, pairs: Sequence[tuple[Picture, np.ndarray, Vector]]) -> None:
    """Print how each fault costs similarity. A pair is the picture to spoil, its face's box, the other's vector."""
    print("fault                    degree   found   own    lost   measure   warned  rejected")
    for name, fault in {"none": Fault(lambda p, *_: p, (0,), "face_px", FindingCode.SMALL_FACE), **FAULTS}.items():
        for degree in fault.degrees:
            usable = [
                (sight, other)
                for picture, box, other in pairs
                if isinstance(sight := eye.look(fault.spoil(picture, box, degree)), Sight) and sight.faces
            ]
            vectors = eye.vectors([sight.faces[0] for sight, _ in usable])
            own = np.array([float(v @ other) for v, (_, other) in zip(vectors, usable, strict=True)])
            values = np.median([abs(getattr(sight.faces[0].quality, fault.measure)) for sight, _ in usable])
            hit = Counter(f.severity for sight, _ in usable for f in findings_of(sight) if f.code is fault.code)
            print(
                f"{name:<24} {degree:>6g}  {len(usable):>6}  {own.mean():.3f}  {(own < MATCHES_FROM).mean():.3f}"
                f"  {values:>8.3g}  {hit['warning'] / len(usable):>7.2f}  {hit['rejected'] / len(usable):>8.2f}",
                flush=True,
            )


def judge(eye: Eye, paths: Sequence[Path], *, compare: bool) -> Judged:
    """Print whom the limits hit among photos as they are, and how like the person's ready photos those are."""
    counts: Counter[tuple[str, str]] = Counter()
    people: Judged = defaultdict(list)
    for path in paths:
        sight = eye.finder.look_at_photo_now(path.read_bytes())
        if isinstance(sight, Refused):
            print(f"{path.name}: {sight.detail}")
            continue
        found = findings_of(sight)
        counts[("all", quality.verdict(found).value)] += 1
        counts.update((finding.code.value, finding.severity) for finding in found)
        if sight.faces:
            people[path.parent.name].append((sight.faces[0], found))
    alike = _likeness(eye, people) if compare else {}
    print(f"{len(paths)} photos             number   share     own    lost (of those with another photo that is ready)")
    for key, number in sorted(counts.items()):
        own = np.array(alike.get(key, []))
        compared = f"  {own.mean():.3f}   {(own < MATCHES_FROM).mean():.3f} of {len(own)}" if len(own) else ""
        print(f"{key[0]:<20} {key[1]:<10} {number:>5}  {number / len(paths):>7.2%}{compared}")
    return people


def compare_pairs(eye: Eye, judged: Judged) -> None:
    """Print by which cosine photos of one person are told from photos of two."""
    people = []
    for photos in judged.values():
        faces = [face for face, found in photos if quality.verdict(found).value != "rejected"]
        if faces:
            people.append(np.stack(eye.vectors(faces)))
    whole = np.concatenate(people)
    owners = np.repeat(np.arange(len(people)), [len(each) for each in people])
    rows, columns = np.triu_indices(len(whole), 1)
    cosines, same = (whole @ whole.T)[rows, columns], owners[rows] == owners[columns]
    print(f"{len(whole)} photos that can be enrolled: {same.sum():,} pairs of one person, {(~same).sum():,} of two")
    print("limit   one person's below   two people's not below")
    for limit in (0.25, 0.30, 0.34, 0.36, 0.38, 0.40, 0.42, 0.44, 0.46):
        print(f"{limit:.2f}   {(cosines[same] < limit).mean():>18.2%}   {(cosines[~same] >= limit).mean():>22.4%}")
    rng = np.random.default_rng(57)
    print(f"entries made up of      taken for one person, from {one_person.RESEMBLE:.2f} on")
    for own, others in ENTRIES:
        as_one = [len(set(one_person.people(_entry(rng, people, own, others)))) == 1 for _ in range(TRIALS)]
        print(f"{own} and {others} of another   {np.mean(as_one):>8.3%}")


def _entry(rng: np.random.Generator, people: Sequence[np.ndarray], own: int, others: int) -> list[Vector]:
    """So many photos of somebody, and so many of somebody else, drawn from those who have as many."""
    first = _drawn(rng, people, own, but=None)
    second = _drawn(rng, people, others, but=first)
    return [*rng.permutation(people[first])[:own], *rng.permutation(people[second])[:others]]


def _drawn(rng: np.random.Generator, people: Sequence[np.ndarray], photos: int, *, but: int | None) -> int:
    while True:
        person = int(rng.integers(len(people)))
        if len(people[person]) >= photos and person != but:
            return person


def _likeness(eye: Eye, people: Judged) -> dict[tuple[str, str], list[float]]:
    alike: dict[tuple[str, str], list[float]] = defaultdict(list)
    for photos in people.values():
        if len(photos) < 2:
            continue
        vectors = eye.vectors([face for face, _ in photos])
        for index, (_, found) in enumerate(photos):
            others = [v for i, v in enumerate(vectors) if i != index and quality.verdict(photos[i][1]).value == "ready"]
            if others:
                cosine = float(np.mean([vectors[index] @ other for other in others]))
                for key in {("all", quality.verdict(found).value), *((f.code.value, f.severity) for f in found)}:
                    alike[key].append(cosine)
    return alike


def pairs_of(eye: Eye, paths: Sequence[Path], people: int) -> Iterator[tuple[Picture, np.ndarray, Vector]]:
    """Two photos of one person each, alone in both, for the first *people* of a shuffled list."""
    by_person: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        by_person[path.parent.name].append(path)
    several = [group for group in by_person.values() if len(group) > 1]
    np.random.default_rng(44).shuffle(several)
    count = 0
    for first, second, *_ in several:
        sights = [eye.finder.look_at_photo_now(path.read_bytes()) for path in (first, second)]
        alone = [sight for sight in sights if isinstance(sight, Sight) and len(sight.faces) == 1]
        if len(alone) != 2 or count == people:
            continue
        picture = pixels.decode(first.read_bytes())
        assert not isinstance(picture, Complaint)
        found = eye.finder.find(picture)
        count += 1
        yield picture, found.boxes[int(np.argmax(found.boxes[:, 2]))], eye.vectors([alone[1].faces[0]])[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--masks", type=Path, help="a folder of photos; people in them wear masks")
    arguments = parser.parse_args()

    detector = YuNet.load(arguments.models / "face_detection_yunet_2023mar.prepared.onnx", threads=1, providers=CPU)
    policy = Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)
    paths = sorted(path for path in arguments.data.glob("*/*.jpg") if is_right(path))
    with (
        FaceFinder(detector, Limits(2**23, 40_000_000, 32), policy) as finder,
        Embedder.load(
            arguments.models / "face_recognition_sface_2021dec.prepared.onnx", threads=1, providers=CPU
        ) as embedder,
    ):
        eye = Eye(finder, embedder)
        spoil(eye, list(pairs_of(eye, paths, arguments.people)))
        compare_pairs(eye, judge(eye, paths, compare=True))
        if arguments.masks is not None:
            judge(eye, sorted(arguments.masks.iterdir()), compare=False)


if __name__ == "__main__":
    main()
