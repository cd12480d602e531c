"""`wardwatch watchlist list`, `show`, `history`, `photo`, `groups`, `matchers`, `reviews` and `categories`."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from proto.wardwatch.v1.entries import Categories, EntryPage, EntryRow, EntryView, Groups, GroupSaid, GroupView, History
from proto.wardwatch.v1.imports import Liveness
from proto.wardwatch.v1.policy import Reviews
from services.chassis.errors import StartupError
from services.cli import output
from services.cli.desk_client import DeskClient
from services.cli.watchlist import liveness, tables
from services.cli.watchlist.asking import As, AsJson, EntryId, ask, of, print_json, say, sites
from services.cli.watchlist.paging import pages
from services.cli.watchlist.standing import Position

State = Annotated[
    str, typer.Option(help="Only those that are draft, pending, active, suspended, expired, revoked or erased.")
]


def list_entries(
    name: As,
    state: State = "",
    as_json: AsJson = False,
) -> None:
    """List the entries, newest change first."""

    async def work(desk: DeskClient) -> list[EntryRow]:
        return [row async for page in entry_pages(desk, state) for row in page.entries]

    page = EntryPage(entries=ask(name, work), next=None)
    print_json(page) if as_json else tables.show(tables.entries(page.entries))


def show(entry: EntryId, name: As, as_json: AsJson = False) -> None:
    """Show an entry with its photos and those it resembles."""
    view = ask(name, lambda desk: desk.read(EntryView, "show_entry", target=of(entry)))
    if as_json:
        print_json(view)
        return
    tables.show(tables.facts(view))
    tables.show(tables.photos(view.photo_list))
    if view.likenesses:
        tables.show(tables.likenesses(view.likenesses))


def history(entry: EntryId, name: As, as_json: AsJson = False) -> None:
    """Show everything that was done to an entry."""
    changes = ask(name, lambda desk: desk.read(History, "show_history", target=of(entry)))
    print_json(changes) if as_json else tables.show(tables.history(changes))


def photo(
    entry: EntryId,
    position: Position,
    file: Annotated[Path, typer.Argument(help="Where to put it; a file that is there stays.", metavar="FILE")],
    name: As,
    as_json: AsJson = False,
) -> None:
    """Save an enrolled face. That it was read is recorded."""
    content = ask(name, lambda desk: desk.call("show_photo", target=of(entry, position=position)))
    assert isinstance(content, bytes)
    _save(file, content)
    if as_json:
        output.line(f'{{"bytes": {len(content)}}}')
    else:
        output.line(f"{len(content):,} bytes in {file}, readable by you alone; delete it when you have looked")


def groups(name: As, as_json: AsJson = False) -> None:
    """List the named sets of sites."""
    known = ask(name, lambda desk: desk.read(Groups, "list_groups"))
    if as_json:
        print_json(known)
        return
    for group in known.groups:
        output.line(
            f"{group.name}: {', '.join(group.sites)} ({group.changed_by}, {group.changed_at:%Y-%m-%d %H:%M} UTC)"
        )


def set_group(
    group: Annotated[str, typer.Argument(help="Name of the group.", metavar="NAME")],
    sites_: Annotated[str, typer.Option("--sites", help="Its sites, separated by commas.")],
    name: As,
    as_json: AsJson = False,
) -> None:
    """Name a set of sites. Entries that were put forward keep the sites they had."""
    said = say(GroupSaid, sites=sites(sites_))
    view = ask(name, lambda desk: desk.read(GroupView, "set_group", target={"group": group}, said=said))
    print_json(view) if as_json else output.line(f"group {view.name}: {', '.join(view.sites)}")


def matchers(name: As, as_json: AsJson = False) -> None:
    """Show the matchers that hold the list, and how far they are."""
    seen = ask(name, lambda desk: desk.read(Liveness, "list_matchers"))
    if as_json:
        print_json(seen)
        return
    tables.show(tables.matchers(seen.matchers))
    output.line(liveness.newest(seen))


def reviews(name: As, as_json: AsJson = False) -> None:
    """List entries to look at again, worst first: false alerts, suspended photos, and those that end within 30 days."""
    found = ask(name, lambda desk: desk.read(Reviews, "list_reviews"))
    if as_json:
        print_json(found)
        return
    if not found.reviews:
        output.line("there is nothing to look at")
        return
    tables.show(tables.reviews(found.reviews))
    output.line(
        "look at each (wardwatch watchlist show ID, photo ID POSITION FILE), then release ID POSITION, revoke ID or"
        " renew ID"
    )


def categories(name: As, as_json: AsJson = False) -> None:
    """List the grounds an entry may stand on."""
    known = ask(name, lambda desk: desk.read(Categories, "list_categories"))
    if as_json:
        print_json(known)
        return
    for each in known.categories:
        output.line(f"{each.code}: {each.title}; {each.longest_days} days at most")


def entry_pages(desk: DeskClient, state: str) -> AsyncIterator[EntryPage]:
    """The list, or what of it is in *state*, newest change first."""
    return pages(desk, EntryPage, "list_entries", {"state": state} if state else None)


def _save(file: Path, content: bytes) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(content)
    except OSError as error:
        raise StartupError(f"{file}: cannot be written ({error.strerror})") from error
