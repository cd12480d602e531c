"""When a camera is told something again that stays as it is. Pure: it is told the time."""

from collections import OrderedDict
from typing import Final

from proto.wardwatch.v1.subjects import Place

BETWEEN_US: Final = 3_600_000_000


class Reminders:
    """Once an hour for each camera, of the *most* that were told last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told_us: OrderedDict[Place, int] = OrderedDict()

    def due(self, place: Place, now_us: int) -> bool:
        """Whether *place* is to be told now; when it is, it counts as told."""
        last = self._told_us.get(place)
        if last is not None and now_us - last < BETWEEN_US:
            return False
        self._told_us[place] = now_us
        while len(self._told_us) > self._most:
            self._told_us.popitem(last=False)
        return True
