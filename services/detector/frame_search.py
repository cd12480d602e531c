"""Finds faces in the frames of cameras: coarsely, finely part by part, closely where expected, and where it changed.

An enrolment photo is searched by ``photo.py``: nothing there depends on what came before.
"""

from collections.abc import Callable, Mapping, Sequence
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
    searched: Mapping[View, Faces]  # in this frame; none in an unchanged scene

    def scale_of(self, index: int) -> float:
        """Pixels of the input for one of the frame, where the face at *index* was found; the least they may have been.

        What was found in an earlier frame counts as found coarsely.
        """
        box = self.found.boxes[index]
        seen = [view.scale for view, faces in self.searched.items() if (faces.boxes == box).all(axis=1).any()]
        return max(seen, default=self.coarse)

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
        lost = self._lost(jpeg, self.expected(frame.place, now_us), found, due) if due else ()
        closely = self._looks(jpeg, lost)
        if isinstance(closely, Refused):
            return closely
        every = core.merged([found, *closely], self.max_overlap)
        searched = dict(zip((*due, *lost), (*fresh, *closely), strict=True))
        return Seen(every, jpeg, small, plan.whole.scale, searched)

    def exact(self, seen: Seen, index: int) -> Faces:
        """What was found in a frame, with the face at *index* looked at again, closely, if it was seen small.

        Points that are found in a shrunk picture are off by more of its pixels, and so would be the aligned face.
        """
        found, size = seen.found, seen.jpeg.size
        box = found.boxes[index]
        view = search.near(box, size.width, size.height)
        if seen.scale_of(index) >= view.scale:
            return found
        again = self._look(seen.picture(), size, view)
        best = search.same(box, again)
        return found if best is None else closer.replaced(found, index, again, best)

    def _lost(self, jpeg: Jpeg, expected: Float32, found: Faces, searched: Sequence[View]) -> Sequence[View]:
        """Where to look closely: around the *expected* boxes in which nobody was *found* in the *searched* views."""
        lost = [search.near(box, jpeg.size.width, jpeg.size.height) for box in search.unmatched(expected, found)]
        return [view for view in lost if not any(each.shows(view) for each in searched)][:_MOST_CLOSELY]

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
