"""The last part of a drill: every open page of this replica is told, and answers by itself. Nobody sees or hears it.

Drills that came through are told together, a few times in a period: a phone that answered each of a hundred cameras
would do nothing else.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.subjects import Place, SiteId
from services.alerts.accounts.holder import Holder
from services.alerts.state.reasons import Reason, Working
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

_LOOK_SECONDS: Final = 0.25
_LONGEST_BETWEEN_SECONDS: Final = 30.0
# A page in a pocket may be slow.
_ANSWER_SECONDS: Final = 10.0
_MOST_KEPT: Final = 16


@dataclass(eq=False, slots=True)
class Telling:
    """Drills that pages are told of at once, by the id of the newest; who was told, and who has answered."""

    number: int
    id: str
    at: float
    places: frozenset[Place]
    told: dict[str, Holder] = field(default_factory=dict)
    answered: dict[str, Holder] = field(default_factory=dict)

    def count(self, site: SiteId) -> tuple[int, int]:
        """How many sessions that see *site* were told, and how many of them have answered."""
        told, answered = ({s for s, who in each.items() if who.sees(site)} for each in (self.told, self.answered))
        return len(told), len(told & answered)


class Tellings:
    """A source of the one state. ``monotonic`` gives seconds that never go back. Event loop only."""

    def __init__(self, meters: Meters, monotonic: Callable[[], float], wake: Callable[[], None]) -> None:
        self._meters = meters
        self._monotonic = monotonic
        self._wake = wake
        self._waiting: dict[Place, str] = {}
        self._period_seconds = _LONGEST_BETWEEN_SECONDS
        self._tellings: list[Telling] = []

    @property
    def newest(self) -> Telling | None:
        """What pages are to be told."""
        return self._tellings[-1] if self._tellings else None

    def proven(self, place: Place, drill: str, period_us: int) -> None:
        """The drill came as far as here."""
        self._waiting.pop(place, None)
        self._waiting[place] = drill
        if period_us:
            self._period_seconds = period_us / 1e6

    async def run(self, stop: asyncio.Event) -> None:
        """Begin a telling when one is due, until *stop*."""
        while not stop.is_set():
            beat()
            self.tell()
            await pause(stop, _LOOK_SECONDS)

    def tell(self) -> None:
        """Begin a telling of what has come through, if there is any and the last one is long enough ago."""
        now, last = self._monotonic(), self.newest
        between = min(_LONGEST_BETWEEN_SECONDS, self._period_seconds / 4)
        if not self._waiting or (last is not None and now - last.at < between):
            return
        drill = list(self._waiting.values())[-1]
        number = 1 if last is None else last.number + 1
        self._tellings = [*self._tellings[1 - _MOST_KEPT :], Telling(number, drill, now, frozenset(self._waiting))]
        self._waiting = {}
        self._wake()

    def answer(self, drill: str, session: str, holder: Holder) -> None:
        """A page of *session* has heard of *drill*; one that was told nothing of the kind is not counted."""
        for telling in self._tellings:
            if telling.id == drill and session in telling.told and session not in telling.answered:
                telling.answered[session] = holder
                self._meters.count("wardwatch_drill_answers_total")

    def answers(self, place: Place) -> tuple[int, int] | None:
        """How many sessions were told last of a drill of *place*, and how many answered; None before any was told."""
        last = self._settled(lambda telling: place in telling.places)
        return None if last is None else last.count(place.site)

    def answered_by(self) -> frozenset[UUID] | None:
        """The accounts whose pages have answered lately; None before there was anything to answer."""
        if not self._tellings:
            return None
        return frozenset(holder.account_id for each in self._tellings for holder in each.answered.values())

    def reasons(self, _now_us: int) -> Sequence[Reason]:
        """The sites whose drills reached no page, or whose pages did not answer."""
        sites = sorted({place.site for telling in self._tellings for place in telling.places})
        return [reason for site in sites if (reason := self._reason(site)) is not None]

    def _reason(self, site: SiteId) -> Reason | None:
        last = self._settled(lambda telling: any(place.site == site for place in telling.places))
        if last is None:
            return None
        told, answered = last.count(site)
        if answered:
            return None
        if not told:
            return Reason("line_without_page", Working.DEGRADED, site)
        return Reason("line_unanswered", Working.DEGRADED, site, {"pages": told})

    def _settled(self, of: Callable[[Telling], bool]) -> Telling | None:
        """The newest telling that somebody has answered, or had the time to."""
        before = self._monotonic() - _ANSWER_SECONDS
        settled = (each for each in reversed(self._tellings) if of(each) and (each.answered or each.at < before))
        return next(settled, None)
