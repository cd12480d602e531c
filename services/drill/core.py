"""When which camera is drilled. Pure: times are arguments, in microseconds of a clock that never goes back.

A line that was proven is proven again within the period, or it is broken: so a drill begins before the period is over,
early enough for another try or two.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

from proto.wardwatch.v1.subjects import Place

# How often a drill is sent again that has not come through: a frame, a face or a vector of it was shed.
_MOST_TRIES: Final = 3
_LONGEST_PATIENCE_US: Final = 5_000_000
# How often those who look at the page are told that a camera is drilled no more.
_FAREWELLS: Final = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Within ``period_us`` each line is proven or known to be broken; a camera silent for ``silent_us`` is let go."""

    period_us: int
    silent_us: int

    @property
    def interval_us(self) -> int:
        """From one drill of a camera to the next: three tries fit in before the period is over."""
        return self.period_us * 3 // 4

    @property
    def patience_us(self) -> int:
        """How long a drill is waited for until it is tried again."""
        return min(_LONGEST_PATIENCE_US, self.period_us // 12)


@dataclass(slots=True)
class _Camera:
    heard_us: int
    due_us: int
    begun_us: int = 0  # the first try of the present drill
    tries: int = 0  # of the present drill
    drills: list[str] = field(default_factory=list)  # the ids of these tries
    farewells: int = 0


class Schedule:
    """The cameras that are drilled, *most* at once; spread evenly over the interval by their names."""

    def __init__(self, timing: Timing, most: int) -> None:
        self._timing = timing
        self._most = most
        self._cameras: dict[Place, _Camera] = {}
        self._names: list[tuple[str, str]] = []

    def __len__(self) -> int:
        return sum(not camera.farewells for camera in self._cameras.values())

    def heard(self, place: Place, now_us: int) -> None:
        """The camera sends; one that is new is drilled at once."""
        camera = self._cameras.get(place)
        if camera is None and len(self._cameras) < self._most:
            self._cameras[place] = _Camera(now_us, now_us)
            self._names = sorted((each.site, each.camera) for each in self._cameras)
        elif camera is not None:
            if camera.farewells:
                camera.farewells, camera.due_us = 0, now_us
            camera.heard_us = now_us

    def due(self, now_us: int) -> list[Place]:
        """Whom to drill at *now_us*, whoever has waited longest first."""
        waiting = [
            (camera.due_us, place.site, place.camera, place)
            for place, camera in self._cameras.items()
            if not camera.farewells and camera.due_us <= now_us
        ]
        return [place for *_, place in sorted(waiting)]

    def sent(self, place: Place, drill: str, now_us: int) -> None:
        """A try was made."""
        camera = self._cameras[place]
        if camera.tries == 0:
            camera.begun_us = now_us
            camera.drills.clear()
        camera.tries += 1
        camera.drills.append(drill)
        if camera.tries < _MOST_TRIES:
            camera.due_us = now_us + self._timing.patience_us
        else:
            self._next(place, camera)

    def proven(self, place: Place, drill: str) -> bool:
        """The drill came through; False for one that is not waited for."""
        camera = self._cameras.get(place)
        if camera is None or drill not in camera.drills:
            return False
        if camera.tries:
            self._next(place, camera)
        camera.drills.clear()
        return True

    def left(self, now_us: int) -> list[Place]:
        """The cameras to say farewell to: silent for so long that they are drilled no more. Once in a patience."""
        found = []
        for place, camera in list(self._cameras.items()):
            if now_us - camera.heard_us < self._timing.silent_us:
                continue
            if camera.farewells and camera.due_us > now_us:
                continue
            if camera.farewells == _FAREWELLS:
                del self._cameras[place]
                self._names.remove((place.site, place.camera))
                continue
            camera.farewells += 1
            camera.due_us = now_us + self._timing.patience_us
            found.append(place)
        return found

    def wait_us(self, now_us: int) -> int:
        """How long nothing is due."""
        soonest = min((camera.due_us for camera in self._cameras.values()), default=now_us + self._timing.patience_us)
        return max(0, soonest - now_us)

    def _next(self, place: Place, camera: _Camera) -> None:
        """The present drill is over; the next one begins at the camera's own moment of the interval."""
        interval, count = self._timing.interval_us, len(self._names)
        own = bisect_left(self._names, (place.site, place.camera)) * interval // count
        camera.due_us = camera.begun_us + interval - (camera.begun_us - own) % interval
        camera.tries = 0
