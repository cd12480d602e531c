"""The presence of matchers is recorded."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from structlog.testing import capture_logs

from proto.wardwatch.v1.replication import MatcherPresence
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.presence import PresenceRecorder
from tests.fakes import eventually
from tests.unit.matcher.builders import NOW

PRESENCE = MatcherPresence("m1", UUID(int=7), NOW, NOW, 0, 3, 9, 2, 0)


@dataclass
class Store:
    """The recorded presences; ``away``: the database does not answer."""

    presences: list[MatcherPresence] = field(default_factory=list)
    away: bool = False
    tries: int = 0
    live: list[float] = field(default_factory=list)

    async def record_presence(self, presence: MatcherPresence) -> None:
        self.tries += 1
        if self.away:
            raise StoreAway("gone")
        self.presences.append(presence)

    async def mark_live(self) -> list[float]:
        return self.live


@dataclass
class Slow(Store):
    """A store whose writes wait for ``go_on``."""

    writing: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def record_presence(self, presence: MatcherPresence) -> None:
        self.writing.set()
        await self.go_on.wait()
        await super().record_presence(presence)


def delivered(presence: MatcherPresence) -> Delivery:
    return Delivery(f"matchers.{presence.name}", presence.encode())


async def test_of_each_matcher_the_last_word_is_written_down() -> None:
    store, stop, meters = Store(live=[1.4]), asyncio.Event(), Meters()
    recorder = PresenceRecorder(store, meters)
    first = PRESENCE
    for number in range(5):
        recorder.offer(delivered(replace(first, applied_sequence=number)))
    recorder.offer(delivered(replace(first, name="m2", incarnation=UUID(int=8))))

    running = asyncio.create_task(recorder.run(stop))
    await eventually(lambda: len(store.presences) == 2)
    stop.set()
    await running

    assert {(each.name, each.applied_sequence) for each in store.presences} == {("m1", 4), ("m2", 0)}
    assert meters.value("wardwatch_change_live_seconds") == 1


async def test_presence_heard_while_the_database_is_away_is_recorded_later() -> None:
    store, stop = Store(away=True), asyncio.Event()
    recorder = PresenceRecorder(store, Meters())
    first = PRESENCE
    running = asyncio.create_task(recorder.run(stop))

    with capture_logs() as logs:
        recorder.offer(delivered(first))
        recorder.offer(delivered(replace(first, name="m2", ending=True)))
        await eventually(lambda: store.tries == 1)
        recorder.offer(delivered(replace(first, applied_sequence=5)))
        await eventually(lambda: store.tries == 2)
        store.away = False
        await eventually(lambda: len(store.presences) == 2)
    stop.set()
    await running

    assert {(each.name, each.applied_sequence, each.ending) for each in store.presences} == {
        ("m1", 5, False),
        ("m2", 0, True),
    }
    assert [line["log_level"] for line in logs] == ["warning", "info"]


async def test_a_database_that_is_away_is_not_asked_again_by_every_word() -> None:
    store, stop = Store(away=True), asyncio.Event()
    recorder = PresenceRecorder(store, Meters())
    running = asyncio.create_task(recorder.run(stop))
    for number in range(100):
        recorder.offer(delivered(replace(PRESENCE, applied_sequence=number)))
        await asyncio.sleep(0)
    stop.set()
    await running

    assert store.tries == 1


async def test_presence_heard_during_a_write_is_written_after_it() -> None:
    store, stop = Slow(), asyncio.Event()
    recorder = PresenceRecorder(store, Meters())
    first = PRESENCE
    recorder.offer(delivered(first))
    running = asyncio.create_task(recorder.run(stop))

    await store.writing.wait()
    recorder.offer(delivered(replace(first, ending=True)))
    store.go_on.set()
    await eventually(lambda: len(store.presences) == 2)
    stop.set()
    await running

    assert [each.ending for each in store.presences] == [False, True]


async def test_two_processes_under_one_name_are_said_once() -> None:
    recorder = PresenceRecorder(Store(), Meters())
    later = NOW + timedelta(minutes=1)
    younger = replace(PRESENCE, incarnation=UUID(int=8), started_at=later, at=later)

    with capture_logs() as logs:
        recorder.offer(delivered(PRESENCE))
        recorder.offer(delivered(younger))  # the first may have ended without a word
        recorder.offer(delivered(replace(PRESENCE, at=later - timedelta(seconds=1))))  # sent before, and arrived late
        recorder.offer(delivered(replace(PRESENCE, at=later + timedelta(seconds=1), ending=True)))
        assert logs == []
        recorder.offer(delivered(replace(PRESENCE, at=later + timedelta(seconds=1))))
        recorder.offer(delivered(replace(PRESENCE, at=later + timedelta(seconds=3))))

    assert [(line["log_level"], line["matcher"]) for line in logs] == [("error", "m1")]


def test_bytes_that_are_no_presence_are_counted() -> None:
    meters = Meters()

    PresenceRecorder(Store(), meters).offer(Delivery("matchers.m1", b"\xff\xff"))

    assert meters.value("wardwatch_messages_unreadable_total", subject="matchers") == 1
