"""`wardwatch eval install`: two people let a report of accuracy hold (safeguard S14)."""

from typing import Annotated, Final

import typer

from cli import output
from cli.eval import files
from cli.eval.arguments import ReportPath
from cli.watchlist.desk_requests import As, AsJson, Reason, print_json, validated, with_desk
from proto.wardwatch.v1.accuracy import AccuracyInstalled, AccuracyProposal, AccuracyRequest, InstalledModel
from services.chassis import hints

_DIGITS: Final = 12

Number = Annotated[
    int, typer.Argument(min=1, help="Number of what waits; see: wardwatch eval installed --as NAME.", metavar="NUMBER")
]


def installed(name: As, as_json: AsJson = False) -> None:
    """Show which reports hold, until when matching goes on by them, and what waits for an approval."""
    view = with_desk(name, lambda desk: desk.read(AccuracyInstalled, "show_accuracy"))
    if as_json:
        print_json(view)
        return
    _print(view, name)


def install(report: ReportPath, reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Ask for a report to be installed. It holds once another account has approved it; one can wait at a time."""
    file = files.read(report)
    body = validated(AccuracyRequest, report=file.report, digest=file.digest, reason=reason)
    view = with_desk(name, lambda desk: desk.read(AccuracyInstalled, "ask_accuracy", body=body))
    if as_json:
        print_json(view)
        return
    _print(view, name)


def approve(number: Number, name: As, as_json: AsJson = False) -> None:
    """Let a report hold, after comparing its digest with whoever asked for it. That account cannot do this."""
    _end(number, name, "approve_accuracy", as_json)


def withdraw(number: Number, name: As, as_json: AsJson = False) -> None:
    """Take back what was asked for, also what another account asked for."""
    _end(number, name, "withdraw_accuracy", as_json)


def _end(number: int, name: str, operation: str, as_json: bool) -> None:
    view = with_desk(name, lambda desk: desk.read(AccuracyInstalled, operation, target={"number": str(number)}))
    if as_json:
        print_json(view)
        return
    _print(view, name)


def _print(view: AccuracyInstalled, name: str) -> None:
    for model in view.models:
        output.line(_model_line(model))
    if view.waits is None:
        output.line("nothing waits for an approval")
        return
    output.line(_waits_line(view.waits))
    number = view.waits.number
    approve = hints.command("eval", "approve", number, by=hints.ANOTHER)
    withdraw = hints.command("eval", "withdraw", number, by=name)
    output.line(f"another account approves it with: {approve}; take it back with: {withdraw}")


def _model_line(model: InstalledModel) -> str:
    until = f"matching ends on {model.matches_until:%Y-%m-%d} unless another one comes"
    if model.measured_on is None:
        return f"recogniser {model.model_sha256[:_DIGITS]}: no report; {until}"
    digest = "" if model.digest is None else f", digest {model.digest}"
    measured = f"measured on {model.measured_on} with {model.dataset}{digest}"
    return f"recogniser {model.model_sha256[:_DIGITS]}: {measured}, holds until {model.holds_until:%Y-%m-%d}; {until}"


def _waits_line(report: AccuracyProposal) -> str:
    return (
        f"report {report.number} waits, asked for by {report.asked_by} on {report.asked_at:%Y-%m-%d}: {report.reason};"
        f" measured on {report.measured_on} with {report.dataset}, floor {report.floor:g}, digest {report.digest}"
    )
