"""`wardwatch watchlist erase`: everything about a person goes, and each matcher signs for it."""

import asyncio
from typing import Annotated, Final
from uuid import UUID

import typer

from cli import output
from cli.desk_client import DeskClient
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, EntryId, NoWait, Reason, of, print_json, validated, with_desk
from cli.watchlist.standing import NOT_EVERYWHERE
from proto.wardwatch.v1.entries import ErasureView, ReasonRequest
from services.chassis import hints

# Exit code: done here, and some hospital has not closed it; it does so whenever it is reached.
HOSPITALS_OWE: Final = 3
_LOOK_EVERY_SECONDS: Final = 0.5
_MOST_NAMED: Final = 10


def erase(
    entry: EntryId,
    reason: Reason,
    name: As,
    no_wait: NoWait = False,
    within: Annotated[
        float, typer.Option("--within", min=0, help="Wait at most so many seconds for the receipts.")
    ] = 120.0,
    as_json: AsJson = False,
) -> None:
    """Erase everything about a person, for ever: photos, vectors, words and number. Matchers sign receipts.

    Exit code 2: it is erased, and some matcher has not signed within --within seconds. Exit code 3: all have, and some
    hospital that had the entry by a shared list has not closed it.
    """
    body = validated(ReasonRequest, reason=reason)
    wait = 0.0 if no_wait else within
    erasure = with_desk(name, lambda desk: _erased(desk, entry, body, wait))
    _print_erasure(erasure, name, as_json)
    if not erasure.complete and not no_wait:
        raise typer.Exit(HOSPITALS_OWE if _is_gone_here(erasure) else NOT_EVERYWHERE)


def receipts(entry: EntryId, name: As, as_json: AsJson = False) -> None:
    """Show who has let go of an erased entry, and who has not."""
    _print_erasure(
        with_desk(name, lambda desk: desk.read(ErasureView, "show_erasure", target=of(entry))), name, as_json
    )


async def _erased(desk: DeskClient, entry: UUID | str, body: ReasonRequest, within_seconds: float) -> ErasureView:
    erasure = await desk.read(ErasureView, "erase_entry", target=of(entry), body=body)
    clock = asyncio.get_running_loop().time
    last = clock() + within_seconds
    while not erasure.complete and clock() + _LOOK_EVERY_SECONDS <= last:
        _progress(erasure)
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        erasure = await desk.read(ErasureView, "show_erasure", target=of(entry))
    _progress(erasure, end="\n")
    return erasure


def _progress(erasure: ErasureView, *, end: str = "") -> None:
    """One line that is written over, on a terminal."""
    signed, all_ = len(erasure.receipts), len(erasure.receipts) + len(erasure.owed)
    hospitals = f"; hospitals: {erasure.hospitals_closed} of {erasure.hospitals} closed" if erasure.hospitals else ""
    output.again(f"receipts: {signed} of {all_}{hospitals}", end=end)


def _print_erasure(erasure: ErasureView, name: str, as_json: bool) -> None:
    if as_json:
        print_json(erasure)
        return
    output.line(f"entry {erasure.entry} is erased, by {erasure.erased_by}: {erasure.reason}")
    output.line(f"its key is {_done(erasure.key_destroyed_at is not None, 'destroyed')}")
    gone = _done(erasure.stream_purged_at is not None, "deleted from the stream")
    output.line(f"its last message with vectors is {gone}; what disks keep of it is sealed under that key")
    tables.show(tables.receipts(erasure))
    if erasure.hospitals:
        output.line(hospitals_line(erasure, name))
    if not erasure.complete:
        again = hints.command("watchlist", "receipts", erasure.entry, by=name)
        output.line(f"it goes on by itself; look again with: {again}")


def hospitals_line(erasure: ErasureView, name: str) -> str:
    """How many hospitals have closed it, and whom it waits for."""
    closed = f"{erasure.hospitals_closed} of {erasure.hospitals} hospitals closed it"
    if not erasure.hospitals_open:
        return closed
    more = len(erasure.hospitals_open) - _MOST_NAMED
    owing = ", ".join(erasure.hospitals_open[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{closed}; it waits for {owing}: {hints.command('federation', 'status', by=name)}"


def _is_gone_here(erasure: ErasureView) -> bool:
    """Whether only other hospitals are waited for."""
    return erasure.key_destroyed_at is not None and erasure.stream_purged_at is not None and not erasure.owed


def _done(is_done: bool, what: str) -> str:
    return what if is_done else f"not yet {what}"
