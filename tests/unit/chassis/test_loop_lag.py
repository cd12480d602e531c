"""How late the event loop wakes is measured, and said when somebody waits for it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from services.chassis.loop_lag import Longest, watch_loop
from services.chassis.telemetry import Meters
from tests.fakes import eventually


def test_the_longest_is_kept_for_one_span_and_forgotten_after_two() -> None:
    longest = Longest(span=60)

    assert longest.with_(0.75, 100) == 0.75
    assert longest.with_(0.1, 150) == 0.75
    assert longest.with_(0.2, 161) == 0.75
    assert longest.with_(0.1, 222) == 0.2


def test_after_a_long_silence_nothing_old_is_told() -> None:
    longest = Longest(span=60)
    longest.with_(0.75, 100)

    assert longest.with_(0.1, 1000) == 0.1


def test_a_new_maximum_is_told_at_once() -> None:
    longest = Longest(span=60)
    longest.with_(0.1, 100)

    assert longest.with_(2.0, 101) == 2.0


async def test_a_loop_that_stood_still_is_measured_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, meters, stop = asyncio.get_running_loop(), Meters(), asyncio.Event()
    before, stood_still = loop.time, 0.0
    monkeypatch.setattr(loop, "time", lambda: before() + stood_still)
    with capture_logs() as logs:
        watching = asyncio.create_task(watch_loop(meters, stop))
        await eventually(lambda: meters.value("wardwatch_loop_lag_seconds") > 0)
        stood_still = 100.0
        await eventually(lambda: meters.value("wardwatch_loop_lag_longest_seconds") > 90)
        stop.set()
        await watching

    said = [each["elapsed_ms"] for each in logs if each["event"] == "the event loop stood still"]
    assert max(said) > 90_000
