"""`wardwatch restore`: bring a backup back into an empty installation (docs/adr/0100)."""

import asyncio
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from access import database
from cli import output
from cli.backup import choosing, restoring
from cli.backup.choosing import Chosen
from cli.backup.commands import KeyFile, PassphraseFile, opening_of, put_back_secrets
from cli.backup.key_files import Opening
from cli.backup.restoring import Admin, Brought
from local import checks, context, plan, postgres, supervisor
from local.context import Context
from local.screen import Screen
from local.supervisor import Order
from services.chassis import hints
from services.chassis.errors import StartupError
from services.chassis.settings import read_secret

app = typer.Typer()

_CREDENTIALS: Final = "credentials"


@app.command("restore")
def restore(
    given: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The folder of the backups, or files of one.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    admin_url: Annotated[
        str | None,
        typer.Option(envvar="WARDWATCH_DATABASE_ADMIN_URL", help="In containers: superuser's address, no password."),
    ] = None,
    admin_password_file: Annotated[
        Path | None,
        typer.Option(envvar="WARDWATCH_DATABASE_ADMIN_PASSWORD_FILE", help="File with the superuser's password."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring a backup back into an empty installation, with its services stopped. What had ended since stays ended."""
    opening = opening_of(key, passphrase_file)
    chosen = choosing.choose(given)
    here = context.load()
    if checks.supervisor_of(here.home) is not None:
        raise StartupError(f"Wardwatch runs in {here.home}; a backup is brought back while it is stopped")
    if "nats_url" in here.values:
        done = asyncio.run(restoring.restore(here, chosen, opening, _admin(here, admin_url, admin_password_file)))
    else:
        _secrets_first(here, chosen, opening)
        done = asyncio.run(_on_one_machine(here, chosen, opening))
    if as_json:
        output.document(json.dumps(asdict(done), default=str))
        return
    for line in report_lines(done):
        output.line(line)


def report_lines(done: Brought) -> list[str]:
    """What was brought back, for people."""
    ended = done.ended
    lines = [
        f"{done.rows} rows, {done.keys.restored} keys, {done.crops} keys of faces and {done.heads} heads of the audit"
        f" are back, in {done.seconds:.1f} s"
    ]
    if done.migrated:
        lines.append(f"{done.migrated} migrations that came after the backup were applied")
    if done.ledger_of:
        lines.append(
            f"by the ledger of {done.ledger_of}: {ended.erased} entries are erased, {ended.suspended} suspended,"
            f" {ended.signed_out} sessions ended, {ended.disabled} accounts disabled"
        )
    else:
        lines.append(
            f"there was no ledger: {ended.erased} entries are erased by the keys' tombstones; what else ended after the"
            " keys were copied stands again, look at it"
        )
    if ended.refused:
        named = ", ".join(map(str, ended.refused))
        lines.append(f"could not be erased in the record, and cannot be opened: {named}")
    start = hints.command("up")
    lines.append(f"start it with: {start}; then {hints.command('audit', 'verify')}")
    return lines


def _admin(here: Context, url: str | None, password_file: Path | None) -> Admin:
    if url is None or password_file is None:
        raise StartupError("name the database's superuser: --admin-url and --admin-password-file")
    passwords = {role: here.password_of(role) for role in database.ROLES}
    return Admin(url, read_secret(password_file) or "", passwords)


def _secrets_first(here: Context, chosen: Chosen, opening: Opening) -> None:
    """Put the secrets of the backup back where this machine has none yet."""
    if (here.home / _CREDENTIALS).exists():
        return
    if chosen.secrets is None:
        raise StartupError(
            f"{here.home} has no secrets, and none are in what you named: without the secrets of that time the backup"
            " cannot be opened"
        )
    checks.make_home(here.home)
    # Beside, and the folder that is looked for last: killed in between, it begins anew.
    beside = here.home / ".secrets"
    shutil.rmtree(beside, ignore_errors=True)
    count = put_back_secrets(chosen.secrets, beside, opening)
    for each in sorted(beside.iterdir(), key=lambda path: path.name == _CREDENTIALS):
        each.replace(here.home / each.name)
    beside.rmdir()
    output.line(f"{count} files of secrets are in {here.home}")


async def _on_one_machine(here: Context, chosen: Chosen, opening: Opening) -> Brought:
    """Start the two servers, and nothing else, for as long as it takes."""
    order = Order(here.home, "h1", "127.0.0.1", 0, services=())
    async with supervisor.signals() as stop, supervisor.running(order, Screen(), os.environ):
        place = postgres.place_for(here.home)
        superuser = (await asyncio.to_thread(place.password_file.read_text, encoding="utf-8")).strip()
        url = postgres.url(place.socket, role=postgres.SUPERUSER, database="postgres")
        passwords = {
            role: (await asyncio.to_thread(plan.password_file(here.home, role).read_text, encoding="utf-8")).strip()
            for role in database.ROLES
        }
        work = asyncio.create_task(restoring.restore(context.load(), chosen, opening, Admin(url, superuser, passwords)))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not work.done():
            work.cancel()
            await asyncio.wait({work})
            raise StartupError("it was stopped before it was done; run it again")
        return work.result()
