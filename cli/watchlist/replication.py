"""`wardwatch watchlist end-matcher`, `reconcile` and `reconciliation`: what keeps the list the same everywhere."""

import asyncio
from datetime import datetime
from typing import Annotated, Final

import typer

from cli import output
from cli.desk_client import DeskClient
from cli.watchlist import liveness, tables
from cli.watchlist.desk_requests import As, AsJson, Reason, print_json, validated, with_desk
from proto.wardwatch.v1.entries import ReasonRequest
from proto.wardwatch.v1.imports import Liveness, ReconcileRequest, ReconciliationView
from services.chassis import hints
from services.chassis.errors import Refusal

_LOOK_EVERY_SECONDS: Final = 0.5
_LEFT_TO_A_PERSON: Final = 1
_NOT_OVER: Final = 2
_CAUSES: Final = {"nightly": "the daily one", "stream": "the stream was made anew"}


def end_matcher(
    matcher: Annotated[str, typer.Argument(help="See: wardwatch watchlist matchers --as NAME.", metavar="NAME")],
    reason: Reason,
    name: As,
    as_json: AsJson = False,
) -> None:
    """Say that a silent matcher's machine is gone for good: erasures and changes wait for it no longer.

    For administrators. A matcher that is heard is not ended by this but by stopping it; one that comes back is waited
    for again.
    """
    body = validated(ReasonRequest, reason=reason)
    target = {"matcher": matcher}
    seen = with_desk(name, lambda desk: desk.read(Liveness, "end_matcher", target=target, body=body))
    if as_json:
        print_json(seen)
        return
    output.line(f"matcher {matcher} is given up; nothing waits for it any more")
    tables.show(tables.matchers(seen.matchers))
    output.line(liveness.newest(seen))


def reconcile(
    name: As,
    bury_unknown: Annotated[
        bool,
        typer.Option(
            "--bury-unknown",
            help="End all entries that the record does not know, however many: for a record that is surely right.",
        ),
    ] = False,
    within: Annotated[float, typer.Option("--within", min=0, help="Wait at most so many seconds for its end.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Compare what the matchers work by with the record now, and put right what may be put right.

    For administrators; it is also done every day. Exit code 1: something is left that a person must look at. Exit code
    2: it is not over within --within seconds, for example because another comparison goes on; it is made all the same.
    """
    body = validated(ReconcileRequest, bury_unknown=bury_unknown)
    view, is_ours = with_desk(name, lambda desk: _compared(desk, name, body, within))
    _print_reconciliation(view, name, as_json)
    if view.ended_at is None or not is_ours:
        if not is_ours:
            output.line("that is not the comparison that was asked for now; it is made behind it", err=True)
        raise typer.Exit(_NOT_OVER)
    if _left(view, name):
        raise typer.Exit(_LEFT_TO_A_PERSON)


def reconciliation(name: As, as_json: AsJson = False) -> None:
    """Show what the last comparison of the list with the record found."""
    _print_reconciliation(
        with_desk(name, lambda desk: desk.read(ReconciliationView, "show_reconciliation")), name, as_json
    )


async def _compared(
    desk: DeskClient, account: str, body: ReconcileRequest, within_seconds: float
) -> tuple[ReconciliationView, bool]:
    """Have it done, and wait for its end; whether what is returned is the comparison asked for.

    The desk shows whichever began last. While another one goes on that may be all there is: the one that is asked
    for is made behind it.
    """
    former = await _last_began(desk)

    def is_ours(view: ReconciliationView) -> bool:
        return view.began_at != former and (view.cause, view.asked_by) == ("asked", account)

    clock = asyncio.get_running_loop().time
    last = clock() + within_seconds
    with output.console(err=True).status("comparing the list with the record"):
        view = await desk.read(ReconciliationView, "reconcile_list", body=body)
        while not (is_ours(view) and view.ended_at) and clock() + _LOOK_EVERY_SECONDS <= last:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            view = await desk.read(ReconciliationView, "show_reconciliation")
    return view, is_ours(view)


async def _last_began(desk: DeskClient) -> datetime | None:
    try:
        return (await desk.read(ReconciliationView, "show_reconciliation")).began_at
    except Refusal as refusal:
        if refusal.code != 404:  # nothing was compared yet
            raise
        return None


def _print_reconciliation(view: ReconciliationView, name: str, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    cause = _CAUSES.get(view.cause) or f"asked for by {view.asked_by}"
    began = f"comparison of {view.began_at:%Y-%m-%d %H:%M:%S} UTC ({cause})"
    if view.broken_off:
        output.line(f"{began}: broke off before its end, what the matchers work by may differ from what is recorded")
        return
    if view.ended_at is None:
        again = hints.command("watchlist", "reconciliation", by=name)
        output.line(f"{began}: not over; look again with: {again}")
        return
    output.line(f"{began}: {view.entries:,} entries in {(view.ended_at - view.began_at).total_seconds():.1f} s")
    table = tables.differences(view)
    if table.row_count:
        tables.show(table)
        output.line(f"{view.repaired:,} published again, {view.buried:,} ended")
    else:
        output.line("the matchers work by what is recorded")
    if view.keys_destroyed:
        output.line(f"{view.keys_destroyed:,} keys of erased entries were there again and are destroyed")
    for sentence in _left(view, name):
        output.line(sentence)


def _left(view: ReconciliationView, name: str) -> list[str]:
    """What nobody but a person may put right."""
    found: list[str] = []
    if view.ahead:
        found.append(
            f"{view.ahead:,} were left as they are: the record is older than what was published from it. Was the"
            " database put back from a backup? The watchlist service's log names them; look at each and change it anew"
        )
    if unknown := view.unknown - view.buried:
        found.append(
            f"{unknown:,} that the record does not know were left as they are: too many to end them unasked. If the"
            f" record is right: {hints.command('watchlist', 'reconcile', '--bury-unknown', by=name)}"
        )
    if unpublished := view.missing + view.behind + view.different - view.repaired:
        found.append(f"{unpublished:,} could not be published again; compare once more")
    return found
