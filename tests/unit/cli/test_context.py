"""Where a command finds the running Wardwatch."""

import json
from pathlib import Path

import pytest

from services.chassis.errors import StartupError
from services.cli import context
from services.cli.context import Connection


def test_values_come_from_the_home_s_connection_file(tmp_path: Path) -> None:
    Connection("nats://a:1", "http://a:2/", "/c", "/k", "postgresql://o@/w", "/p", "h1", "127.0.0.1", "8470").write(
        tmp_path
    )

    here = context.load({"WARDWATCH_HOME": str(tmp_path)})

    assert (here.nats_url, here.alerts_url) == ("nats://a:1", "http://a:2")


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    Connection("nats://a:1", "http://a:2", "/c", "/k", "postgresql://o@/w", "/p", "h1", "127.0.0.1", "8470").write(
        tmp_path
    )

    here = context.load({"WARDWATCH_HOME": str(tmp_path), "WARDWATCH_NATS_URL": "nats://b:3"})

    assert here.nats_url == "nats://b:3"


def test_the_hospitals_own_authority_is_named_by_the_environment_alone(tmp_path: Path) -> None:
    home = {"WARDWATCH_HOME": str(tmp_path)}

    assert context.load(home).ca_file is None
    assert context.load({**home, "WARDWATCH_CA_FILE": ""}).ca_file is None
    assert context.load({**home, "WARDWATCH_CA_FILE": "/ca.pem"}).ca_file == Path("/ca.pem")


def test_nothing_running_is_said_with_what_to_do(tmp_path: Path) -> None:
    here = context.load({"WARDWATCH_HOME": str(tmp_path)})

    with pytest.raises(StartupError, match=r"start it with: wardwatch up, or set WARDWATCH_NATS_URL"):
        _ = here.nats_url


def test_account_that_is_not_signed_in_is_told_how(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"li\.wei is not signed in here; sign in with: wardwatch login CODE"):
        context.load({"WARDWATCH_HOME": str(tmp_path)}).token("li.wei")


def test_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / context.CONNECTION).write_text("{")

    with pytest.raises(StartupError, match="cannot be read"):
        context.load({"WARDWATCH_HOME": str(tmp_path)})


def test_file_holds_no_secret(tmp_path: Path) -> None:
    Connection(
        "nats://a:1", "http://a:2", "/c", "/k", "postgresql://o@/w?host=/s", "/p", "h1", "127.0.0.1", "8470"
    ).write(tmp_path)

    assert set(json.loads((tmp_path / context.CONNECTION).read_text())) == {
        "nats_url",
        "alerts_url",
        "credentials_dir",
        "keys_dir",
        "database_url",
        "database_password_file",
        "site",
        "listen",
        "port",
        "time_zone",
    }
