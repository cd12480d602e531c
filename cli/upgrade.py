"""`wardwatch upgrade --check`: what this version would do to the database that is there, and whether it may begin.

The upgrade itself is the start of the new version, which applies the migrations. A migration says in a line of its own
whether the former version may go on beside it.
"""

import asyncio
import json
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import asyncpg
import typer

from access import database
from cli import output
from local import context, postgres
from local.checks import LEAST_FREE_BYTES
from local.context import Context
from services.chassis import hints, version
from services.chassis.errors import StartupError

app = typer.Typer()

MARKER: Final = re.compile(r"^-- Beside the former version: (yes|no)\.(?: (.*))?$", re.MULTILINE)
_MOST_BACKUP_HOURS: Final = 24.0


@dataclass(frozen=True, slots=True)
class Migration:
    """One of this version's. ``beside``: whether the former version may go on; None where nobody has said."""

    number: str
    name: str
    beside: bool | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is: sizes in bytes, of room None where it cannot be seen from here; the backup's age in hours."""

    applied: Sequence[str]
    database_bytes: int
    free_bytes: int | None
    backup_hours: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """``missing`` are applied at the start of this version; ``against`` is what must be done before that."""

    missing: Sequence[str]
    beside: bool  # whether the former version may go on until then
    told: Sequence[str]
    against: Sequence[str]


@app.command("upgrade")
def upgrade(
    check: Annotated[
        bool, typer.Option("--check", help="Say whether this version may be started, and change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what this version will do to the database that is there. Exit 0: start it; 1: something comes first."""
    if not check:
        start = hints.command("up")
        raise StartupError(
            f"starting a version is what upgrades: {start}, or docker compose up -d; --check says whether it may be"
        )
    answer = judge(known(database.MIGRATIONS), asyncio.run(_look(context.load())))
    if as_json:
        output.document(json.dumps({"version": version.current(), **asdict(answer)}))
    else:
        for line in (*answer.told, *(f"first: {each}" for each in answer.against)):
            output.line(line)
    if answer.against:
        raise typer.Exit(1)


def known(folder: Path) -> list[Migration]:
    """This version's migrations, in their order."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        marked = MARKER.search(path.read_text(encoding="utf-8"))
        found.append(
            Migration(number, name, None if marked is None else marked[1] == "yes", (marked and marked[2]) or "")
        )
    return found


def judge(migrations: Sequence[Migration], found: Found) -> Answer:
    """What follows of it. Pure."""
    applied = set(found.applied)
    missing = [each for each in migrations if each.number not in applied]
    foreign = sorted(applied - {each.number for each in migrations})
    told, against = [_applied(len(migrations) - len(missing), missing)], []
    if foreign:
        against.append(
            f"the database is of a newer version: it has the migration {foreign[-1]}, which this one does not know."
            " Take that version, or bring back a backup of before"
        )
    stops = [each for each in missing if not each.beside]
    if stops:
        against.append(f"stop everything, the former version may not go on beside: {_named(stops)}")
    elif missing:
        told.append("the former version may go on until the new one is there")
    told += _room(found, against)
    told += _backup(found, against)
    return Answer([f"{each.number}_{each.name}" for each in missing], not stops, told, against)


def _applied(count: int, missing: Sequence[Migration]) -> str:
    names = ", ".join(f"{each.number}_{each.name}" for each in missing)
    return f"{count} migrations are applied, {len(missing)} will be{': ' if names else ''}{names}"


def _named(stops: Sequence[Migration]) -> str:
    return "; ".join(
        f"{each.name} ({each.why or ('it says so' if each.beside is False else 'nobody has said that it may')})"
        for each in stops
    )


def _room(found: Found, against: list[str]) -> list[str]:
    """A migration may write a table anew, beside the old one."""
    needed = found.database_bytes + LEAST_FREE_BYTES
    if found.free_bytes is None:
        return [f"the database has {_mb(found.database_bytes)}; look that its disk has {_mb(needed)} free"]
    if found.free_bytes < needed:
        against.append(
            f"make room: {_mb(found.free_bytes)} are free on the database's disk, {_mb(needed)} may be needed"
        )
    return [f"the database has {_mb(found.database_bytes)}, its disk {_mb(found.free_bytes)} free"]


def _backup(found: Found, against: list[str]) -> list[str]:
    make = hints.command("backup", "create", "--to", "FOLDER")
    if found.backup_hours is None:
        against.append(f"make a backup, none is known: {make}")
        return []
    if found.backup_hours > _MOST_BACKUP_HOURS:
        against.append(f"make a backup, the last is {found.backup_hours:.0f} hours old: {make}")
    return [f"the last backup is {found.backup_hours:.1f} hours old"]


def _mb(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


async def _look(here: Context) -> Found:
    connection = await database.connect(database.with_password(here.database_url, here.database_password))
    try:
        rows = await connection.fetch("select version::text as version from public.schema_migrations order by 1")
        size = await connection.fetchval("select pg_database_size(current_database())")
    except asyncpg.PostgresError as error:
        raise StartupError(f"the database does not say what is applied: {error}") from error
    finally:
        await connection.close()
    free, hours = await asyncio.to_thread(lambda: (_free(here), _backup_hours(here)))
    return Found([row["version"] for row in rows], int(size), free, hours)


def _free(here: Context) -> int | None:
    """Room on the disk of the database; None where that is on another machine, or in another container."""
    folder = postgres.place_for(here.home).data
    return shutil.disk_usage(folder).free if folder.exists() else None


def _backup_hours(here: Context) -> float | None:
    try:
        return (time.time() - here.backup_file.stat().st_mtime) / 3600
    except OSError:
        return None
