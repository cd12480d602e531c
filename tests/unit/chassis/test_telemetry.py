"""Telemetry: the three pages, and a catalogue that fits the names."""

import typing

import aiohttp
import pytest

from proto.wardwatch.v1.metrics import CATALOGUE, MetricName
from services.chassis import telemetry
from services.chassis.errors import StartupError


def test_every_name_is_in_the_catalogue_and_counters_end_in_total() -> None:
    assert set(CATALOGUE) == set(typing.get_args(MetricName))
    for name, row in CATALOGUE.items():
        assert name.endswith("_total") == (row.kind == "counter"), name


async def test_readiness_gives_the_reason_in_words() -> None:
    reasons: list[str | None] = ["the list is not loaded"]

    async def check() -> str | None:
        return reasons[0]

    async with (
        telemetry.serve("127.0.0.1", 0, ready={"watchlist": check}, meters=telemetry.Meters()) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        async with client.get("/readyz") as answer:
            assert answer.status == 503
            assert await answer.json() == {"status": "not ready", "reasons": {"watchlist": "the list is not loaded"}}
        reasons[0] = None
        async with client.get("/readyz") as answer:
            assert answer.status == 200
        async with client.get("/healthz") as answer:
            assert answer.status == 200


async def test_a_warning_is_told_and_leaves_a_process_ready() -> None:
    async def warn() -> str | None:
        return "broker: low"

    async with (
        telemetry.serve("127.0.0.1", 0, ready={}, warn={"disks": warn}, meters=telemetry.Meters()) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
        client.get("/readyz") as answer,
    ):
        assert answer.status == 200
        assert await answer.json() == {"status": "ready", "warnings": {"disks": "broker: low"}}


async def test_a_counter_appears_on_the_metrics_page() -> None:
    meters = telemetry.Meters()
    meters.count("wardwatch_frames_rejected_total", reason="truncated")

    async with (
        telemetry.serve("127.0.0.1", 0, ready={}, meters=meters) as port,
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        page = await answer.text()

    assert 'wardwatch_frames_rejected_total{reason="truncated"} 1.0' in page
    assert meters.value("wardwatch_frames_rejected_total", reason="truncated") == 1


async def test_a_taken_port_is_one_clear_sentence() -> None:
    async with telemetry.serve("127.0.0.1", 0, ready={}, meters=telemetry.Meters()) as port:
        with pytest.raises(StartupError, match=f"cannot listen on 127.0.0.1:{port}"):
            async with telemetry.serve("127.0.0.1", port, ready={}, meters=telemetry.Meters()):
                raise AssertionError
