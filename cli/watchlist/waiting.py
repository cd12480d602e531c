"""`wardwatch watchlist waiting` and `endings`: what one account has to decide, and who ends when."""

import typer

from cli import output
from cli.desk_client import DeskClient
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, print_json, validated, with_desk
from proto.wardwatch.v1.entries import EndingDay, Endings, EntryPage, SearchRequest, WaitingView

_MOST = 100


def waiting(name: As, as_json: AsJson = False) -> None:
    """List what waits for you: to be approved, and what was sent back to you."""

    async def work(desk: DeskClient) -> tuple[WaitingView, EntryPage]:
        counts = await desk.read(WaitingView, "show_waiting")
        body = validated(SearchRequest, state="all", waiting=True, limit=_MOST)
        return counts, await desk.read(EntryPage, "search_entries", body=body)

    counts, page = with_desk(name, work)
    if as_json:
        print_json(page, waiting=counts)
        return
    output.line(f"to approve: {counts.approvals}, later ends: {counts.renewals}, sent back to you: {counts.returned}")
    if page.entries:
        tables.show(tables.entries(page.entries))


def endings(name: As, as_json: AsJson = False) -> None:
    """Count the entries that end on each day, from a month ago on; renew them before: wardwatch watchlist renew."""
    found = with_desk(name, lambda desk: desk.read(Endings, "show_endings"))
    if as_json:
        print_json(found)
        return
    if not found.days:
        output.line("nothing ends")
        raise typer.Exit
    for month, days in _by_month(found.days).items():
        entries, asked = sum(day.entries for day in days), sum(day.asked for day in days)
        named = ", ".join(f"{day.day.day}: {day.entries}" for day in days)
        output.line(f"{month}  {entries} end, {asked} of them with a later end that waits ({named})")


def _by_month(days: list[EndingDay]) -> dict[str, list[EndingDay]]:
    months: dict[str, list[EndingDay]] = {}
    for day in days:
        months.setdefault(day.day.strftime("%Y-%m"), []).append(day)
    return months
