"""Tells the matchers which sightings people judged to be somebody else's, for the look-alike shield (docs/adr/0091)."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.shields import MOST_SIGHTINGS, SightingsJudged
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import to_microseconds
from services.alerts.database import Connection, present
from services.alerts.incidents.policy import ROUNDING
from services.alerts.incidents.review import Outcome
from services.chassis.owed import first_of
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

# Said so often: nobody acknowledges it, and what is taken back must not hold because one message was lost.
_TIMES: Final = 5
_EVERY_SECONDS: Final = 2.0
_MOST_WAITING: Final = 256


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be told of one incident."""

    site: SiteId
    judged: SightingsJudged


async def judgement(
    connection: Connection, incident_id: UUID, entry_id: UUID, site: str, *, before: Outcome | None
) -> Judgement | None:
    """What matchers must know of an incident whose outcome was *before*; None when nothing changed for them.

    Named are the sightings of the walk that people saw, not nearer than what they judged. Faces that belong to no
    track are not: those of a camera cannot be told apart.
    """
    rows = await connection.fetch(
        """
        select i.outcome, s.sighting_id from alerts.incident i
        left join lateral (
            select sighting_id from alerts.sighting
            where incident_id = i.id and track_id = any(i.tracks) and similarity <= i.peak_similarity + $2
            order by seen_at desc, sighting_id desc limit $3
        ) s on true
        where i.id = $1
        """,
        incident_id,
        ROUNDING,
        MOST_SIGHTINGS,
    )
    was, wrong = before is Outcome.REJECTED, rows[0]["outcome"] == Outcome.REJECTED
    names = tuple(row["sighting_id"] for row in reversed(rows) if row["sighting_id"] is not None) if wrong else ()
    if was == wrong or (wrong and not names):
        return None
    at_us = to_microseconds(await present(connection))
    judged = SightingsJudged(incident_id, EntryId(str(entry_id)), names, wrong, at_us)
    return Judgement(SiteId(site), judged)


class Judgements:
    """What waits to be said. Event loop only."""

    def __init__(self, meters: Meters, *, every_seconds: float = _EVERY_SECONDS) -> None:
        self._meters = meters
        self._every_seconds = every_seconds
        self._left: OrderedDict[UUID, tuple[Judgement, int]] = OrderedDict()
        self._filled = asyncio.Event()

    def offer(self, judgement: Judgement) -> None:
        """Take a judgement over, in the place of what was said of the incident before; returns at once."""
        self._left[judgement.judged.incident_id] = judgement, _TIMES
        while len(self._left) > _MOST_WAITING:
            self._left.popitem(last=False)
            self._meters.count("wardwatch_bus_shed_total", reason="too_many_judgements")
        self._filled.set()

    async def run(self, publish: Callable[[str, bytes], Awaitable[bool]], stop: asyncio.Event) -> None:
        """Say each a few times, until *stop*. What the broker does not take is not said more often."""
        while not stop.is_set():
            beat()
            self._filled.clear()
            for incident, (said, left) in list(self._left.items()):
                await publish(subjects.judged(said.site), said.judged.encode())
                # Something newer may have come meanwhile.
                if self._left.get(incident) == (said, left):
                    if left > 1:
                        self._left[incident] = said, left - 1
                    else:
                        del self._left[incident]
            await first_of(self._filled, stop, within_seconds=self._every_seconds)
