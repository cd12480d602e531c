"""How far drills came before a matcher, carried to those who look at the page: codes and times, and nothing else.

As ``camera_bridge.py`` does, it reads each step and writes it anew, so that nothing passes that is not a field of it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, Stage
from proto.wardwatch.v1.subjects import Place
from services.chassis.bus import Delivery
from services.chassis.owed import first_of
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

_MOST_WAITING: Final = 1024
_LOOK_SECONDS: Final = 1.0
# What was matched a matcher says itself, and who is heard is for the drill service alone.
_PASSED_ON: Final = frozenset({Stage.SENT, Stage.DETECTED, Stage.EMBEDDED, Stage.LEFT})


class DrillBridge:
    """Between the two accounts. Event loop only."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._waiting: deque[tuple[Place, bytes]] = deque()
        self._filled = asyncio.Event()

    def offer(self, delivery: Delivery) -> None:
        """Take in a step from VIDEO; returns at once."""
        try:
            step = DrillStep.decode(delivery.payload)
            if step.place != subjects.camera_of(delivery.subject):
                raise ValueError("it is said of another camera")
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="steps")
            return
        if step.stage not in _PASSED_ON:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._meters.count("wardwatch_bus_shed_total", reason="too_many_steps")
            return
        self._waiting.append((step.place, step.encode()))
        self._filled.set()

    async def run(self, publish: Callable[[str, bytes], Awaitable[bool]], stop: asyncio.Event) -> None:
        """Say in RECORD what has come, until *stop*."""
        while not stop.is_set():
            beat()
            while self._waiting:
                place, said = self._waiting.popleft()
                await publish(subjects.drills(place), said)
            self._filled.clear()
            await first_of(self._filled, stop, within_seconds=_LOOK_SECONDS)
