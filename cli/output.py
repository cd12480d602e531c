"""All that the command prints goes through here, so that text from people is shown as text."""

import sys
from typing import Final

import typer
from rich.console import Console
from rich.table import Table

from services.chassis.visible import visible, visible_json

# A file or another program has no width.
_PIPE_CHARACTERS: Final = 240


def line(text: str = "", *, err: bool = False) -> None:
    """Print one line, whatever is in it."""
    typer.echo(visible(text), err=err)


def error(text: str) -> None:
    """Say, in one line, why a command cannot be done."""
    line(f"wardwatch: {text}", err=True)


def document(json_text: str) -> None:
    """Print JSON: the same values, and no sign in it acts on a terminal."""
    typer.echo(visible_json(json_text))


def again(text: str, *, end: str = "") -> None:
    """Write over the last line of the error output, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r{visible(text)}", end=end, file=sys.stderr, flush=True)


def file(text: str) -> None:
    """Print what would stand in a file; its cells were made fit before."""
    typer.echo(text, nl=False)


def console(*, err: bool = False) -> Console:
    """Where tables and bars are drawn: in ``[gate 2]`` or ``:key:`` nothing is a style or a picture."""
    stream = sys.stderr if err else sys.stdout
    width = None if err or stream.isatty() else _PIPE_CHARACTERS
    return Console(stderr=err, width=width, markup=False, emoji=False, highlight=False)


def seen(table: Table) -> Table:
    """*table* with cells that are one line of visible text each."""
    shown = Table(box=table.box, show_header=table.show_header)
    for column in table.columns:
        shown.add_column(column.header, style=column.style, overflow=column.overflow, no_wrap=column.no_wrap)
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        shown.add_row(*(visible(str(cell)) for cell in cells))
    return shown
