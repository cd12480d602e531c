"""Where a command finds the running Wardwatch."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cli import account
from cli.account import SignedIn
from local import context
from local.context import Connection
from services.chassis import hints
from services.chassis.errors import StartupError
from tools import bootstrap

CHECKOUT = Path(__file__).resolve().parents[3]


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

    with pytest.raises(StartupError) as raised:
        _ = here.nats_url

    assert str(raised.value) == (
        f"no Wardwatch is running in {tmp_path}; start it there with: {hints.command('up')}, or set WARDWATCH_HOME"
        " to the folder of one that runs, or WARDWATCH_NATS_URL to where it is"
    )


def test_account_that_is_not_signed_in_is_told_how(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"li\.wei is not signed in here; get a code with: .*code li\.wei, and"):
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


# -- which installation --


def test_without_a_variable_it_is_the_one_of_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert context.home_of({}) == CHECKOUT / ".wardwatch"
    assert context.home_of({"WARDWATCH_HOME": ""}) == CHECKOUT / ".wardwatch"
    assert context.home_of({"WARDWATCH_HOME": "here"}) == tmp_path / "here"


def test_a_package_finds_what_was_begun_beside_its_environment(tmp_path: Path) -> None:
    code, environment, users = tmp_path / "lib", tmp_path / "ward" / ".venv", tmp_path / "share"
    begun = environment.parent / ".wardwatch"
    code.mkdir()

    assert context.beside(code, environment, users) == users
    begun.mkdir(parents=True)
    assert context.beside(code, environment, users) == begun
    (code / "Makefile").touch()
    assert context.beside(code, environment, users) == code / ".wardwatch"


def test_a_link_to_the_command_means_the_installation_it_leads_to(tmp_path: Path) -> None:
    command = tmp_path / "bin" / "wardwatch"
    command.parent.mkdir()
    # As make writes it: see tools/bootstrap.py.
    command.write_text(bootstrap.command(Path(sys.executable), CHECKOUT))
    command.chmod(0o755)
    (tmp_path / "link").symlink_to(command)
    environ = {"PATH": os.environ["PATH"], "WARDWATCH_HOME": ""}

    done = subprocess.run([tmp_path / "link", "down"], cwd="/", env=environ, capture_output=True, text=True, check=True)

    assert done.stdout == f"nothing runs in {CHECKOUT / '.wardwatch'}\n"


@pytest.mark.parametrize("caller", [("make", "-n", "up"), ("make", "-n", "down"), ("make", "-n", "models")])
def test_make_and_the_command_mean_the_same_installation(caller: tuple[str, ...]) -> None:
    # What make would run gets no other home than the command line finds by itself.
    done = subprocess.run(
        caller, cwd=CHECKOUT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )

    assert "cli" in done.stdout
    assert "WARDWATCH_HOME" not in (CHECKOUT / "Makefile").read_text()


def test_two_checkouts_have_an_installation_each(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Makefile").touch()
        for part in ("cli", "local", "access", "services", "proto"):
            shutil.copytree(CHECKOUT / part, tmp_path / name / part)
    program = "import os; from local import context; print(context.home_of(os.environ))"

    homes = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / name)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for name in ("one", "two")
    ]

    assert homes == [str(tmp_path / name / ".wardwatch") for name in ("one", "two")]


def test_one_that_was_killed_is_not_taken_for_one_that_runs(tmp_path: Path) -> None:
    written = Connection("nats://a:1", "http://a:2", "/c", "/k", "postgresql://o@/w", "/p", "h1", "127.0.0.1", "8470")
    written.write(tmp_path)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    (tmp_path / context.LOCK).write_text(str(gone.pid))
    with pytest.raises(StartupError, match=f"no Wardwatch is running in {tmp_path}"):
        _ = context.load({"WARDWATCH_HOME": str(tmp_path)}).nats_url

    (tmp_path / context.LOCK).write_text(str(os.getpid()))
    assert context.load({"WARDWATCH_HOME": str(tmp_path)}).nats_url == "nats://a:1"


def test_another_accounts_installation_is_said_to_be_so() -> None:
    # Who may enter everything becomes somebody who may not; anybody else takes the right to enter from himself.
    program = (
        "import os, sys; from pathlib import Path\n"
        "from services.chassis.errors import StartupError\n"
        "from local import context\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "else: Path(sys.argv[1]).chmod(0)\n"
        "try: context.load({'WARDWATCH_HOME': sys.argv[1]})\n"
        "except StartupError as error: print(error)\n"
    )

    # Not below pytest's own folder, which nobody else may enter at all.
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", program, home], cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
        Path(home).chmod(0o700)

    owner = pwd.getpwuid(os.getuid()).pw_name
    assert f"{home} belongs to {owner} and cannot be read by you: use that account" in done.stdout, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file in somebody else's name")
def test_what_root_keeps_in_anothers_installation_is_the_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)

    account.keep(context.load({"WARDWATCH_HOME": str(home)}), SignedIn("li.wei", "guard", "a token"))

    token_file = home / "accounts" / "li.wei.token"
    assert [path.stat().st_uid for path in (token_file.parent, token_file)] == [65534, 65534]
    assert token_file.stat().st_mode & 0o777 == 0o600
