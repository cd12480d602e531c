"""Which clock is believed, and when nothing is destroyed because clocks disagree."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from services.chassis.clocks import ClockGuard, ClockJudge, Reading
from services.chassis.errors import NoAnswer
from services.chassis.telemetry import Meters

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAYS = timedelta(days=4)


@dataclass
class Machines:
    """The database's and the broker's clock, each as far off as a test sets it, and steady seconds that nobody sets."""

    passed: float = 0.0
    database_off: timedelta = timedelta(0)
    broker_off: timedelta = timedelta(0)
    broker_away: bool = False
    highest: datetime = NOON
    questions: int = 0
    meters: Meters = field(default_factory=Meters)

    def true(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)

    async def read(self) -> tuple[datetime, datetime]:
        return self.true() + self.database_off, self.highest

    async def believe(self) -> None:
        self.highest = self.true() + self.database_off

    async def ask_broker(self) -> datetime:
        self.questions += 1
        if self.broker_away:
            raise NoAnswer("away")
        return self.true() + self.broker_off

    def guard(self) -> ClockGuard:
        return ClockGuard(self.read, self.believe, self.ask_broker, self.meters, steady=lambda: self.passed)


async def test_clocks_that_agree_let_what_is_due_be_destroyed() -> None:
    machines = Machines()
    guard = machines.guard()

    assert await guard.may_destroy()
    assert await guard.check() is None
    assert machines.meters.value("wardwatch_database_clock_skew_seconds") == 0


async def test_a_database_days_ahead_of_the_broker_destroys_nothing_and_says_so() -> None:
    machines = Machines(database_off=DAYS)
    guard = machines.guard()

    assert not await guard.may_destroy()
    assert await guard.check() == (
        "the database's clock is 4 days ahead of the broker's: nothing is deleted until they agree"
    )
    machines.passed += 1_000_000
    assert not await guard.may_destroy()


async def test_a_database_behind_the_broker_destroys_nothing() -> None:
    machines = Machines(database_off=-timedelta(hours=3))
    guard = machines.guard()

    assert not await guard.may_destroy()
    assert "3 hours behind the broker's" in str(await guard.check())


async def test_it_goes_on_by_itself_once_clocks_agree_again() -> None:
    machines = Machines()
    guard = machines.guard()
    assert await guard.may_destroy()
    machines.database_off = DAYS
    machines.passed += 60
    assert not await guard.may_destroy()

    machines.database_off = timedelta(0)
    machines.passed += 60

    assert await guard.may_destroy()
    assert await guard.check() is None


async def test_a_jump_that_broker_and_database_share_is_believed_after_an_hour() -> None:
    machines = Machines()
    guard = machines.guard()
    assert await guard.may_destroy()
    machines.database_off = machines.broker_off = DAYS
    machines.passed += 60

    assert not await guard.may_destroy()
    assert "4 days ahead of the time it showed before" in str(await guard.check())
    machines.passed += 3500
    assert not await guard.may_destroy()
    machines.passed += 200

    assert await guard.may_destroy()


async def test_before_the_broker_was_heard_once_nothing_is_destroyed() -> None:
    machines = Machines(broker_away=True)
    guard = machines.guard()
    assert not await guard.may_destroy()
    assert "not known yet" in str(await guard.check())

    machines.broker_away = False
    machines.passed += 30

    assert await guard.may_destroy()


async def test_who_asks_while_the_broker_is_asked_waits_for_its_answer() -> None:
    machines, answer = Machines(database_off=DAYS), asyncio.Event()

    async def slow() -> datetime:
        await answer.wait()
        return machines.true()

    guard = ClockGuard(machines.read, machines.believe, slow, machines.meters, steady=lambda: machines.passed)
    async with asyncio.TaskGroup() as tasks:
        passes = [tasks.create_task(guard.may_destroy()) for _ in range(3)]
        await asyncio.sleep(0)
        answer.set()

    assert [each.result() for each in passes] == [False] * 3


async def test_a_jump_while_the_broker_is_away_is_noticed_as_well() -> None:
    machines = Machines()
    guard = machines.guard()
    assert await guard.may_destroy()
    machines.broker_away = True

    machines.database_off = DAYS
    machines.passed += 2

    assert not await guard.may_destroy()


async def test_a_broker_that_is_away_is_not_asked_in_every_pass() -> None:
    machines = Machines()
    guard = machines.guard()
    await guard.may_destroy()
    machines.broker_away = True

    for _ in range(40):
        assert await guard.may_destroy()
        machines.passed += 1

    assert machines.questions == 2


async def test_a_clock_below_what_the_record_has_seen_is_refused_at_the_start() -> None:
    machines = Machines(highest=NOON + DAYS)
    guard = machines.guard()

    assert not await guard.may_destroy()
    assert "4 days behind the time it showed before" in str(await guard.check())


async def test_a_clock_that_went_on_while_nobody_looked_is_believed() -> None:
    assert await Machines(highest=NOON - DAYS).guard().may_destroy()


async def test_the_record_keeps_the_latest_time_that_was_believed() -> None:
    machines = Machines(highest=NOON - DAYS)
    guard = machines.guard()

    await guard.may_destroy()
    assert machines.highest == NOON
    machines.passed += 700
    await guard.may_destroy()
    assert machines.highest == machines.true()
    machines.passed += 700
    machines.database_off = DAYS
    await guard.may_destroy()

    assert machines.highest == NOON + timedelta(seconds=700)


@pytest.mark.parametrize("every_seconds", [1, 60, 599])
def test_a_clock_that_creeps_ahead_is_noticed(every_seconds: int) -> None:
    judge, ahead, passed, reason = ClockJudge(), timedelta(0), 0.0, None
    while reason is None and passed < 3600:
        passed += every_seconds
        ahead += timedelta(seconds=every_seconds)  # twice as fast as it should be
        shown = NOON + timedelta(seconds=passed) + ahead
        reason = judge.judge(Reading(shown, NOON, passed), broker=shown)

    assert reason is not None
