"""Scenes of which it is known who walks through them when: faces of a folder of portraits, moved over a background.

Nobody ever stands before somebody else: each scene has two lanes beside each other, one person at a time in each, with
a pause in which nobody is there. Left out before anything is measured are portraits on which the detector finds no face
or more than one, and walks in whose first, middle or last frame it misses the face when it has all the time there is.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from proto.wardwatch.v1.values import Vector
from services.detector.finder import FaceFinder, Sight
from services.embedder.core import directions
from services.embedder.model import Embedder

Pixels = NDArray[np.uint8]

WIDTH: Final = 640
HEIGHT: Final = 360
RATE: Final = 12  # frames of a scene for each second
LANES: Final = 2
_SECONDS: Final = 60
_WALK_SECONDS: Final = (1.3, 3.0)
_PAUSE_SECONDS: Final = (1.5, 2.5)
_FACE_PX: Final = (52.0, 84.0)
_PX_A_SECOND: Final = (20.0, 70.0)
# How much of a portrait is pasted, in widths of its face.
_AROUND: Final = 2.0
_QUALITY: Final = 85


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A person in frames ``begin`` to ``end`` (exclusive) of a scene; ``vector`` is what the recogniser makes of it."""

    name: str
    begin: int
    end: int
    vector: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """JPEGs, played in a loop, and who is in them."""

    frames: tuple[bytes, ...]
    walks: tuple[Walk, ...]

    def visible(self, frame: int) -> list[int]:
        """Which walks are in the frame of that number, counted through all loops."""
        at = frame % len(self.frames)
        return [number for number, walk in enumerate(self.walks) if walk.begin <= at < walk.end]


@dataclass(frozen=True, slots=True)
class _Course:
    """Of the middle of a face: where it begins, where it goes in a second, and how wide the face is, in pixels."""

    left: float
    top: float
    step_left: float
    step_top: float
    face_px: float


@dataclass(frozen=True, slots=True, eq=False)
class _Portrait:
    """A square with one face in its middle, and how wide that is."""

    name: str
    picture: Pixels  # RGB
    face_px: float


def scenes(folder: Path, count: int, finder: FaceFinder, embedder: Embedder, seed: int = 5) -> Iterator[Scene]:
    """*count* scenes of a minute each, with people of *folder* (one folder of JPEGs each), nobody in two walks."""
    random = np.random.default_rng(seed)
    paths = sorted(folder.glob("*/*.jpg"))
    people = _portraits([paths[number] for number in random.permutation(len(paths))], finder)
    for _ in range(count):
        yield _scene(people, random, finder, embedder)


def _portraits(paths: Sequence[Path], finder: FaceFinder) -> Iterator[_Portrait]:
    seen: set[str] = set()
    for path in paths:
        if path.parent.name in seen:
            continue
        sight = finder.look_now(path.read_bytes())
        if not isinstance(sight, Sight) or len(sight.faces) != 1:
            continue
        seen.add(path.parent.name)
        with Image.open(path) as picture:
            yield _Portrait(path.stem, np.asarray(picture.convert("RGB"), np.uint8), sight.faces[0].quality.face_px)


def _scene(people: Iterator[_Portrait], random: np.random.Generator, finder: FaceFinder, embedder: Embedder) -> Scene:
    ground = _background(random)
    frames = [ground.copy() for _ in range(_SECONDS * RATE)]
    walks: list[Walk] = []
    for lane in range(LANES):
        at = round(random.uniform(*_PAUSE_SECONDS) * RATE)
        while (end := at + round(random.uniform(*_WALK_SECONDS) * RATE)) < len(frames) - RATE:
            walk = _walk(next(people), lane, range(at, end), frames, random, finder, embedder)
            if walk is not None:
                walks.append(walk)
                at = end + round(random.uniform(*_PAUSE_SECONDS) * RATE)
    return Scene(tuple(map(_jpeg, frames)), tuple(walks))


def _walk(
    person: _Portrait,
    lane: int,
    span: range,
    frames: list[Pixels],
    random: np.random.Generator,
    finder: FaceFinder,
    embedder: Embedder,
) -> Walk | None:
    """Draw *person* into the frames of *span*; None, and nothing drawn, when the detector does not find it there."""
    course = _course(lane, len(span) / RATE, random)
    drawn = [_pasted(frames[number], person, course, (number - span.start) / RATE) for number in span]
    middle = drawn[len(drawn) // 2]
    # Alone in its half: whoever is in the other lane is another walk's.
    half = slice(lane * WIDTH // LANES, (lane + 1) * WIDTH // LANES)
    if any(_face(finder, np.ascontiguousarray(each[:, half])) is None for each in (drawn[0], drawn[-1])):
        return None
    aligned = _face(finder, np.ascontiguousarray(middle[:, half]))
    if aligned is None:
        return None
    (vector,) = directions(embedder.embed_now([aligned]))
    if vector is None:
        return None
    frames[span.start : span.stop] = drawn
    return Walk(person.name, span.start, span.stop, vector)


def _face(finder: FaceFinder, picture: Pixels) -> Pixels | None:
    """The only face of *picture*, aligned."""
    sight = finder.look_now(_jpeg(picture))
    return sight.faces[0].aligned if isinstance(sight, Sight) and len(sight.faces) == 1 else None


def _course(lane: int, seconds: float, random: np.random.Generator) -> _Course:
    face_px = random.uniform(*_FACE_PX)
    room = WIDTH / LANES
    reach = _AROUND * face_px / 2 + 4
    way = min(random.uniform(*_PX_A_SECOND) * seconds, room - 2 * reach)
    begin = lane * room + random.uniform(reach, max(reach, room - reach - way))
    top = random.uniform(reach + 10, HEIGHT - reach - 10)
    leftwards = random.random() < 0.5
    step = way / seconds
    return _Course(begin + (way if leftwards else 0), top, -step if leftwards else step, random.uniform(-4, 4), face_px)


def _pasted(frame: Pixels, person: _Portrait, course: _Course, seconds: float) -> Pixels:
    """*frame* with the person's head where it is after *seconds*, with a soft edge."""
    size = round(_AROUND * course.face_px)
    around = _AROUND * person.face_px / 2
    height, width = person.picture.shape[:2]
    # From the portrait's square around its middle to the frame, by parts of pixels.
    scale = size / (2 * around)
    left, top = course.left + course.step_left * seconds, course.top + course.step_top * seconds
    matrix = np.array([[scale, 0, left - scale * width / 2], [0, scale, top - scale * height / 2]], np.float32)
    drawn = cv2.warpAffine(person.picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(mask, (round(left), round(top)), (size * 42 // 100, size // 2), 0, 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 2)[..., None]
    mixed: Pixels = (drawn * soft + frame * (1 - soft)).astype(np.uint8)
    return mixed


def _background(random: np.random.Generator) -> Pixels:
    """Soft shades with some shapes: a room that is no face."""
    coarse = random.uniform(90, 190, (4, 6, 3)).astype(np.float32)
    room = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(6):
        left, top = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        colour = tuple(float(each) for each in random.uniform(60, 210, 3))
        cv2.rectangle(room, (left, top), (left + int(random.integers(20, 160)), top + 90), colour, -1)
    noisy = cv2.GaussianBlur(room, (0, 0), 3) + random.normal(0, 3, room.shape)
    shades: Pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    return shades


def _jpeg(picture: Pixels) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "JPEG", quality=_QUALITY)
    return packed.getvalue()
