"""The last part of a drill: every open page is told, and answers by itself. Nobody sees or hears it.

Drills that came through are told together, a few times in a period: a phone that answered each of a hundred cameras
would do nothing else. A page rings for as long as it is open and answers.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.replicas import DrillAnswer, Pages
from proto.wardwatch.v1.subjects import Place, SiteId
from services.alerts.accounts.holder import Holder
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

_LOOK_SECONDS: Final = 0.25
_LONGEST_BETWEEN_SECONDS: Final = 30.0
# A page in a pocket may be slow.
_ANSWER_SECONDS: Final = 10.0
# A page that changes from one network to another has its stream again after a second or two.
_CLOSED_SECONDS: Final = 4.0
_MOST_KEPT: Final = 16
_MOST_PASSED_ON: Final = 1024
_MOST_OF_A_MESSAGE: Final = 256


@dataclass(eq=False, slots=True)
class Telling:
    """Drills that pages are told of at once, by the id of the newest; the sessions that have answered."""

    id: str
    at: float
    told: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Session:
    """The open pages of a session; ``closed`` is when the last one was."""

    holder: Holder
    opened: float
    streams: int = 1
    closed: float | None = None


class Tellings:
    """Whom drills reach. ``monotonic`` gives seconds that never go back. Event loop only."""

    def __init__(self, meters: Meters, monotonic: Callable[[], float], wake: Callable[[], None]) -> None:
        self._meters = meters
        self._monotonic = monotonic
        self._wake = wake
        self._waiting: dict[Place, str] = {}
        self._period_seconds = _LONGEST_BETWEEN_SECONDS
        self._tellings: list[Telling] = []
        self._sessions: dict[str, _Session] = {}
        self._passed_on: dict[DrillAnswer, None] = {}

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
        self._tellings = [*self._tellings[1 - _MOST_KEPT :], Telling(drill, now)]
        self._waiting = {}
        self._wake()

    @contextmanager
    def page(self, session: str, holder: Holder) -> Iterator[None]:
        """A page that rings is open until left."""
        known = self._sessions.get(session)
        if known is None or not self._is_open(known):
            self._sessions[session] = known = _Session(holder, self._monotonic())
        else:
            known.holder, known.streams, known.closed = holder, known.streams + 1, None
        try:
            yield
        finally:
            known.streams -= 1
            if known.streams == 0:
                known.closed = self._monotonic()

    def told(self, telling: Telling, session: str, holder: Holder) -> None:
        """A page of *session* is told; *holder* as it is known now."""
        telling.told.add(session)
        if (known := self._sessions.get(session)) is not None:
            known.holder = holder

    def answered_by(self) -> frozenset[UUID] | None:
        """The accounts whose pages have answered lately; None before there was anything to answer."""
        if not self._tellings:
            return None
        answered = {session for telling in self._tellings for session in telling.answered}
        return frozenset(each.holder.account_id for name, each in self._sessions.items() if name in answered)

    def answer(self, drill: str, session: str) -> None:
        """A page of *session* has heard of *drill*. Who was told by another replica is passed on to it."""
        if not self._take(drill, session) and len(self._passed_on) < _MOST_PASSED_ON:
            self._passed_on[DrillAnswer(drill, session)] = None

    def heard_elsewhere(self, answer: DrillAnswer) -> None:
        """Another replica was given an answer that it cannot place."""
        self._take(answer.drill, answer.session)

    def passed_on(self) -> tuple[DrillAnswer, ...]:
        """Answers for other replicas, each once: as many as one message may hold."""
        answers = tuple(islice(self._passed_on, _MOST_OF_A_MESSAGE))
        for each in answers:
            del self._passed_on[each]
        return answers

    def pages(self, site: SiteId) -> Pages | None:
        """How many sessions that see *site* have an open page here, and how many ring; None before any drill."""
        if not self._tellings:
            return None
        self._sessions = {name: each for name, each in self._sessions.items() if self._is_open(each)}
        seeing = [name for name, each in self._sessions.items() if each.holder.sees(site)]
        return Pages(len(seeing), sum(map(self._rings, seeing)))

    def _take(self, drill: str, session: str) -> bool:
        """Whether the session was told here."""
        telling = next((each for each in self._tellings if each.id == drill and session in each.told), None)
        if telling is None:
            return False
        if session not in telling.answered:
            telling.answered.add(session)
            self._meters.count("wardwatch_drill_answers_total")
        return True

    def _rings(self, session: str) -> bool:
        """Whether it has answered the newest that it had time for."""
        opened, before = self._sessions[session].opened, self._monotonic() - _ANSWER_SECONDS
        for telling in reversed(self._tellings):
            if session in telling.answered:
                return True
            if max(telling.at, opened) < before:
                return False
        return False

    def _is_open(self, session: _Session) -> bool:
        return session.closed is None or self._monotonic() - session.closed < _CLOSED_SECONDS
