"""`wardwatch access`: answer somebody what is held about them, by two people and with their consent (docs/adr/0104)."""

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, print_json, validated, with_desk
from proto.wardwatch.v1.access_requests import AccessAnswer, AccessRequest, AccessRequestBody, AccessRequests
from proto.wardwatch.v1.entries import FindRequest
from services.chassis import hints
from services.chassis.errors import StartupError

app = typer.Typer(help="Answer somebody what is held about them.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(min=1, help="Number of the request.", metavar="NUMBER")]


@app.command("list")
def list_requests(name: As, as_json: AsJson = False) -> None:
    """List the newest requests."""
    found = with_desk(name, lambda desk: desk.read(AccessRequests, "list_access"))
    if as_json:
        print_json(found)
        return
    rows = [
        (str(each.number), each.state, each.kind, each.asks, each.consent, each.asked_by, each.approved_by or "")
        for each in found.requests
    ]
    tables.show(tables.plain(("number", "state", "by", "asks", "form", "asked by", "approved by"), rows))
    output.line(f"{found.asked_within_30_days} within 30 days")


@app.command("ask")
def ask(
    consent: Annotated[str, typer.Option("--consent", help="Number of the signed form, such as AR-2026/17; no name.")],
    name: As,
    kind: Annotated[str, typer.Option("--by", help="By what is looked for: photo or number.")] = "photo",
    asks: Annotated[
        str, typer.Option("--asks", help="Who stands at the counter: self, guardian or representative.")
    ] = "self",
) -> None:
    """Ask to answer somebody. Another account approves it, and then there is half an hour."""
    body = validated(AccessRequestBody, kind=kind, asks=asks, consent=consent)
    made = with_desk(name, lambda desk: desk.read(AccessRequest, "ask_access", body=body))
    number = made.number
    output.line(f"request {number} waits for another account")
    output.line(f"next: {hints.command('access', 'approve', number, by=hints.ANOTHER)}")
    if made.unusual:
        output.line("more than usual were asked for within a day: the audit says so")


@app.command("approve")
def approve(number: Number, name: As) -> None:
    """Let it be answered. Whoever asked cannot do this."""
    made = with_desk(name, lambda desk: desk.read(AccessRequest, "approve_access", target=_of(number)))
    output.line(f"request {number} is approved, for half an hour")
    if made.kind == "photo":
        output.line(f"next: {hints.command('access', 'photo', number, 'photo.jpg', by=made.asked_by)}")
    else:
        output.line(f"next: {hints.command('access', 'number', number, by=made.asked_by)}")


@app.command("withdraw")
def withdraw(number: Number, name: As) -> None:
    """Take it back."""
    with_desk(name, lambda desk: desk.read(AccessRequest, "withdraw_access", target=_of(number)))
    output.line(f"request {number} is taken back")


@app.command("photo")
def photo(
    number: Number,
    file: Annotated[Path, typer.Argument(help="The photo that the person brought. It is sent and kept nowhere.")],
    name: As,
    as_json: AsJson = False,
) -> None:
    """Look for a photo, and say whom of the list it resembles."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error.strerror}") from error
    found = with_desk(
        name, lambda desk: desk.read(AccessAnswer, "answer_access", target=_of(number), attachment=content)
    )
    _tell(found, as_json=as_json)


@app.command("number")
def by_number(number: Number, name: As, as_json: AsJson = False) -> None:
    """Look for an identity number, which is asked for and not shown."""
    body = validated(FindRequest, number=typer.prompt("Identity number", hide_input=True))
    found = with_desk(name, lambda desk: desk.read(AccessAnswer, "answer_access_number", target=_of(number), body=body))
    _tell(found, as_json=as_json)


def _tell(found: AccessAnswer, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif found.request is None:
        for finding in found.findings:
            output.line(finding.text)
        raise StartupError("this photo cannot be used; another one may be brought")
    elif not found.entries:
        output.line("nothing is held")
    else:
        output.line("compare the faces before you answer: these entries may be the person")
        tables.show(tables.entries(found.entries))


def _of(number: int) -> dict[str, str]:
    return {"number": str(number)}
