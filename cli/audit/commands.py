"""`wardwatch audit`: whether the audit is whole, and what it says (safeguard S9)."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli import output
from cli.audit import anchors, publishing, transparency
from cli.audit.anchors import Broker, Published
from cli.audit.export import export as export_to
from cli.audit.record import AuditRecord, Wanted
from cli.audit.verification import Verdict, verify
from local import context
from local.context import Context
from services.chassis import audit_lines as lines
from services.chassis.audit_chain import Anchor, Event, Head
from services.chassis.errors import NoAnswer, StartupError

_SHORTEST_REASON: Final = 3

app = typer.Typer(help="Check and read the record of what people did.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Since = Annotated[
    str | None, typer.Option("--since", help="Only events from this day or moment on, in the hospital's time zone.")
]


@app.command("verify")
def verify_command(
    since_file: Annotated[
        Path | None, typer.Option("--since-file", help="A head that was kept elsewhere, as `audit head` prints it.")
    ] = None,
    require_anchors: Annotated[
        bool, typer.Option("--require-anchors", help="Exit 1 also when the published heads cannot be compared.")
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="Say on the public page /proof what was found; recorded.")
    ] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="How many faults to print.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Recompute every hash and compare the audit with published heads and with the tables; exit 1 at any fault."""
    here = context.load()
    given_anchors = [anchors.from_file(since_file)] if since_file else []
    try:
        broker: Broker | str = Broker.of(here)
    except StartupError as error:
        broker = str(error)
    with _bar("events") as moved:
        verdict, published, away = asyncio.run(_verified(here, broker, given_anchors, moved))
    _report(verdict, published, away, most, as_json=as_json)
    if publish:
        asyncio.run(publishing.verification(here, verdict))
    if away is not None:
        output.line(f"wardwatch: the published heads were NOT compared: {away}", err=True)
    if verdict.faults or (require_anchors and away is not None):
        raise typer.Exit(1)


@app.command("head")
def head_command() -> None:
    """Print the head of the audit: kept on paper or elsewhere, it proves that nothing before it was changed."""

    async def read(here: Context) -> Head:
        async with AuditRecord.open(here) as record:
            return await record.head()

    head = asyncio.run(read(context.load()))
    output.line(f"{head.sequence} {head.sha256.hex()}")


@app.command("show")
def show(
    entry: Annotated[str | None, typer.Option("--entry", help="Only what concerns this id, or its beginning.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="Only what this account did or suffered.")] = None,
    since: Since = None,
    newest: Annotated[int, typer.Option("--newest", min=0, help="So many at most, 0 for all.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Print events, oldest first."""
    here = context.load()
    wanted = Wanted(entry, account, _moment(since, here), newest)

    async def read() -> None:
        async for event in _events(here, wanted):
            if as_json:
                output.document(lines.as_json(event))
            else:
                output.line(lines.line(event))

    asyncio.run(read())


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="A new file; its name ends with .csv or .jsonl.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    since: Since = None,
) -> None:
    """Write events to a file. The export is itself an event, the last one in the file."""
    if len(reason.strip()) < _SHORTEST_REASON:
        raise StartupError("say why with --reason: it is recorded")
    here = context.load()
    with _bar("events") as moved:
        count = asyncio.run(export_to(here, file, Wanted(since=_moment(since, here)), reason.strip(), moved))
    output.line(f"{count} events are in {file}")


@app.command("report")
def report(
    month: Annotated[str, typer.Argument(help="Such as 2026-11.")],
    file: Annotated[Path, typer.Option("--from", help="What `audit export` wrote, a file that ends with .jsonl.")],
    language: Annotated[str, typer.Option("--language", help="en or zh-CN.")] = "en",
    publish: Annotated[
        bool, typer.Option("--publish", help="Show it on the public page /proof; recorded. Of months that are over.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the transparency report of a month, counted from an exported audit; exit 1 if that is not whole.

    Whoever has the file can compute it again without Wardwatch: `python3 cli/audit/transparency.py FILE MONTH`.
    """
    if language not in transparency.WORDS:
        raise StartupError(f"{language} is none of {', '.join(transparency.WORDS)}")
    try:
        with file.open(encoding="utf-8") as exported:
            made = transparency.compute(exported, month, context.load().time_zone.key)
    except (OSError, UnicodeDecodeError, transparency.Unreadable) as error:
        raise StartupError(str(error)) from error
    if as_json:
        output.document(json.dumps(made, ensure_ascii=False))
    else:
        output.document(transparency.markdown(made, language))
    if not transparency.is_whole(made):
        raise typer.Exit(1)
    if publish:
        asyncio.run(publishing.report(context.load(), month, made, datetime.now(UTC)))


async def _verified(
    here: Context, broker: Broker | str, given_anchors: list[Anchor], moved: Callable[[int, int], None]
) -> tuple[Verdict, Published, str | None]:
    """The verdict, what was published, and why that could not be had, if so; *broker* may say it already."""
    published, away = (Published((), 0), broker) if isinstance(broker, str) else await _published(broker)
    async with AuditRecord.open(here) as record:
        return await verify(record, [*given_anchors, *published.anchors], moved), published, away


async def _published(broker: Broker) -> tuple[Published, str | None]:
    try:
        found = await anchors.published(broker)
    except NoAnswer as error:
        return Published((), 0), str(error)
    none = "there is none on the stream: none was published yet, or it was made anew"
    return found, None if found.anchors else none


async def _events(here: Context, wanted: Wanted) -> AsyncIterator[Event]:
    async with AuditRecord.open(here) as record:
        if wanted.entry is not None:
            wanted = dataclasses.replace(wanted, entry=await record.meant(wanted.entry))
        async for some in record.events(wanted):
            for event in some:
                yield event


def _report(verdict: Verdict, published: Published, away: str | None, most: int, *, as_json: bool) -> None:
    if as_json:
        facts = {
            "events": verdict.events,
            "sequence": verdict.head.sequence,
            "sha256": verdict.head.sha256.hex(),
            "heads_compared": verdict.compared,
            "covered": verdict.covered,
            "heads_away": away,
            "heads_unsigned": published.unsigned,
            "faults": [{"where": fault.where, "what": fault.what} for fault in verdict.faults],
        }
        output.document(json.dumps(facts))
        return
    for fault in verdict.faults[:most]:
        output.line(str(fault))
    if len(verdict.faults) > most:
        output.line(f"and {len(verdict.faults) - most} faults more")
    if verdict.faults:
        output.line(f"the audit is NOT whole: {len(verdict.faults)} faults in {verdict.events} events")
    else:
        output.line(f"the audit is whole: {verdict.events} events")
        output.line(
            f"heads kept elsewhere that agree: {verdict.compared}, covering events 1 to {verdict.covered}"
            if verdict.compared
            else "no head that is kept elsewhere was compared"
        )
        if published.unsigned:
            output.line(f"heads on the stream that alerts has not signed, which prove nothing: {published.unsigned}")
        output.line(f"head {verdict.head.sequence} {verdict.head.sha256.hex()}")


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left, on a terminal's error output only; yields what moves it (done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    console = output.console(err=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None, rate="")

        def moved(done: int, total: int) -> None:
            speed = progress.tasks[task].speed
            progress.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

        yield moved


def _moment(text: str | None, here: Context) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise StartupError(f"--since {text} is no day or moment such as 2026-11-24 or 2026-11-24T08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=here.time_zone).astimezone(UTC)
