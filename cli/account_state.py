"""`wardwatch account list`, `disable`, `enable`, `sign-out`, `sites`, `identity`: how accounts stand, and for what."""

import asyncio
import getpass
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import asyncpg
import typer
from rich.table import Table

from access import database
from cli import output
from cli.reason import checked_reason
from cli.watchlist import tables
from local import context
from local.context import Context
from proto.wardwatch.v1 import subjects
from services.chassis import hints
from services.chassis.errors import StartupError

Name = Annotated[str, typer.Argument(help="Name of the account.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class State(StrEnum):
    """How an account stands."""

    DISABLED = "disabled"
    SIGNED_IN = "signed in"
    INVITED = "invited"  # not signed in, and a one-time code would be taken
    SIGNED_OUT = "signed out"


@dataclass(frozen=True, slots=True)
class Standing:
    """An account in the list. ``sessions`` are open ones, ``invited`` is whether a code would be taken."""

    name: str
    role: str
    sessions: int
    invited: bool
    disabled_at: datetime | None
    disabled_reason: str | None
    sites: list[str] | None  # None: every site

    @property
    def state(self) -> State:
        """One word for it."""
        if self.disabled_at is not None:
            return State.DISABLED
        if self.sessions:
            return State.SIGNED_IN
        return State.INVITED if self.invited else State.SIGNED_OUT


def list_accounts(as_json: AsJson = False) -> None:
    """Show every account: its role, whether it is signed in and where it is disabled, why."""
    standings = asyncio.run(_standings(context.load()))
    if as_json:
        output.document(json.dumps({"accounts": [as_plain(one) for one in standings]}, ensure_ascii=False))
        return
    tables.show(as_table(standings))


def disable(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="Why, in 3 to 500 characters; it is recorded.")],
    last_administrator: Annotated[
        bool, typer.Option("--last-administrator", help="Also when no other administrator is left.")
    ] = False,
) -> None:
    """Shut an account out: its sessions end at once, its codes are void; what it decided before stands."""
    why = checked_reason(reason)
    ended = asyncio.run(shut_out(context.load(), name, why, also_the_last=last_administrator))
    again = hints.command("account", "enable", name)
    output.line(f"{name} is disabled, {sessions_in_words(ended)}; let it in again with: {again}")


def enable(name: Name) -> None:
    """Let a disabled account in again; it needs a new one-time code."""
    was_disabled = asyncio.run(let_in(context.load(), name))
    if not was_disabled:
        output.line(f"{name} was not disabled")
        return
    output.line(f"{name} is enabled; a code to sign in with: {hints.command('account', 'code', name)}")


def sign_out(name: Name) -> None:
    """End an account's sessions on every phone and machine; the account stays and signs in with another code."""
    ended = asyncio.run(_sign_out(context.load(), name))
    output.line(f"{name} is signed out, {sessions_in_words(ended)}")


def set_sites(
    name: Name,
    sites: Annotated[str, typer.Argument(help="The sites it may see and act on, by comma.")] = "",
    every: Annotated[bool, typer.Option("--every", help="Every site.")] = False,
) -> None:
    """Say which sites an account may see and act on from now on, also where it is signed in."""
    if bool(sites) == every:
        raise StartupError(f"say which sites, by comma, or --every; see: {hints.command('account', 'list')}")
    named = None if every else named_sites(sites)
    asyncio.run(_set_sites(context.load(), name, named))
    output.line(f"{name} sees and acts on {'every site' if named is None else ', '.join(named)}")


def set_identity(
    name: Name,
    identity: Annotated[str, typer.Argument(help="What the hospital's own sign-in calls this person.")] = "",
    none: Annotated[bool, typer.Option("--none", help="The hospital's own sign-in lets nobody in as this.")] = False,
) -> None:
    """Say whom the hospital's own sign-in (OpenID Connect) lets in as an account."""
    if bool(identity) == none:
        raise StartupError("give the value of the claim that is configured, or --none")
    asyncio.run(_set_identity(context.load(), name, None if none else identity))
    output.line(f"{name} comes in as {identity}" if identity else f"{name} comes in by codes and passkeys alone")


def named_sites(text: str) -> list[str]:
    """Sites as they are typed, by comma. Raises StartupError for what is no site's name, and for none."""
    try:
        named = sorted({subjects.site_id(part.strip()) for part in text.split(",") if part.strip()})
    except ValueError as error:
        raise StartupError(str(error)) from error
    if not named:
        raise StartupError("name at least one site, by comma")
    return list(named)


def as_table(standings: list[Standing]) -> Table:
    """One account to a row."""
    table = Table("name", "role", "sites", "state", "sessions", "since", "reason")
    for one in standings:
        since = "" if one.disabled_at is None else f"{one.disabled_at:%Y-%m-%d %H:%M} UTC"
        sites = "every" if one.sites is None else ", ".join(one.sites)
        table.add_row(one.name, one.role, sites, one.state, str(one.sessions), since, one.disabled_reason or "")
    return table


def as_plain(one: Standing) -> dict[str, object]:
    """An account for another program."""
    return {
        "name": one.name,
        "role": one.role,
        "sites": one.sites,
        "state": one.state.value,
        "sessions": one.sessions,
        "disabled_at": None if one.disabled_at is None else one.disabled_at.isoformat(),
        "reason": one.disabled_reason,
    }


async def _standings(here: Context) -> list[Standing]:
    async with as_owner(here) as connection:
        rows = await connection.fetch(
            """
            select a.name, a.role, a.disabled_at, a.disabled_reason, a.sites,
                (select count(*) from accounts.session_holder h where h.account_id = a.id) as sessions,
                exists (select from accounts.code c
                    where c.account_id = a.id and c.spent_at is null and c.expires_at > now()) as invited
            from accounts.account a order by a.name
            """
        )
    return [Standing(**dict(row)) for row in rows]


async def shut_out(here: Context, name: str, why: str, *, also_the_last: bool) -> int:
    """Disable the account *name*; returns how many sessions ended. Raises StartupError."""
    async with as_owner(here) as connection:
        try:
            ended: int = await connection.fetchval("select accounts.disable($1, $2, $3)", name, why, also_the_last)
        except asyncpg.RestrictViolationError as error:
            raise StartupError(
                f"{name} is the last administrator: add another first"
                f" ({hints.command('account', 'add', 'NAME', '--role', 'administrator')}), only end its sessions"
                f" ({hints.command('account', 'sign-out', name)}), or say --last-administrator"
            ) from error
    return ended


async def let_in(here: Context, name: str) -> bool:
    """Enable the account *name*; returns whether it was disabled. Raises StartupError."""
    async with as_owner(here) as connection:
        was_disabled: bool = await connection.fetchval("select accounts.enable($1)", name)
    return was_disabled


async def _sign_out(here: Context, name: str) -> int:
    async with as_owner(here) as connection:
        ended: int = await connection.fetchval("select accounts.sign_out($1)", name)
    return ended


async def _set_identity(here: Context, name: str, identity: str | None) -> None:
    async with as_owner(here) as connection:
        try:
            await connection.execute("select accounts.set_identity($1, $2)", name, identity)
        except (asyncpg.UniqueViolationError, asyncpg.CheckViolationError) as error:
            raise StartupError(f"{identity!r} is another account's, or has more than 255 characters") from error


async def _set_sites(here: Context, name: str, sites: list[str] | None) -> None:
    async with as_owner(here) as connection:
        await connection.execute("select accounts.set_sites($1, $2)", name, sites)


@asynccontextmanager
async def as_owner(here: Context) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A transaction as the database's owner. Raises StartupError for what the database refuses.

    Whoever holds the owner's password needs no account: the audit says who sat at the machine.
    """
    password, caller = await asyncio.to_thread(lambda: (here.database_password, getpass.getuser()))
    connection = await database.connect(database.with_password(here.database_url, password))
    try:
        async with connection.transaction():
            await connection.execute("select audit.acting(null, $1)", caller)
            yield connection
    except asyncpg.NoDataFoundError as error:
        raise StartupError(f"{error}; see: {hints.command('account', 'list')}") from error
    except asyncpg.PostgresError as error:
        raise StartupError(f"the database refused: {error}") from error
    finally:
        await connection.close()


def sessions_in_words(ended: int) -> str:
    """How many sessions ended."""
    return f"{ended} session{'' if ended == 1 else 's'} ended"
