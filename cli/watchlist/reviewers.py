"""`wardwatch watchlist reviewers`: how many different people must agree on an alert; two people change it."""

from typing import Annotated

import typer

from cli import output
from cli.watchlist.desk_requests import As, AsJson, Reason, print_json, validated, with_desk
from proto.wardwatch.v1.reviewers import ReviewersChange, ReviewersRequest, ReviewersView
from services.chassis import hints
from services.chassis.errors import StartupError

app = typer.Typer(help="How many different people must agree on an alert; two people change it.", no_args_is_help=True)

Number = Annotated[
    int,
    typer.Argument(
        min=1, help="Number of what waits; see: wardwatch watchlist reviewers show --as NAME.", metavar="NUMBER"
    ),
]
_AS_EVERYWHERE = "everywhere"


@app.command("show")
def show(name: As, as_json: AsJson = False) -> None:
    """Show how many must agree, where it is another number, and what waits for an approval."""
    view = with_desk(name, lambda desk: desk.read(ReviewersView, "show_reviewers"))
    if as_json:
        print_json(view)
    else:
        _tell(view, name)


@app.command("ask")
def ask_for(
    reviewers: Annotated[
        str, typer.Argument(help="1 or 2; or, for a site, everywhere: as it holds for all others.", metavar="1|2")
    ],
    reason: Reason,
    name: As,
    site: Annotated[str, typer.Option("--site", help="Only this site; everywhere when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask for another number. Alerts go by it once another account has approved it; one can wait at a time."""
    if reviewers not in {"1", "2", _AS_EVERYWHERE}:
        raise StartupError(f"give 1 or 2, or with --site: {_AS_EVERYWHERE}")
    wanted = None if reviewers == _AS_EVERYWHERE else int(reviewers)
    body = validated(ReviewersRequest, site=site, reviewers=wanted, reason=reason)
    view = with_desk(name, lambda desk: desk.read(ReviewersView, "ask_reviewers", body=body))
    if as_json:
        print_json(view)
    else:
        _tell(view, name)


@app.command("approve")
def approve(number: Number, name: As, as_json: AsJson = False) -> None:
    """Let a number hold. Whoever asked for it cannot do this."""
    _end(number, name, "approve_reviewers", as_json=as_json)


@app.command("withdraw")
def withdraw(number: Number, name: As, as_json: AsJson = False) -> None:
    """Take back what was asked for, also what another account asked for."""
    _end(number, name, "withdraw_reviewers", as_json=as_json)


def _end(number: int, name: str, operation: str, *, as_json: bool) -> None:
    view = with_desk(name, lambda desk: desk.read(ReviewersView, operation, target={"number": str(number)}))
    if as_json:
        print_json(view)
    else:
        _tell(view, name)


def _tell(view: ReviewersView, name: str) -> None:
    output.line(f"{_people(view.everywhere)} must agree on an alert; one that is raised keeps its number")
    for change in view.holds:
        output.line(f"  {_line(change)}; approved by {change.approved_by}")
    if view.waits is None:
        output.line("nothing waits for an approval")
        return
    number = view.waits.number
    output.line(f"waits for an approval: {_line(view.waits)}")
    approve_ = hints.command("watchlist", "reviewers", "approve", number, by=hints.ANOTHER)
    withdraw_ = hints.command("watchlist", "reviewers", "withdraw", number, by=name)
    output.line(f"  another account approves it with: {approve_}; take it back with: {withdraw_}")


def _line(change: ReviewersChange) -> str:
    where = f"at {change.site}" if change.site else "everywhere"
    wanted = "as everywhere" if change.reviewers is None else _people(change.reviewers)
    return f"{where} {wanted}, asked for by {change.asked_by} on {change.asked_at:%Y-%m-%d}: {change.reason}"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} different people"
