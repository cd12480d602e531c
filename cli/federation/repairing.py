"""`wardwatch federation repair`: a list is made anew from what its publisher says, and compared."""

import time
from typing import Final

import typer

from cli import output
from cli.federation import standing
from cli.federation.arguments import List
from cli.watchlist.desk_requests import As, with_desk
from proto.wardwatch.v1 import federation_views as views
from services.chassis.errors import StartupError

DIFFERS: Final = 1
# The service gives up after two minutes, and says so.
_WITHIN_SECONDS: Final = 150.0
_LOOK_SECONDS: Final = 0.5


def repair(name_of_list: List, name: As) -> None:
    """Make a joined list's copy anew, or a published one's streams. Exit code 0: all agrees, 1: it does not."""
    found = standing.asked(name, name_of_list)
    target = {"list": name_of_list}
    if not found.joined and not found.published:
        raise StartupError(f"no list {name_of_list} is published here, and none is joined")
    agrees = True
    if found.joined:
        with_desk(name, lambda desk: desk.read(views.SubscriptionView, "repair_list", target=target))
        agrees &= _told("the copy", _done(name, name_of_list, joined=True))
    if found.published:
        with_desk(name, lambda desk: desk.read(views.SharingView, "refill_list", target=target))
        agrees &= _told("the broker's streams", _done(name, name_of_list, joined=False))
    raise typer.Exit(code=0 if agrees else DIFFERS)


def sentence(what: str, done: views.RepairView) -> str:
    """What was found and done, in words."""
    faults = [f"{done.missing} were missing"] if done.missing else []
    faults += [f"{done.differing} differed"] if done.differing else []
    before = " and ".join(faults) or "nothing was missing or differed"
    after = "all of it agrees now" if done.agrees else "it still does not agree: see federation status"
    return f"{what}: {done.entries} entries; before, {before}; made anew, {after}"


def _told(what: str, done: views.RepairView) -> bool:
    output.line(sentence(what, done))
    return done.agrees


def _done(name: str, name_of_list: str, *, joined: bool) -> views.RepairView:
    """The repair, once it is done. Raises StartupError."""
    until = time.monotonic() + _WITHIN_SECONDS
    while time.monotonic() < until:
        found = standing.asked(name, name_of_list)
        repair_of = found.joined[0].repair if joined else found.published[0].repair
        if repair_of is not None and repair_of.done_at is not None:
            return repair_of
        time.sleep(_LOOK_SECONDS)
    raise StartupError("the repair is not done: the federation service must run here, and its database answer")
