"""From a JPEG to the faces in it, on one thread of its own so that the event loop never waits."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import Aligned, Quality
from services.detector import core, opening, pixels, portrait, posture, quality, search
from services.detector.core import Faces
from services.detector.frame_search import Expected, Fineness, FrameSearch, nobody
from services.detector.header import Limits, Refused
from services.detector.intake import Frame
from services.detector.model import YuNet
from services.detector.photo import PhotoSearch
from services.detector.pixels import Picture
from services.detector.scenes import Rhythm, Scenes

# Overlap above which two boxes are one face; OpenCV's default for this model.
MAX_OVERLAP: Final = 0.3
# A face too faint to be reported is still blurred in a neighbour's picture.
_BYSTANDER_SCORE: Final = 0.3
_MOST_SCENES: Final = 256
# The narrowest face the model was trained to find (OpenCV Zoo, README of face_detection_yunet).
_SMALLEST_PX: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """A face of a frame: measured, aligned, and as a guard may see it."""

    quality: Quality
    aligned: Aligned
    picture: bytes  # JPEG


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What was found in a frame: faces, largest first, and how many were left out."""

    faces: tuple[SeenFace, ...]
    width_px: int
    height_px: int
    too_small: int
    too_many: int
    # Degrees clockwise by which the picture was turned on top of its EXIF orientation, and by which it would have to be
    # turned further for its faces to stand upright: 0 when they do, None when nothing clear was seen or looked for.
    rotation: int = 0
    lying: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Which faces are worth reporting."""

    min_score: float
    min_face_px: int
    max_faces: int
    longest_px: int  # pictures are shrunk to this before they are searched


class FaceFinder(AbstractContextManager["FaceFinder"]):
    """Finds faces. Owns one thread; leaving the context ends it after the frame in hand, without waiting for it."""

    def __init__(
        self,
        model: YuNet,
        limits: Limits,
        policy: Policy,
        rotation: Callable[[Place], int] = lambda _: 0,
        scenes: Scenes | None = None,
        expected: Expected = nobody,
    ) -> None:
        """*rotation* says on the finder's thread by how many degrees clockwise a camera's frames are to be turned.

        *scenes* is this finder's own and holds what it saw last of each camera; *expected* says where it should look.
        """
        self._model = model
        self._limits = limits
        self._policy = policy
        self._rotation = rotation
        self._scenes = Scenes(_MOST_SCENES, Rhythm()) if scenes is None else scenes
        fineness = Fineness(policy.min_face_px, policy.longest_px, MAX_OVERLAP)
        self._search = FrameSearch(self.find_at_size, fineness, limits, self._scenes, expected)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="detect")
        pixels.stay_on_one_thread()

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def search_px(self) -> int:
        """The longer side to which larger pictures are shrunk before they are searched."""
        return self._policy.longest_px

    async def look(self, frame: Frame, *, turned: bool) -> Sight | Refused:
        """Find the faces of *frame*, or say why it is refused; *turned*: say also whether they lie."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._look, frame, turned)

    async def look_at_photo(self, jpeg: bytes) -> Sight | Refused:
        """The same for an enrolment photo: faces of any size, the largest looked at closely, all measured in full."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.look_at_photo_now, jpeg)

    def _look(self, frame: Frame, turned: bool) -> Sight | Refused:
        rotation = self._rotation(frame.place) if frame.rotation is None else frame.rotation
        seen = self._search(frame, rotation)
        if isinstance(seen, Refused):
            return seen
        if not len(seen.found) and not turned:
            return Sight((), seen.jpeg.size.width, seen.jpeg.size.height, 0, 0, rotation)
        picture = seen.jpeg.picture()
        if isinstance(picture, Refused):
            return picture
        found = self._search.exact(seen, picture, self._chosen(seen.found, self._policy.min_face_px)[0])
        return self._sight(picture, found, rotation, turned)

    def look_now(self, jpeg: bytes, *, rotation: int = 0, turned: bool = False) -> Sight | Refused:
        """A frame that nothing came before, on the calling thread, turned clockwise by *rotation* degrees."""
        picture = opening.opened(jpeg, self._limits, rotation)
        if isinstance(picture, Refused):
            return picture
        return self._sight(picture, self.find(picture), rotation, turned)

    def _sight(self, picture: Picture, found: Faces, rotation: int, turned: bool) -> Sight:
        sight = self._describe(picture, found, self._policy.min_face_px, _live_face)
        lying = posture.stated(found)
        if lying is None and turned:
            lying = posture.searched(self.find, picture, found)
        return replace(sight, rotation=rotation, lying=lying)

    def look_at_photo_now(self, jpeg: bytes) -> Sight | Refused:
        """:meth:`look_at_photo` on the calling thread."""
        picture = opening.opened(jpeg, self._limits)
        if isinstance(picture, Refused):
            return picture
        search = PhotoSearch(self.find, self._policy.longest_px, self._policy.min_score)
        return self._describe(picture, search(picture), _SMALLEST_PX, _photo_face)

    def find(self, picture: Picture) -> Faces:
        """All faces and faint ones of (height, width, 3) uint8 RGB, in its own pixels, best first."""
        small = pixels.fit(picture, self._policy.longest_px)
        return self.find_at_size(small).scaled(picture.shape[1] / small.shape[1], picture.shape[0] / small.shape[0])

    def find_at_size(self, picture: Picture) -> Faces:
        """The same of a picture that the network is to see in its own size."""
        data = pixels.padded(picture, search.MULTIPLE)
        height, width = data.shape[:2]
        faint = min(_BYSTANDER_SCORE, self._policy.min_score)
        return core.read(self._model.run(data), width, height, min_score=faint, max_overlap=MAX_OVERLAP)

    def _describe(self, picture: Picture, found: Faces, least_px: int, describe: "_Describe") -> Sight:
        chosen, too_small, too_many = self._chosen(found, least_px)
        height, width = picture.shape[:2]
        faces = tuple(describe(picture, found, index) for index in chosen)
        return Sight(faces, width, height, too_small, too_many)

    def _chosen(self, found: Faces, least_px: int) -> tuple[list[int], int, int]:
        """Which faces are reported, largest first, and how many are too small for that or one too many."""
        clear = np.flatnonzero(found.scores >= self._policy.min_score)
        large = clear[found.boxes[clear, 2] >= least_px]
        largest = large[np.argsort(-found.boxes[large, 2] * found.boxes[large, 3], kind="stable")]
        chosen = largest[: self._policy.max_faces]
        return chosen.tolist(), len(clear) - len(large), len(largest) - len(chosen)


_Describe = Callable[[Picture, Faces, int], SeenFace]


def _live_face(picture: Picture, found: Faces, index: int) -> SeenFace:
    box, points = found.boxes[index], found.points[index]
    aligned = pixels.align(picture, points)
    measured = quality.measure(float(found.scores[index]), box, points, aligned)
    return SeenFace(measured, aligned, _portrait(picture, found, index))


def _photo_face(picture: Picture, found: Faces, index: int) -> SeenFace:
    height, width = picture.shape[:2]
    box, points = found.boxes[index], found.points[index]
    aligned = pixels.align_photo(picture, points)
    score = float(found.scores[index])
    measured = quality.measure_photo(score, box, points, aligned, width=width, height=height)
    return SeenFace(measured, aligned, _portrait(picture, found, index))


def _portrait(picture: Picture, found: Faces, index: int) -> bytes:
    area = portrait.crop(found.boxes[index], picture.shape[1], picture.shape[0])
    shown = pixels.blur_outside(pixels.cut(picture, area), portrait.clear_area(area, found.boxes, index))
    return pixels.encode(shown)
