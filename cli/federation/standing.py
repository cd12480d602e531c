"""How lists stand: those that are published here at every hospital, those that were joined here."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer
from pydantic import BaseModel

from cli import output
from cli.desk_client import DeskClient
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, print_json, with_desk
from proto.wardwatch.v1 import federation_views as views

# Exit codes: something is not as fresh as it should be; what is held differs from what the publisher says.
BEHIND: Final = 2
DIFFERS: Final = 1
# A head comes every five seconds, a hello every fifteen.
_SILENT: Final = timedelta(seconds=60)


class Standing(BaseModel):
    """What was asked together."""

    published: list[views.SharingView]
    joined: list[views.SubscriptionView]


def status(
    name: As,
    name_of_list: Annotated[str, typer.Argument(help="Only this list.", metavar="[LIST]")] = "",
    as_json: AsJson = False,
) -> None:
    """Show how lists stand. Exit code 0: fresh everywhere, 2: silent or behind, 1: something differs."""
    found = asked(name, name_of_list)
    now = datetime.now(UTC)
    if as_json:
        print_json(found)
    else:
        _show(found, now)
    raise typer.Exit(code_of(found, now))


def asked(name: str, name_of_list: str = "") -> Standing:
    """How all lists stand, or one. Raises StartupError."""
    return with_desk(name, lambda desk: _asked(desk, name_of_list))


def code_of(found: Standing, now: datetime) -> int:
    """The exit code for what was *found*."""
    if any(each.differing for each in found.joined) or any(
        _differs(hospital.hello)
        for sharing in found.published
        for hospital in sharing.hospitals
        if hospital.state == "admitted"
    ):
        return DIFFERS
    silent = any(_is_silent(each.heard_at, now) for each in found.joined if each.joined_at and not each.left_at)
    behind = any(
        hospital.hello is None or _is_silent(hospital.hello.heard_at, now) or hospital.owed
        for sharing in found.published
        for hospital in sharing.hospitals
        if hospital.state == "admitted"
    )
    return BEHIND if silent or behind else 0


async def _asked(desk: DeskClient, only: str) -> Standing:
    lists = await desk.read(views.PublishedLists, "list_lists")
    names = [each.list for each in lists.lists if only in {"", each.list}]
    published = [await desk.read(views.SharingView, "show_sharing", target={"list": each}) for each in names]
    joined = await desk.read(views.Subscriptions, "list_subscriptions")
    return Standing(published=published, joined=[each for each in joined.subscriptions if only in {"", each.list}])


def _show(found: Standing, now: datetime) -> None:
    for sharing in found.published:
        of = sharing.published
        output.line(f"{of.title} ({of.list}), published here: {of.entries} people, no. {sharing.number}")
        tables.show(tables.plain(_COLUMNS, [_row(each, now) for each in sharing.hospitals]))
        for erasure in sharing.erasures:
            owing = ", ".join(each.title for each in erasure.owing)
            what = "" if erasure.erased else " that it is not for any more"
            output.line(
                f"{erasure.entry}: {erasure.closed} of {erasure.hospitals} hospitals{what} closed; {owing} owe it"
            )
    for each in found.joined:
        output.line(f"{each.title} ({each.list}), joined for {', '.join(each.sites)}: {sentence(each, now)}")
    if not found.published and not found.joined:
        output.line("no list is published here, and none is joined")


_COLUMNS: Final = ("hospital", "title", "state", "holds no.", "heard", "entries", "locked", "matchers", "owes")


def _row(hospital: views.HospitalView, now: datetime) -> tuple[str, ...]:
    hello = hospital.hello
    if hello is None:
        return (hospital.hospital, hospital.title, hospital.state, "", "never", "", "", "", str(hospital.owed))
    matchers = f"{hello.matchers_current} of {hello.matchers}"
    holds = f"{hello.number}{' (differs)' if _differs(hello) else ''}"
    counts = (str(hello.entries), str(hello.locked), matchers, str(hospital.owed))
    return (hospital.hospital, hospital.title, hospital.state, holds, _ago(hello.heard_at, now), *counts)


def sentence(joined: views.SubscriptionView, now: datetime) -> str:
    """How a joined list stands, in words."""
    if joined.joined_at is None:
        return f"asked for by {joined.asked_by}; another account has to approve it"
    if joined.left_at is not None:
        return f"left; {joined.unclosed} erasures are to be closed"
    if joined.suspended_at is not None:
        return f"suspended by {joined.suspended_by}: {joined.suspended_reason}"
    if joined.heard_at is None:
        return "nothing was heard of it yet"
    if _is_silent(joined.heard_at, now):
        return (
            f"silent for {_ago(joined.heard_at, now)}: later changes are not here, everybody listed goes on being"
            " looked for"
        )
    if joined.differing:
        return f"{joined.differing} entries differ, being fetched again"
    same = "" if joined.agreed_at is None else f", the same as the publisher's {_ago(joined.agreed_at, now)} ago"
    return f"{joined.entries} people{same}, no. {joined.number}"


def _differs(hello: views.HelloView | None) -> bool:
    """Whether a hospital that has heard all that was said holds something else."""
    return hello is not None and not hello.same and not hello.behind


def _is_silent(heard: datetime | None, now: datetime) -> bool:
    return heard is None or now - heard > _SILENT


def _ago(then: datetime, now: datetime) -> str:
    seconds = max(0, round((now - then).total_seconds()))
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
