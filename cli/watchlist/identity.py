"""`wardwatch watchlist reveal` and `find`: identity numbers, which are never arguments of a command."""

from typing import Annotated

import typer

from cli import id_argument, output
from cli.desk_client import DeskClient
from cli.watchlist import tables
from cli.watchlist.adding import number
from cli.watchlist.desk_requests import As, AsJson, EntryId, Reason, of, print_json, validated, with_desk
from proto.wardwatch.v1.entries import EntryPage, FindRequest, IdentityRevealed, RevealRequest


def reveal(
    entry: EntryId,
    reason: Reason,
    name: As,
    incident: Annotated[
        str | None,
        typer.Option(
            help="The confirmed alert it is for, by its id or the beginning; an administrator needs none.",
            callback=id_argument.checked,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read an identity number in full. Who did, and why, is recorded."""
    revealed = with_desk(name, lambda desk: _revealed(desk, entry, reason, incident))
    print_json(revealed) if as_json else output.line(revealed.number)


def find(name: As, as_json: AsJson = False) -> None:
    """Find entries by an identity number, which is asked for or read from the standard input."""
    body = validated(FindRequest, number=number())
    page = with_desk(name, lambda desk: desk.read(EntryPage, "find_identity", body=body))
    if as_json:
        print_json(page)
    elif page.entries:
        tables.show(tables.entries(page.entries))
    else:
        output.line("nobody is listed under this number")


async def _revealed(desk: DeskClient, entry: str, reason: str, incident: str | None) -> IdentityRevealed:
    alert = None if incident is None else await desk.alert(incident)
    body = validated(RevealRequest, reason=reason, incident=alert)
    return await desk.read(IdentityRevealed, "reveal_identity", target=of(entry), body=body)
