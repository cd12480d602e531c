"""Finding and describing the people of a clip: the services' code beside the loops that people write with OpenCV.

Run: ``python -m benchmarks.peers CLIP... [--models DIR] [--rate 12] [--seconds 6] [--rounds 3] [--json]``.
The same JPEGs (quality 85, at most *rate* frames a second of the clip) go through each way in turns, again and again:

* *search*: what the detector does to know who is where, two processes of one thread;
* *looks*: the same with what follows: faces cut out, guards' pictures, vectors of those that are sent on;
* *before*: every frame searched at 960 pixels, every face cut out and made a vector, as one loop;
* *OpenCV*: cv2.FaceDetectorYN and cv2.FaceRecognizerSF over the whole frame, once with its own threads and once as two
  processes of one thread;
* *face_recognition*: its locations and encodings, one process and two, when that package is installed (never by us).

Who was found: faces that OpenCV's loop finds are joined over frames; a person is such a row of three faces or more. The
detector must find a face at the same place in one of these frames. Only faces from 40 pixels on count, for both.
"""

import argparse
import importlib
import importlib.util
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.rounds import HOME
from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey
from services.detector import pixels
from services.detector.finder import MAX_OVERLAP, FaceFinder, Policy, Sight
from services.detector.frame_search import FrameSearch
from services.detector.header import Limits, Refused
from services.detector.intake import Frame
from services.detector.model import YuNet
from services.detector.scenes import Rhythm, Scenes
from services.detector.search import Reach
from services.embedder.model import Embedder

DETECTOR: Final = "face_detection_yunet_2023mar.onnx"
EMBEDDER: Final = "face_recognition_sface_2021dec.onnx"
CPU: Final = ["CPUExecutionProvider"]
LIMITS: Final = Limits(8 * 1024 * 1024, 40_000_000, 32)
POLICY: Final = Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)
# Two boxes of neighbouring frames that overlap by so much are one person's.
_SAME_PERSON: Final = 0.3
_LEAST_FACES: Final = 3
_MISSED_FRAMES: Final = 6
_QUALITY: Final = 85

Bgr = NDArray[np.uint8]
Boxes = NDArray[np.float32]
# Looks at one frame, number and JPEG, and says how many faces it made vectors of.
Way = Callable[[int, bytes], int]


class FaceRecognition(Protocol):
    """What is used of the package of this name."""

    def face_locations(self, picture: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]: ...

    def face_encodings(
        self, picture: NDArray[np.uint8], known_face_locations: list[tuple[int, int, int, int]]
    ) -> list[NDArray[np.float64]]: ...


@dataclass(frozen=True, slots=True)
class Form:
    """A way, in how many processes, each with how many threads; 0 threads: as many as it takes by itself."""

    way: str
    processes: int
    threads: int


FORMS: Final = {
    "search": Form("search", 2, 1),
    "looks": Form("looks", 2, 1),
    "before": Form("before", 2, 1),
    "OpenCV, its threads": Form("opencv", 1, 0),
    "OpenCV, two processes": Form("opencv", 2, 1),
    "face_recognition": Form("face_recognition", 1, 1),
    "face_recognition, two processes": Form("face_recognition", 2, 1),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What one process did."""

    frames: int
    vectors: int
    seconds: float
    cpu_seconds: float


@dataclass(slots=True)
class Person:
    """Faces of one person that OpenCV's loop found: frame and box."""

    faces: list[tuple[int, Boxes]] = field(default_factory=list)


def frames_of(clip: Path, rate: float) -> list[bytes]:
    """The clip as JPEGs, *rate* a second at most."""
    video = cv2.VideoCapture(str(clip))
    fps = video.get(cv2.CAP_PROP_FPS) or rate
    step = max(1.0, fps / rate)
    taken: list[bytes] = []
    number = 0
    while True:
        good, picture = video.read()
        if not good:
            break
        if number >= len(taken) * step:
            taken.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes())
        number += 1
    if not taken:
        raise SystemExit(f"{clip} has no frames")
    return taken


def yunet(models: Path) -> YuNet:
    """The detector's network."""
    return YuNet.load(prepared_path(models / DETECTOR), threads=1, providers=CPU)


def searching(models: Path, name: str, rate: float) -> Callable[[int, bytes], Boxes]:
    """The detector's search as for one camera: boxes (n, 4) of what it reports in each frame."""
    place = Place(site_id("h1"), camera_id(name))
    finder = FaceFinder(yunet(models), LIMITS, POLICY)
    reach = Reach(POLICY.min_face_px, POLICY.longest_px)
    search = FrameSearch(finder.find_at_size, reach, MAX_OVERLAP, LIMITS, Scenes(1, Rhythm()))

    def run(number: int, jpeg: bytes) -> Boxes:
        seen = search(_frame(place, number, jpeg, rate), 0)
        assert not isinstance(seen, Refused)
        return _reported(seen.found.boxes, seen.found.scores)

    return run


def _frame(place: Place, number: int, jpeg: bytes, rate: float) -> Frame:
    at_us = round(number / rate * 1e6) + 1
    return Frame(place, FrameId(str(number)), Journey(captured_us=at_us, received_us=at_us), jpeg)


def opencv(models: Path) -> tuple[cv2.FaceDetectorYN, cv2.FaceRecognizerSF]:
    """OpenCV's own two classes for the same networks."""
    detector = cv2.FaceDetectorYN.create(str(models / DETECTOR), "", (320, 320), POLICY.min_score, MAX_OVERLAP, 5000)
    return detector, cv2.FaceRecognizerSF.create(str(models / EMBEDDER), "")


def opencv_faces(detector: cv2.FaceDetectorYN, picture: Bgr) -> Boxes:
    """(n, 15) rows of those faces that are wide enough."""
    detector.setInputSize((picture.shape[1], picture.shape[0]))
    found = detector.detect(picture)[1]
    rows = np.empty((0, 15), np.float32) if found is None else np.asarray(found, np.float32)
    return rows[rows[:, 2] >= POLICY.min_face_px]


def bgr(jpeg: bytes) -> Bgr:
    """Decoded as OpenCV does it."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def _reported(boxes: Boxes, scores: NDArray[np.float32]) -> Boxes:
    return boxes[(scores >= POLICY.min_score) & (boxes[:, 2] >= POLICY.min_face_px)]


def way(name: str, models: Path, camera: str, rate: float) -> Way:
    """One of the ways, loaded."""
    match name:
        case "search":
            search = searching(models, camera, rate)
            return lambda number, jpeg: 0 * len(search(number, jpeg))
        case "looks":
            return _looks(models, camera, rate)
        case "before":
            finder, embedder = FaceFinder(yunet(models), LIMITS, POLICY), _embedder(models)
            return lambda _, jpeg: _embedded(embedder, finder.look_now(jpeg))
        case "opencv":
            return _opencv(models)
        case _:
            return _face_recognition()


def _embedder(models: Path) -> Embedder:
    return Embedder.load(prepared_path(models / EMBEDDER), threads=1, providers=CPU)


def _embedded(embedder: Embedder, sight: Sight | Refused) -> int:
    assert isinstance(sight, Sight)
    faces = [*sight.faces, *(look.face for look in sight.looks)]
    if faces:
        embedder.embed_now([face.aligned for face in faces])
    return len(faces)


def _looks(models: Path, camera: str, rate: float) -> Way:
    finder, embedder = FaceFinder(yunet(models), LIMITS, POLICY), _embedder(models)
    place = Place(site_id("h1"), camera_id(camera))

    def run(number: int, jpeg: bytes) -> int:
        return _embedded(embedder, finder.look_on(_frame(place, number, jpeg, rate)))

    return run


def _opencv(models: Path) -> Way:
    detector, recognizer = opencv(models)

    def run(_: int, jpeg: bytes) -> int:
        picture = bgr(jpeg)
        faces = opencv_faces(detector, picture)
        for face in faces:
            recognizer.feature(recognizer.alignCrop(picture, face))
        return len(faces)

    return run


def _face_recognition() -> Way:
    package = cast("FaceRecognition", importlib.import_module("face_recognition"))

    def run(_: int, jpeg: bytes) -> int:
        picture = np.ascontiguousarray(bgr(jpeg)[:, :, ::-1])
        places = package.face_locations(picture)
        return len(package.face_encodings(picture, places))

    return run


def _work(form: Form, models: Path, frames: Sequence[bytes], rate: float, seconds: float, index: int) -> Done:
    """One process: *frames* again and again for *seconds*, after one unmeasured frame."""
    if form.threads:
        cv2.setNumThreads(form.threads)
    look = way(form.way, models, f"gate-{index}", rate)
    look(0, frames[0])
    began, cpu_began, done, vectors = time.perf_counter(), time.process_time(), 0, 0
    while time.perf_counter() - began < seconds:
        done += 1
        vectors += look(done, frames[done % len(frames)])
    return Done(done, vectors, time.perf_counter() - began, time.process_time() - cpu_began)


def measured(form: Form, models: Path, frames: Sequence[bytes], rate: float, seconds: float) -> list[Done]:
    """Run *form* in processes of its own."""
    work = [(form, models, frames, rate, seconds, index) for index in range(form.processes)]
    with multiprocessing.get_context("spawn").Pool(form.processes) as pool:
        return pool.starmap(_work, work, chunksize=1)


def persons(models: Path, frames: Sequence[bytes], rate: float) -> dict[str, int]:
    """How many people OpenCV's loop finds, and how many of them, and of its faces, the detector's search finds."""
    detector, _ = opencv(models)
    search = searching(models, "persons", rate)
    known: list[Person] = []
    ours: list[Boxes] = []
    for number, jpeg in enumerate(frames):
        ours.append(search(number, jpeg))
        for face in opencv_faces(detector, bgr(jpeg)):
            _person(known, number, face[:4]).faces.append((number, face[:4]))
    real = [person for person in known if len(person.faces) >= _LEAST_FACES]
    hits = [[_is_found(box, ours[number]) for number, box in person.faces] for person in real]
    return {
        "persons": len(real),
        "persons found": sum(any(each) for each in hits),
        "faces": sum(map(len, hits)),
        "faces found": sum(map(sum, hits)),
        "faces found here": sum(map(len, ours)),
    }


def _person(known: list[Person], number: int, box: Boxes) -> Person:
    """Whose face this is: of those seen lately the one whose box overlaps most, else somebody new."""
    lately = [person for person in known if 0 < number - person.faces[-1][0] <= _MISSED_FRAMES]
    best = max(lately, key=lambda person: _overlap(person.faces[-1][1], box), default=None)
    if best is None or _overlap(best.faces[-1][1], box) < _SAME_PERSON:
        best = Person()
        known.append(best)
    return best


def _overlap(one: Boxes, other: Boxes) -> float:
    """Intersection over union."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[:2] + one[2:], other[:2] + other[2:])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    return shared / (float(np.prod(one[2:]) + np.prod(other[2:])) - shared)


def _is_found(box: Boxes, boxes: Boxes) -> bool:
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    return bool((np.abs(centres - (box[:2] + box[2:] / 2)) < box[2:] / 2).all(axis=1).any())


def of_clip(clip: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """All figures of one clip."""
    frames = frames_of(clip, arguments.rate)
    forms = {
        name: form
        for name, form in FORMS.items()
        if form.way != "face_recognition" or importlib.util.find_spec("face_recognition")
    }
    runs: dict[str, list[list[Done]]] = {name: [] for name in forms}
    for _ in range(arguments.rounds):
        for name, form in forms.items():
            runs[name].append(measured(form, arguments.models, frames, arguments.rate, arguments.seconds))
    return {
        "frames": len(frames),
        "persons": persons(arguments.models, frames, arguments.rate),
        "ways": {name: dict(_figures(rounds)) for name, rounds in runs.items()},
        "runs": {name: [[asdict(each) for each in done] for done in rounds] for name, rounds in runs.items()},
    }


def _figures(rounds: Sequence[Sequence[Done]]) -> Iterator[tuple[str, float]]:
    """Medians over *rounds*."""
    rates = [sum(each.frames / each.seconds for each in done) for done in rounds]
    yield "frames a second", statistics.median(rates)
    yield "least", min(rates)
    yield "most", max(rates)
    yield "vectors a second", statistics.median(sum(each.vectors / each.seconds for each in done) for done in rounds)
    yield (
        "CPU ms a frame",
        statistics.median(
            sum(each.cpu_seconds for each in done) * 1e3 / sum(each.frames for each in done) for done in rounds
        ),
    )


def show(name: str, figures: dict[str, object]) -> None:
    """Print one clip's."""
    ways = cast("dict[str, dict[str, float]]", figures["ways"])
    peer = max(ways[each]["frames a second"] for each in ways if each.startswith("OpenCV"))
    table = Table("way", *next(iter(ways.values())), "times OpenCV", title=f"{name}: {figures['frames']} frames")
    for way_name, row in ways.items():
        table.add_row(way_name, *(f"{each:.1f}" for each in row.values()), f"{row['frames a second'] / peer:.2f}")
    console = Console(width=140)
    console.print(table)
    console.print(figures["persons"])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--models", type=Path, default=HOME / "models")
    parser.add_argument("--rate", type=float, default=12)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    pixels.stay_on_one_thread()
    every = {clip.name: of_clip(clip, arguments) for clip in arguments.clips}
    if arguments.json:
        print(json.dumps(every, indent=2))
        return
    for name, figures in every.items():
        show(name, figures)


if __name__ == "__main__":
    main()
