"""How near walks came to the list, counted by camera and handed over many at a time (docs/adr/0098).

A count is all that is kept of a walk: no vector, no track, no time. What a camera counted is handed over when it is of
``FEWEST_WALKS`` or more, and waits until then, for days where few people pass; it is lost with the process.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Place, SiteId
from proto.wardwatch.v1.walk_counts import BINS, FEWEST_WALKS, WalksCounted, bin_of
from services.chassis.errors import NotStored
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.matcher.waiting import PublishOwed

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 3600.0
# How often it is looked whether that is over, so that a task that stands still is seen.
_BEAT_SECONDS: Final = 5.0
# Cameras authenticate, so there are as many as somebody has made; beyond it none is counted.
_MOST_CAMERAS: Final = 4_096
# While the record reads nothing. Beyond it, what would come next is dropped: the next counts are as good.
_MOST_WAITING: Final = 1_024


class WalkCounts:
    """What this process has counted, by camera and recogniser. Event loop only.

    *matching* says how many entries may match at a site now, and have a template of the recogniser.
    """

    def __init__(
        self,
        incarnation: UUID,
        matching: Callable[[SiteId, str], int],
        publish: PublishOwed,
        meters: Meters,
        *,
        monotonic: Callable[[], float],
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._incarnation = incarnation
        self._matching = matching
        self._publish = publish
        self._meters = meters
        self._monotonic = monotonic
        self._every_seconds = every_seconds
        self._counts: dict[tuple[Place, str], list[int]] = {}
        self._waiting: list[WalksCounted] = []
        self._number = 0

    def ended(self, place: Place, best: float, model_sha256: str) -> None:
        """A walk at *place* ended, and was by this recogniser at best so similar to anybody who may match there."""
        key = place, model_sha256
        if subjects.is_load(place) or (key not in self._counts and len(self._counts) >= _MOST_CAMERAS):
            return
        self._counts.setdefault(key, [0] * BINS)[bin_of(best)] += 1
        self._meters.count("wardwatch_walks_counted_total")

    async def run(self, stop: asyncio.Event) -> None:
        """Hand over what was counted, once an hour until *stop*."""
        due_at = self._monotonic() + self._every_seconds
        while not stop.is_set():
            beat()
            if self._monotonic() >= due_at:
                due_at = self._monotonic() + self._every_seconds
                await self.hand_over()
            await pause(stop, min(_BEAT_SECONDS, self._every_seconds))

    async def hand_over(self) -> None:
        """Publish what is enough; what cannot be stored now is tried again, as it was, the next time."""
        for key in [key for key, counts in self._counts.items() if sum(counts) >= FEWEST_WALKS]:
            counts, (place, model) = self._counts.pop(key), key
            if (entries := self._matching(place.site, model)) and len(self._waiting) < _MOST_WAITING:
                self._number += 1
                told = WalksCounted(self._incarnation, self._number, place, entries, tuple(counts), model)
                self._waiting.append(told)
        while self._waiting:
            beat()
            told = self._waiting[0]
            name = f"{told.incarnation}/{told.number}"
            try:
                await self._publish(subjects.counts(told.place), told.encode(), message_id=name)
            except NotStored as error:
                log.warning("counts of walks not stored yet", reason=str(error), count=len(self._waiting))
                return
            self._waiting.pop(0)
