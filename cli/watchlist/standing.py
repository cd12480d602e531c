"""What is decided about an entry, from putting it forward to revoking it; then the matchers are waited for."""

from enum import StrEnum
from typing import Annotated

import typer
from pydantic import BaseModel

from cli import id_argument, output
from cli.desk_client import DeskClient
from cli.watchlist import liveness
from cli.watchlist.desk_requests import (
    As,
    AsJson,
    EntryId,
    NoWait,
    Reason,
    Revision,
    Within,
    day,
    of,
    print_json,
    validated,
    with_desk,
)
from proto.wardwatch.v1.entries import (
    ApprovalRequest,
    EntryView,
    LikenessRequest,
    ReasonRequest,
    RenewRequest,
    WarningsRequest,
)
from proto.wardwatch.v1.imports import Liveness
from services.chassis import hints

_WITHIN_SECONDS = 30.0
NOT_EVERYWHERE = 2  # exit code: done, and some matcher has not taken it up, or lacks a key

Position = Annotated[int, typer.Argument(help="The photo's position, from 0.", min=0, max=9)]


class Decision(StrEnum):
    """What a likeness means."""

    SAME_PERSON = "same-person"
    DIFFERENT_PEOPLE = "different-people"


def approve(
    entry: EntryId,
    name: As,
    revision: Revision = None,
    no_wait: NoWait = False,
    within: Within = _WITHIN_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Show a pending entry, or its renewal, in a line, and approve that. Whoever asked for it cannot do this."""
    if revision is None:
        shown = with_desk(name, lambda desk: desk.read(EntryView, "show_entry", target=of(entry)))
        output.line(_summary(shown), err=as_json)
        revision = shown.revision
    _change(
        name,
        "approve_entry",
        entry,
        validated(ApprovalRequest, revision=revision),
        as_json,
        None if no_wait else within,
    )


def suspend(
    entry: EntryId,
    reason: Reason,
    name: As,
    no_wait: NoWait = False,
    within: Within = _WITHIN_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Stop an entry from matching until it is resumed."""
    _change(name, "suspend_entry", entry, validated(ReasonRequest, reason=reason), as_json, None if no_wait else within)


def resume(
    entry: EntryId,
    reason: Reason,
    name: As,
    no_wait: NoWait = False,
    within: Within = _WITHIN_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Let a suspended entry match again."""
    _change(name, "resume_entry", entry, validated(ReasonRequest, reason=reason), as_json, None if no_wait else within)


def revoke(
    entry: EntryId,
    reason: Reason,
    name: As,
    no_wait: NoWait = False,
    within: Within = _WITHIN_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Stop an entry from matching for good."""
    _change(name, "revoke_entry", entry, validated(ReasonRequest, reason=reason), as_json, None if no_wait else within)


def renew(
    entry: EntryId,
    expires: Annotated[str, typer.Option(help="The new last day, YYYY-MM-DD.")],
    reason: Reason,
    name: As,
    as_json: AsJson = False,
) -> None:
    """Ask for a later end; another account approves it."""
    body = validated(RenewRequest, last_day=day(expires), reason=reason)
    view = with_desk(name, lambda desk: desk.read(EntryView, "renew_entry", target=of(entry), body=body))
    approve = hints.command("watchlist", "approve", entry, by=hints.ANOTHER)
    _print_change(view, None, as_json, f"asks for a later end; another account approves it with: {approve}")


def discard(entry: EntryId, name: As, as_json: AsJson = False) -> None:
    """Throw a draft away."""
    view = with_desk(name, lambda desk: desk.read(EntryView, "discard_entry", target=of(entry)))
    _print_change(view, None, as_json, "is thrown away")


def decide(
    entry: EntryId,
    other: Annotated[
        str, typer.Argument(help="Id of the entry it resembles.", metavar="OTHER", callback=id_argument.checked)
    ],
    decision: Annotated[Decision, typer.Argument(help="What the likeness means.")],
    reason: Reason,
    name: As,
    as_json: AsJson = False,
) -> None:
    """Say whether two entries that look alike are one person.

    The same person: once ENTRY is approved, OTHER ends. Different people: both then need more to match.
    """
    body = validated(LikenessRequest, decision=decision.value.replace("-", "_"), reason=reason)
    target = of(entry, other=other)
    view = with_desk(name, lambda desk: desk.read(EntryView, "decide_likeness", target=target, body=body))
    open_ = sum(each.decision is None for each in view.likenesses)
    _print_change(view, None, as_json, f"and {other}: {decision.value}; {open_} likenesses are undecided")
    if decision is Decision.SAME_PERSON and not as_json:
        take = hints.command("watchlist", "take-photos", entry, other, by=name)
        discard = hints.command("watchlist", "discard", entry, by=name)
        output.line(f"once {entry} is approved, {other} ends; take its photos over with: {take}")
        output.line(f"or keep {other} and throw this draft away: {discard}")


def take_photos(
    entry: EntryId,
    other: Annotated[
        str,
        typer.Argument(help="Id of who is the same person.", metavar="OTHER", callback=id_argument.checked),
    ],
    name: As,
    as_json: AsJson = False,
) -> None:
    """Copy into a draft the photos of the entry whose place it takes; warnings are to be accepted anew."""
    view = with_desk(name, lambda desk: desk.read(EntryView, "take_photos", target=of(entry, other=other)))
    _print_change(view, None, as_json, f"has {view.photos} photos")


def remove_photo(entry: EntryId, position: Position, reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Take a photo away from a draft."""
    body = validated(ReasonRequest, reason=reason)
    target = of(entry, position=position)
    view = with_desk(name, lambda desk: desk.read(EntryView, "remove_photo", target=target, body=body))
    _print_change(view, None, as_json, f"photo {position} is removed; {view.photos} are left")


def accept(
    entry: EntryId,
    position: Position,
    codes: Annotated[list[str], typer.Argument(help="The warnings' codes.", metavar="CODE...")],
    reason: Reason,
    name: As,
    as_json: AsJson = False,
) -> None:
    """Accept a photo's warnings for a reason. A rejection cannot be accepted."""
    body = validated(WarningsRequest, codes=codes, reason=reason)
    target = of(entry, position=position)
    view = with_desk(name, lambda desk: desk.read(EntryView, "accept_warnings", target=target, body=body))
    _print_change(view, None, as_json, f"photo {position}: accepted {', '.join(codes)}")


def release(
    entry: EntryId,
    position: Position,
    reason: Reason,
    name: As,
    no_wait: NoWait = False,
    within: Within = _WITHIN_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Let a suspended photo match again, after looking at it."""
    body = validated(ReasonRequest, reason=reason)
    wait = None if no_wait else within
    _change(name, "release_photo", entry, body, as_json, wait, target=of(entry, position=position))


def _change(
    name: str,
    operation: str,
    entry: str,
    body: BaseModel | None,
    as_json: bool,
    wait_seconds: float | None,
    *,
    target: dict[str, str] | None = None,
) -> None:
    async def change(desk: DeskClient) -> tuple[EntryView, Liveness | None]:
        view = await desk.read(EntryView, operation, target=target or of(entry), body=body)
        if wait_seconds is None:
            return view, None
        return view, await liveness.live(desk, view.generation, within_seconds=wait_seconds)

    view, seen = with_desk(name, change)
    until = f" until {view.last_day}" if view.state == "active" else ""
    _print_change(view, seen, as_json, f"is {view.state}{until}")
    # What is off the list matches nowhere, whichever data key is missing.
    missing = seen is not None and view.state == "active" and liveness.locked(seen)
    if seen is not None and (missing or not liveness.everywhere(seen)):
        raise typer.Exit(NOT_EVERYWHERE)


def _summary(view: EntryView) -> str:
    later = "" if view.renewal is None else f", {view.renewal.by} asks for {view.renewal.last_day}"
    sites = ", ".join(view.sites) or "everywhere"
    undated = sum(photo.taken_on is None for photo in view.photo_list)
    days = f" ({undated} without a known day)" if undated else ""
    ends = f"; the same person as {', '.join(map(str, view.replaces))}, which ends" if view.replaces else ""
    change = f"; a change of entry {view.amends}" if view.amends else ""
    change += f", by which {view.restores} matches again" if view.restores else ""
    return (
        f"{view.state}, revision {view.revision}: {view.label}, {view.category}, {sites},"
        f" until {view.last_day}{later}; photos: {view.photos}{days}; by {view.author}{ends}{change}"
    )


def _print_change(view: EntryView, seen: Liveness | None, as_json: bool, words: str) -> None:
    if as_json:
        print_json(view, liveness=seen)
        return
    output.line(f"entry {view.id} {words}")
    if seen is not None:
        output.line(liveness.sentence(seen))
