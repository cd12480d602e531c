"""When a lasting hint is repeated to a camera. Pure: time is an argument."""

from collections import OrderedDict
from typing import Final

from proto.wardwatch.v1.subjects import Place

BETWEEN_US: Final = 3_600_000_000


class Reminders:
    """Once an hour for each camera; remembers the *most* cameras that got a hint last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told_us: OrderedDict[Place, int] = OrderedDict()

    def due(self, place: Place, now_us: int) -> bool:
        """Whether *place* gets the hint now; True counts as sent."""
        last = self._told_us.get(place)
        if last is not None and now_us - last < BETWEEN_US:
            return False
        self._told_us[place] = now_us
        while len(self._told_us) > self._most:
            self._told_us.popitem(last=False)
        return True
