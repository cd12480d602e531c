"""What a publisher does: lists, hospitals, and who is on a list. Everything that lists somebody takes two accounts."""

import asyncio
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Annotated

import typer

from access.federation import HospitalRights
from cli import output
from cli.desk_client import DeskClient
from cli.federation import broker, handing
from cli.federation.arguments import Hospital, List, ReadOut
from cli.watchlist.desk_requests import As, EntryId, Reason, of, validated, with_desk
from proto.wardwatch.v1 import federation_views as views
from proto.wardwatch.v1.entries import ReasonRequest
from proto.wardwatch.v1.federation import InvitationAnswer
from proto.wardwatch.v1.statements import SIGNATURE_BYTES
from services.chassis import hints
from services.chassis.errors import Refusal, StartupError

_SIGNED_WITHIN_SECONDS = 10.0
_LOOK_SECONDS = 0.2

To = Annotated[Path | None, typer.Option("--to", help="The file to write; without it LIST-HOSPITAL.invitation.")]
Hospitals = Annotated[
    list[str] | None, typer.Option("--hospital", help="Only for this hospital of the list; may be repeated.")
]


def publish(
    name_of_list: List,
    title: Annotated[str, typer.Option("--title", help="What people call it.")],
    name: As,
    silent_days: Annotated[
        int, typer.Option(min=1, max=365, help="After so many days without a word, hospitals suspend it.")
    ] = 30,
) -> None:
    """Begin a list for other hospitals; nobody is on it yet."""
    body = validated(views.ListRequest, list=name_of_list, title=title, silent_days=silent_days)
    with_desk(name, lambda desk: desk.read(views.PublishedList, "publish_list", body=body))
    output.line(f"list {name_of_list} is published; nobody is on it, and no hospital has it")
    invite_one = hints.command("federation", "invite", "HOSPITAL", "--list", name_of_list, "--title", "TITLE", by=name)
    share_one = hints.command("federation", "share", "ID", "--list", name_of_list, by=name)
    output.line(f"a hospital: {invite_one}")
    output.line(f"a person: {share_one}")


def invite(
    hospital: Hospital,
    name_of_list: Annotated[str, typer.Option("--list", help="The list it is invited to.")],
    title: Annotated[str, typer.Option("--title", help="What people call the hospital.")],
    name: As,
    address: Annotated[
        list[str] | None,
        typer.Option("--address", help="tls://name:port where its broker reaches this one; may be repeated."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="For how long the invitation holds.")] = 14,
) -> None:
    """Ask to invite a hospital; another account approves it."""
    known = broker.reached()
    body = validated(
        views.InvitationRequest,
        hospital=hospital,
        title=title,
        addresses=address or list(known.addresses),
        authority=known.authority,
        days=days,
    )
    target = {"list": name_of_list}
    with_desk(name, lambda desk: desk.read(views.HospitalView, "invite_hospital", target=target, body=body))
    approve_it = hints.command("federation", "approve", name_of_list, hospital, by=hints.ANOTHER)
    output.line(f"{hospital} is to be invited to {name_of_list}; another account approves it with: {approve_it}")


def invitation(name_of_list: List, hospital: Hospital, name: As, to: To = None) -> None:
    """Write a signed invitation into a file, and show what is read out by telephone."""
    signed = with_desk(name, lambda desk: _signed(desk, name_of_list, hospital))
    path = to or Path(f"{name_of_list}-{hospital}.invitation")
    handing.write(path, signed)
    handing.tell("the invitation", path, signed)


def admit(
    file: Annotated[Path, typer.Argument(help="The hospital's answer.", metavar="FILE")], read_out: ReadOut, name: As
) -> None:
    """Ask to admit a hospital by its answer, compared by telephone; another account approves it."""
    signed = handing.read(file)
    try:
        said = InvitationAnswer.decode(signed[:-SIGNATURE_BYTES])
    except ValueError as error:
        raise StartupError(f"{file} is no answer to an invitation") from error
    body = validated(views.AnswerRequest, answer=b64encode(signed).decode("ascii"), read_out=read_out)
    target = {"list": said.list_, "hospital": said.hospital}
    view = with_desk(name, lambda desk: desk.read(views.HospitalView, "admit_hospital", target=target, body=body))
    approve_it = hints.command("federation", "approve", said.list_, said.hospital, by=hints.ANOTHER)
    output.line(f"{view.title} is to be admitted to {said.list_}; another account approves it with: {approve_it}")


def share(
    entry: EntryId,
    name_of_list: Annotated[str, typer.Option("--list", help="The list.")],
    name: As,
    hospitals: Hospitals = None,
) -> None:
    """Ask to put an entry on a list, or that it is for other hospitals of it; another account approves it."""
    body = validated(views.ShareRequest, hospitals=hospitals or [])
    target = of(entry, list=name_of_list)
    view = with_desk(name, lambda desk: desk.read(views.ShareView, "share_entry", target=target, body=body))
    approve_it = hints.command("federation", "approve", name_of_list, view.entry, by=hints.ANOTHER)
    where = "on" if view.scope is None else "for these hospitals alone of" if view.scope else "for every hospital of"
    output.line(f"{view.entry} is to be {where} {name_of_list}; another account approves it with: {approve_it}")


def withdraw(
    entry: EntryId,
    name_of_list: Annotated[str, typer.Option("--list", help="The list.")],
    reason: Reason,
    name: As,
) -> None:
    """Take an entry from a list for good: every hospital erases it and signs for it."""
    target, body = of(entry, list=name_of_list), validated(ReasonRequest, reason=reason)
    view = with_desk(name, lambda desk: desk.read(views.ShareView, "withdraw_share", target=target, body=body))
    output.line(f"{view.entry} is taken from {name_of_list}; who has closed it: {_status(name_of_list, name)}")


def approve(
    name_of_list: List,
    what: Annotated[str, typer.Argument(help="A hospital of the list, or the id of an entry.", metavar="WHAT")],
    name: As,
    to: To = None,
) -> None:
    """Approve what another account asked for: to invite or admit a hospital, to share an entry."""
    sharing = with_desk(name, lambda desk: desk.read(views.SharingView, "show_sharing", target={"list": name_of_list}))
    hospital = next((each for each in sharing.hospitals if each.hospital == what), None)
    if hospital is None:
        _approve_share(name_of_list, what, sharing, name)
    elif hospital.state == "asked":
        _approve_invitation(name_of_list, hospital, name, to)
    elif hospital.state == "answered":
        _approve_admission(name_of_list, hospital, name)
    elif hospital.state == "admitted":
        # It was approved on the page, which does not reach the broker; once more does no harm.
        broker.admit(hospital.hospital, HospitalRights(frozenset({name_of_list}), hospital.link_key))
        output.line(f"{hospital.title} is let in; how it stands: {_status(name_of_list, name)}")
    else:
        raise StartupError(f"{what} is {hospital.state}: nothing of it waits for an approval")


def remove(name_of_list: List, hospital: Hospital, reason: Reason, name: As) -> None:
    """Put a hospital out for good: its link is closed, and everything is sealed anew for the others."""
    target, body = {"list": name_of_list, "hospital": hospital}, validated(ReasonRequest, reason=reason)
    view = with_desk(name, lambda desk: desk.read(views.HospitalView, "remove_hospital", target=target, body=body))
    broker.put_out(name_of_list, hospital)
    output.line(f"{view.title} is put out; it still owes receipts of what is erased from now on")


def close(
    name_of_list: List,
    hospital: Hospital,
    entry: Annotated[str, typer.Option("--entry", help="Id of the erased entry.")],
    name: As,
    reason: Annotated[str, typer.Option("--reason", help="Why it never will; without it: approve what was said.")] = "",
) -> None:
    """Say why a hospital will never close an erasure, or approve what another account said."""
    target = {"list": name_of_list, "hospital": hospital, "entry": entry}
    if not reason:
        with_desk(name, lambda desk: desk.read(views.ListErasure, "approve_closing", target=target))
        output.line(f"the erasure of {entry} is closed in place of {hospital}")
        return
    body = validated(ReasonRequest, reason=reason)
    with_desk(name, lambda desk: desk.read(views.ListErasure, "close_for", target=target, body=body))
    approve_it = hints.command("federation", "close", name_of_list, hospital, "--entry", entry, by=hints.ANOTHER)
    output.line(f"another account approves that with: {approve_it}")


def _approve_share(name_of_list: str, what: str, sharing: views.SharingView, name: str) -> None:
    waiting = [each for each in sharing.waiting if str(each.entry).startswith(what.lower())]
    if len(waiting) != 1:
        raise StartupError(f"{what} is no hospital of {name_of_list}, and no one entry that waits to be shared")
    (share_of,) = waiting
    hospitals = share_of.hospitals if share_of.scope is None else share_of.scope
    where = ", ".join(hospitals) or "every hospital of the list"
    asked_by = share_of.asked_by if share_of.scope is None else share_of.scope_asked_by
    output.line(f"{share_of.entry} for {where}, asked for by {asked_by}")
    target, body = of(share_of.entry, list=name_of_list), views.ShareRequest(hospitals=list(hospitals))
    with_desk(name, lambda desk: desk.read(views.ShareView, "approve_share", target=target, body=body))
    output.line(f"{share_of.entry} is on {name_of_list}; who has it: {_status(name_of_list, name)}")


def _approve_invitation(name_of_list: str, hospital: views.HospitalView, name: str, to: Path | None) -> None:
    target = {"list": name_of_list, "hospital": hospital.hospital}
    with_desk(name, lambda desk: desk.read(views.HospitalView, "approve_invitation", target=target))
    output.line(f"{hospital.title} is invited to {name_of_list}")
    invitation(name_of_list, hospital.hospital, name, to)


def _approve_admission(name_of_list: str, hospital: views.HospitalView, name: str) -> None:
    output.line(f"{hospital.title}, as its answer was compared by {hospital.asked_by}: {hospital.fingerprint}")
    target = {"list": name_of_list, "hospital": hospital.hospital}
    body = views.AdmissionRequest(fingerprint=hospital.fingerprint)
    view = with_desk(name, lambda desk: desk.read(views.HospitalView, "approve_admission", target=target, body=body))
    broker.admit(hospital.hospital, HospitalRights(frozenset({name_of_list}), view.link_key))
    output.line(f"{hospital.title} is admitted to {name_of_list}; how it stands: {_status(name_of_list, name)}")


async def _signed(desk: DeskClient, name_of_list: str, hospital: str) -> bytes:
    """The invitation, once the federation service has signed it. Raises StartupError."""
    target = {"list": name_of_list, "hospital": hospital}
    try:
        async with asyncio.timeout(_SIGNED_WITHIN_SECONDS):
            while True:
                view = await desk.read(views.InvitationView, "show_invitation", target=target)
                if view.invitation:
                    return b64decode(view.invitation)
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise StartupError(
            "the invitation is not signed: two accounts must have asked for it, and the federation service must run"
        ) from error
    except Refusal as error:
        raise StartupError(str(error)) from error


def _status(name_of_list: str, name: str) -> str:
    return hints.command("federation", "status", name_of_list, by=name)
