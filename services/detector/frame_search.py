"""Finds faces in the frames of cameras: coarsely, finely part by part, closely where expected, and where it changed.

An enrolment photo is searched by ``photo.py``: nothing there depends on what came before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from proto.wardwatch.v1.subjects import Place
from services.detector import closer, core, opening, pixels, search
from services.detector.core import Faces, Float32
from services.detector.header import Limits, Refused, Size
from services.detector.intake import Frame
from services.detector.opening import Jpeg
from services.detector.pixels import Picture
from services.detector.scenes import Scenes
from services.detector.search import Reach, View

# Boxes (n, 4) in which faces of a camera are expected in a frame that comes at this time, in microseconds.
Expected = Callable[[Place, int], Float32]

# Who is not found where expected is looked for closely, so many in one frame.
_MOST_CLOSELY: Final = 4
_SHRUNK: Final = (4, 2)


def nobody(_place: Place, _at_us: int) -> Float32:
    """Expects no face anywhere."""
    return np.empty((0, 4), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The faces of a frame in its own pixels, best first, and the frame itself, in full once it is asked for."""

    found: Faces
    jpeg: Jpeg
    small: Picture  # the same frame, shrunk as far as its coarse search needs it
    coarse: float  # pixels of the input for one of the frame, where it was searched as a whole
    views: int  # that were searched; 0 in an unchanged scene

    def picture(self) -> Picture:
        """The frame in its own pixels. Raises ValueError if it cannot be decoded, although its shrunk form could."""
        whole = self.jpeg.picture()
        if isinstance(whole, Refused):
            raise ValueError(f"a JPEG that could be read shrunk cannot be read in full: {whole.detail}")
        return whole


@dataclass(frozen=True, slots=True)
class FrameSearch:
    """Searches frames by *find*, which takes a picture in the size in which the network shall see it."""

    find: Callable[[Picture], Faces]
    reach: Reach
    max_overlap: float  # of two boxes that are two faces
    limits: Limits
    scenes: Scenes
    expected: Expected = nobody

    def __call__(self, frame: Frame, rotation: int) -> Seen | Refused:
        """The faces and faint ones of *frame*, turned clockwise by *rotation* degrees; or why it is refused."""
        jpeg = opening.examined(frame.jpeg, self.limits, rotation)
        if isinstance(jpeg, Refused):
            return jpeg
        width, height = jpeg.size.width, jpeg.size.height
        plan = self.reach.plan(width, height)
        small = _enough(jpeg, plan.whole)
        if isinstance(small, Refused):
            return small
        # By this machine's clock: a camera's may be wrong, or put back.
        now_us = frame.journey.received_us
        scene = self.scenes.of(frame.place, plan, now_us)
        mosaic = pixels.mosaic(small, plan.columns, plan.rows)
        due = scene.due(mosaic, now_us)
        fresh = self._looks(jpeg, due)
        if isinstance(fresh, Refused):
            return fresh
        found = scene.found(mosaic, dict(zip(due, fresh, strict=True)), now_us, self.max_overlap)
        closely = self._closely(jpeg, self.expected(frame.place, now_us), found, due) if due else []
        if isinstance(closely, Refused):
            return closely
        every = core.merged([found, *closely], self.max_overlap)
        return Seen(every, jpeg, small, plan.whole.scale, len(fresh) + len(closely))

    def exact(self, seen: Seen, index: int) -> Faces:
        """What was found in a frame, with the face at *index* looked at again, closely, if it was seen small.

        Points that are found in a shrunk picture are off by more of its pixels, and so would be the aligned face.
        """
        found, size = seen.found, seen.jpeg.size
        box = found.boxes[index]
        if box[2] * seen.coarse >= search.NEAR_PX:
            return found
        again = self._look(seen.picture(), size, search.near(box, size.width, size.height))
        best = search.same(box, again)
        return found if best is None else closer.replaced(found, index, again, best)

    def _closely(self, jpeg: Jpeg, expected: Float32, found: Faces, searched: Sequence[View]) -> list[Faces] | Refused:
        """What is found around the *expected* boxes in which nobody was *found* in the *searched* views."""
        lost = [search.near(box, jpeg.size.width, jpeg.size.height) for box in search.unmatched(expected, found)]
        finer = [view for view in lost if not any(each.shows(view) for each in searched)]
        return self._looks(jpeg, finer[:_MOST_CLOSELY])

    def _looks(self, jpeg: Jpeg, views: Sequence[View]) -> list[Faces] | Refused:
        """The faces of each of *views*, in pixels of the frame."""
        found: list[Faces] = []
        for view in views:
            picture = _enough(jpeg, view)
            if isinstance(picture, Refused):
                return picture
            found.append(self._look(picture, jpeg.size, view))
        return found

    def _look(self, picture: Picture, size: Size, view: View) -> Faces:
        """The faces of a *view* of a frame of *size*, of which *picture* is a shrunk copy or itself."""
        across, down = picture.shape[1] / size.width, picture.shape[0] / size.height
        rows = slice(round(view.top * down), round(view.bottom * down))
        columns = slice(round(view.left * across), round(view.right * across))
        found = self.find(pixels.resized(picture[rows, columns], view.width, view.height))
        return search.uncut(view.in_frame(found), view, size.width, size.height)


def _enough(jpeg: Jpeg, view: View) -> Picture | Refused:
    """The frame, shrunk no further than *view* shows it."""
    factor = next((each for each in _SHRUNK if each * view.scale <= 1), 1)
    return jpeg.picture(factor)
