"""`wardwatch config show`: what a service works with."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import running
from local import plan
from local.context import Connection
from services.chassis.effective import effective

# Some start an interpreter with all that a service imports.
pytestmark = pytest.mark.timeout(60)

Show = Callable[..., dict[str, object]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a Wardwatch that runs; the only one that the environment names."""
    Connection(
        nats_url="nats://127.0.0.1:4222",
        alerts_url="http://127.0.0.1:8471",
        credentials_dir=str(tmp_path / "credentials"),
        keys_dir=str(tmp_path / "keys"),
        database_url="postgresql://o@/w",
        database_password_file="/p",
        site="h7",
        listen="0.0.0.0",  # noqa: S104 - nothing listens in this test
        port="8471",
    ).write(tmp_path)
    for name in [name for name in os.environ if name.startswith("WARDWATCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def show(home: Path) -> Show:
    """What is shown of a service, in an environment with *more*."""
    assert home.is_dir()

    def shown(service: str, **more: str) -> dict[str, object]:
        done = CliRunner().invoke(running.config, ["show", service, "--json"], env=more, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        settings: dict[str, object] = json.loads(done.stdout)
        return settings

    return shown


@pytest.mark.parametrize("service", plan.SERVICES)
def test_every_service_shows_defaults_and_what_it_is_told(
    show: Show, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Asked here instead of in an interpreter of its own, which takes seconds: the other tests ask that.
    monkeypatch.setattr(running, "_effective", effective)

    settings = show(service, **{f"WARDWATCH_{service.upper()}_LOG_LEVEL": "debug"})

    assert settings[f"WARDWATCH_{service.upper()}_HTTP_HOST"] == "127.0.0.1"
    assert settings[f"WARDWATCH_{service.upper()}_LOG_LEVEL"] == "debug"
    assert settings[f"WARDWATCH_{service.upper()}_NATS_URL"] == "nats://127.0.0.1:4222"


def test_alerts_show_the_running_wardwatch_and_no_password(show: Show) -> None:
    settings = show("alerts", WARDWATCH_ALERTS_DATABASE_URL="postgresql://r:hunter2@db/w")

    keys = [f"WARDWATCH_ALERTS_{name}" for name in ("WEB_HOST", "WEB_PORT", "SITES")]
    assert [settings[key] for key in keys] == ["0.0.0.0", 8471, "h7"]  # noqa: S104 - nothing listens in this test
    assert settings["WARDWATCH_ALERTS_DATABASE_URL"] == "postgresql://r:***@db/w"


def test_setting_that_the_service_would_refuse_is_one_sentence(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "config", "show", "detector", "--json"],
        cwd=plan.CHECKOUT,
        env={**os.environ, "WARDWATCH_HOME": str(home), "WARDWATCH_DETECTOR_THREADZ": "2"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "did you mean WARDWATCH_DETECTOR_THREADS?" in done.stderr
    assert "Traceback" not in done.stderr
