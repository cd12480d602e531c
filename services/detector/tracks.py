"""Follows the faces of each camera from frame to frame by position, size and motion. Pure: times and ids are arguments.

A track is seconds of one camera: it knows where a face is and nothing of whose it is. A face that may be of two tracks
is of none; when half a second later nothing is clearer, both end, and new ones begin: a track shall be of one person,
even where that makes it short. Faint faces carry a track on and begin none (Zhang et al. 2022, ByteTrack).
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import Place
from services.detector import assignment
from services.detector.core import Float32
from services.detector.motion import Motion, seen_in

# Squared standard deviations, of three measures: up to here a clear or a faint face is the track's.
_CLEAR_GATE: Final = 16.0
_FAINT_GATE: Final = 9.0
# By so much any other explanation of the frame must be worse: less likely by a factor of twenty.
_MARGIN: Final = 6.0
_ALONE: Final = _FAINT_GATE + _MARGIN
_NEW: Final = _CLEAR_GATE - _FAINT_GATE
# However likely: no face is joined to a track that was expected further off than this, in sizes; less when it was not
# found in the last frame, and somebody else may have come in its place. Two heads are rarely nearer to each other.
_REACH: Final = 1.0
_REACH_AFTER_MISSING: Final = 0.75
# Up to here a face that is joined to no track may be of one all the same.
_NEAR: Final = 1.5
# How long people who hide each other are waited for, until they part and it is clear again who is who.
_HIDDEN_US: Final = 500_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a track goes on unseen and at all, and how many there may be."""

    gap_us: int = 1_000_000
    life_us: int = 60_000_000
    cameras: int = 256
    tracks: int = 64  # of one camera


@dataclass(slots=True, eq=False)
class Track:
    """A face that is followed. Times are the camera's, but ``born_us`` and ``came_us``: those are this machine's."""

    id: str
    motion: Motion
    began_us: int
    seen_us: int
    born_us: int
    came_us: int
    faces: int = 1
    missing: bool = False  # was not found in the last frame

    @property
    def lived_us(self) -> int:
        """From its first face to its last."""
        return self.seen_us - self.began_us


@dataclass(frozen=True, slots=True)
class Moment:
    """When a frame was taken, by its camera, and when it came, by this machine."""

    captured_us: int
    received_us: int


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The faces of a frame: which of them may begin a track, and which are too faint to be sure of."""

    boxes: Float32  # (n, 4): left, top, width, height
    may_begin: NDArray[np.bool_]  # (n,)
    faint: NDArray[np.bool_]  # (n,)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """The track of each face, None where it has none or may have one of several, and the tracks that ended."""

    tracks: tuple[Track | None, ...]
    begun: int = 0
    ended: tuple[Track, ...] = ()
    at_us: int | None = None  # of this frame, by its camera; None when it was older than the one before


@dataclass(slots=True)
class _Camera:
    captured_us: int
    received_us: int
    at_us: int
    tracks: list[Track] = field(default_factory=list)

    def move_to(self, moment: Moment) -> None:
        """Go on to a frame that is not older. A clock that stands still goes on as frames come."""
        if moment.captured_us > self.captured_us:
            self.at_us = max(moment.captured_us, self.at_us + 1)
        else:
            self.at_us += max(moment.received_us - self.received_us, 1)
        self.captured_us, self.received_us = moment.captured_us, moment.received_us


class Tracks:
    """The living tracks of all cameras. All methods are to be called on one thread."""

    def __init__(self, bounds: Bounds, new_id: Callable[[], str]) -> None:
        self._bounds = bounds
        self._new_id = new_id
        self._cameras: OrderedDict[Place, _Camera] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(camera.tracks) for camera in self._cameras.values())

    def expected(self, place: Place, received_us: int) -> Float32:
        """Boxes (n, 4) in which the tracks of *place* are expected in a frame that comes at this machine's time."""
        camera = self._cameras.get(place)
        if camera is None:
            return np.empty((0, 4), np.float32)
        at_us = camera.at_us + max(0, received_us - camera.received_us)
        unseen = [(track.motion, at_us - track.seen_us) for track in camera.tracks]
        boxes = [motion.after(us / 1e6).box for motion, us in unseen if us <= self._bounds.gap_us]
        return np.array(boxes, np.float32).reshape(-1, 4)

    def follow(self, place: Place, moment: Moment, found: Found) -> Followed:
        """Join the faces of a frame to the tracks of its camera; those that fit none begin their own.

        A frame older than the one before tells nothing. When it is much older the camera's clock was put back: all
        its tracks end.
        """
        camera, ended = self._arrive(place, moment)
        if camera is None:
            return Followed((None,) * len(found.boxes), ended=tuple(ended))
        ended += _let_go(camera, [track for track in camera.tracks if self._is_over(track, camera)])
        seen = [seen_in(box) for box in found.boxes]
        result, begins, doubtful = _join(camera, found, seen)
        ended += _let_go(camera, doubtful)
        ended += _let_go(camera, self._in_the_way(camera, len(begins), result))
        for number in begins:
            result[number] = self._begin(camera, seen[number])
        return Followed(tuple(result), len(begins), tuple(ended), camera.at_us)

    def forget(self, now_us: int) -> tuple[Track, ...]:
        """End all that was not seen for twice the longest gap of this machine's time: also of silent cameras."""
        ended: list[Track] = []
        longest = 2 * self._bounds.gap_us
        for place, camera in list(self._cameras.items()):
            ended += _let_go(camera, [track for track in camera.tracks if not 0 <= now_us - track.came_us <= longest])
            if not camera.tracks and not 0 <= now_us - camera.received_us <= longest:
                del self._cameras[place]
        return tuple(ended)

    def _arrive(self, place: Place, moment: Moment) -> tuple[_Camera | None, list[Track]]:
        """The camera, moved on to *moment*, or None for a frame that came out of turn; and the tracks that ended."""
        ended: list[Track] = []
        camera = self._cameras.get(place)
        if camera is not None and moment.captured_us < camera.captured_us:
            if camera.captured_us - moment.captured_us <= self._bounds.gap_us:
                return None, ended
            ended += self._cameras.pop(place).tracks
            camera = None
        if camera is None:
            camera = self._cameras[place] = _Camera(moment.captured_us, moment.received_us, moment.captured_us)
        else:
            camera.move_to(moment)
        self._cameras.move_to_end(place)
        while len(self._cameras) > self._bounds.cameras:
            ended += self._cameras.popitem(last=False)[1].tracks
        return camera, ended

    def _is_over(self, track: Track, camera: _Camera) -> bool:
        unseen_us, lived_us = camera.at_us - track.seen_us, camera.received_us - track.born_us
        return unseen_us > self._bounds.gap_us or lived_us > self._bounds.life_us

    def _begin(self, camera: _Camera, seen: Motion) -> Track:
        at, received = camera.at_us, camera.received_us
        track = Track(self._new_id(), seen, began_us=at, seen_us=at, born_us=received, came_us=received)
        camera.tracks.append(track)
        return track

    def _in_the_way(self, camera: _Camera, wanted: int, seen_now: Sequence[Track | None]) -> list[Track]:
        """Tracks that were not found now, the longest unseen first, which must end so that *wanted* may begin."""
        excess = len(camera.tracks) + wanted - self._bounds.tracks
        found = {track.id for track in seen_now if track is not None}
        unseen = [track for track in camera.tracks if track.id not in found]
        return sorted(unseen, key=lambda track: track.seen_us)[: max(0, excess)]


def _join(camera: _Camera, found: Found, seen: Sequence[Motion]) -> tuple[list[Track | None], list[int], list[Track]]:
    """The track of each face that surely continues one, the faces that begin one, and the tracks that these may be."""
    tracks = camera.tracks
    expected = [track.motion.after((camera.at_us - track.seen_us) / 1e6, hidden=track.missing) for track in tracks]
    costs = _costs(expected, seen)
    best = assignment.assign(costs, alone=_ALONE, new=np.where(found.faint, 0.0, _NEW))
    result: list[Track | None] = [None] * len(seen)
    sure = np.zeros(len(tracks), np.bool_)
    for row, track in enumerate(tracks):
        face = int(best.columns[row])
        reach = _REACH_AFTER_MISSING if track.missing else _REACH
        sure[row] = best.margins[row] >= _MARGIN and expected[row].away(seen[face]) <= reach
        track.missing = not sure[row]
        if sure[row]:
            result[face] = track
            track.motion = expected[row].corrected(seen[face])
            track.seen_us, track.came_us = camera.at_us, camera.received_us
            track.faces += 1
    near = np.array([[there.away(face) <= _NEAR for face in seen] for there in expected], np.bool_)
    may_be = np.isfinite(costs) & near.reshape(costs.shape) & ~sure[:, np.newaxis]
    lately = np.array([camera.at_us - track.seen_us <= _HIDDEN_US for track in tracks], np.bool_)
    # One of several who were seen just now: each of them has a track already, and in a moment it may be clear whose.
    somebodys = (may_be.sum(axis=0) > 1) & (may_be & lately[:, np.newaxis]).any(axis=0)
    begins = [int(n) for n in np.flatnonzero(found.may_begin & ~somebodys) if result[n] is None]
    doubtful = may_be[:, begins].any(axis=1)
    return result, begins, [tracks[row] for row in np.flatnonzero(doubtful)]


def _let_go(camera: _Camera, over: Sequence[Track]) -> Sequence[Track]:
    """Take the tracks that are *over* from their camera, and return them."""
    if over:
        gone = {track.id for track in over}
        camera.tracks = [track for track in camera.tracks if track.id not in gone]
    return over


def _costs(expected: Sequence[Motion], seen: Sequence[Motion]) -> assignment.Float64:
    """How badly each face (columns) fits each track (rows); infinite where it cannot be."""
    costs = np.array([[there.unlikelihood(face) for face in seen] for there in expected], np.float64)
    costs = costs.reshape(len(expected), len(seen))
    return np.where(costs <= _CLEAR_GATE + _MARGIN, costs, np.inf)
