"""`wardwatch watchlist export`: the list as a file, without photos, vectors or identity numbers."""

import csv
import io
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from access import store
from cli import output
from cli.desk_client import DeskClient
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, with_desk
from cli.watchlist.reading import State, entry_pages
from proto.wardwatch.v1.entries import EntryPage, EntryRow
from services.chassis.errors import StartupError
from services.chassis.sheets import plain
from services.chassis.visible import visible_json

COLUMNS: Final = (
    "id", "state", "label", "category", "where", "expires_on", "photos", "author", "approver", "changed_at", "revision",
    "import",
)  # fmt: skip
_OUTPUT: Final = "-"
# Lets office programs read a file as UTF-8.
_MARK: Final = "\ufeff"


class Format(StrEnum):
    """What the file is."""

    CSV = "csv"
    JSON = "json"


def export(
    file: Annotated[str, typer.Argument(help="Where to put it, - for the output.", metavar="FILE|-")],
    name: As,
    format_: Annotated[
        Format | None, typer.Option("--format", help="By the file's ending when left out; else CSV.")
    ] = None,
    state: State = "",
) -> None:
    """Write the list to a file: a line for each entry, without photos, vectors or identity numbers.

    A file that is there stays. JSON is what `list --json` prints. Reading the list is recorded.
    """
    path = None if file == _OUTPUT else _free(Path(file))
    rows = with_desk(name, lambda desk: _everything(desk, state))
    if (format_ or _by_ending(path)) is Format.JSON:
        text = visible_json(EntryPage(entries=rows, next=None).model_dump_json(indent=1)) + "\n"
    else:
        text = ("" if path is None else _MARK) + _csv(rows)
    if path is None:
        output.file(text)
        return
    try:
        store.replace(path, text, mode=0o600)
    except OSError as error:
        raise StartupError(f"{path}: cannot be written ({error.strerror})") from error
    output.line(f"{len(rows):,} entries in {path}, readable by you alone; it holds names: delete it when it has served")


async def _everything(desk: DeskClient, state: str) -> list[EntryRow]:
    """Every entry once, newest change first.

    What is changed while pages are read moves to the front of the list, behind the reader's back: so the front is read
    again until it is known.
    """
    by_id: dict[UUID, EntryRow] = {}
    with output.console(err=True).status("reading the list") as progress:
        async for page in entry_pages(desk, state):
            by_id |= {row.id: row for row in page.entries}
            progress.update(f"reading the list: {len(by_id):,} entries")
        async for page in entry_pages(desk, state):
            fresh = {row.id: row for row in page.entries if by_id.get(row.id) != row}
            by_id |= fresh
            if len(fresh) < len(page.entries):
                break
    return sorted(by_id.values(), key=lambda row: (row.changed_at, row.id), reverse=True)


def _csv(rows: Iterable[EntryRow]) -> str:
    made = io.StringIO()
    written = csv.writer(made)
    written.writerow(COLUMNS)
    for row in rows:
        body = (
            str(row.id), row.state, row.label, row.category, tables.where(row.scope), row.last_day.isoformat(),
            str(row.photos), row.author, row.approver or "", row.changed_at.isoformat(), str(row.revision),
            "" if row.batch is None else str(row.batch),
        )  # fmt: skip
        written.writerow(map(plain, body))
    return made.getvalue()


def _by_ending(path: Path | None) -> Format:
    return Format.JSON if path is not None and path.suffix.lower() == ".json" else Format.CSV


def _free(path: Path) -> Path:
    """*path*, where nothing lies yet: said before a long list is read. Raises StartupError."""
    if path.exists():
        raise StartupError(f"{path}: is there already; name another file")
    if not path.parent.is_dir():
        raise StartupError(f"{path}: there is no folder {path.parent}")
    return path
