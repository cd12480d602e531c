"""Finds, aligns and embeds faces as the services do, by their own code. One process of many; each has its own models.

A picture that belongs to a person shows that person in its middle: of several faces the one nearest to it counts.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cli.eval import alike_frames
from cli.eval.open_set import Matrix
from cli.eval.people import unit
from proto.wardwatch.v1.model_card import ModelCard, card_path
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Aligned, Journey, Quality
from services.chassis.errors import StartupError
from services.detector import pixels, quality
from services.detector.core import Faces as FoundBoxes
from services.detector.core import Float32
from services.detector.finder import MAX_OVERLAP, FaceFinder, Policy
from services.detector.frame_search import FrameSearch
from services.detector.header import Limits, Refused
from services.detector.intake import Frame
from services.detector.model import YuNet
from services.detector.pixels import Complaint, Picture
from services.detector.scenes import Rhythm, Scenes
from services.detector.search import Reach
from services.embedder.core import directions
from services.embedder.model import Embedder

CPU: Final = ("CPUExecutionProvider",)
LIMITS: Final = Limits(64 * 1024 * 1024, 40_000_000, 32)
# The detector's own settings, but for the smallest face: what the gate refuses is counted, not overlooked.
MIN_SCORE: Final = 0.6
LONGEST_PX: Final = 960
LIVE_FACE_PX: Final = 40
_ANY_FACE_PX: Final = 20
_MOST_FACES: Final = 32
# Made of one picture: as many looks as a short walk has.
FRAMES: Final = 3
# Beside its vector, what is known of a face: width in px, yaw in degrees, sharpness.
MEASURES: Final = 3
_PLACE: Final = Place(site_id("eval"), camera_id("picture"))


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The prepared files of the two networks."""

    detector: Path
    embedder: Path

    def cards(self) -> tuple[ModelCard, ModelCard]:
        """What they are, detector first. Raises StartupError."""
        return _card(self.detector), _card(self.embedder)


def _card(path: Path) -> ModelCard:
    try:
        return ModelCard.decode(card_path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise StartupError(f"model {path} has no card ({error}); run `wardwatch models fetch`") from error


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


@dataclass(frozen=True, slots=True)
class Eyes:
    """The networks of one process."""

    network: YuNet
    finder: FaceFinder
    embedder: Embedder

    def embedded(self, name: str, path: Path, *, with_frames: bool) -> Matrix | None:
        """(1 or 1 + FRAMES, MEASURES + d) of the picture *name*: the face, and frames made of it; None without a face.

        Raises StartupError for a file that cannot be read.
        """
        face = central(self.finder, read(path))
        if face is None:
            return None
        aligned, measured = face.aligned()
        made: list[Aligned] = [aligned]
        if with_frames:
            made += alike_frames.frames_of(face.picture, face.points, FRAMES, alike_frames.chance_of(name))
        vectors = unit(self.embedder.embed_now(made))
        measures = np.zeros((len(made), MEASURES), np.float32)
        measures[0] = measured.face_px, measured.yaw_degrees, measured.sharpness
        return np.concatenate([measures, vectors], axis=1)

    def vector(self, aligned: Aligned) -> Matrix | None:
        """(d,), the direction of a face; None where it has none."""
        (found,) = directions(self.embedder.embed_now([aligned]))
        return found

    def marked(self, path: Path) -> Matrix:
        """(n, 4), the boxes that a camera's picture is found to have, best first. Raises StartupError."""
        found = live_search(self.finder, LIVE_FACE_PX, LONGEST_PX)(read(path))
        boxes: Matrix = found.boxes[found.scores >= MIN_SCORE]
        return boxes


def read(path: Path) -> bytes:
    """Raises StartupError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error


@contextmanager
def opened(files: ModelFiles) -> Iterator[Eyes]:
    """The networks, until left. Raises StartupError."""
    with ExitStack() as stack:
        network = YuNet.load(files.detector, threads=1, providers=CPU)
        policy = Policy(MIN_SCORE, _ANY_FACE_PX, _MOST_FACES, LONGEST_PX)
        finder = stack.enter_context(FaceFinder(network, LIMITS, policy))
        embedder = stack.enter_context(Embedder.load(files.embedder, threads=1, providers=CPU))
        yield Eyes(network, finder, embedder)


def central(finder: FaceFinder, jpeg: bytes) -> Central | None:
    """The face that the label of a picture names, or None where none is found."""
    picture = pixels.decode(jpeg)
    if isinstance(picture, Complaint):
        return None

    found = finder.find(picture)
    clear = np.flatnonzero(found.scores >= MIN_SCORE)
    if not len(clear):
        return None

    middle = np.array([picture.shape[1], picture.shape[0]]) / 2
    centres = found.boxes[clear, :2] + found.boxes[clear, 2:] / 2
    best = int(clear[np.argmin(np.linalg.norm(centres - middle, axis=1))])
    return Central(picture, found.points[best], float(found.scores[best]), found.boxes[best])


def live_search(finder: FaceFinder, min_face_px: int, longest_px: int) -> Callable[[bytes], FoundBoxes]:
    """Searches a frame as one of a camera that shows nothing else, until each part of it had its turn."""
    reach = Reach(min_face_px, longest_px)

    def run(jpeg: bytes) -> FoundBoxes:
        search = FrameSearch(finder.find_at_size, reach, MAX_OVERLAP, LIMITS, Scenes(1, Rhythm()))
        at_us = 0
        while True:
            at_us += 1
            seen = search(Frame(_PLACE, FrameId("f"), Journey(at_us, at_us), jpeg), 0)
            if isinstance(seen, Refused):
                raise StartupError(f"a picture cannot be searched: {seen.detail}")
            if not len(seen.searched):
                return seen.found

    return run
