"""What is wrong with cameras, as matchers say it: in memory, until it is not said again."""

from collections.abc import Callable
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.camera_states import CameraState
from proto.wardwatch.v1.subjects import Place
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters

# Said every two seconds by the detector, and as often by the matcher.
_HOLDS_SECONDS: Final = 10.0
_MOST_CAMERAS: Final = 1024


class CameraStates:
    """The cameras with which something is wrong. ``monotonic`` gives seconds that never go back. Event loop only.

    *heard* is told of every camera.
    """

    def __init__(
        self, meters: Meters, monotonic: Callable[[], float], heard: Callable[[CameraState], None] = lambda _: None
    ) -> None:
        self._meters = meters
        self._heard = heard
        self._monotonic = monotonic
        self._said: dict[Place, tuple[float, CameraState]] = {}

    def offer(self, delivery: Delivery) -> None:
        """Take note of what a matcher has signed; returns at once."""
        try:
            state = CameraState.decode(delivery.payload)
            if state.place != subjects.camera_of(delivery.subject):
                raise ValueError("it is said of another camera")
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="cameras")
            return
        self._heard(state)
        self._forget()
        if not state.troubles:
            self._said.pop(state.place, None)
        elif state.place in self._said or len(self._said) < _MOST_CAMERAS:
            self._said[state.place] = (self._monotonic(), state)
        else:
            self._meters.count("wardwatch_bus_shed_total", reason="too_many_cameras")

    def __call__(self) -> list[CameraState]:
        """What holds now, by site and camera."""
        self._forget()
        return [self._said[place][1] for place in sorted(self._said, key=lambda place: (place.site, place.camera))]

    def _forget(self) -> None:
        before = self._monotonic() - _HOLDS_SECONDS
        self._said = {place: said for place, said in self._said.items() if said[0] > before and said[1].troubles}
