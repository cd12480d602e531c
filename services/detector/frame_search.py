"""Finds faces in the frames of cameras: coarsely, finely part by part, closely where expected, and where it changed.

An enrolment photo is searched by ``photo.py``: nothing there depends on what came before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from proto.wardwatch.v1.subjects import Place
from services.detector import core, opening, pixels, search
from services.detector.core import Faces, Float32
from services.detector.header import Limits, Refused
from services.detector.opening import Jpeg
from services.detector.pixels import Picture
from services.detector.scenes import Scenes
from services.detector.search import View

# Boxes (n, 4) in which faces of a camera are expected at a time, in microseconds.
Expected = Callable[[Place, int], Float32]

# Who is not found where expected is looked for closely, so many in one frame.
_MOST_CLOSELY: Final = 4
_SHRUNK: Final = (4, 2)


def nobody(_place: Place, _at_us: int) -> Float32:
    """Expects no face anywhere."""
    return np.empty((0, 4), np.float32)


@dataclass(frozen=True, slots=True)
class Fineness:
    """For which faces frames are searched, and how large a picture is searched at once."""

    min_face_px: int
    longest_px: int
    max_overlap: float  # of two boxes that are two faces


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The faces of a frame in its own pixels, best first, and the frame itself, in full once it is asked for."""

    found: Faces
    jpeg: Jpeg
    views: int  # that were searched; 0 in an unchanged scene


@dataclass(frozen=True, slots=True)
class FrameSearch:
    """Searches frames by *find*, which takes a picture in the size in which the network shall see it."""

    find: Callable[[Picture], Faces]
    fineness: Fineness
    limits: Limits
    scenes: Scenes
    expected: Expected = nobody

    def __call__(self, place: Place, content: bytes, rotation: int, now_us: int) -> Seen | Refused:
        """The faces and faint ones of a frame, turned clockwise by *rotation* degrees; or why it is refused."""
        jpeg = opening.examined(content, self.limits, rotation)
        if isinstance(jpeg, Refused):
            return jpeg
        width, height = jpeg.size.width, jpeg.size.height
        plan = search.plan(width, height, self.fineness.min_face_px, self.fineness.longest_px)
        small = _enough(jpeg, plan.whole)
        if isinstance(small, Refused):
            return small
        scene = self.scenes.of(place, plan, now_us)
        mosaic = pixels.mosaic(small, plan.columns, plan.rows)
        fresh: dict[View, Faces] = {}
        for view in scene.due(mosaic, now_us):
            faces = self._look(jpeg, view)
            if isinstance(faces, Refused):
                return faces
            fresh[view] = faces
        found = scene.found(mosaic, fresh, now_us, self.fineness.max_overlap)
        closely = self._closely(jpeg, self.expected(place, now_us), found) if fresh else []
        if isinstance(closely, Refused):
            return closely
        return Seen(core.merged([found, *closely], self.fineness.max_overlap), jpeg, len(fresh) + len(closely))

    def _closely(self, jpeg: Jpeg, expected: Float32, found: Faces) -> list[Faces] | Refused:
        """What is found around the *expected* boxes in which nobody was *found*."""
        closely: list[Faces] = []
        for box in search.unmatched(expected, found)[:_MOST_CLOSELY]:
            faces = self._look(jpeg, search.near(box, jpeg.size.width, jpeg.size.height))
            if isinstance(faces, Refused):
                return faces
            closely.append(faces)
        return closely

    def _look(self, jpeg: Jpeg, view: View) -> Faces | Refused:
        """The faces of a *view*, in pixels of the frame."""
        picture = _enough(jpeg, view)
        if isinstance(picture, Refused):
            return picture
        across, down = picture.shape[1] / jpeg.size.width, picture.shape[0] / jpeg.size.height
        rows = slice(round(view.top * down), round(view.bottom * down))
        columns = slice(round(view.left * across), round(view.right * across))
        return view.in_frame(self.find(pixels.resized(picture[rows, columns], view.width, view.height)))


def _enough(jpeg: Jpeg, view: View) -> Picture | Refused:
    """The frame, shrunk no further than *view* shows it."""
    factor = next((each for each in _SHRUNK if each * view.scale <= 1), 1)
    return jpeg.picture(factor)
