"""Prepare the database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from access import database
from cli import output
from services.chassis.settings import read_secret

app = typer.Typer(help="Prepare the database.", no_args_is_help=True)


@app.callback()
def root() -> None:
    """Prepare the database."""


@app.command("migrate")
def migrate_command(
    url: Annotated[str, typer.Option(envvar="WARDWATCH_DATABASE_ADMIN_URL", help="Superuser's address, no password.")],
    password_file: Annotated[
        Path, typer.Option(envvar="WARDWATCH_DATABASE_ADMIN_PASSWORD_FILE", help="File with the superuser's password.")
    ],
    role_passwords: Annotated[
        Path,
        typer.Option(
            envvar="WARDWATCH_DATABASE_ROLE_PASSWORDS", help="Folder with a file <role>.password for each role."
        ),
    ],
) -> None:
    """Make roles and database, and apply the migrations. Safe to repeat and to run twice at once."""
    passwords = {role: read_secret(role_passwords / f"{role}.password") or "" for role in database.ROLES}
    superuser = database.with_password(url, read_secret(password_file) or "")
    applied = asyncio.run(database.prepare_and_migrate(superuser, passwords))
    output.line(f"{applied} migrations applied")
