"""`wardwatch account` on a real PostgreSQL: shutting somebody out, letting them in again, and who is where."""

import asyncio
import getpass
import hashlib
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from cli import account
from cli.account import app
from local import context
from proto.wardwatch.v1.roles import Role
from services.chassis import hints
from services.chassis.errors import StartupError
from tests import servers

pytestmark = pytest.mark.usefixtures("owned")


@pytest.fixture
def owned(database: servers.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds this test's database, in which are an administrator, and a guard who is signed in."""
    password = tmp_path / "owner.password"
    password.write_text(urlsplit(database.owner).password or "")
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path))
    monkeypatch.setenv("WARDWATCH_ALERTS_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("WARDWATCH_DATABASE_URL", database.owner)
    monkeypatch.setenv("WARDWATCH_DATABASE_PASSWORD_FILE", str(password))
    asyncio.run(_people(database))


async def _people(database: servers.Database) -> None:
    connection = await asyncpg.connect(database.owner)
    try:
        for name, role in (("ana", "administrator"), ("li", "guard")):
            code = hashlib.sha256(name.encode()).digest()
            await connection.execute(
                "select accounts.add_account($1, $2, $3, now() + interval '1 hour')", name, role, code
            )
        await connection.execute(
            """
            insert into accounts.session (token_sha256, account_id, expires_at)
            select sha256('phone'), id, now() + interval '1 hour' from accounts.account where name = 'li'
            """
        )
    finally:
        await connection.close()


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_whom_the_hospital_lets_in_as_an_account_is_said_and_taken_back() -> None:
    assert "li comes in as li@h1" in run("identity", "li", "li@h1").stdout
    assert isinstance(run("identity", "ana", "li@h1").exception, StartupError)
    assert isinstance(run("identity", "li").exception, StartupError)
    assert "codes and passkeys alone" in run("identity", "li", "--none").stdout
    assert "ana comes in as li@h1" in run("identity", "ana", "li@h1").stdout


def states() -> dict[str, tuple[object, ...]]:
    listed = json.loads(run("list", "--json").stdout)["accounts"]
    return {one["name"]: (one["role"], one["state"], one["sessions"], one["reason"]) for one in listed}


def test_a_lost_administrator_is_let_in_anew_and_nobody_else_is(tmp_path: Path, database: servers.Database) -> None:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "ana.token").write_text("the lost one's")
    run("disable", "ana", "--reason", "phone was lost", "--last-administrator")

    done, guard, nobody = (run("reset-administrator", name) for name in ("ana", "li", "mo"))

    assert done.exit_code == 0
    assert "ana is let in anew, 0 sessions ended" in done.stdout
    assert re.search(r"one-time code  (\S{4}-){2}\S{4} ", done.stdout)
    assert states()["ana"][:2] == ("administrator", "invited")
    assert not (tmp_path / "accounts" / "ana.token").exists()
    assert str(guard.exception) == "li is a guard, not an administrator; administrators are: ana"
    assert str(nobody.exception) == "no account is named mo; administrators are: ana"
    assert states()["li"][2] == 1

    async def audited() -> list[tuple[str, str]]:
        connection = await asyncpg.connect(database.superuser)
        try:
            rows = await connection.fetch("select action, actor_name from audit.event order by sequence desc limit 2")
        finally:
            await connection.close()
        return [(row["action"], row["actor_name"]) for row in rows]

    assert {(action, getpass.getuser() in by) for action, by in asyncio.run(audited())} == {
        ("account.enabled", True),
        ("account.reset", True),
    }


def test_sessions_of_a_reset_administrator_end(database: servers.Database) -> None:
    async def signed_in() -> None:
        connection = await asyncpg.connect(database.owner)
        try:
            await connection.execute(
                """
                insert into accounts.session (token_sha256, account_id, expires_at)
                select sha256('desk'), id, now() + interval '1 hour' from accounts.account where name = 'ana'
                """
            )
        finally:
            await connection.close()

    asyncio.run(signed_in())

    assert "ana is let in anew, 1 session ended" in run("reset-administrator", "ana").stdout
    assert states()["ana"][1:3] == ("invited", 0)


def test_the_list_says_who_is_signed_in_invited_and_disabled() -> None:
    before = states()
    run("disable", "li", "--reason", "phone was stolen")

    assert before == {"ana": ("administrator", "invited", 0, None), "li": ("guard", "signed in", 1, None)}
    assert states()["li"] == ("guard", "disabled", 0, "phone was stolen")
    assert "phone was stolen" in run("list").stdout


def test_disabling_says_what_it_did_and_the_first_reason_is_kept() -> None:
    done, again = run("disable", "li", "--reason", "stolen"), run("disable", "li", "--reason", "found")

    enable = hints.command("account", "enable", "li")
    assert done.stdout == f"li is disabled, 1 session ended; let it in again with: {enable}\n"
    assert again.exit_code == 0
    assert "0 sessions ended" in again.stdout
    assert states()["li"][3] == "stolen"


def test_a_disabled_account_gets_no_code_until_it_is_enabled() -> None:
    run("disable", "li", "--reason", "stolen")

    refused = run("code", "li").exception
    assert str(refused) == f"li is disabled; let it in again with: {hints.command('account', 'enable', 'li')}"
    code = hints.command("account", "code", "li")
    assert run("enable", "li").stdout == f"li is enabled; a code to sign in with: {code}\n"
    assert run("enable", "li").stdout == "li was not disabled\n"
    assert states()["li"] == ("guard", "signed out", 0, None)
    assert run("code", "li").exit_code == 0


async def test_a_start_says_that_the_first_account_is_disabled() -> None:
    here = context.load()
    await asyncio.to_thread(run, "disable", "ana", "--reason", "left", "--last-administrator")

    with pytest.raises(account.AccountDisabled, match="ana is disabled"):
        await account.code_for(here, "ana", Role.ADMINISTRATOR)


def test_signing_out_ends_the_sessions_and_keeps_the_account() -> None:
    assert run("sign-out", "li").stdout == "li is signed out, 1 session ended\n"
    assert states()["li"] == ("guard", "invited", 0, None)


def test_the_last_administrator_is_disabled_only_when_that_is_said() -> None:
    refused = run("disable", "ana", "--reason", "left")

    assert isinstance(refused.exception, StartupError)
    assert "ana is the last administrator" in str(refused.exception)
    assert states()["ana"][1] == "invited"
    assert run("disable", "ana", "--reason", "left", "--last-administrator").exit_code == 0
    assert states()["ana"][1] == "disabled"


@pytest.mark.parametrize("words", [("disable", "--reason", "left"), ("enable",), ("sign-out",)])
def test_nobody_of_that_name_is_one_sentence(words: tuple[str, ...]) -> None:
    assert str(run(*words, "eve").exception) == f"no account is named eve; see: {hints.command('account', 'list')}"
