"""Notices that a camera's faces lie on their side or upside down, from occasional frames. Pure: time is an argument.

A detector trained on upright faces finds few lying ones, and those it finds match nobody, so such a camera is blind and
nothing else shows it. One frame now and then, in which nobody stands upright, is therefore searched turned as well.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.subjects import Place

# Between two turned searches of a camera, times the number of cameras: it costs three searches of a small picture.
BETWEEN_SEARCHES_US: Final = 1_000_000
# A camera that is new here is searched every second until this many are done, so that who tries one out is told soon;
# all cameras together not oftener than every quarter of a second.
SOON: Final = 6
LEAST_BETWEEN_US: Final = 250_000
# A camera that was silent for so long is new.
_SILENT_US: Final = 60_000_000
# One person lies on a bed, or a pattern looks like a face: so many frames in a row must agree, none of them of the same
# moment, and nobody may stand upright in between.
_ENOUGH: Final = 3
_BETWEEN_VOTES_US: Final = 700_000
# Told again while it goes on.
_BETWEEN_HINTS_US: Final = 3_600_000_000


@dataclass(slots=True)
class _Camera:
    came_us: int
    searched_us: int
    searches: int = 0
    voted_us: int = 0
    degrees: int = 0
    votes: int = 0
    hinted_us: int | None = None


class LyingFaces:
    """What was seen of each camera, of the *most* cameras that came last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._cameras: OrderedDict[Place, _Camera] = OrderedDict()
        self._searched_us: int | None = None

    def due(self, place: Place, now_us: int) -> bool:
        """Whether this frame of *place* is to be searched turned when nobody stands upright in it."""
        camera = self._came(place, now_us)
        shared = 1 if camera.searches < SOON else len(self._cameras)
        if now_us - camera.searched_us < BETWEEN_SEARCHES_US * shared:
            return False
        if self._searched_us is not None and now_us - self._searched_us < LEAST_BETWEEN_US:
            return False
        camera.searched_us = self._searched_us = now_us
        camera.searches += 1
        return True

    def _came(self, place: Place, now_us: int) -> _Camera:
        camera = self._cameras.get(place)
        if camera is None:
            camera = self._cameras[place] = _Camera(came_us=now_us, searched_us=now_us)
            while len(self._cameras) > self._most:
                self._cameras.popitem(last=False)
        if now_us - camera.came_us > _SILENT_US:
            camera.searches = 0
        camera.came_us = now_us
        return camera

    def seen(self, place: Place, degrees: int | None, now_us: int) -> bool:
        """Take what a frame showed: 0 when faces stand upright, *degrees* clockwise when they would once turned so.

        Returns whether the camera gets a hint now.
        """
        camera = self._cameras.get(place)
        if camera is None or degrees is None:
            return False
        if degrees == 0:
            camera.votes = 0
            return False
        if camera.votes and now_us - camera.voted_us < _BETWEEN_VOTES_US:
            return False
        camera.votes = camera.votes + 1 if degrees == camera.degrees else 1
        camera.degrees, camera.voted_us = degrees, now_us
        hinted = camera.hinted_us is not None and now_us - camera.hinted_us < _BETWEEN_HINTS_US
        if camera.votes < _ENOUGH or hinted:
            return False
        camera.votes, camera.hinted_us = 0, now_us
        return True
