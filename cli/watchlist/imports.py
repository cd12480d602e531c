"""`wardwatch watchlist imports`: what becomes of an import after its photos were judged."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from cli import id_argument, output
from cli.desk_client import DeskClient
from cli.watchlist import batches, importing, liveness, tables
from cli.watchlist.desk_requests import (
    As,
    AsJson,
    NoWait,
    Reason,
    Revision,
    Within,
    of,
    print_json,
    validated,
    with_desk,
)
from cli.watchlist.importing import AcceptWarnings, LeaveOut
from cli.watchlist.paging import pages
from cli.watchlist.standing import Decision
from proto.wardwatch.v1.entries import ApprovalRequest, EntryView, LikenessRequest, ReasonRequest
from proto.wardwatch.v1.imports import (
    TEMPLATE,
    BatchLikeness,
    BatchPage,
    BatchView,
    CommitRequest,
    ItemView,
    LikenessPage,
    Liveness,
)
from services.chassis import hints
from services.chassis.errors import StartupError

_WITHIN_SECONDS: Final = 60.0

Batch = Annotated[
    str, typer.Argument(help="Id of the import, or its beginning.", metavar="IMPORT", callback=id_argument.checked)
]


def list_imports(name: As, as_json: AsJson = False) -> None:
    """List imports, newest first."""
    page = BatchPage(batches=with_desk(name, _imports), next=None)
    print_json(page) if as_json else tables.show(tables.batches(page.batches))


def show(batch: Batch, name: As, as_json: AsJson = False) -> None:
    """Show where an import stands, and its report, worst first."""

    async def work(desk: DeskClient) -> None:
        view = await desk.read(BatchView, "show_import", target=batches.of(batch))
        importing.print_import(view, await batches.report(desk, batch), name, as_json)

    with_desk(name, work)


def report(
    batch: Batch,
    file: Annotated[Path, typer.Argument(help="A .csv or .json file to write.", metavar="FILE")],
    name: As,
) -> None:
    """Write the report of an import to a file."""

    async def work(desk: DeskClient) -> tuple[BatchView, list[ItemView]]:
        view = await desk.read(BatchView, "show_import", target=batches.of(batch))
        rows = await batches.report(desk, batch)
        if not rows and view.report_until is not None:
            until = f"{view.report_until:%Y-%m-%d %H:%M} UTC"
            raise StartupError(f"the import has no report: it is kept until a day after the end, {until}")
        return view, rows

    view, rows = with_desk(name, work)
    importing.write_report(file, view, rows)
    output.line(f"{len(rows)} rows in {file}")


def likenesses(batch: Batch, name: As, as_json: AsJson = False) -> None:
    """List who looks like whom, undecided first."""
    found = with_desk(name, lambda desk: _likenesses(desk, batch))
    if as_json:
        print_json(LikenessPage(likenesses=found, next=None))
        return
    tables.show(tables.batch_likenesses(found))
    why = ("same-person", "--reason", "WHY")
    output.line(f"decide on one: {hints.command('watchlist', 'decide', 'ID', 'OTHER', *why, by=name)}")
    output.line(f"decide on all: {hints.command('watchlist', 'imports', 'decide', batch, *why, by=name)}")


def decide(
    batch: Batch,
    decision: Annotated[Decision, typer.Argument(help="What all the undecided likenesses mean.")],
    reason: Reason,
    name: As,
) -> None:
    """Decide alike on every likeness of an import that is not decided on; look at them first."""
    body = validated(LikenessRequest, decision=decision.value.replace("-", "_"), reason=reason)

    async def work(desk: DeskClient) -> int:
        undecided = [each for each in await _likenesses(desk, batch) if each.likeness.decision is None]
        for each in undecided:
            target = of(each.entry, other=each.likeness.other)
            await desk.read(EntryView, "decide_likeness", target=target, body=body)
        return len(undecided)

    output.line(f"{with_desk(name, work)} likenesses decided")


def commit(
    batch: Batch,
    name: As,
    accept_warnings: AcceptWarnings = "",
    leave_out_rejected: LeaveOut = False,
    as_json: AsJson = False,
) -> None:
    """Put everybody forward in one transaction."""
    body = validated(CommitRequest, accept_warnings=accept_warnings or None, leave_out_rejected=leave_out_rejected)
    view = with_desk(name, lambda desk: desk.read(BatchView, "commit_import", target=batches.of(batch), body=body))
    importing.print_import(view, (), name, as_json)


def approve(
    batch: Batch,
    name: As,
    revision: Revision = None,
    no_wait: NoWait = False,
    within: Within = _WITHIN_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Show an import in a line and let everybody in it match. Whoever imported or committed it cannot do this."""

    async def work(desk: DeskClient) -> tuple[BatchView, Liveness | None]:
        body = validated(ApprovalRequest, revision=revision or await _shown(desk, batch, as_json))
        view = await desk.read(BatchView, "approve_import", target=batches.of(batch), body=body)
        if no_wait:
            return view, None
        newest = (await desk.read(Liveness, "list_matchers")).generation
        return view, await liveness.live(desk, newest, within_seconds=within)

    view, seen = with_desk(name, work)
    importing.print_import(view, (), name, as_json)
    if seen is not None and not as_json:
        output.line(liveness.sentence(seen))


def undo(batch: Batch, reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Within 24 hours of the commit, take everybody back and erase them; whose place they took does not come back."""
    body = validated(ReasonRequest, reason=reason)
    view = with_desk(name, lambda desk: desk.read(BatchView, "undo_import", target=batches.of(batch), body=body))
    importing.print_import(view, (), name, as_json)


def discard(batch: Batch, name: As, as_json: AsJson = False) -> None:
    """Throw an import away that was not committed, with all its drafts."""
    view = with_desk(name, lambda desk: desk.read(BatchView, "discard_import", target=batches.of(batch)))
    importing.print_import(view, (), name, as_json)


def template(file: Annotated[Path, typer.Argument(help="Where to put it.", metavar="FILE")]) -> None:
    """Write a people.csv to fill in."""
    try:
        # The mark at the beginning lets office programs read it as UTF-8; a file that is there stays.
        with file.open("x", encoding="utf-8-sig", newline="") as made:
            made.write(TEMPLATE)
    except OSError as error:
        raise StartupError(f"{file}: cannot be written ({error.strerror})") from error
    output.line(f"{file} has one line as an example; replace it")


async def _shown(desk: DeskClient, batch: UUID | str, as_json: bool) -> int:
    view = await desk.read(BatchView, "show_import", target=batches.of(batch))
    output.line(
        f"{view.state}, revision {view.revision}: {view.pending} people wait, {view.purpose.category},"
        f" {tables.where(view.purpose.scope)}; by {view.author}",
        err=as_json,
    )
    return view.revision


async def _imports(desk: DeskClient) -> list[BatchView]:
    return [batch async for page in pages(desk, BatchPage, "list_imports") for batch in page.batches]


async def _likenesses(desk: DeskClient, batch: UUID | str) -> list[BatchLikeness]:
    found = pages(desk, LikenessPage, "list_likenesses", batches.of(batch))
    return [likeness async for page in found for likeness in page.likenesses]
