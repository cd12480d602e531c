"""What waits is sent back and said in other words; who is listed is amended, merged with another entry, or parted."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli import id_argument, output
from cli.desk_client import DeskClient
from cli.watchlist import tables
from cli.watchlist.adding import scope
from cli.watchlist.desk_requests import (
    As,
    AsJson,
    EntryId,
    Reason,
    day,
    of,
    print_json,
    sites,
    validated,
    with_desk,
)
from cli.watchlist.drafting import MOST_PHOTOS, Photo, sent
from proto.wardwatch.v1.entries import EntryView, PairRequest, PhotoJudged, ReasonRequest, Verdict, WordsRequest
from services.chassis import hints
from services.chassis.errors import StartupError

_NOT_DONE = 1

Label = Annotated[str, typer.Option(help="What guards call the person.")]
Category = Annotated[str, typer.Option(help="Ground; see: wardwatch watchlist categories --as NAME.")]
Basis = Annotated[str, typer.Option(help="Decision or legal ground, with its reference.")]
Evidence = Annotated[str, typer.Option(help="Where the proof lies: a file number, a case.")]
Instruction = Annotated[str, typer.Option(help="What a guard should do.")]
Note = Annotated[str | None, typer.Option(help="A note for those who keep the list; empty takes it away.")]
Other = Annotated[str, typer.Argument(help="Id of the other entry.", metavar="OTHER", callback=id_argument.checked)]


def send_back(entry: EntryId, reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Send what waits for approval back to its author, with a comment; a later end that was asked for is dropped."""
    body = validated(ReasonRequest, reason=reason)
    view = with_desk(name, lambda desk: desk.read(EntryView, "return_entry", target=of(entry), body=body))
    if as_json:
        print_json(view)
    elif view.state == "draft":
        submit = hints.command("watchlist", "submit", view.id, by=view.author)
        output.line(f"entry {view.id} is a draft again; once it is amended: {submit}")
    else:
        output.line(f"entry {view.id} stands until {view.last_day}, as before")


def rewrite(
    entry: EntryId,
    name: As,
    label: Label = "",
    category: Category = "",
    basis: Basis = "",
    evidence: Evidence = "",
    instruction: Instruction = "",
    note: Note = None,
    sites_: Annotated[str, typer.Option("--sites", help="Sites, separated by commas.")] = "",
    group: Annotated[str, typer.Option(help="A group of sites instead.")] = "",
    everywhere: Annotated[bool, typer.Option("--everywhere", help="Every site instead.")] = False,
    expires: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say other words, another ground or scope in a draft; what is left out stays."""
    chosen = scope(sites(sites_), group) if sites_ or group or everywhere else None

    async def work(desk: DeskClient) -> EntryView:
        shown = await desk.read(EntryView, "show_entry", target=of(entry))
        body = validated(
            WordsRequest,
            revision=shown.revision,
            label=label or None,
            category=category or None,
            basis=basis or None,
            evidence=evidence or None,
            instruction=instruction or None,
            note=note,
            scope=chosen,
            last_day=day(expires),
        )
        return await desk.read(EntryView, "rewrite_entry", target=of(entry), body=body)

    view = with_desk(name, work)
    if as_json:
        print_json(view)
        return
    submit = hints.command("watchlist", "submit", view.id, by=name)
    output.line(f"entry {view.id} says so now, revision {view.revision}; put it forward with: {submit}")


def amend(entry: EntryId, reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Begin to amend an entry: a draft with its words and photos, while it goes on matching as it stands."""
    body = validated(ReasonRequest, reason=reason)
    _begin(name, "amend_entry", entry, body, as_json)


def merge(entry: EntryId, other: Other, reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Begin to merge OTHER into an entry of the same person: once it is approved, ENTRY has the photos of both."""
    _begin(name, "merge_entries", entry, validated(PairRequest, other=other, reason=reason), as_json)


def part(entry: EntryId, other: Other, reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Begin to undo a merge: once it is approved, OTHER matches again, as another person."""
    _begin(name, "part_entries", entry, validated(PairRequest, other=other, reason=reason), as_json)


def add_photo(
    entry: EntryId,
    photos: Annotated[list[Path], typer.Argument(help="Photos of the person.", metavar="PHOTO...")],
    source: Annotated[str, typer.Option(help="Where the photos are from.")],
    name: As,
    taken: Annotated[str, typer.Option(help="Day the photos were taken, YYYY-MM-DD, if known.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add photos to a draft. What is rejected is not kept."""
    taken_on = day(taken)
    files = [Photo.at(path, source, taken_on.isoformat() if taken_on else "") for path in photos]
    judged = with_desk(name, lambda desk: _photographed(desk, entry, files))
    if as_json:
        view = with_desk(name, lambda desk: desk.read(EntryView, "show_entry", target=of(entry)))
        print_json(view, judged=[{"name": file, **photo.model_dump(mode="json")} for file, photo in judged])
    else:
        if any(photo.findings for _, photo in judged):
            tables.show(tables.judged(judged))
        kept = sum(photo.position is not None for _, photo in judged)
        submit = hints.command("watchlist", "submit", entry, by=name)
        output.line(f"{kept} of {len(judged)} photos are kept; put the draft forward with: {submit}")
    if any(photo.verdict is Verdict.REJECTED for _, photo in judged):
        raise typer.Exit(_NOT_DONE)


async def _photographed(desk: DeskClient, entry: str, files: Sequence[Photo]) -> list[tuple[str, PhotoJudged]]:
    shown = await desk.read(EntryView, "show_entry", target=of(entry))
    occupied = {photo.position for photo in shown.photo_list}
    free = [position for position in range(MOST_PHOTOS) if position not in occupied]
    if len(files) > len(free):
        raise StartupError(f"a person has at most {MOST_PHOTOS} photos, and this draft has {len(occupied)}")
    judged: list[tuple[str, PhotoJudged]] = []
    for file in files:
        photo = await sent(desk, entry, free[0], file)
        judged.append((file.name, photo))
        if photo.position is not None:
            free.pop(0)
    return judged


def _begin(name: str, operation: str, entry: str, body: ReasonRequest | PairRequest, as_json: bool) -> None:
    key = str(uuid.uuid4())

    async def work(desk: DeskClient) -> EntryView:
        return await desk.read(EntryView, operation, target=of(entry), body=body, idempotency_key=key)

    view = with_desk(name, work)
    if as_json:
        print_json(view)
        return
    output.line(f"draft {view.id} is a change of {entry}, which stands as it does until another account approves")
    output.line(f"  {hints.command('watchlist', 'rewrite', view.id, by=name)}")
    output.line(f"  {hints.command('watchlist', 'add-photo', view.id, 'PHOTO', '--source', 'SOURCE', by=name)}")
    output.line(f"  {hints.command('watchlist', 'remove-photo', view.id, 'POSITION', '--reason', 'WHY', by=name)}")
    output.line(f"  {hints.command('watchlist', 'submit', view.id, by=name)}")
    output.line(f"  {hints.command('watchlist', 'discard', view.id, by=name)}")
