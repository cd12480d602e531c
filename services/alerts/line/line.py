"""How far the drills of each camera came, as matchers say it: in memory.

Times are microseconds of a clock that never goes back; only the age of a drill is by the wall clock that drills bear.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, Fault, Stage
from proto.wardwatch.v1.subjects import Place, SiteId
from proto.wardwatch.v1.values import Drill, Journey, to_microseconds
from services.alerts.state.reasons import Reason, Working
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters

_MOST_CAMERAS: Final = 1024
# A proof that somebody kept proves nothing; the machines' clocks must be nearer to each other than this.
_FRESH_US: Final = 60_000_000
# A camera of which nothing was heard for so many periods, while others are drilled, is drilled no more.
_FORGOTTEN_PERIODS: Final = 3
_ORDER: Final = (Stage.SENT, Stage.DETECTED, Stage.EMBEDDED, Stage.MATCHED)

# Told of each drill that came through: its camera, its id, and the period.
Proven = Callable[[Place, str, int], None]


@dataclass(frozen=True, slots=True)
class CameraLine:
    """The line of one camera: when it was last proven by the wall clock, and how far the newest drill came.

    ``stage`` is the last that had it in hand, None when it came through. ``journey`` is that of the last proof.
    """

    place: Place
    proven_at: datetime | None
    is_broken: bool
    stage: Stage | None
    fault: Fault
    stopped: bool
    journey: Journey | None


@dataclass(slots=True)
class _Camera:
    since_us: int
    heard_us: int
    period_us: int = 0  # 0: not said yet
    drill: Drill | None = None  # the newest
    stage: Stage = Stage.SENT
    fault: Fault = Fault.NONE
    proven_us: int | None = None
    proven_at: datetime | None = None
    proof: Drill | None = None
    stopped: bool = False
    journey: Journey | None = None

    def is_broken(self, now_us: int) -> bool:
        """Whether it was not proven within its period; not before a period has passed since it was first heard of."""
        since = self.since_us if self.proven_us is None else self.proven_us
        return self.period_us > 0 and now_us - since > self.period_us


class Line:
    """A source of the one state; *sending* gives the cameras whose lines must hold. Event loop only."""

    def __init__(
        self,
        meters: Meters,
        now: Callable[[], datetime],
        clock_us: Callable[[], int],
        proven: Proven,
        sending: Callable[[int], Collection[Place]],
    ) -> None:
        self._clock_us = clock_us
        self._meters = meters
        self._now = now
        self._proven = proven
        self._sending = sending
        self._cameras: dict[Place, _Camera] = {}

    def offer(self, delivery: Delivery) -> None:
        """Take note of what a matcher has signed; returns at once."""
        try:
            step = DrillStep.decode(delivery.payload)
            if step.place != subjects.camera_of(delivery.subject):
                raise ValueError("it is said of another camera")
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="drills")
            return
        if step.stage is Stage.LEFT:
            self._cameras.pop(step.place, None)
        elif step.drill is not None:
            self._take(step, step.drill)

    def cameras(self) -> list[CameraLine]:
        """Every camera that is drilled, by site and name."""
        now_us = self._clock_us()
        self._forget()
        return [
            CameraLine(
                place,
                camera.proven_at,
                camera.is_broken(now_us),
                None if camera.drill == camera.proof else camera.stage,
                camera.fault,
                camera.stopped,
                camera.journey,
            )
            for place, camera in sorted(self._cameras.items(), key=lambda each: (each[0].site, each[0].camera))
        ]

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What the drills say against alerts, worst first. A camera that sends nothing is another source's to name."""
        self._forget()
        sending = sorted(self._sending(now_us), key=lambda place: (place.site, place.camera))
        if not sending:
            return []
        if not self._cameras:
            return [Reason("line_never_drilled", Working.DEGRADED)]
        heard_us = max(camera.heard_us for camera in self._cameras.values())
        if now_us - heard_us > max(camera.period_us for camera in self._cameras.values()) > 0:
            return [Reason("line_silent", Working.DEGRADED, parameters={"seconds": _seconds(now_us - heard_us)})]
        found = [reason for _, places in groupby(sending, _site) for reason in self._of_site(list(places), now_us)]
        return sorted(found, key=lambda reason: reason.working is not Working.NO)

    def _of_site(self, places: Sequence[Place], now_us: int) -> Iterable[Reason]:
        cameras = {place: self._cameras.get(place) for place in places}
        broken = {place for place, camera in cameras.items() if camera is not None and camera.is_broken(now_us)}
        for place, camera in cameras.items():
            named: dict[str, str | int] = {"camera": place.camera}
            if camera is None or (camera.proven_us is None and place not in broken):
                yield Reason("line_unproven", Working.DEGRADED, place.site, named)
            elif place in broken:
                since = camera.since_us if camera.proven_us is None else camera.proven_us
                stage = Stage.MATCHED if camera.drill == camera.proof else camera.stage
                named |= {"seconds": _seconds(now_us - since), "stage": stage.code}
                working = Working.NO if len(broken) == len(places) else Working.DEGRADED
                yield Reason("line_broken", working, place.site, named)

    def _take(self, step: DrillStep, drill: Drill) -> None:
        now_us, now = self._clock_us(), self._now()
        wall_us = to_microseconds(now)
        if abs(wall_us - drill.sent_us) > _FRESH_US:
            self._meters.count("wardwatch_drills_total", stage=step.stage.code, outcome="stale")
            return
        if step.place not in self._cameras and len(self._cameras) >= _MOST_CAMERAS:
            self._meters.count("wardwatch_bus_shed_total", reason="too_many_cameras")
            return
        camera = self._cameras.setdefault(step.place, _Camera(now_us, now_us))
        camera.heard_us = now_us
        camera.period_us = step.period_us or camera.period_us
        if _is_newer(drill, camera.drill, wall_us):
            camera.drill, camera.stage, camera.fault = drill, step.stage, step.fault
        elif drill == camera.drill and _ORDER.index(step.stage) > _ORDER.index(camera.stage):
            camera.stage, camera.fault = step.stage, step.fault
        if step.stage is Stage.MATCHED:
            camera.stopped = step.stopped
        # Once, and never by an older one: a proof that is said again is no other proof.
        if step.proves and _is_newer(drill, camera.proof, wall_us):
            camera.proof, camera.proven_us, camera.proven_at, camera.journey = drill, now_us, now, step.journey
            self._proven(step.place, drill.id, camera.period_us)

    def _forget(self) -> None:
        """Let go of cameras whose farewell was lost: nothing is sent for them while others are drilled."""
        newest = max((camera.heard_us for camera in self._cameras.values()), default=0)
        self._cameras = {
            place: camera
            for place, camera in self._cameras.items()
            if not 0 < _FORGOTTEN_PERIODS * camera.period_us < newest - camera.heard_us
        }


def _is_newer(drill: Drill, known: Drill | None, wall_us: int) -> bool:
    """Also than one of a time that is still to come: that was before the clock was put back."""
    return known is None or drill.sent_us > known.sent_us or known.sent_us - wall_us > _FRESH_US


def _site(place: Place) -> SiteId:
    return place.site


def _seconds(us: int) -> int:
    return us // 1_000_000
