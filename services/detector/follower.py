"""Follows the faces of all cameras and takes their looks: ``tracks.py`` and ``looks.py`` on the faces of a frame.

Pixels are touched for shots alone that may become looks: of all other faces of a track nothing is made.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import Aligned, Look, Origin, Quality
from services.detector import quality
from services.detector.core import Faces, Float32
from services.detector.intake import Frame
from services.detector.looks import Choice, Looks, Pace
from services.detector.seen import EndedTrack, SeenFace, TakenLook, Tally
from services.detector.tracks import Bounds, Found, Moment, Track, Tracks

Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A face of a frame, cut out and measured."""

    index: int
    quality: Quality
    aligned: Aligned


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """The looks that a frame brought, and what became of its other faces."""

    looks: tuple[TakenLook, ...]
    tally: Tally


class Camera(Protocol):
    """Makes shots of the faces of one frame, by their numbers there, and sketches the whole."""

    def measured(self, index: int) -> Shot: ...

    def finished(self, shot: Shot) -> SeenFace: ...

    def scene(self) -> Float32: ...


class Follower:
    """All living tracks and their looks. Every method is to be called on one thread."""

    def __init__(self, bounds: Bounds, pace: Pace, new_id: Callable[[], str]) -> None:
        self._tracks = Tracks(bounds, new_id)
        self._bounds = bounds
        self._pace = pace
        self._looks: dict[str, Looks[TakenLook]] = {}
        self._unsent: list[TakenLook] = []  # first looks that did not go out, of tracks that are over

    def __len__(self) -> int:
        return len(self._looks)

    def expected(self, place: Place, received_us: int) -> Float32:
        """Boxes (n, 4) in which the tracks of *place* are expected in a frame that comes at this machine's time."""
        return self._tracks.expected(place, received_us)

    def follow(self, frame: Frame, found: Faces, chosen: Indices, faint: Flags, camera: Camera) -> Watched:
        """Join the faces of *frame* to tracks and take the looks that are due.

        Only the *chosen* of *found*, in their order, begin tracks and are looked at; *faint* ones only carry them on.
        """
        may_begin = np.zeros(len(found), np.bool_)
        may_begin[chosen] = True
        moment = Moment(frame.journey.captured_us, frame.journey.received_us)
        followed = self._tracks.follow(frame.place, moment, Found(found.boxes, may_begin, faint, camera.scene()))
        kept_before = self._count_kept((*followed.tracks, *followed.ended))
        taken = self._unsent_of(followed.ended)
        ended = self._end(followed.ended)
        ranks = {int(index): rank for rank, index in enumerate(chosen)}
        for index in sorted(range(len(found)), key=lambda index: ranks.get(index, len(found))):
            track = followed.tracks[index]
            if track is None:
                continue
            looks = self._looks_of(track)
            if index in ranks and looks.wants(track.seen_us, *_size_and_turn(found, index)):
                taken += _looked(looks, track, frame, ranks[index], camera, camera.measured(index))
            if (late := looks.overdue(track.seen_us)) is not None:
                taken.append(late)
        more_kept = self._count_kept(followed.tracks) - kept_before
        # Each face is in the end a look or followed; one that is kept is not yet either.
        passed = len(chosen) - len(taken) - more_kept
        return Watched((*self._again(frame.place), *taken), Tally(len(chosen), passed, followed.begun, ended))

    def lost(self, looks: Iterable[TakenLook]) -> None:
        """These did not go out: their tracks are looked at again, and those that are over with what was seen then."""
        for taken in looks:
            look = taken.origin.look
            if look is None:
                continue
            if (living := self._looks.get(look.track_id)) is not None:
                living.lost(look.number, taken)
            elif look.number == 1:
                self._unsent.append(taken)

    def forget(self, now_us: int) -> Tally:
        """End the tracks of cameras that went silent, by this machine's time; what was kept of them goes unseen."""
        gone = self._tracks.forget(now_us)
        longest = 2 * self._bounds.gap_us
        self._unsent = [each for each in self._unsent if 0 <= now_us - each.origin.journey.received_us <= longest]
        return Tally(followed=self._count_kept(gone), ended=self._end(gone))

    def _again(self, place: Place) -> list[TakenLook]:
        """What did not go out from *place*, to be sent now."""
        again = [each for each in self._unsent if each.origin.place == place]
        self._unsent = [each for each in self._unsent if each.origin.place != place]
        return again

    def _looks_of(self, track: Track) -> Looks[TakenLook]:
        looks = self._looks.get(track.id)
        if looks is None:
            looks = self._looks[track.id] = Looks(self._pace, track.began_us, track.began_us)
        return looks

    def _count_kept(self, tracks: Iterable[Track | None]) -> int:
        living = (self._looks.get(track.id) for track in tracks if track is not None)
        return sum(looks is not None and looks.kept is not None for looks in living)

    def _unsent_of(self, tracks: Iterable[Track]) -> list[TakenLook]:
        """The first looks of *tracks* that end, as far as they were taken and did not go out."""
        living = (self._looks.get(track.id) for track in tracks)
        return [kept for looks in living if looks is not None and (kept := looks.unsent()) is not None]

    def _end(self, tracks: Iterable[Track]) -> tuple[EndedTrack, ...]:
        """Forget *tracks*; what is left of them."""
        ended = [(track, self._looks.pop(track.id, None)) for track in tracks]
        return tuple(
            EndedTrack(track.lived_us, track.faces, 0 if looks is None else looks.number) for track, looks in ended
        )


def _looked(
    looks: Looks[TakenLook], track: Track, frame: Frame, rank: int, camera: Camera, shot: Shot
) -> list[TakenLook]:
    """The look that *shot* is, if it is one; a shot that may become one is kept."""
    choice = looks.choose(track.seen_us, shot.quality)
    if choice is Choice.PASS:
        return []
    number = 1 if choice is Choice.KEEP else looks.number
    look = Look(track.id, number, track.began_us)
    taken = TakenLook(camera.finished(shot), Origin(frame.place, frame.frame_id, rank, frame.journey, look))
    looks.kept = taken if choice is Choice.KEEP else None
    return [taken] if choice is Choice.LOOK else []


def _size_and_turn(found: Faces, index: int) -> tuple[float, float]:
    return float(found.boxes[index, 2]), quality.yaw_degrees(found.points[index])
