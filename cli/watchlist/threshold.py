"""`wardwatch watchlist threshold`: from which similarity on a face is a sighting; two people change it."""

from typing import Annotated

import typer

from cli import output
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, Reason, print_json, validated, with_desk
from proto.wardwatch.v1.policy import ThresholdProposal, ThresholdRequest, ThresholdView
from services.chassis import hints

Number = Annotated[
    int,
    typer.Argument(
        min=1, help="Number of what waits; see: wardwatch watchlist threshold show --as NAME.", metavar="NUMBER"
    ),
]


def show(name: As, as_json: AsJson = False) -> None:
    """Show what holds, what waits for an approval, and the figures that forbid a lower one."""
    view = with_desk(name, lambda desk: desk.read(ThresholdView, "show_threshold"))
    if as_json:
        print_json(view)
        return
    output.line(f"a face is a sighting from a similarity of {view.holds.threshold:g} on; {_budget(view.holds)}")
    output.line(f"  {_request_line(view.holds)}")
    _show_budget(view)
    if view.waits is None:
        output.line("nothing waits for an approval")
    else:
        output.line(f"{view.waits.threshold:g} waits for an approval; {_budget(view.waits)}")
        output.line(f"  {_request_line(view.waits)}")
        output.line(f"  {_next(view.waits.number, name)}")
    output.line(f"none below {view.floor:g} can be asked for, by these reports of accuracy:")
    tables.show(tables.accuracy(view.reports))


def ask_for(
    threshold: Annotated[
        float, typer.Argument(help="Similarity of two templates, 0 to 1; 1 is the same.", metavar="THRESHOLD")
    ],
    reason: Reason,
    name: As,
    weekly_false_alerts: Annotated[
        float | None,
        typer.Option(
            "--false-alerts-a-week",
            help="At most so many false alerts a week at each site; without it no budget holds.",
            metavar="N",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask for another threshold. It holds once another account has approved it; one can wait at a time."""
    body = validated(ThresholdRequest, threshold=threshold, reason=reason, weekly_false_alerts=weekly_false_alerts)
    view = with_desk(name, lambda desk: desk.read(ThresholdView, "ask_threshold", body=body))
    if as_json:
        print_json(view)
        return
    assert view.waits is not None, "what was asked for waits"
    output.line(f"threshold {view.waits.number} ({view.waits.threshold:g}) waits, {view.holds.threshold:g} holds")
    output.line(f"with it {_budget(view.waits)}")
    output.line(_next(view.waits.number, name))


def approve(number: Number, name: As, as_json: AsJson = False) -> None:
    """Let a threshold hold. Whoever asked for it cannot do this."""
    _end(number, name, "approve_threshold", as_json, "is approved; every matcher takes it up by itself")


def withdraw(number: Number, name: As, as_json: AsJson = False) -> None:
    """Take back what was asked for, also what another account asked for."""
    _end(number, name, "withdraw_threshold", as_json, "is taken back")


def _end(number: int, name: str, operation: str, as_json: bool, words: str) -> None:
    view = with_desk(name, lambda desk: desk.read(ThresholdView, operation, target={"number": str(number)}))
    if as_json:
        print_json(view)
        return
    output.line(f"threshold {number} {words}")
    output.line(f"a face is a sighting from a similarity of {view.holds.threshold:g} on")


def _budget(change: ThresholdProposal) -> str:
    if change.weekly_false_alerts is None:
        return "no budget for false alerts"
    return f"at most {change.weekly_false_alerts:g} false alerts a week at each site"


def _show_budget(view: ThresholdView) -> None:
    if view.budget is None:
        return
    for site in view.budget.sites:
        expected, judged = site.expected, f"{site.rejected} judged wrong, {site.expected_so_far:.2g} expected so far"
        output.line(
            f"site {site.site}: {expected.alerts:.2g} false alerts a week expected"
            f" ({expected.low:.2g} to {expected.high:.2g}); {judged}"
        )
        if view.holds.weekly_false_alerts is not None and not site.met:
            output.line("  this budget cannot be met")
        output.line(
            f"  missed: {site.missed:.1%} of listed people who show several views, {site.missed_of_one_view:.1%} of one"
        )
        tables.show(tables.budget(site))
        tables.show(tables.choices(site.choices))
    if not view.budget.sites:
        output.line("no camera has counted enough walks yet; until then measured figures hold")
        tables.show(tables.choices(view.budget.elsewhere))


def _request_line(change: ThresholdProposal) -> str:
    by = f"threshold {change.number}, asked for by {change.asked_by} on {change.asked_at:%Y-%m-%d}: {change.reason}"
    return (
        by if change.approved_at is None else f"{by}; approved by {change.approved_by} on {change.approved_at:%Y-%m-%d}"
    )


def _next(number: int, name: str) -> str:
    approve = hints.command("watchlist", "threshold", "approve", number, by=hints.ANOTHER)
    withdraw = hints.command("watchlist", "threshold", "withdraw", number, by=name)
    return f"another account approves it with: {approve}; take it back with: {withdraw}"
