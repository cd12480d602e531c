"""What people judged, from the alerts service, and what those walks are like, from matcher to matcher (ADR 91)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.shields import SightingsJudged, WalkShielded
from proto.wardwatch.v1.subjects import SiteId
from proto.wardwatch.v1.values import EntryState, Model, Vector
from services.chassis.bus import Delivery
from services.chassis.owed import first_of
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.matcher.core import Gallery
from services.matcher.shield import Shield

_LOOK_SECONDS: Final = 1.0
# Whether a vector can be compared with the list's: it has a gallery of that recogniser.
Fits = Callable[[Model, Vector], bool]
_MOST_WAITING: Final = 256


class Judgements:
    """Between the two accounts: judgements come in one, templates travel in the other. Event loop only.

    ``monotonic`` gives seconds that never go back.
    """

    def __init__(
        self, shield: Shield, gallery: Gallery, fits: Fits, meters: Meters, monotonic: Callable[[], float]
    ) -> None:
        self._shield = shield
        self._gallery = gallery
        self._fits = fits
        self._meters = meters
        self._monotonic = monotonic
        self._waiting: deque[tuple[SiteId, WalkShielded]] = deque()
        self._filled = asyncio.Event()

    def offer(self, delivery: Delivery) -> None:
        """Take in what the alerts service says in RECORD; returns at once."""
        try:
            judged, site = SightingsJudged.decode(delivery.payload), subjects.site_of(delivery.subject)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="judged")
            return
        told = self._shield.judged(judged, site, self._monotonic())
        self._measure()
        if told is None:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._meters.count("wardwatch_bus_shed_total", reason="too_many_shields")
            told.vector.fill(0)
            return
        self._waiting.append((site, told))
        self._filled.set()

    def offer_walk(self, delivery: Delivery) -> None:
        """Take in what a matcher says in VIDEO; returns at once. This one's own word changes nothing."""
        try:
            told, site = WalkShielded.decode(delivery.payload), subjects.site_of(delivery.subject)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="shields")
            return
        # What the entry is by now may be another person's photo.
        is_current = self._gallery.revision_of(told.entry_id) == told.entry_revision
        if (
            self._fits(told.model, told.vector)
            and is_current
            and self._gallery.state_of(told.entry_id) is EntryState.ACTIVE
        ):
            self._shield.take(told, site, self._monotonic())
            self._measure()

    async def run(self, publish: Callable[[str, bytes], Awaitable[bool]], stop: asyncio.Event) -> None:
        """Tell the other matchers in VIDEO, until *stop*."""
        while not stop.is_set():
            beat()
            while self._waiting:
                site, told = self._waiting.popleft()
                try:
                    await publish(subjects.shields(site), told.encode())
                finally:
                    told.vector.fill(0)
            self._filled.clear()
            await first_of(self._filled, stop, within_seconds=_LOOK_SECONDS)

    def _measure(self) -> None:
        self._meters.set("wardwatch_shielded_pairs", len(self._shield))
