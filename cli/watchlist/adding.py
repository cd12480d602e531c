"""`wardwatch watchlist add` and `submit`: a draft, its photos, and putting it forward."""

import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.desk_client import DeskClient
from cli.watchlist import tables
from cli.watchlist.desk_requests import (
    As,
    AsJson,
    EntryId,
    day,
    print_json,
    refused_as_json,
    sites,
    validated,
    with_desk,
)
from cli.watchlist.drafting import Drafted, Photo, accepted, put_forward, shows_several, submitted, undecided
from proto.wardwatch.v1.entries import EntryRequest, EntryView, PhotoView, Scope, Verdict
from services.chassis import hints
from services.chassis.errors import StartupError

_NOT_DONE = 1
_NO_PHOTO = "no photo can be used, so nothing is kept; put the person forward again with better photos"

AcceptWarnings = Annotated[
    str, typer.Option("--accept-warnings", metavar="REASON", help="Accept all warnings about the photos, for a reason.")
]


def add(
    photos: Annotated[list[Path], typer.Argument(help="1 to 10 photos of the one person.", metavar="PHOTO...")],
    label: Annotated[str, typer.Option(help="What guards call the person.")],
    category: Annotated[str, typer.Option(help="Ground; see: wardwatch watchlist categories --as NAME.")],
    basis: Annotated[str, typer.Option(help="Decision or legal ground, with its reference.")],
    evidence: Annotated[str, typer.Option(help="Where the proof lies: a file number, a case.")],
    instruction: Annotated[str, typer.Option(help="What a guard should do.")],
    source: Annotated[str, typer.Option(help="Where the photos are from.")],
    name: As,
    expires: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD; two years from now when left out.")] = "",
    sites_: Annotated[str, typer.Option("--sites", help="Sites, separated by commas; every site when left out.")] = "",
    group: Annotated[str, typer.Option(help="A group of sites instead.")] = "",
    taken: Annotated[str, typer.Option(help="Day the photos were taken, YYYY-MM-DD, if known.")] = "",
    identity: Annotated[
        bool, typer.Option("--identity", help="Ask for the identity number; it is read, never an argument.")
    ] = False,
    external_id: Annotated[str, typer.Option(help="The number the person has in your own list.")] = "",
    note: Annotated[str, typer.Option(help="A note for those who keep the list.")] = "",
    accept_warnings: AcceptWarnings = "",
    as_json: AsJson = False,
) -> None:
    """Put a person forward. Another account must approve before anything can match."""
    with refused_as_json(as_json=as_json):
        person = validated(
            EntryRequest,
            label=label,
            category=category,
            basis=basis,
            evidence=evidence,
            instruction=instruction,
            note=note,
            scope=scope(sites(sites_), group),
            last_day=day(expires),
            identity_number=number() if identity else None,
            external_id=external_id or None,
        )
        taken_on = day(taken)
        files = [Photo.at(path, source, taken_on.isoformat() if taken_on else "") for path in photos]
        key = str(uuid.uuid4())
        drafted = with_desk(name, lambda desk: put_forward(desk, person, files, accept_warnings, key))
    if as_json:
        judged = [{"name": photo_name, **photo.model_dump(mode="json")} for photo_name, photo in drafted.judged]
        print_json(drafted.entry, judged=judged, not_submitted=_open(drafted))
    else:
        _print_draft(drafted, name)
    if drafted.entry.state != "pending":
        raise typer.Exit(_NOT_DONE)


def submit(entry: EntryId, name: As, accept_warnings: AcceptWarnings = "", as_json: AsJson = False) -> None:
    """Put a draft forward for approval by another account."""

    async def work(desk: DeskClient) -> EntryView:
        if accept_warnings:
            await accepted(desk, entry, accept_warnings)
        return await submitted(desk, entry)

    with refused_as_json(as_json=as_json):
        view = with_desk(name, work)
    if as_json:
        print_json(view, not_submitted=_open(Drafted(view, ())))
    else:
        _print_draft(Drafted(view, ()), name)
    if view.state != "pending":
        raise typer.Exit(_NOT_DONE)


def number() -> str:
    """An identity number from whoever sits here, or from the input: an argument would be seen by others."""
    text: str = typer.prompt("identity number", err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not text.strip():
        raise StartupError("no identity number was given; type it, or send it on the standard input")
    return text.strip()


def scope(chosen: Sequence[str], group: str) -> Scope:
    """Where an entry may match. Raises StartupError."""
    if chosen and group:
        raise StartupError("give either --sites or --group")
    if group:
        return validated(Scope, kind="group", group=group)
    return validated(Scope, kind="sites", sites=list(chosen)) if chosen else Scope()


def _open(drafted: Drafted) -> list[str]:
    """Why a person is not put forward, a sentence each; nothing when they are."""
    entry = drafted.entry
    if entry.state == "pending":
        return []
    said = [
        f"photo {name}: {finding.text}"
        for name, photo in drafted.judged
        if photo.verdict is Verdict.REJECTED
        for finding in photo.findings
    ]
    if entry.state == "erased":
        return [*said, _NO_PHOTO]
    if shows_several(entry):
        said.append("its photos do not show the same person")
    said += [f"whether entry {each.other} is the same person is not decided" for each in undecided(entry)]
    return [*said, *(_warned(photo.position, codes) for photo, codes in _warnings(entry))]


def _warnings(entry: EntryView) -> list[tuple[PhotoView, list[str]]]:
    """The photos with warnings that nobody has accepted, and these."""
    found = (
        (photo, [code for code in photo.warnings if code not in photo.accepted_findings]) for photo in entry.photo_list
    )
    return [(photo, codes) for photo, codes in found if codes]


def _warned(position: int, codes: Sequence[str]) -> str:
    return f"photo {position} has warnings: {', '.join(codes)}"


def _print_draft(drafted: Drafted, name: str) -> None:
    entry = drafted.entry
    if any(photo.findings for _, photo in drafted.judged):
        tables.show(tables.judged(drafted.judged))
    if entry.state == "pending":
        approve = hints.command("watchlist", "approve", entry.id, by=hints.ANOTHER)
        output.line(f"entry {entry.id} is pending; another account approves it with: {approve}")
        return
    if entry.state == "erased":
        output.line(_NO_PHOTO)
        return
    _print_open_draft(entry, name)


def _print_open_draft(entry: EntryView, name: str) -> None:
    output.line(f"entry {entry.id} is a draft, and not yet put forward:")
    if shows_several(entry):
        look = hints.command("watchlist", "photo", entry.id, "POSITION", "FILE", by=name)
        remove = hints.command("watchlist", "remove-photo", entry.id, "POSITION", "--reason", "WHY", by=name)
        output.line("its photos do not show the same person, and which is the right one cannot be told from the faces")
        output.line(f"look at each: {look}")
        output.line(f"remove those of anybody else: {remove}")
        tables.show(tables.photos(entry.photo_list))
    if found := undecided(entry):
        tables.show(tables.likenesses(found))
        output.line("say of each whether it is the same person, or that they are different-people:")
        for each in found:
            decide = ("watchlist", "decide", entry.id, each.other, "same-person", "--reason", "WHY")
            output.line(f"  {hints.command(*decide, by=name)}")
    for photo, codes in _warnings(entry):
        output.line(_warned(photo.position, codes))
    submit = hints.command("watchlist", "submit", entry.id, by=name)
    output.line(f"then: {submit}, with --accept-warnings REASON if you accept warnings")
