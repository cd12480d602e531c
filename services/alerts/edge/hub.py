"""Events from PostgreSQL to every open page of this replica, in order and without gaps."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from proto.wardwatch.v1.values import Journey
from services.alerts.database import EVENTS, Database, Listener, Row, StoreAway
from services.alerts.incidents.review import Outcome
from services.chassis.owed import first_of
from services.chassis.tasks import beat

Kind = Literal["raised", "updated", "responding", "closed"]

_KEPT: Final = 1024  # events in memory; readers further behind read the database
_BATCH: Final = 200
_RETRY_SECONDS: Final = 1.0  # after a failed read
_PROVEN: Final = "proven"


@dataclass(frozen=True, slots=True)
class Event:
    """An event as phones receive it. ``journey`` and ``recorded_us`` only when a sighting caused it."""

    id: int
    kind: Kind
    incident_id: UUID
    site: str
    camera: str
    raised_at: datetime
    at: datetime
    responded: bool
    outcome: Outcome | None
    journey: Journey | None
    recorded_us: int


class EventLog(Protocol):
    """The record of events; both raise StoreAway."""

    async def after(self, event_id: int, *, limit: int) -> Sequence[Event]: ...
    async def newest(self) -> int: ...


@dataclass(frozen=True, slots=True)
class PostgresEventLog:
    """The event table."""

    database: Database

    async def after(self, event_id: int, *, limit: int) -> Sequence[Event]:
        """Events behind *event_id*, oldest first."""
        async with self.database.statement() as connection:
            rows = await connection.fetch(
                """
                select e.*, i.site, i.raised_at, i.outcome,
                    exists (select 1 from alerts.response r where r.incident_id = i.id) as responded
                from alerts.event e join alerts.incident i on i.id = e.incident_id
                where e.id > $1 order by e.id limit $2
                """,
                event_id,
                limit,
            )
        return [_event(row) for row in rows]

    async def newest(self) -> int:
        """Number of the newest event, zero when there is none."""
        async with self.database.statement() as connection:
            return int(await connection.fetchval("select coalesce(max(id), 0) from alerts.event"))


@dataclass(slots=True)
class Hub:
    """Reads each event once and wakes the readers. ``live`` is False while events could be missed."""

    events: EventLog
    live: bool = False
    _recent: deque[Event] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _start: int = 0  # every event after this one is in _recent
    _newest: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: bool = False  # the listener is connected, so no event is missed
    _readers: set[asyncio.Event] = field(default_factory=set)
    _proofs: dict[str, int] = field(default_factory=dict)  # the latest last

    @property
    def readers(self) -> int:
        """Open streams."""
        return len(self._readers)

    @property
    def listener(self) -> Listener:
        """What hears of new events."""
        return Listener(EVENTS, self.notify, self.heard, self.disconnected)

    def heard(self, said: str) -> None:
        """The database said that an event was recorded, or ``proven`` and the digest of a session whose phone rang."""
        kind, _, session = said.partition(" ")
        if kind != _PROVEN:
            self.notify()
            return
        count = self._proofs.pop(session, 0) + 1
        while len(self._proofs) >= _KEPT:
            del self._proofs[next(iter(self._proofs))]
        self._proofs[session] = count
        self.wake()

    def proofs(self, session: str) -> int:
        """How often a push was proven to have come to the phone of *session*, by the digest of its token."""
        return self._proofs.get(session, 0)

    def notify(self) -> None:
        """Wake the reader: new events may have been recorded."""
        self._listening = True
        self._news.set()

    def disconnected(self) -> None:
        """The listener lost the database: end every stream, so that pages show it instead of looking alive."""
        self._listening = False
        self._end_streams()

    async def run(self, stop: asyncio.Event) -> None:
        """Read new events after each notification, until *stop*. A failed read is tried again."""
        while not stop.is_set():
            beat()
            await first_of(self._news, stop, within_seconds=_RETRY_SECONDS)
            if stop.is_set():
                break
            if not self._news.is_set() and (self.live or not self._listening):
                continue
            self._news.clear()
            try:
                await self._read()
            except StoreAway:
                self._end_streams()
        self.disconnected()

    async def check(self) -> str | None:
        """Readiness: None while events arrive, else the reason."""
        return None if self.live else "new events are not heard from the database"

    @contextmanager
    def reading(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever there may be something new, or the hub is no longer live."""
        news = asyncio.Event()
        self._readers.add(news)
        try:
            yield news
        finally:
            self._readers.discard(news)

    async def after(self, event_id: int) -> Sequence[Event]:
        """Events behind *event_id*, oldest first, from memory where possible. Raises StoreAway."""
        if event_id >= self._start:
            return [event for event in self._recent if event.id > event_id]
        return await self.events.after(event_id, limit=_BATCH)

    @property
    def newest(self) -> int:
        """Number of the newest event read."""
        return self._newest

    async def _read(self) -> None:
        if not self.live and not self._recent:
            self._start = self._newest = max(self._newest, await self.events.newest())
        while True:
            batch = await self.events.after(self._newest, limit=_BATCH)
            for event in batch:
                if len(self._recent) == _KEPT:
                    self._start = self._recent[0].id
                self._recent.append(event)
                self._newest = event.id
            # The listener may have gone while this was read.
            self.live = self._listening
            self.wake()
            # Of what is recorded later there will be a notification.
            if len(batch) < _BATCH:
                return

    def _end_streams(self) -> None:
        self.live = False
        self.wake()

    def wake(self) -> None:
        """Have every stream look again: at events, and at whether its session is still open."""
        for news in self._readers:
            news.set()


def _event(row: Row) -> Event:
    stamped = row["captured_us"] is not None
    return Event(
        id=row["id"],
        kind=row["kind"],
        incident_id=row["incident_id"],
        site=row["site"],
        camera=row["camera"],
        raised_at=row["raised_at"],
        at=row["at"],
        responded=row["responded"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        journey=Journey(
            row["captured_us"], row["received_us"], row["detected_us"], row["embedded_us"], row["matched_us"]
        )
        if stamped
        else None,
        recorded_us=row["recorded_us"] or 0,
    )
