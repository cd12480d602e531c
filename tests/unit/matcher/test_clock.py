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
    watch = ClockWatch(clocks.server_time, meters, now=clocks.now)

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
