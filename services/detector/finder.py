"""From a JPEG to the faces in it, on one thread of its own so that the event loop never waits."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

import numpy as np

from proto.wardwatch.v1.subjects import Place
from services.detector import core, opening, pixels, portrait, posture, quality, search
from services.detector.core import Faces, Float32
from services.detector.follower import Follower, Indices, Shot
from services.detector.frame_search import FrameSearch, Seen
from services.detector.header import Limits, Refused, Size
from services.detector.intake import Frame
from services.detector.looks import Pace
from services.detector.model import YuNet
from services.detector.photo import PhotoSearch
from services.detector.pixels import Picture
from services.detector.scenes import Rhythm, Scenes
from services.detector.search import Reach
from services.detector.seen import SeenFace, TakenLook, Tally
from services.detector.tracks import Bounds

# Overlap above which two boxes are one face; OpenCV's default for this model.
MAX_OVERLAP: Final = 0.3
# A face too faint to be reported is still blurred in a neighbour's picture.
_BYSTANDER_SCORE: Final = 0.3
# The narrowest face the model was trained to find (OpenCV Zoo, README of face_detection_yunet).
_SMALLEST_PX: Final = 10
_MOST_SCENES: Final = 256
_NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What was found in a picture: faces, largest first, and how many were left out.

    Of a camera's frame only the looks are made, and the rest is counted.
    """

    faces: tuple[SeenFace, ...]
    width_px: int
    height_px: int
    too_small: int
    too_many: int
    # Degrees clockwise by which the picture was turned on top of its EXIF orientation, and by which it would have to be
    # turned further for its faces to stand upright: 0 when they do, None when nothing clear was seen or looked for.
    rotation: int = 0
    lying: int | None = None
    looks: tuple[TakenLook, ...] = ()
    tally: Tally = _NOTHING


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
        follower: Follower | None = None,
        scenes: Scenes | None = None,
    ) -> None:
        """*rotation* says on the finder's thread by how many degrees clockwise a camera's frames are to be turned.

        The *follower* and the *scenes* belong to that thread from now on.
        """
        self._model = model
        self._limits = limits
        self._policy = policy
        self._rotation = rotation
        self._follower = follower or Follower(Bounds(), Pace(), lambda: str(uuid4()))
        self._scenes = Scenes(_MOST_SCENES, Rhythm()) if scenes is None else scenes
        self._reach = Reach(policy.min_face_px, policy.longest_px)
        self._search = FrameSearch(
            self.find_at_size, self._reach, MAX_OVERLAP, limits, self._scenes, self._follower.expected
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="detect")
        pixels.stay_on_one_thread()

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def reach(self) -> Reach:
        """For which faces frames are searched, and how large a part of them at once."""
        return self._reach

    async def look(self, frame: Frame, *, turned: bool) -> Sight | Refused:
        """Find and follow the faces of *frame*, or say why it is refused; *turned*: say also whether they lie."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.look_on, frame, turned)

    async def forget(self, now_us: int) -> Tally:
        """End the tracks of cameras that went silent, and forget their scenes; returns what is left of the tracks."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.forget_now, now_us)

    async def lost(self, looks: Sequence[TakenLook]) -> None:
        """These did not go out: take them again as soon as frames of their cameras come."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._follower.lost, looks)

    def forget_now(self, now_us: int) -> Tally:
        """:meth:`forget` on the thread that frames are looked at on."""
        self._scenes.forget(now_us)
        return self._follower.forget(now_us)

    async def look_at_photo(self, jpeg: bytes) -> Sight | Refused:
        """The same for an enrolment photo: faces of any size, the largest looked at closely, all measured in full."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.look_at_photo_now, jpeg)

    def look_on(self, frame: Frame, turned: bool = False) -> Sight | Refused:
        """:meth:`look` on the calling thread, which must always be the same."""
        rotation = self._rotation(frame.place) if frame.rotation is None else frame.rotation
        seen = self._search(frame, rotation)
        if isinstance(seen, Refused):
            return seen
        found = seen.found
        sight, chosen = self._chosen(seen.jpeg.size, found, self._policy.min_face_px)
        faint = found.scores < self._policy.min_score
        watched = self._follower.follow(frame, found, chosen, faint, _LiveCamera(self._search, seen))
        sight = replace(sight, looks=watched.looks, tally=watched.tally)
        return self._with_posture(sight, seen.picture, found, rotation=rotation, turned=turned)

    def look_now(self, jpeg: bytes, *, rotation: int = 0, turned: bool = False) -> Sight | Refused:
        """Every face of a frame that nothing is known of, with the picture turned clockwise by *rotation* degrees."""
        picture = opening.opened(jpeg, self._limits, rotation)
        if isinstance(picture, Refused):
            return picture
        found = self.find(picture)
        sight = self._describe(picture, found, self._policy.min_face_px, _live_face)
        return self._with_posture(sight, lambda: picture, found, rotation=rotation, turned=turned)

    def _with_posture(
        self, sight: Sight, picture: Callable[[], Picture], found: Faces, *, rotation: int, turned: bool
    ) -> Sight:
        lying = posture.stated(found)
        if lying is None and turned:
            lying = posture.searched(self.find, picture(), found)
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
        sight, chosen = self._chosen(Size(picture.shape[1], picture.shape[0]), found, least_px)
        return replace(sight, faces=tuple(describe(picture, found, int(index)) for index in chosen))

    def _chosen(self, size: Size, found: Faces, least_px: int) -> tuple[Sight, Indices]:
        """Which of *found* are worth reporting, largest first, and how many are left out."""
        clear = np.flatnonzero(found.scores >= self._policy.min_score)
        large = clear[found.boxes[clear, 2] >= least_px]
        largest = large[np.argsort(-found.boxes[large, 2] * found.boxes[large, 3], kind="stable")]
        chosen = largest[: self._policy.max_faces]
        too_small, too_many = len(clear) - len(large), len(largest) - len(chosen)
        return Sight((), size.width, size.height, too_small, too_many), chosen


@dataclass(frozen=True, slots=True, eq=False)
class _Camera:
    """Makes shots of the faces that were found in a picture, as far as they are asked for."""

    picture: Picture
    found: Faces

    def measured(self, index: int) -> Shot:
        box, points = self.found.boxes[index], self.found.points[index]
        aligned = pixels.align(self.picture, points)
        return Shot(index, quality.measure(float(self.found.scores[index]), box, points, aligned), aligned)

    def scene(self) -> Float32:
        return pixels.sketch(self.picture)

    def finished(self, shot: Shot) -> SeenFace:
        return SeenFace(shot.quality, shot.aligned, _portrait(self.picture, self.found, shot.index))


@dataclass(frozen=True, slots=True, eq=False)
class _LiveCamera:
    """The same of a frame that may have been searched coarsely, whose own pixels are made when a shot is taken."""

    search: FrameSearch
    seen: Seen

    def measured(self, index: int) -> Shot:
        return _Camera(self.seen.picture(), self.seen.found).measured(index)

    def scene(self) -> Float32:
        return pixels.sketch(self.seen.small)

    def finished(self, shot: Shot) -> SeenFace:
        # Most shots that are measured are no looks, so only now the face is found as exactly as it can be.
        found = self.search.exact(self.seen, shot.index)
        camera = _Camera(self.seen.picture(), found)
        return camera.finished(shot if found is self.seen.found else camera.measured(shot.index))


_Describe = Callable[[Picture, Faces, int], SeenFace]


def _live_face(picture: Picture, found: Faces, index: int) -> SeenFace:
    camera = _Camera(picture, found)
    return camera.finished(camera.measured(index))


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
