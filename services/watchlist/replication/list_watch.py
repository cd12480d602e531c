"""Watches the stream WATCHLIST: what this service has not published is put right within seconds (docs/adr/0071)."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.owed import pause
from services.chassis.repairs import Cause, Repairs
from services.chassis.replica import follow
from services.chassis.tasks import LongRunning, beat
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.repeated_failure import RepeatedFailure

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0
# More entries than these at a time are put right by a comparison of all: by then the stream may have given up others.
_MOST: Final = 1000


class Stream(Protocol):
    """See ``liststream.ListStream``; raises NoAnswer."""

    async def last_sequence(self) -> int: ...


class Reconcile(Protocol):
    """See ``reconcile.Reconcile``; raises StoreAway, NoAnswer and NotStored."""

    async def was_stream_recreated(self) -> bool: ...
    async def is_foreign_at_its_end(self) -> bool: ...
    async def refill(self, stop: asyncio.Event) -> bool: ...
    async def repair_all(self, stop: asyncio.Event) -> int | None: ...
    async def is_older_than_recorded(self, seen: Mapping[EntryId, int]) -> set[EntryId]: ...
    async def repair(self, entries: Collection[EntryId]) -> int: ...


@dataclass(slots=True)
class _News:
    """What the stream took since the last look: forged messages, and the last revision of each entry."""

    forged: set[EntryId] = field(default_factory=set)
    revisions: dict[EntryId, int] = field(default_factory=dict)

    def add(self, delivery: Delivery) -> None:
        entry_id = EntryId(delivery.subject.partition(".")[2])
        try:
            self.revisions[entry_id] = EntryPublished.decode(delivery.payload).revision
        except ValueError:  # forged, and therefore empty; or signed by this service, and no message all the same
            self.forged.add(entry_id)


class ListWatch:
    """Every replica watches; the database lets one at a time put right."""

    def __init__(self, bus: Bus, stream: Stream, reconcile: Reconcile, repairs: Repairs) -> None:
        self._bus = bus
        self._stream = stream
        self._reconcile = reconcile
        self._repairs = repairs
        self._news = _News()
        self._compare_all = False
        self._failures = RepeatedFailure(began="the watchlist stream is not watched", over="it is watched again")

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until *stop*; a database or a broker that is away is tried again."""
        begin = await self._begin(stop)
        async with LongRunning(stop) as tasks:
            name, read = subjects.WATCHLIST_STREAM.name, asyncio.Event()
            tasks.start("follow", follow(self._bus, name, self._take, caught_up=read, stop=stop, behind=begin))
            while not stop.is_set():
                beat()
                await pause(stop, _EVERY_SECONDS)
                await self._try(stop)
                await self._repairs.write()

    async def _begin(self, stop: asyncio.Event) -> int:
        """From which sequence on the stream is watched: what is before it was published here, or is compared now."""
        while not stop.is_set():
            beat()
            try:
                last = await self._stream.last_sequence()
                # While no replica was running anybody may have had something stored.
                self._compare_all = await self._reconcile.is_foreign_at_its_end()
            except (StoreAway, NoAnswer) as error:
                self._failures.note(f"{type(error).__name__}: {error}")
                await pause(stop, _EVERY_SECONDS)
            else:
                return last
        return 0

    async def _take(self, delivery: Delivery) -> None:
        self._news.add(delivery)

    async def _try(self, stop: asyncio.Event) -> None:
        news, self._news = self._news, _News()
        try:
            await self._look(news, stop)
        except (StoreAway, NoAnswer, NotStored) as error:
            self._failures.note(f"{type(error).__name__}: {error}")
            news.forged |= self._news.forged
            news.revisions |= self._news.revisions
            self._news = news  # looked at once more
        else:
            self._failures.note("")

    async def _look(self, news: _News, stop: asyncio.Event) -> None:
        if await self._reconcile.was_stream_recreated():
            if await self._reconcile.refill(stop):
                await self._repairs.note(subjects.WATCHLIST_STREAM, Cause.LOST)
            return
        older = await self._reconcile.is_older_than_recorded(news.revisions) if news.revisions else set()
        self._compare_all = self._compare_all or len(news.forged | older) > _MOST
        if self._compare_all:
            repaired = await self._reconcile.repair_all(stop)
            self._compare_all = repaired is None  # another replica compares: once more when it is through
            if repaired:
                await self._repairs.note(subjects.WATCHLIST_STREAM, Cause.FORGED)
        elif (entries := news.forged | older) and await self._reconcile.repair(entries):
            cause = Cause.FORGED if news.forged else Cause.OLDER
            await self._repairs.note(subjects.WATCHLIST_STREAM, cause)
