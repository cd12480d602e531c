"""`wardwatch eval`: how well people are recognised, on a folder of pictures."""

import os
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table
from typer.core import TyperGroup

from cli import output
from cli.eval import comparing, evaluation, files, installing, workers
from cli.eval.arguments import ReportPath
from cli.eval.comparing import Difference
from cli.eval.evaluation import Asked
from cli.eval.seeing import ModelFiles
from cli.eval.words import Language
from local import context
from models import catalogue
from proto.wardwatch.v1.model_card import prepared_path
from services.chassis import version
from services.chassis.errors import StartupError

if TYPE_CHECKING:
    from typer._click.core import Context

_EVALUATES: Final = "folder"


class FolderFirst(TyperGroup):
    """A folder may stand where else the name of a command does: `wardwatch eval FOLDER`."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """With the command that evaluates a folder before them, where *args* name no command."""
        is_named = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, [_EVALUATES, *args] if args and not is_named else args)


app = typer.Typer(
    cls=FolderFirst,
    no_args_is_help=True,
    help="How well people are recognised, with intervals: `eval FOLDER`, and what is done with its report.",
)

Languages = Annotated[Language, typer.Option("--language", help="Language of the page and the Markdown.")]


@app.command(_EVALUATES)
def evaluate(
    folder: Annotated[
        Path,
        typer.Argument(
            help="A folder of JPEGs for each person, pictures with PASCAL VOC boxes, or films.", metavar="FOLDER"
        ),
    ],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write to; accuracy-DATE if left out.")] = None,
    language: Languages = Language.EN,
    listed: Annotated[list[int] | None, typer.Option("--list", min=1, help="Size of a list; may be repeated.")] = None,
    pairs: Annotated[Path | None, typer.Option("--pairs", help="Pairs of pictures in folds, in LFW's form.")] = None,
    groups: Annotated[
        Path | None, typer.Option("--groups", help="CSV with person and group, as the people declared it themselves.")
    ] = None,
    leave_out: Annotated[
        Path | None, typer.Option("--leave-out", help="People, or person/file, one a line, that are left out.")
    ] = None,
    people: Annotated[
        Path | None, typer.Option("--people", help="With films: a folder of people who are not in them, as the list.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What the data is called; the folder's name if left out.")] = "",
    names: Annotated[bool, typer.Option("--names", help="Keep people's names in report.json, not digests.")] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Keep no vectors of these people in this installation's folder.")
    ] = False,
    processes: Annotated[int, typer.Option(min=0, help="How many at once; 0: one for each processor.")] = 0,
    models: Annotated[
        Path | None, typer.Option("--models", help="Folder of prepared models; this installation's if left out.")
    ] = None,
    recogniser: Annotated[
        str, typer.Option("--recogniser", help="Row of models.toml to compare faces by; the list's if left out.")
    ] = "",
) -> None:
    """Measure on a folder and write report.html, report.md and report.json. Nothing leaves this machine."""
    home = context.home_of(os.environ)
    today = datetime.now(UTC).date()
    where = out or Path(f"accuracy-{today.isoformat()}")
    files.prepare(where)
    asked = Asked(
        folder=folder,
        models=_models(models or home / "models", recogniser),
        software=version.current(),
        today=today,
        processes=processes or workers.processors(),
        cache=None if no_cache else home,
        name=name,
        listed=tuple(listed or ()),
        pairs=pairs,
        groups=groups,
        left_out=leave_out,
        people=people,
        names=names,
    )
    evaluated = evaluation.evaluate(asked, output.again)
    output.again("")
    for path in files.written(evaluated, where, language):
        output.line(f"wrote {path}")
    output.line(f"digest of the report: {evaluated.file.digest}")
    if not no_cache and evaluated.file.report.identification:
        output.line(f"vectors of these people are kept in {home / files.CACHE}: delete it with their pictures")


@app.command("show")
def show(report: ReportPath, out: Annotated[Path, typer.Option("--out")], language: Languages = Language.EN) -> None:
    """Write report.html and report.md anew from a report.json, in another language for example."""
    files.prepare(out)
    for path in files.pages(files.read(report).report, out, language):
        output.line(f"wrote {path}")


@app.command("compare")
def compare(
    first: ReportPath,
    second: ReportPath,
    listed: Annotated[int, typer.Option("--list", min=1, help="Size of the lists; 0: as in the first.")] = 0,
) -> None:
    """Say what the second report misses more than the first, person by person, with 95 % of chance."""
    one, other = files.read(first), files.read(second)
    if one.report.data.digest != other.report.data.digest:
        output.line("the data of the two differ; only people whom both searched are compared", err=True)
    size = listed or max((each.listed for each in one.report.identification), default=0)
    try:
        found = comparing.differences(one, other, size)
    except ValueError as error:
        raise StartupError(str(error)) from error
    output.line(f"lists of {size:,}; misses where strangers are taken for somebody at the rate")
    output.console().print(_table(found))


app.command("installed")(installing.installed)
app.command("install")(installing.install)
app.command("approve")(installing.approve)
app.command("withdraw")(installing.withdraw)


def _table(found: list[Difference]) -> Table:
    table = Table("searches", "strangers", "first misses", "second misses", "difference (95 %)", "")
    for each in found:
        more = f"{each.more.value:+.4f} ({each.more.interval.low:+.4f} to {each.more.interval.high:+.4f})"
        words = "beyond chance" if each.is_real else "within chance"
        table.add_row(each.kind, f"{each.rate:g}", f"{each.first:.4f}", f"{each.second:.4f}", more, words)
    return table


def _models(folder: Path, recogniser: str) -> ModelFiles:
    rows = catalogue.parse(resources.files("models").joinpath("models.toml").read_text())
    wanted = {row.role: row for row in rows if row.kind is catalogue.Kind.MODEL}
    named = {row.name: row for row in rows if row.role == "embedder"}
    if recogniser and recogniser not in named:
        raise StartupError(f"no recogniser is named {recogniser}; there are {', '.join(named)}")
    embedder = named[recogniser] if recogniser else wanted["embedder"]
    return ModelFiles(prepared_path(folder / wanted["detector"].file), prepared_path(folder / embedder.file))
