"""`wardwatch config show`: what a service works with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import plan
from local.context import Connection

# Each starts two interpreters, the second with all that a service imports.
pytestmark = pytest.mark.timeout(60)


def config_show(home: Path, service: str, **more: str) -> "subprocess.CompletedProcess[str]":
    Connection(
        nats_url="nats://127.0.0.1:4222",
        alerts_url="http://127.0.0.1:8471",
        credentials_dir=str(home / "credentials"),
        keys_dir=str(home / "keys"),
        database_url="postgresql://o@/w",
        database_password_file="/p",
        site="h7",
        listen="0.0.0.0",  # noqa: S104 - nothing listens in this test
        port="8471",
    ).write(home)
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("WARDWATCH_")}
    return subprocess.run(
        [sys.executable, "-m", "cli", "config", "show", service, "--json"],
        cwd=plan.CHECKOUT,
        env={**inherited, "WARDWATCH_HOME": str(home), **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("service", plan.SERVICES)
def test_every_service_shows_defaults_and_what_it_is_told(tmp_path: Path, service: str) -> None:
    done = config_show(tmp_path, service, **{f"WARDWATCH_{service.upper()}_LOG_LEVEL": "debug"})

    assert done.returncode == 0, done.stderr
    settings = json.loads(done.stdout)
    assert settings[f"WARDWATCH_{service.upper()}_HTTP_HOST"] == "127.0.0.1"
    assert settings[f"WARDWATCH_{service.upper()}_LOG_LEVEL"] == "debug"
    assert settings[f"WARDWATCH_{service.upper()}_NATS_URL"] == "nats://127.0.0.1:4222"


def test_page_s_address_and_site_are_those_of_the_running_wardwatch(tmp_path: Path) -> None:
    settings = json.loads(config_show(tmp_path, "alerts").stdout)

    keys = [f"WARDWATCH_ALERTS_{name}" for name in ("WEB_HOST", "WEB_PORT", "SITES")]
    assert [settings[key] for key in keys] == ["0.0.0.0", 8471, "h7"]  # noqa: S104 - nothing listens in this test


def test_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    done = config_show(tmp_path, "alerts", WARDWATCH_ALERTS_DATABASE_URL="postgresql://r:hunter2@db/w")

    assert json.loads(done.stdout)["WARDWATCH_ALERTS_DATABASE_URL"] == "postgresql://r:***@db/w"


def test_setting_that_the_service_would_refuse_is_one_sentence(tmp_path: Path) -> None:
    done = config_show(tmp_path, "detector", WARDWATCH_DETECTOR_THREADZ="2")

    assert done.returncode == 1
    assert "did you mean WARDWATCH_DETECTOR_THREADS?" in done.stderr
    assert "Traceback" not in done.stderr
