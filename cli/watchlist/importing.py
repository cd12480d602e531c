"""`wardwatch watchlist import`: judge a folder or a zip of photos, report on every file, and put people forward."""

import asyncio
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars

from cli import bars, output
from cli.desk_client import DeskClient
from cli.watchlist import batches, sources, tables
from cli.watchlist.adding import scope
from cli.watchlist.batches import Memory, Progress
from cli.watchlist.desk_requests import As, AsJson, day, sites, validated, with_desk
from cli.watchlist.progress_rate import ProgressRate
from cli.watchlist.sources import Source
from local import context
from proto.wardwatch.v1.entries import Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import BatchView, CommitRequest, ItemView, PurposeRequest
from services.chassis import hints
from services.chassis.errors import StartupError
from services.chassis.sheets import plain
from services.chassis.visible import visible_json

_LOOK_SECONDS: Final = 0.2
_SHOWN: Final = 40
_WITH_BOTH_TIMES: Final = 60  # characters of a terminal that has room for both
_NOT_DONE: Final = 1
REPORT_COLUMNS: Final = (
    "file", "external_id", "verdict", "code", "value", "limit", "remedy", "kind", "label", "outcome",
)  # fmt: skip

AcceptWarnings = Annotated[
    str, typer.Option("--accept-warnings", metavar="REASON", help="Accept all warnings about photos, for a reason.")
]
LeaveOut = Annotated[
    bool, typer.Option("--leave-out-rejected", help="Commit although some are rejected; those people are left out.")
]
ReportFile = Annotated[Path | None, typer.Option("--report", help="Write the report to this .csv or .json file.")]


def import_people(
    source: Annotated[Path, typer.Argument(help="Folder or zip of photos named externalId__1.jpg.", metavar="DIR|ZIP")],
    name: As,
    category: Annotated[str, typer.Option(help="Ground for those whose row says none.")],
    basis: Annotated[str, typer.Option(help="Decision or legal ground, with its reference.")],
    evidence: Annotated[str, typer.Option(help="Where the proofs lie.")],
    instruction: Annotated[str, typer.Option(help="What a guard should do, where the row says nothing else.")],
    photos_from: Annotated[str, typer.Option("--source", help="Where the photos are from.")],
    people: Annotated[Path | None, typer.Argument(help="people.csv, unless it lies beside the photos.")] = None,
    expires: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD; two years from now when left out.")] = "",
    sites_: Annotated[str, typer.Option("--sites", help="Sites, separated by commas; every site when left out.")] = "",
    group: Annotated[str, typer.Option(help="A group of sites instead.")] = "",
    per_person: Annotated[int | None, typer.Option(min=1, max=10, help="Photos taken of each person's folder.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--commit", help="Only judge and report (the default), or put people forward.")
    ] = True,
    accept_warnings: AcceptWarnings = "",
    leave_out_rejected: LeaveOut = False,
    report: ReportFile = None,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=8, help="Photos sent side by side.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Judge photos and people.csv and report on every file; with --commit, put everybody forward at once.

    The same words again, also after a kill, go on with the same import: files that were judged are not sent again.
    """
    purpose = validated(
        PurposeRequest,
        category=category,
        basis=basis,
        evidence=evidence,
        instruction=instruction,
        source=photos_from,
        scope=scope(sites(sites_), group),
        last_day=day(expires),
    )
    body = validated(CommitRequest, accept_warnings=accept_warnings or None, leave_out_rejected=leave_out_rejected)
    memory = Memory(context.load().home)
    with sources.opened(source, people, per_person) as found:

        async def work(desk: DeskClient) -> tuple[BatchView, list[ItemView]]:
            for note in found.notes:
                output.line(note, err=True)
            batch = await batches.begun(desk, memory, name, source, purpose)
            local = await _sent(desk, batch, found, at_once)
            target = batches.of(batch.id)
            view = await batches.retried(lambda: desk.read(BatchView, "check_import", target=target))
            rows = [*local, *await batches.report(desk, batch.id)]
            if report is not None:
                write_report(report, view, rows)
            if not dry_run:
                if local and not leave_out_rejected:
                    raise StartupError(f"{len(local)} files could not be sent; see the report, or --leave-out-rejected")
                view = await batches.retried(lambda: desk.read(BatchView, "commit_import", target=target, body=body))
            return view, rows

        view, rows = with_desk(name, work)
    print_import(view, rows, name, as_json)
    if any(row.verdict is Verdict.REJECTED for row in rows) and view.state == "open":
        raise typer.Exit(_NOT_DONE)


async def _sent(desk: DeskClient, batch: BatchView, found: Source, at_once: int) -> list[ItemView]:
    progress = Progress(len(found.files))
    console = output.console(err=True)
    # Above the bar, where it may be longer than the line: whoever is interrupted needs all of it.
    console.print(f"import {batch.id}", highlight=False, soft_wrap=True)
    with Bars(*progress_columns(console.width), console=console) as shown:
        bar = shown.add_task("", total=progress.total, rate="", left="")
        recent = ProgressRate()
        sending = asyncio.create_task(batches.sent(desk, batch.id, found, progress, at_once))
        told = ""
        while not sending.done():
            await asyncio.wait({sending}, timeout=_LOOK_SECONDS)
            if progress.waits_for not in {"", told}:
                told = progress.waits_for
                console.print(f"waiting, and goes on by itself: {told}", highlight=False, soft_wrap=True)
            rate, left = recent.look(asyncio.get_running_loop().time(), progress.done, progress.total)
            shown.update(bar, completed=progress.done, rate=rate, left=left)
        await sending
    return progress.local


def progress_columns(width: int) -> tuple[ProgressColumn, ...]:
    """What the line of progress shows on a terminal of *width* characters."""
    columns: list[ProgressColumn] = [
        BarColumn(),
        MofNCompleteColumn(table_column=bars.figures()),
        TextColumn("{task.fields[rate]}", table_column=bars.figures()),
        TimeElapsedColumn(table_column=bars.figures()),
        TextColumn("{task.fields[left]}", table_column=bars.figures()),
    ]
    if width < _WITH_BOTH_TIMES:
        del columns[3]
    return tuple(columns)


def print_import(view: BatchView, rows: Sequence[ItemView], name: str, as_json: bool) -> None:
    """Print where an import stands and what somebody must look at, worst first."""
    if as_json:
        output.document(json.dumps(_document(view, rows), ensure_ascii=False))
        return
    troubled = [row for row in rows if row.findings]
    if troubled:
        tables.show(tables.items(troubled[:_SHOWN]))
        if len(troubled) > _SHOWN:
            report = hints.command("watchlist", "imports", "report", view.id, "FILE.csv", by=name)
            output.line(
                f"and {len(troubled) - _SHOWN} more; write all of them to a file with --report FILE.csv, or: {report}"
            )
    reasons = ", ".join(f"{code} {times}" for code, times in sorted(view.reasons.items(), key=lambda each: -each[1]))
    tables.show(tables.counts(view.counts))
    output.line(f"import {view.id}: {view.state}{f'; {reasons}' if reasons else ''}")
    output.line(f"drafts: {view.drafts}; wait for approval: {view.pending}; match: {view.active}")
    if unsent := sum(row.file_sha256 is None and row.kind == "file" for row in rows):
        output.line(f"{unsent} files cannot be read here and were not sent: they are in no import and in no count")
    _print_entries_of_several(rows, name)
    _print_next_step(view, name)


def _print_entries_of_several(rows: Sequence[ItemView], name: str) -> None:
    unlike = [row for row in rows if any(finding.code is FindingCode.UNLIKE_OTHERS for finding in row.findings)]
    for entry in sorted({str(row.entry) for row in unlike if row.entry is not None})[:_SHOWN]:
        look = hints.command("watchlist", "photo", entry, "POSITION", "FILE", by=name)
        remove = hints.command("watchlist", "remove-photo", entry, "POSITION", "--reason", "WHY", by=name)
        output.line(f"the photos of {entry} do not show one person; look at each: {look}")
        output.line(f"remove those of anybody else: {remove}")


def _print_next_step(view: BatchView, name: str) -> None:
    group = ("watchlist", "imports")
    if view.ends_at is not None:
        output.line(f"left alone, the import ends by itself at {view.ends_at:%Y-%m-%d %H:%M} UTC")
    match view.state:
        case "open" if view.undecided:
            likenesses = hints.command(*group, "likenesses", view.id, by=name)
            output.line(f"{view.undecided} likenesses wait for a decision: {likenesses}")
        case "open":
            commit = hints.command(*group, "commit", view.id, by=name)
            output.line(f"nothing is put forward yet; say the same with --commit, or: {commit}")
        case "committed" if view.pending:
            approve = hints.command(*group, "approve", view.id, by=hints.ANOTHER)
            undo = hints.command(*group, "undo", view.id, "--reason", "WHY", by=name)
            output.line(f"{view.pending} people wait for an approval, by another account: {approve}")
            output.line(f"until {view.undo_until:%Y-%m-%d %H:%M} UTC all of it can be taken back: {undo}")
        case _:
            output.line(f"the import is {view.state}; {view.active} people match")


def _document(view: BatchView, rows: Sequence[ItemView]) -> dict[str, object]:
    """The import with its counts, and every row of its report."""
    return {**view.model_dump(mode="json"), "items": [row.model_dump(mode="json") for row in rows]}


def write_report(file: Path, view: BatchView, rows: Sequence[ItemView]) -> None:
    """Write a line for each row and finding as CSV, or all of the import as JSON, by the file's ending.

    Raises StartupError.
    """
    try:
        if file.suffix.lower() == ".json":
            listed = json.dumps(_document(view, rows), ensure_ascii=False, indent=1)
            file.write_text(visible_json(listed), encoding="utf-8")
            return
        # The mark at the beginning lets office programs read it as UTF-8.
        with file.open("w", encoding="utf-8-sig", newline="") as opened:
            written = csv.writer(opened)
            written.writerow(REPORT_COLUMNS)
            written.writerows(line for row in rows for line in _lines(row))
    except OSError as error:
        raise StartupError(f"{file}: cannot be written ({error.strerror})") from error


def _lines(row: ItemView) -> list[tuple[str, ...]]:
    cells = (plain(row.name), plain(row.external_id or ""), row.verdict.value)
    rest = (row.kind, plain(row.label or ""), row.outcome)
    if not row.findings:
        return [(*cells, "", "", "", "", *rest)]
    return [
        (*cells, f.code, *("" if n is None else f"{n:g}" for n in (f.value, f.limit)), plain(f.text), *rest)
        for f in row.findings
    ]
