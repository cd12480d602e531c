"""`wardwatch models`: fetch, check and prepare the model files."""

import json
import os
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli import output, rolls
from cli.model_progress import Bars
from local import context
from models import catalogue, fetch, state
from models.catalogue import Kind, Row
from models.prepared import prepared
from models.sources import SystemSources
from proto.wardwatch.v1.model_card import prepared_path
from services.chassis.visible import visible

app = typer.Typer(help="Fetch, check and prepare the model files; change the recogniser.", no_args_is_help=True)
app.add_typer(rolls.app, name="roll")
_screen = output.console(err=True)

To = Annotated[Path | None, typer.Option("--to", help="Folder to use instead of <WARDWATCH_HOME>/models.")]
Pictures = Annotated[bool, typer.Option("--pictures", help="Take the demonstration pictures too.")]
Also = Annotated[
    list[str] | None,
    typer.Option(
        "--also", help="Name of an optional recogniser to take too; see: wardwatch models list.", metavar="NAME"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command("fetch")
def fetch_files(to: To = None, pictures: Pictures = False, also: Also = None, as_json: AsJson = False) -> None:
    """Get every file from the first source that yields its hash, then prepare the models."""
    folder = _folder(to)
    began = time.perf_counter()
    wanted = _rows(pictures=pictures, also=also or ())
    with SystemSources(os.environ, Bars(_screen)) as sources:
        for row in wanted:
            try:
                got = fetch.fetch(row, folder, sources, _print_progress)
            except (fetch.NotFetched, OSError) as error:
                raise _failed(error) from error
            if got.source is not None:
                _print_progress(f"{row.file} is in place, {row.bytes:,} bytes")
            if row.evaluation_only:
                _print_progress(f"{row.name} is for evaluation alone: no service starts with it")

    _prepare_all(folder)
    _print_progress(f"models are ready in {folder} ({time.perf_counter() - began:.1f} s)")
    if as_json:
        _print(state.look(wanted, folder), as_json=True)


@app.command("prepare")
def prepare_models(to: To = None) -> None:
    """Rewrite the fetched models for speed and hold them against the originals."""
    _prepare_all(_folder(to))


@app.command("list")
def list_files(to: To = None, as_json: AsJson = False) -> None:
    """Show every file of the catalogue and whether it is here."""
    _print(state.look(_catalogue(), _folder(to)), as_json=as_json)


@app.command("verify")
def verify_files(to: To = None, pictures: Pictures = False, as_json: AsJson = False) -> None:
    """Hash every file again; exit 1 unless all are what the catalogue says and all models are prepared.

    An optional recogniser counts where its file is here.
    """
    folder = _folder(to)
    here = [row.name for row in _catalogue() if row.kind is Kind.OPTIONAL and (folder / row.file).exists()]
    found = state.look(_rows(pictures=pictures, also=here), folder)
    _print(found, as_json=as_json)
    if not all(each.good for each in found):
        raise typer.Exit(1)


def _prepare_all(folder: Path) -> None:
    here = [row.name for row in _catalogue() if row.kind is Kind.OPTIONAL and (folder / row.file).exists()]
    for row in _rows(pictures=False, also=here):
        if prepared(row, folder) is not None:
            continue

        # Hardly ever is there something to prepare, and these imports take long.
        from models import prepare

        began = time.perf_counter()
        try:
            card = prepare.prepare(row, folder)
        except (prepare.NotPrepared, OSError) as error:
            raise _failed(error) from error
        took = time.perf_counter() - began
        name = prepared_path(folder / row.file).name
        _print_progress(f"{name} agrees with {card.name}, {took:.1f} s")


def _catalogue() -> Sequence[Row]:
    return catalogue.parse(resources.files("models").joinpath("models.toml").read_text())


def _rows(*, pictures: bool, also: Sequence[str] = ()) -> list[Row]:
    rows = _catalogue()
    known = {row.name for row in rows if row.kind is Kind.OPTIONAL}
    if unknown := sorted(set(also) - known):
        raise _failed(ValueError(f"no optional recogniser is named {', '.join(unknown)}; there are {', '.join(known)}"))
    wanted = {Kind.MODEL, *([Kind.PICTURE] if pictures else [])}
    return [row for row in rows if row.kind in wanted or row.name in also]


def _folder(to: Path | None) -> Path:
    return to or context.home_of(os.environ) / "models"


def _print_progress(line: str) -> None:
    # Progress goes to the error stream, so that --json on standard output stays clean.
    _screen.print(visible(line), soft_wrap=True)


def _failed(error: Exception) -> typer.Exit:
    for number, words in enumerate(str(error).split("\n")):
        _screen.print(Text.assemble(("" if number else "error: ", "red"), visible(words)), soft_wrap=True)
    return typer.Exit(1)


def _print(found: Sequence[state.State], *, as_json: bool) -> None:
    if as_json:
        output.document(json.dumps([each.document() for each in found], indent=2))
        return

    table = Table("name", "role", "file", "bytes", "sha256", "licence", "state")
    for each in found:
        row = each.row
        word = Text(each.word, "green" if each.good else "red")
        table.add_row(row.name, row.role, row.file, f"{row.bytes:,}", row.sha256[:12], row.licence, word)
    output.console().print(table)
