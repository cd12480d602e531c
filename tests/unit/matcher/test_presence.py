"""What a matcher says of itself, and what it signs when the roll is called."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from proto.wardwatch.v1.replication import MatcherPresence, OwedReceipts, RollCall
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.telemetry import Meters
from services.matcher.presence import AnswerRoll, MatcherProcess, Presence, Progress, Reading
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import NOW

OWN = MatcherProcess("m1", UUID(int=7), NOW)
READING = Reading(lambda: 3, lambda: 9, lambda: 1, lambda: 2, lambda: timedelta(milliseconds=-1500))
ERASED, UNKNOWN, ACTIVE = (EntryId(f"e{number}") for number in range(3))
STATES = {ERASED: EntryState.ERASED, ACTIVE: EntryState.ACTIVE}


@dataclass
class Receipts:
    """The entries that are to be signed for."""

    owed: list[EntryId] = field(default_factory=list)

    def owe(self, entry_id: EntryId) -> None:
        self.owed.append(entry_id)


def presence(progress: Progress | None = None) -> Presence:
    return Presence(OWN, progress or Progress(), READING, lambda: NOW)


def roll(
    receipts: Receipts | None = None, meters: Meters | None = None, progress: Progress | None = None
) -> AnswerRoll:
    return AnswerRoll(presence(progress), receipts or Receipts(), STATES.get, meters or Meters())


async def test_a_matcher_says_how_far_it_is() -> None:
    progress = Progress()
    progress.applied(41)

    answer = MatcherPresence.decode(await roll(progress=progress)(RollCall().encode()))

    assert answer == MatcherPresence("m1", OWN.incarnation, NOW, NOW, 41, 3, 9, 2, -1_500_000, locked=1)


async def test_a_missing_receipt_is_signed_once_its_tombstone_was_applied() -> None:
    receipts = Receipts()

    await roll(receipts)(RollCall((OwedReceipts("m1", OWN.incarnation, (ERASED, UNKNOWN, ACTIVE)),)).encode())

    assert receipts.owed == [ERASED, UNKNOWN]


async def test_what_others_owe_is_theirs_to_sign() -> None:
    receipts = Receipts()
    others = (OwedReceipts("m2", OWN.incarnation, (ERASED,)), OwedReceipts("m1", UUID(int=8), (ERASED,)))

    await roll(receipts)(RollCall(others).encode())

    assert receipts.owed == []


async def test_a_call_that_cannot_be_read_is_counted_and_answered() -> None:
    meters = Meters()

    answer = await roll(meters=meters)(b"\xff\xff")

    assert MatcherPresence.decode(answer).name == "m1"
    assert meters.value("wardwatch_messages_unreadable_total", subject="roll") == 1


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


async def test_the_end_is_said() -> None:
    bus = FakeBus()

    await presence().end(bus.publish)

    assert [MatcherPresence.decode(each.payload).ending for each in bus.published] == [True]
