"""Receipts: signed when the memory is clean, owed until stored, and no flood of old ones."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from proto.wardwatch.v1.replication import ErasureReceipt
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.telemetry import Meters
from services.matcher.presence import MatcherProcess
from services.matcher.receipts import Receipts
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import NOW

OWN = MatcherProcess("m1", UUID(int=7), NOW)
E1, E2 = EntryId("e1"), EntryId("e2")


@dataclass
class Index:
    """Forgets an entry when its gate is opened; an entry without a gate was never here."""

    gates: dict[EntryId, asyncio.Event] = field(default_factory=dict)

    async def forget(self, entry_id: EntryId) -> int:
        if entry_id not in self.gates:
            return 0
        await self.gates[entry_id].wait()
        return 4


@dataclass
class Matcher:
    """A matcher's receipts while it runs."""

    index: Index = field(default_factory=Index)
    bus: FakeBus = field(default_factory=FakeBus)
    meters: Meters = field(default_factory=Meters)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> "Matcher":
        self.receipts = Receipts(OWN, self.index, self.bus.publish_owed, self.meters, now=lambda: NOW)
        self.running = asyncio.create_task(self.receipts.run(self.stop))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.running

    @property
    def signed(self) -> list[ErasureReceipt]:
        return [ErasureReceipt.decode(each.payload) for each in self.bus.stored]

    def owed(self) -> float:
        return self.meters.value("wardwatch_erasure_receipts_owed")


async def test_a_receipt_is_signed_when_no_memory_holds_a_vector_and_not_before() -> None:
    gate = asyncio.Event()
    async with Matcher(Index({E1: gate})) as matcher:
        matcher.receipts.tombstoned(E1, NOW)
        matcher.receipts.tombstoned(E2, NOW)  # was never here, so there is nothing to wait for
        await eventually(lambda: len(matcher.signed) == 1)
        before = [receipt.entry_id for receipt in matcher.signed]
        gate.set()
        await eventually(lambda: matcher.owed() == 0)

    assert before == [E2]
    assert matcher.signed[1] == ErasureReceipt(E1, "m1", OWN.incarnation, 4, NOW)
    assert matcher.bus.stored[1].subject == "receipts.e1"
    assert matcher.meters.value("wardwatch_erasure_receipts_total") == 2


async def test_a_receipt_is_owed_while_the_broker_is_away() -> None:
    async with Matcher(bus=FakeBus(storing=False)) as matcher:
        matcher.receipts.tombstoned(E1, NOW)
        await eventually(lambda: matcher.owed() == 1)
        matcher.bus.storing = True
        await eventually(lambda: len(matcher.signed) == 1)


async def test_a_tombstone_that_comes_twice_is_signed_once() -> None:
    gate = asyncio.Event()
    async with Matcher(Index({E1: gate})) as matcher:
        for _ in range(3):
            matcher.receipts.tombstoned(E1, NOW)
        gate.set()
        await eventually(lambda: matcher.owed() == 0)
        matcher.receipts.tombstoned(E1, NOW)
        await eventually(lambda: matcher.owed() == 0)

    assert len(matcher.signed) == 1


async def test_a_hundred_thousand_old_tombstones_are_no_flood() -> None:
    old = NOW - timedelta(days=200)
    async with Matcher() as matcher:
        for number in range(100_000):
            matcher.receipts.tombstoned(EntryId(f"old-{number}"), old)
        matcher.receipts.tombstoned(E1, NOW - timedelta(minutes=1))  # just before this process began: clocks differ
        await eventually(lambda: len(matcher.signed) == 1)

    assert [receipt.entry_id for receipt in matcher.signed] == [E1]


async def test_what_a_roll_call_names_is_signed_however_old_it_is() -> None:
    async with Matcher() as matcher:
        matcher.receipts.owe(E1)
        await eventually(lambda: len(matcher.signed) == 1)


async def test_the_process_ends_although_a_receipt_is_unsigned() -> None:
    async with Matcher(Index({E1: asyncio.Event()})) as matcher:
        matcher.receipts.tombstoned(E1, NOW)
        await eventually(lambda: matcher.owed() == 1)

    assert matcher.signed == []
