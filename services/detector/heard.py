"""Which cameras this detector hears, told to whoever drills them: their names, and nothing of their frames."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, Stage
from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.owed import pause
from services.chassis.tasks import beat

# Of each camera so often, and of a new one at once.
_TOLD_EVERY_US: Final = 10_000_000
_LOOK_SECONDS: Final = 1.0

Publish = Callable[[str, bytes], Awaitable[bool]]


@dataclass(slots=True)
class _Camera:
    heard: bool = False  # since it was told
    told_us: int = -_TOLD_EVERY_US


class Heard:
    """The *most* cameras that were heard last. Event loop only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._cameras: OrderedDict[Place, _Camera] = OrderedDict()

    def note(self, place: Place) -> None:
        """A frame of *place* came."""
        camera = self._cameras.setdefault(place, _Camera())
        camera.heard = True
        self._cameras.move_to_end(place)
        while len(self._cameras) > self._most:
            self._cameras.popitem(last=False)

    def due(self, now_us: int) -> list[Place]:
        """The cameras that are to be told at *now_us*: heard since they were told, and not told just now."""
        found = []
        for place, camera in self._cameras.items():
            if camera.heard and now_us - camera.told_us >= _TOLD_EVERY_US:
                camera.heard, camera.told_us = False, now_us
                found.append(place)
        return found


async def tell_heard(heard: Heard, publish: Publish, now: Callable[[], datetime], over: asyncio.Event) -> None:
    """Say which cameras are heard, until *over*."""
    while not over.is_set():
        beat()
        now_us = to_microseconds(now())
        for place in heard.due(now_us):
            await publish(subjects.steps(place), DrillStep(place, Stage.HEARD, now_us).encode())
        await pause(over, _LOOK_SECONDS)
