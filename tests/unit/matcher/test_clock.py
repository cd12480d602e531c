"""How far this machine's clock is from the broker's, and what is logged about it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from services.chassis.telemetry import Meters
from services.matcher.clock import ClockWatch, skew
from tests.unit.matcher.builders import NOW


def test_the_answer_is_taken_to_be_from_the_middle_of_the_wait() -> None:
    assert skew(NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)) == timedelta(0)
    assert skew(NOW, NOW - timedelta(seconds=4), NOW + timedelta(seconds=2)) == timedelta(seconds=5)


class Clocks:
    """Two clocks: ours advances by the delay of each answer, the server's is ``behind`` ours."""

    def __init__(self, *delays: float) -> None:
        self.delays: Iterator[float] = iter(delays)
        self.ours = NOW
        self.behind = timedelta(0)

    def now(self) -> datetime:
        return self.ours

    async def server_time(self) -> datetime:
        theirs = self.ours - self.behind
        self.ours += timedelta(seconds=next(self.delays, 0))
        return theirs


async def test_the_quickest_answer_counts() -> None:
    clocks, meters = Clocks(3.0, 0.002, 1.0), Meters()
    watch = ClockWatch(clocks.server_time, meters, now=clocks.now, steady=lambda: clocks.ours.timestamp())

    await watch.compare()

    assert watch.skew == timedelta(milliseconds=1)
    assert meters.value("wardwatch_clock_skew_seconds") == pytest.approx(0.001)


async def test_a_clock_two_seconds_off_is_logged_once_and_again_when_over() -> None:
    clocks = Clocks()
    watch = ClockWatch(clocks.server_time, Meters(), now=clocks.now)

    with capture_logs() as logs:
        for behind in (2.0, 2.1, -5.0, 0.5, 0.4, 3.0):
            clocks.behind = timedelta(seconds=behind)
            await watch.compare()

    assert [(line["log_level"], line["seconds"]) for line in logs] == [
        ("warning", 2.1),
        ("info", 0.5),
        ("warning", 3.0),
    ]


class Broker:
    """Its clock, beside one of ours that is off, and steady seconds."""

    def __init__(self, ours_off: timedelta) -> None:
        self.off = timedelta(0)
        self.ours_off = ours_off
        self.passed = 0.0

    def true(self) -> datetime:
        return NOW + timedelta(seconds=self.passed)

    async def ask(self) -> datetime:
        return self.true() + self.off

    def watch(self) -> ClockWatch:
        return ClockWatch(self.ask, Meters(), now=lambda: self.true() + self.ours_off, steady=lambda: self.passed)


@pytest.mark.parametrize("off", [timedelta(days=40), -timedelta(days=40)])
async def test_entries_end_by_the_brokers_time_on_a_machine_days_off(off: timedelta) -> None:
    broker = Broker(off)
    watch = broker.watch()
    assert await watch.check() is not None

    await watch.compare()
    broker.passed += 20

    assert watch.time() == broker.true()
    assert watch.skew == off
    assert await watch.check() is None


async def test_a_clock_that_is_set_between_two_comparisons_moves_nothing() -> None:
    broker = Broker(timedelta(0))
    watch = broker.watch()
    await watch.compare()

    broker.ours_off = -timedelta(days=40)
    broker.passed += 5

    assert watch.time() == broker.true()


async def test_a_broker_whose_clock_jumps_is_followed_after_an_hour() -> None:
    broker = Broker(timedelta(0))
    watch = broker.watch()
    await watch.compare()
    broker.off = timedelta(days=40)

    for _ in range(3):
        broker.passed += 30
        await watch.compare()
        assert watch.time() == broker.true()
    broker.passed += 3600
    await watch.compare()

    assert watch.time() == broker.true() + broker.off


async def test_a_broker_whose_jump_is_put_right_is_followed_at_once() -> None:
    broker = Broker(timedelta(0))
    watch = broker.watch()
    await watch.compare()
    broker.off = timedelta(days=40)
    broker.passed += 30
    await watch.compare()

    broker.off = timedelta(seconds=1)
    broker.passed += 30
    await watch.compare()

    assert watch.time() == broker.true() + broker.off
