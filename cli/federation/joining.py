"""What a hospital does: join a list, answer, stop looking for its people, and leave it."""

import asyncio
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Annotated

import typer

from access.federation import Link
from cli import output
from cli.desk_client import DeskClient
from cli.federation import broker, handing
from cli.federation.arguments import List, ReadOut
from cli.watchlist.desk_requests import As, Reason, validated, with_desk
from proto.wardwatch.v1 import federation_views as views
from proto.wardwatch.v1 import statements
from proto.wardwatch.v1.entries import ReasonRequest
from proto.wardwatch.v1.federation import ListInvitation
from proto.wardwatch.v1.statements import SIGNATURE_BYTES
from services.chassis import hints
from services.chassis.errors import Refusal, StartupError

_SIGNED_WITHIN_SECONDS = 10.0
_LOOK_SECONDS = 0.2

To = Annotated[Path | None, typer.Option("--to", help="The file to write; without it LIST-HOSPITAL.answer.")]
Sites = Annotated[list[str], typer.Option("--site", help="A site that looks for its people; may be repeated.")]


def join(
    file: Annotated[Path, typer.Argument(help="The publisher's invitation.", metavar="FILE")],
    sites: Sites,
    read_out: ReadOut,
    name: As,
) -> None:
    """Ask to join a list, by an invitation that was compared by telephone; another account approves it."""
    signed = handing.read(file)
    broker.begin()
    body = validated(views.JoinRequest, invitation=b64encode(signed).decode("ascii"), fingerprint=read_out, sites=sites)
    view = with_desk(name, lambda desk: desk.read(views.SubscriptionView, "join_list", body=body))
    output.line(f"{view.title} is to be joined for {', '.join(view.sites)}, from {', '.join(view.addresses)}")
    output.line(f"fingerprint: {view.fingerprint}")
    approve_it = hints.command("federation", "approve-joining", file, "--read-out", "CHARACTERS", by=hints.ANOTHER)
    output.line(f"another account approves it with: {approve_it}")


def approve_joining(
    file: Annotated[Path, typer.Argument(help="The publisher's invitation.", metavar="FILE")],
    read_out: ReadOut,
    name: As,
    to: To = None,
) -> None:
    """Join a list: its publisher is believed from now on, and dialled; writes the answer for it."""
    signed = handing.read(file)
    try:
        invited = ListInvitation.decode(signed[:-SIGNATURE_BYTES])
    except ValueError as error:
        raise StartupError(f"{file} is no invitation") from error
    body, target = validated(views.JoiningApproval, fingerprint=read_out), {"list": invited.list_}
    view = with_desk(name, lambda desk: desk.read(views.SubscriptionView, "approve_joining", target=target, body=body))
    # What was joined is what was compared, not whatever the file says by now.
    if view.fingerprint != statements.fingerprint(signed):
        raise StartupError(f"{file} is another invitation than the one that was joined")
    link = Link(invited.list_, invited.hospital, invited.domain, invited.addresses)
    broker.dial(link, invited.authority)
    output.line(f"{view.title} is joined for {', '.join(view.sites)}")
    answer(invited.list_, name, to)


def answer(name_of_list: List, name: As, to: To = None) -> None:
    """Write the signed answer to an invitation into a file, and show what is read out by telephone."""
    view = with_desk(name, lambda desk: _signed(desk, name_of_list))
    path = to or Path(f"{view.list}-{view.hospital}.answer")
    signed = b64decode(view.answer)
    handing.write(path, signed)
    handing.tell("the answer", path, signed)


def suspend(name_of_list: List, reason: Reason, name: As) -> None:
    """Look for nobody of a list until it is resumed."""
    view = _changed("suspend_list", name_of_list, reason, name)
    output.line(f"nobody of {view.title} is looked for")


def resume(name_of_list: List, reason: Reason, name: As) -> None:
    """Look again for those of a suspended list."""
    view = _changed("resume_list", name_of_list, reason, name)
    output.line(f"those of {view.title} are looked for again")


def leave(name_of_list: List, reason: Reason, name: As) -> None:
    """Leave a list for good: everybody on it is erased here, and the publisher is told."""
    view = _changed("leave_list", name_of_list, reason, name)
    status = hints.command("federation", "status", by=name)
    output.line(f"{view.title} is left; {view.unclosed} erasures are to be closed: {status}")
    output.line(f"then end the link with: {hints.command('federation', 'unlink', name_of_list)}")


def _changed(operation: str, name_of_list: str, reason: str, name: str) -> views.SubscriptionView:
    body, target = validated(ReasonRequest, reason=reason), {"list": name_of_list}
    return with_desk(name, lambda desk: desk.read(views.SubscriptionView, operation, target=target, body=body))


async def _signed(desk: DeskClient, name_of_list: str) -> views.ListAnswer:
    """The answer, once the federation service has signed it. Raises StartupError."""
    try:
        async with asyncio.timeout(_SIGNED_WITHIN_SECONDS):
            while True:
                try:
                    return await desk.read(views.ListAnswer, "show_answer", target={"list": name_of_list})
                except Refusal as error:
                    if error.code != 409:
                        raise
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise StartupError(
            "the answer is not signed: two accounts must have joined, and the federation service must run"
        ) from error
