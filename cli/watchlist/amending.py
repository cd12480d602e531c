"""`wardwatch watchlist send-back` and `rewrite`: what waits goes back to its author, who says it in other words."""

from typing import Annotated

import typer

from cli import output
from cli.desk_client import DeskClient
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
from proto.wardwatch.v1.entries import EntryView, ReasonRequest, WordsRequest
from services.chassis import hints

Label = Annotated[str, typer.Option(help="What guards call the person.")]
Category = Annotated[str, typer.Option(help="Ground; see: wardwatch watchlist categories --as NAME.")]
Basis = Annotated[str, typer.Option(help="Decision or legal ground, with its reference.")]
Evidence = Annotated[str, typer.Option(help="Where the proof lies: a file number, a case.")]
Instruction = Annotated[str, typer.Option(help="What a guard should do.")]
Note = Annotated[str | None, typer.Option(help="A note for those who keep the list; empty takes it away.")]


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
