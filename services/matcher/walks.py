"""What living tracks say of their people: the mean vector of each, in memory for seconds and nowhere else.

Pure: time is an argument. A walk is forgotten a while after its last look, whether or not its camera sends anything
more (safeguard S1), and when there are more than there may be, the one that was silent longest goes. What is
forgotten is overwritten; what ``add`` returns is the caller's to overwrite.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import Look, Origin, Vector, Walk

# Pictures of one person that a walk keeps apart; a walk of more views has shown enough.
MOST_VIEWS: Final = 8


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """How many walks are kept, and for how many ``seconds`` after their last look; the rest are cosines.

    A look whose cosine to its walk's mean is less than ``same_person`` shows somebody else. One whose cosine to each
    earlier view is less than ``new_view`` shows the person anew. docs/figures.md has what both were taken from.
    """

    walks: int
    seconds: float
    same_person: float = 0.30
    new_view: float = 0.70


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a track says with its newest look: its mean ``vector`` (dimension,) of unit length.

    Without a ``walk`` it is a face that belongs to no track.
    """

    vector: Vector
    walk: Walk | None

    def overwrite(self) -> None:
        """Put zeros where the vector is."""
        self.vector.fill(0)


class Ended(StrEnum):
    """Why a walk ended before its time. Values are metric labels."""

    FULL = "full"  # there were more walks than are kept
    ANOTHER_PERSON = "another_person"  # the track went over to somebody else


class Walks:
    """The walks of all cameras of this matcher; *ended* is told of each that ends before its time.

    *counted* is told of each that ends where it was, and the best cosine it had with anybody on the list.
    """

    def __init__(
        self,
        limits: WalkLimits,
        ended: Callable[[Ended], None],
        counted: Callable[[Place, float], None] = lambda _place, _best: None,
    ) -> None:
        self._limits = limits
        self._ended = ended
        self._counted = counted
        self._walks: OrderedDict[tuple[Place, str], _Looks] = OrderedDict()  # the one that was silent longest first

    def __len__(self) -> int:
        return len(self._walks)

    def add(self, origin: Origin, look: Look, vector: Vector, now: float) -> Seen | None:
        """Add a look, *vector* (dimension,) of unit length, and say what its track says now.

        None for a look that came before, or after a later one of its track. *now* is in seconds and never goes back.
        """
        key = origin.place, look.track_id
        captured_us = origin.journey.captured_us
        looks = self._walks.get(key)
        if looks is not None and look.number <= looks.number:
            return None

        if looks is not None and looks.similarity(vector) < self._limits.same_person:
            self._counted(origin.place, looks.best)
            looks.overwrite()
            looks = None
            self._ended(Ended.ANOTHER_PERSON)
        if looks is None:
            looks = self._walks[key] = _Looks(vector, captured_us)
        else:
            looks.take(vector, captured_us, self._limits.new_view)
        looks.number, looks.last_at = look.number, now
        self._walks.move_to_end(key)
        while len(self._walks) > self._limits.walks:
            self._drop_first()
            self._ended(Ended.FULL)
        return looks.seen()

    def compared(self, place: Place, track_id: str, similarity: float) -> None:
        """What a walk was compared with was at most so similar."""
        looks = self._walks.get((place, track_id))
        if looks is not None:
            looks.best = max(looks.best, similarity)

    def forget(self, now: float) -> None:
        """Drop the walks whose last look is too long ago."""
        while self._walks and next(iter(self._walks.values())).last_at + self._limits.seconds <= now:
            self._drop_first()

    def clear(self) -> None:
        """Drop all of them; they have not ended, and count for nothing."""
        while self._walks:
            self._walks.popitem(last=False)[1].overwrite()

    def _drop_first(self) -> None:
        (place, _), looks = self._walks.popitem(last=False)
        self._counted(place, looks.best)
        looks.overwrite()


class _Looks:
    """The looks of one walk: their sum, and the first look of each view."""

    __slots__ = ("_first_us", "_kept", "_last_us", "_looks", "_total", "_views", "best", "last_at", "number")

    def __init__(self, vector: Vector, captured_us: int) -> None:
        self._total: Vector = vector.copy()
        self._kept: Vector = np.zeros((MOST_VIEWS, len(vector)), np.float32)
        self._kept[0] = vector
        self._looks = self._views = 1
        self._first_us = self._last_us = captured_us
        self.number = 0  # of the newest look
        self.last_at = 0.0
        self.best = 0.0  # cosine with anybody on the list

    def similarity(self, vector: Vector) -> float:
        """Cosine of *vector* to the mean."""
        return float(np.dot(self._total, vector) / np.sqrt(np.dot(self._total, self._total)))

    def take(self, vector: Vector, captured_us: int, new_view: float) -> None:
        """Add *vector*, which is of the same person."""
        if self._views < MOST_VIEWS and all(np.dot(each, vector) < new_view for each in self._kept[: self._views]):
            self._kept[self._views] = vector
            self._views += 1
        self._total += vector
        self._looks += 1
        self._first_us, self._last_us = min(self._first_us, captured_us), max(self._last_us, captured_us)

    def seen(self) -> Seen:
        """What the walk says now."""
        mean: Vector = self._total / np.sqrt(np.dot(self._total, self._total))
        return Seen(mean, Walk(self._looks, self._views, self._last_us - self._first_us))

    def overwrite(self) -> None:
        """Put zeros where the vectors are."""
        self._total.fill(0)
        self._kept.fill(0)
