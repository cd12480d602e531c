"""`wardwatch account` and `wardwatch login`: who may sign in, and signing in from the command line."""

import asyncio
import hashlib
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import aiohttp
import asyncpg
import segno
import typer

from access import database
from access.store import as_the_folder, write_secret
from cli import account_state, desk_client, output, web
from local import context
from local.context import Context
from proto.wardwatch.v1.roles import Role
from services.chassis import hints
from services.chassis.errors import StartupError

# No 0 O 1 I L: a code is read out over a telephone. 12 of 31 signs are 59 bits; a code lives a day at most.
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE_LENGTH: Final = 12
_CODE_LIVES: Final = timedelta(hours=24)
_ANSWER_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as the server handed it out."""

    account: str
    role: str
    token: str

    def __repr__(self) -> str:
        return f"SignedIn({self.account}, {self.role})"


class AccountDisabled(StartupError):
    """The account is disabled: it gets no code."""


app = typer.Typer(help="Add the people who may sign in, and shut them out.", no_args_is_help=True)
app.command("list")(account_state.list_accounts)
app.command("disable")(account_state.disable)
app.command("enable")(account_state.enable)
app.command("sign-out")(account_state.sign_out)
app.command("sites")(account_state.set_sites)
app.command("identity")(account_state.set_identity)
sign_in = typer.Typer()


@app.command("add")
def add_account(
    name: Annotated[str, typer.Argument(help="Name of the account, for example li.wei.")],
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    sites: Annotated[
        str | None, typer.Option(help="The sites it may see and act on, by comma; without it every site.")
    ] = None,
) -> None:
    """Add an account and print its one-time code, as text and as a QR code for a phone."""
    here = context.load()
    named = None if sites is None else account_state.named_sites(sites)
    _show(here, name, asyncio.run(make_code(here, name, role, sites=named)))


@app.command("code")
def new_code(name: Annotated[str, typer.Argument(help="Name of the account.")]) -> None:
    """Print a new one-time code for an account that exists; earlier codes are void."""
    here = context.load()
    _show(here, name, asyncio.run(make_code(here, name, None)))


@app.command("reset-administrator")
def reset_administrator(
    name: Annotated[str, typer.Argument(help="Name of the administrator who cannot sign in any more.")] = "admin",
) -> None:
    """Let a lost administrator in again: sessions end, earlier codes are void, and a new one-time code is printed.

    It takes the files of this installation, not an account; the audit says who sat at the machine.
    """
    here = context.load()
    ended, code = asyncio.run(_reset(here, name))
    output.line(f"{name} is let in anew, {account_state.sessions_in_words(ended)}")
    _show(here, name, code)


@sign_in.command("login")
def login(
    code: Annotated[str, typer.Argument(help="A one-time code; asked for when it is left out.")] = "",
) -> None:
    """Sign in here with a one-time code."""
    here = context.load()
    session = asyncio.run(redeem(here, code or _read_code()))
    output.line(f"signed in as {session.account} ({session.role})")


async def make_code(
    here: Context,
    name: str,
    role: Role | None,
    *,
    sites: list[str] | None = None,
    choose: Callable[[str], str] = secrets.choice,
) -> str:
    """Add the account *name*, for *sites* or for every site, or with no *role* invite it again.

    Returns its one-time code. Raises AccountDisabled.
    """
    plain, digest = _new_code(choose)
    until = datetime.now(UTC) + _CODE_LIVES
    async with account_state.as_owner(here) as connection:
        try:
            if role is None:
                await connection.execute("select accounts.invite($1, $2, $3)", name, digest, until)
            else:
                added = "select accounts.add_account($1, $2, $3, $4, $5)"
                await connection.execute(added, name, role.value, digest, until, sites)
        except asyncpg.UniqueViolationError as error:
            code_again = hints.command("account", "code", name)
            raise StartupError(f"{name} exists already; for a new code: {code_again}") from error
        except asyncpg.ObjectNotInPrerequisiteStateError as error:
            raise AccountDisabled(
                f"{name} is disabled; let it in again with: {hints.command('account', 'enable', name)}"
            ) from error
        except asyncpg.CheckViolationError as error:
            raise StartupError(f"{name!r} cannot be the name of an account: use A-Z a-z 0-9 . _ -") from error
    return _in_parts(plain)


def _new_code(choose: Callable[[str], str] = secrets.choice) -> tuple[str, bytes]:
    """A one-time code, and what the database knows of it."""
    plain = "".join(choose(_SIGNS) for _ in range(_CODE_LENGTH))
    return plain, hashlib.sha256(plain.encode("ascii")).digest()


def _in_parts(plain: str) -> str:
    return "-".join(plain[i : i + 4] for i in range(0, _CODE_LENGTH, 4))


async def _reset(here: Context, name: str) -> tuple[int, str]:
    """How many sessions of the administrator *name* ended, and its new code. Raises StartupError for anybody else."""
    plain, digest = _new_code()
    async with account_state.as_owner(here) as connection:
        reset = "select accounts.reset_administrator($1, $2, $3)"
        ended: int | None = await connection.fetchval(reset, name, digest, datetime.now(UTC) + _CODE_LIVES)
        if ended is None:
            raise StartupError(await _no_administrator(connection, name))
    # Nor does what this machine kept of the account's session stay.
    await asyncio.to_thread(here.token_file(name).unlink, missing_ok=True)
    return ended, _in_parts(plain)


async def _no_administrator(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> str:
    """Why *name* cannot be reset, and who could."""
    role = await connection.fetchval("select role from accounts.account where name = $1", name)
    rows = await connection.fetch("select name from accounts.account where role = 'administrator' order by name")
    known = [str(row["name"]) for row in rows]
    is_other = f"no account is named {name}" if role is None else f"{name} is a {role}, not an administrator"
    if known:
        return f"{is_other}; administrators are: {', '.join(known)}"
    return f"{is_other}; make one with: {hints.command('account', 'add', name, '--role', 'administrator')}"


async def code_for(here: Context, name: str, role: Role) -> str:
    """A one-time code for *name*, who is added when there is no such account. Raises AccountDisabled."""
    connection = await database.connect(database.with_password(here.database_url, here.database_password))
    try:
        known = await connection.fetchval("select 1 from accounts.account where name = $1", name)
    finally:
        await connection.close()
    return await make_code(here, name, None if known else role)


async def redeem(here: Context, code: str) -> SignedIn:
    """Exchange a one-time code for a session and keep it. Raises StartupError in the server's words, or NoAnswer."""
    try:
        async with (
            web.session(here, within_seconds=_ANSWER_SECONDS) as http,
            http.post(f"{here.alerts_url}/api/v1/session", json={"code": code}) as reply,
        ):
            if reply.status != 200:
                raise StartupError(f"the code was not taken: {desk_client.words(reply.status, await reply.read())}")
            content = await reply.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise web.unanswered(here, error) from error
    session = SignedIn(str(content["account"]), str(content["role"]), str(content["token"]))
    await asyncio.to_thread(keep, here, session)
    return session


def keep(here: Context, session: SignedIn) -> None:
    """Store the session for later commands, readable by this user only."""
    path = here.token_file(session.account)
    here.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.parent.is_dir():
        path.parent.mkdir(exist_ok=True, mode=0o700)
        as_the_folder(path.parent, here.home)
    write_secret(path, session.token)


def link(alerts_url: str, code: str) -> str:
    """What the QR code holds. The code is behind the #, so it is never sent in an address."""
    return f"{alerts_url}/#code={code}"


def print_code(alerts_url: str, code: str) -> None:
    """Print address, code and QR code."""
    output.line(f"  address        {alerts_url}")
    output.line(f"  one-time code  {code}   (valid for 24 hours, once)")
    qr = segno.make(link(alerts_url, code), error="l", micro=False)
    qr.terminal(compact=True, border=2)


def _read_code() -> str:
    text: str = typer.prompt("one-time code", err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not text.strip():
        raise StartupError("no code was given; type it, or send it on the standard input")
    return text.strip()


def _show(here: Context, name: str, code: str) -> None:
    output.line(f"{name} signs in with:")
    print_code(here.page_url, code)
