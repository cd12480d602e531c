"""`wardwatch status`."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cli import status
from local.context import Context
from services.chassis import telemetry
from services.chassis.errors import StartupError


def saying(reason: str | None) -> telemetry.ReadyCheck:
    async def check() -> str | None:
        return reason

    return check


@pytest.fixture
async def full() -> AsyncIterator[str]:
    """Where a service answers whose disk is full."""
    ready = {"disks": saying("the broker's disk is full")}
    warn = {"disks": saying("database: low, 1.0 GB free")}
    async with telemetry.serve("127.0.0.1", 0, ready=ready, warn=warn, meters=telemetry.Meters()) as port:
        yield f"http://127.0.0.1:{port}"


async def test_a_service_says_why_it_is_not_ready_and_what_comes(full: str) -> None:
    (alerts,) = await status._all({"alerts": full})

    assert alerts.lines() == [
        "alerts: NOT READY",
        "  disks: the broker's disk is full",
        "  warning: database: low, 1.0 GB free",
    ]


async def test_a_service_that_does_not_answer_is_not_ready() -> None:
    found = await status._all({"alerts": "http://127.0.0.1:1", "matcher": ""})

    assert [each.ready for each in found] == [False, False]


def test_services_of_one_machine_are_found_by_their_logs(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    said = [{"event": "telemetry is listening", "host": "127.0.0.1", "port": port} for port in (1, 2)]
    (tmp_path / "logs" / "alerts.log").write_text("\n".join(map(json.dumps, said)))

    assert status.addresses(Context(tmp_path, {}))["alerts"] == "http://127.0.0.1:2"


def test_services_elsewhere_are_named(tmp_path: Path) -> None:
    here = Context(tmp_path, {"telemetry": "alerts=http://alerts:8080/, matcher=http://matcher:8080"})

    assert status.addresses(here) == {"alerts": "http://alerts:8080", "matcher": "http://matcher:8080"}


def test_where_nothing_runs_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="WARDWATCH_TELEMETRY"):
        status.addresses(Context(tmp_path, {}))
