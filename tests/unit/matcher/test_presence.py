"""What a matcher says of itself, and what is written down of all of them."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from proto.wardwatch.v1.custody import MatcherPresence
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from services.matcher.keeping.presence import Presence, Progress, Reading, Recorder
from services.matcher.keeping.receipts import Signer
from services.matcher.record.records import StoreAway
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import NOW

SIGNER = Signer("m1", UUID(int=7), NOW)
READING = Reading(lambda: 3, lambda: 9, lambda: 1, lambda: 2, lambda: timedelta(milliseconds=-1500))


@dataclass
class Store:
    """What was written down; ``away`` as a database would be."""

    kept: list[MatcherPresence] = field(default_factory=list)
    away: bool = False
    tries: int = 0
    live: list[float] = field(default_factory=list)

    async def record_presence(self, presence: MatcherPresence) -> None:
        self.tries += 1
        if self.away:
            raise StoreAway("gone")
        self.kept.append(presence)

    async def mark_live(self) -> list[float]:
        return self.live


@dataclass
class Slow(Store):
    """Writes when it is told to."""

    writing: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def record_presence(self, presence: MatcherPresence) -> None:
        self.writing.set()
        await self.go_on.wait()
        await super().record_presence(presence)


def presence(progress: Progress | None = None) -> Presence:
    return Presence(SIGNER, progress or Progress(), READING, lambda: NOW)


def heard(said: MatcherPresence) -> Delivery:
    return Delivery(f"matchers.{said.name}", said.encode())


async def test_a_matcher_says_how_far_it_is() -> None:
    progress = Progress()
    progress.applied(41)

    said = MatcherPresence.decode(await presence(progress).answer(b""))

    assert said == MatcherPresence("m1", SIGNER.incarnation, NOW, NOW, 41, 3, 9, 2, -1_500_000, locked=1)


async def test_it_is_said_at_once_and_soon_after_a_change_is_applied() -> None:
    bus, stop, progress = FakeBus(), asyncio.Event(), Progress()
    running = asyncio.create_task(presence(progress).run(bus.publish, stop))

    await eventually(lambda: len(bus.published) == 1)
    progress.applied(5)
    await eventually(lambda: len(bus.published) == 2, within_seconds=1)
    stop.set()
    await running

    assert [each.subject for each in bus.published] == ["matchers.m1"] * 2
    assert MatcherPresence.decode(bus.published[1].payload).applied_sequence == 5


@pytest.mark.parametrize("away", [False, True])
async def test_the_end_is_said_to_all_and_to_the_record(away: bool) -> None:
    bus, store = FakeBus(), Store(away=away)

    await presence().end(bus.publish, store)

    assert MatcherPresence.decode(bus.published[0].payload).ending
    assert [each.ending for each in store.kept] == ([] if away else [True])


async def test_of_each_matcher_the_last_word_is_written_down() -> None:
    store, stop, meters = Store(live=[1.4]), asyncio.Event(), Meters()
    recorder = Recorder(SIGNER, store, meters)
    first = presence().said()
    for number in range(5):
        recorder.offer(heard(replace(first, applied_sequence=number)))
    recorder.offer(heard(replace(first, name="m2", incarnation=UUID(int=8))))

    running = asyncio.create_task(recorder.run(stop))
    await eventually(lambda: len(store.kept) == 2)
    stop.set()
    await running

    assert {(each.name, each.applied_sequence) for each in store.kept} == {("m1", 4), ("m2", 0)}
    assert meters.value("wardwatch_change_live_seconds") == 1


async def test_a_last_word_that_is_heard_while_the_database_is_away_is_written_down_when_it_is_back() -> None:
    store, stop = Store(away=True), asyncio.Event()
    recorder = Recorder(SIGNER, store, Meters())
    first = presence().said()
    running = asyncio.create_task(recorder.run(stop))

    with capture_logs() as said:
        recorder.offer(heard(first))
        recorder.offer(heard(replace(first, name="m2", ending=True)))
        await eventually(lambda: store.tries == 1)
        recorder.offer(heard(replace(first, applied_sequence=5)))
        await eventually(lambda: store.tries == 2)
        store.away = False
        await eventually(lambda: len(store.kept) == 2)
    stop.set()
    await running

    assert {(each.name, each.applied_sequence, each.ending) for each in store.kept} == {
        ("m1", 5, False),
        ("m2", 0, True),
    }
    assert [line["log_level"] for line in said] == ["warning", "info"]


async def test_a_database_that_is_away_is_not_asked_again_by_every_word() -> None:
    store, stop = Store(away=True), asyncio.Event()
    recorder = Recorder(SIGNER, store, Meters())
    running = asyncio.create_task(recorder.run(stop))
    for number in range(100):
        recorder.offer(heard(replace(presence().said(), applied_sequence=number)))
        await asyncio.sleep(0)
    stop.set()
    await running

    assert store.tries == 1


async def test_what_is_heard_while_the_former_word_is_being_written_is_written_after_it() -> None:
    store, stop = Slow(), asyncio.Event()
    recorder = Recorder(SIGNER, store, Meters())
    first = presence().said()
    recorder.offer(heard(first))
    running = asyncio.create_task(recorder.run(stop))

    await store.writing.wait()
    recorder.offer(heard(replace(first, ending=True)))
    store.go_on.set()
    await eventually(lambda: len(store.kept) == 2)
    stop.set()
    await running

    assert [each.ending for each in store.kept] == [False, True]


async def test_another_process_under_the_same_name_is_said_once() -> None:
    recorder = Recorder(SIGNER, Store(), Meters())
    mine = presence().said()
    other = replace(mine, incarnation=UUID(int=8), at=NOW + timedelta(seconds=1))

    with capture_logs() as said:
        recorder.offer(heard(mine))
        recorder.offer(heard(replace(other, ending=True)))  # the process that was here before us
        recorder.offer(heard(other))
        recorder.offer(heard(other))

    assert [(line["log_level"], line["matcher"]) for line in said] == [("error", "m1")]


def test_bytes_that_are_no_presence_are_counted() -> None:
    meters = Meters()

    Recorder(SIGNER, Store(), meters).offer(Delivery("matchers.m1", b"\xff\xff"))

    assert meters.value("wardwatch_messages_unreadable_total", subject="matchers") == 1
