"""Jobs by the clock: when they are due, and what a round does."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import OwedReceipts, RollCall
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.clocks import MayDestroy, confirm
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.jobs import ScheduledJobs, is_due
from services.watchlist.replication.reconcile_store import Requester
from tests.fakes import eventually

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ASKER = Requester(UUID(int=1), "ana")


@pytest.mark.parametrize(
    ("last", "began", "due"),
    [
        pytest.param(NOON - timedelta(hours=1), NOON, False, id="done after three this morning"),
        pytest.param(NOON - timedelta(hours=10), NOON, True, id="last done before three"),
        pytest.param(NOON - timedelta(days=9), NOON, True, id="missed while nobody ran"),
        pytest.param(NOON + timedelta(hours=8), NOON, True, id="last done by a clock that was ahead"),
        pytest.param(None, NOON - timedelta(minutes=1), False, id="never done, and we have just begun"),
        pytest.param(None, NOON - timedelta(hours=10), True, id="never done, and three has passed since we began"),
    ],
)
def test_the_daily_job_is_due_once_its_hour_has_come(last: datetime | None, began: datetime, due: bool) -> None:
    assert is_due(last, began, NOON, hour=3) is due


def test_before_the_hour_yesterdays_counts() -> None:
    assert not is_due(NOON - timedelta(hours=13), NOON, NOON, hour=23)
    assert is_due(NOON - timedelta(hours=14), NOON, NOON, hour=23)


@dataclass
class Place:
    """Everything that the jobs look after."""

    unsigned: tuple[OwedReceipts, ...] = ()
    last: datetime | None = NOON - timedelta(hours=1)
    away: bool = False
    busy: bool = False  # another replica compares
    refused: int = 0
    ids: list[UUID] = field(default_factory=list)
    comparing: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    expired: int = 0
    forgotten: int = 0
    clocks_disagree: bool = False
    clock_jumps: bool = False  # while entries expire
    calls: list[RollCall] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> ScheduledJobs:
        self.go_on.set()
        jobs = ScheduledJobs(
            self,
            self,
            self,
            self.ask_all,
            may_destroy=self.may_destroy,
            reconcile_hour=3,
        )
        self.running = asyncio.create_task(jobs.run(self.stop))
        return jobs

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.running

    async def end_idle_imports(self, may_destroy: MayDestroy) -> int:
        return 0

    async def expire_due(self, may_destroy: MayDestroy) -> int:
        self.expired += 1
        self.clocks_disagree |= self.clock_jumps
        await confirm(may_destroy)
        return 0

    async def may_destroy(self) -> bool:
        return not self.clocks_disagree

    async def present(self) -> datetime:
        return NOON

    async def forget_reports(self, may_destroy: MayDestroy) -> int:
        self.forgotten += 1
        return 0

    async def owed(self) -> tuple[OwedReceipts, ...]:
        if self.away:
            raise StoreAway("gone")
        return self.unsigned

    async def ask_all(self, subject: str, payload: bytes, *, within_seconds: float, expected: int) -> list[bytes]:
        assert (subject, expected) == (subjects.ROLL.pattern, len(self.unsigned))
        self.calls.append(RollCall.decode(payload))
        return []

    async def last_ended(self) -> datetime | None:
        return self.last

    async def nightly(self, stop: asyncio.Event) -> bool:
        self.compared.append("nightly")
        return True

    async def requested(self, stop: asyncio.Event, id_: UUID, requester: Requester, *, tombstone_unknown: bool) -> bool:
        self.ids.append(id_)
        if self.busy:
            self.refused += 1
            return False
        self.comparing.set()
        await self.go_on.wait()
        self.compared.append(f"asked by {requester.name}, {tombstone_unknown}")
        return True


async def test_the_daily_comparison_is_made_when_it_is_due() -> None:
    place = Place(last=NOON - timedelta(days=1))
    async with place:
        await eventually(lambda: place.compared == ["nightly"])


async def test_while_clocks_disagree_nothing_ends_and_receipts_are_asked_for() -> None:
    place = Place(
        last=NOON - timedelta(days=1),
        clocks_disagree=True,
        unsigned=(OwedReceipts("m1", UUID(int=1), (EntryId("e1"),)),),
    )
    async with place:
        await eventually(lambda: len(place.calls) == 1)

    assert (place.expired, place.compared) == (0, [])


async def test_a_clock_that_jumps_while_entries_expire_ends_nothing_else() -> None:
    place = Place(
        last=NOON - timedelta(days=1),
        clock_jumps=True,
        unsigned=(OwedReceipts("m1", UUID(int=1), (EntryId("e1"),)),),
    )
    async with place:
        await eventually(lambda: len(place.calls) == 1)

    assert (place.expired, place.forgotten, place.compared) == (1, 0, [])


async def test_who_asks_waits_until_the_comparison_is_over() -> None:
    place = Place()
    async with place as jobs:
        assert await jobs.reconcile(ASKER, tombstone_unknown=True, within_seconds=10)

        assert place.compared == ["asked by ana, True"]


async def test_who_asks_while_a_comparison_goes_on_has_one_of_his_own_after_it() -> None:
    place = Place()
    async with place as jobs:
        place.go_on.clear()
        first = asyncio.create_task(jobs.reconcile(ASKER, tombstone_unknown=False, within_seconds=10))
        await place.comparing.wait()
        assert not await jobs.reconcile(ASKER, tombstone_unknown=True, within_seconds=0)
        place.go_on.set()
        assert await first
        await eventually(lambda: place.compared == ["asked by ana, False", "asked by ana, True"])


async def test_who_asks_while_another_replica_compares_is_served_after_it() -> None:
    place = Place(busy=True)
    async with place as jobs:
        comparing = asyncio.create_task(jobs.reconcile(ASKER, tombstone_unknown=False, within_seconds=10))
        await eventually(lambda: place.refused > 0)
        assert not comparing.done()
        place.busy = False
        assert await comparing

    assert place.compared == ["asked by ana, False"]
    assert len(place.ids) > 1
    assert len(set(place.ids)) == 1


async def test_who_waits_for_a_comparison_is_let_go_when_the_process_ends() -> None:
    place = Place(busy=True)
    async with place as jobs:
        comparing = asyncio.create_task(jobs.reconcile(ASKER, tombstone_unknown=False, within_seconds=60))
        await eventually(lambda: place.refused > 0)

    assert not await comparing


async def test_matchers_are_told_which_receipts_the_record_lacks() -> None:
    place = Place(unsigned=(OwedReceipts("m1", UUID(int=7), (EntryId("e1"),)),))
    async with place:
        await eventually(lambda: len(place.calls) > 0)

    assert place.calls[0] == RollCall(place.unsigned)


async def test_where_no_receipt_is_missing_nobody_is_called() -> None:
    place = Place()
    async with place:
        await eventually(lambda: place.expired > 0)

    assert place.calls == []


async def test_who_asks_while_the_database_is_away_is_served_when_it_is_back() -> None:
    place = Place(away=True)
    async with place as jobs:
        comparing = asyncio.create_task(jobs.reconcile(ASKER, tombstone_unknown=False, within_seconds=10))
        await eventually(lambda: place.expired > 1)
        assert not comparing.done()
        place.away = False
        assert await comparing

    assert place.compared == ["asked by ana, False"]
