"""`wardwatch watchlist list`, `show`, `history`, `photo`, `groups`, `matchers`, `reviews` and `categories`."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.desk_client import DeskClient
from cli.watchlist import liveness, tables
from cli.watchlist.desk_requests import As, AsJson, EntryId, of, print_json, sites, validated, with_desk
from cli.watchlist.paging import found, pages
from cli.watchlist.standing import Position
from proto.wardwatch.v1.entries import (
    ENDED,
    Categories,
    EntryPage,
    EntryRow,
    EntryView,
    GroupRequest,
    Groups,
    GroupView,
    History,
    SearchRequest,
)
from proto.wardwatch.v1.imports import Liveness
from proto.wardwatch.v1.policy import Reviews
from services.chassis import hints
from services.chassis.errors import StartupError

State = Annotated[
    str,
    typer.Option(
        help="draft, pending, active, suspended, expired, revoked or erased; or living (the first four, as when it is"
        " left out), ended (the others) or all."
    ),
]


def list_entries(
    name: As,
    state: State = "",
    search: Annotated[
        str, typer.Option("--search", help="Words of label, file number, last digits, author, file name, or an id.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the entries that stand or wait, newest change first; those that ended when they are asked for."""

    async def work(desk: DeskClient) -> EntryPage:
        rows: list[EntryRow] = []
        async for page in entry_pages(desk, state, search):
            rows += page.entries
            counts = page.counts
        return EntryPage(entries=rows, next=None, counts=counts)

    page = with_desk(name, work)
    if as_json:
        print_json(page)
        return
    tables.show(tables.entries(page.entries))
    ended = [f"{page.counts[each]} {each}" for each in ENDED if page.counts.get(each)]
    if ended and state in ("", "living"):
        those = hints.command("watchlist", "list", "--state", "ended", by=name)
        output.line(f"not shown: {', '.join(ended)}; see them with: {those}")


def show(entry: EntryId, name: As, as_json: AsJson = False) -> None:
    """Show an entry with its photos and those it resembles."""
    view = with_desk(name, lambda desk: desk.read(EntryView, "show_entry", target=of(entry)))
    if as_json:
        print_json(view)
        return
    tables.show(tables.facts(view))
    tables.show(tables.photos(view.photo_list))
    if view.likenesses:
        tables.show(tables.likenesses(view.likenesses))


def history(entry: EntryId, name: As, as_json: AsJson = False) -> None:
    """Show everything that was done to an entry."""
    changes = with_desk(name, lambda desk: desk.read(History, "show_history", target=of(entry)))
    print_json(changes) if as_json else tables.show(tables.history(changes))


def photo(
    entry: EntryId,
    position: Position,
    file: Annotated[Path, typer.Argument(help="Where to put it; a file that is there stays.", metavar="FILE")],
    name: As,
    as_json: AsJson = False,
) -> None:
    """Save an enrolled face. That it was read is recorded."""
    content = with_desk(name, lambda desk: desk.call("show_photo", target=of(entry, position=position)))
    assert isinstance(content, bytes)
    _save(file, content)
    if as_json:
        output.line(f'{{"bytes": {len(content)}}}')
    else:
        output.line(f"{len(content):,} bytes in {file}, readable by you alone; delete it when you have looked")


def groups(name: As, as_json: AsJson = False) -> None:
    """List the named sets of sites."""
    known = with_desk(name, lambda desk: desk.read(Groups, "list_groups"))
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
    body = validated(GroupRequest, sites=sites(sites_))
    view = with_desk(name, lambda desk: desk.read(GroupView, "set_group", target={"group": group}, body=body))
    print_json(view) if as_json else output.line(f"group {view.name}: {', '.join(view.sites)}")


def matchers(name: As, as_json: AsJson = False) -> None:
    """Show the matchers that hold the list, and how far they are."""
    seen = with_desk(name, lambda desk: desk.read(Liveness, "list_matchers"))
    if as_json:
        print_json(seen)
        return
    tables.show(tables.matchers(seen.matchers))
    output.line(liveness.newest(seen))


def reviews(name: As, as_json: AsJson = False) -> None:
    """List entries to look at again, worst first: two of one person, photos of several people, false alerts, suspended
    photos, and those that end within 30 days."""
    found = with_desk(name, lambda desk: desk.read(Reviews, "list_reviews"))
    if as_json:
        print_json(found)
        return
    if not found.reviews:
        output.line("there is nothing to look at")
        return
    tables.show(tables.reviews(found.reviews))
    first, position = found.reviews[0].entry, next(iter(found.reviews[0].suspended_photos), 0)
    output.line("look at each, for example at the first:")
    output.line(f"  {hints.command('watchlist', 'show', first, by=name)}")
    output.line(f"  {hints.command('watchlist', 'photo', first, position, 'FILE', by=name)}")
    output.line("then release a suspended photo, renew the entry or revoke it:")
    why = ("--reason", "WHY")
    output.line(f"  {hints.command('watchlist', 'release', first, position, *why, by=name)}")
    output.line(f"  {hints.command('watchlist', 'renew', first, '--expires', 'DAY', *why, by=name)}")
    output.line(f"  {hints.command('watchlist', 'revoke', first, *why, by=name)}")


def categories(name: As, as_json: AsJson = False) -> None:
    """List the grounds an entry may stand on."""
    known = with_desk(name, lambda desk: desk.read(Categories, "list_categories"))
    if as_json:
        print_json(known)
        return
    for each in known.categories:
        output.line(f"{each.code}: {each.title}; {each.longest_days} days at most")


def entry_pages(desk: DeskClient, state: str, search: str = "") -> AsyncIterator[EntryPage]:
    """The list, or what of it is in *state* or says the words of *search*, newest change first."""
    if search:
        return found(desk, validated(SearchRequest, text=search, state=state or "living"))
    return pages(desk, EntryPage, "list_entries", {"state": state} if state else None)


def _save(file: Path, content: bytes) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(content)
    except OSError as error:
        raise StartupError(f"{file}: cannot be written ({error.strerror})") from error
