"""What the detector says of cameras, carried to those who look at the page: codes and counts, and nothing else.

No process that hears passers-by reaches a database, and none that reaches one hears them (docs/adr/0001); this one is
in both accounts. It reads each state and writes it anew, so that nothing passes that is not a field of it, and keeps of
each camera the last one until it is said: however often the detector speaks, it says one a second. Every matcher hears
all of them, and one speaks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.camera_states import CameraState
from proto.wardwatch.v1.subjects import Place
from services.chassis.bus import Delivery
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

_EVERY_SECONDS: Final = 1.0
# As many cameras as the alerts service knows.
_MOST_CAMERAS: Final = 1024


class CameraBridge:
    """Between the two accounts. Event loop only."""

    def __init__(self, meters: Meters, speaks: Callable[[], bool] = lambda: True) -> None:
        self._meters = meters
        self._speaks = speaks
        self._states: dict[Place, CameraState] = {}

    def offer(self, delivery: Delivery) -> None:
        """Take in a state from VIDEO; returns at once."""
        try:
            state = CameraState.decode(delivery.payload)
            if state.place != subjects.camera_of(delivery.subject):
                raise ValueError("it is said of another camera")
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="troubles")
            return
        if state.place in self._states or len(self._states) < _MOST_CAMERAS:
            self._states[state.place] = state
        else:
            self._meters.count("wardwatch_bus_shed_total", reason="too_many_cameras")

    async def run(self, publish: Callable[[str, bytes], Awaitable[bool]], stop: asyncio.Event) -> None:
        """Say in RECORD what has come, until *stop*."""
        while not stop.is_set():
            beat()
            states, self._states = self._states, {}
            for state in states.values() if self._speaks() else ():
                await publish(subjects.camera_state(state.place), state.encode())
            await pause(stop, _EVERY_SECONDS)
