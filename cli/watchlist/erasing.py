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

_LOOK_EVERY_SECONDS: Final = 0.5


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

    Exit code 2: it is erased, and some matcher has not signed within --within seconds.
    """
    body = validated(ReasonRequest, reason=reason)
    wait = 0.0 if no_wait else within
    erasure = with_desk(name, lambda desk: _erased(desk, entry, body, wait))
    _print_erasure(erasure, name, as_json)
    if not erasure.complete and not no_wait:
        raise typer.Exit(NOT_EVERYWHERE)


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
    output.again(f"receipts: {signed} of {all_}", end=end)


def _print_erasure(erasure: ErasureView, name: str, as_json: bool) -> None:
    if as_json:
        print_json(erasure)
        return
    output.line(f"entry {erasure.entry} is erased, by {erasure.erased_by}: {erasure.reason}")
    output.line(f"its key is {_done(erasure.key_destroyed_at is not None, 'destroyed')}")
    gone = _done(erasure.stream_purged_at is not None, "deleted from the stream")
    output.line(f"its last message with vectors is {gone}; what disks keep of it is sealed under that key")
    tables.show(tables.receipts(erasure))
    if not erasure.complete:
        again = hints.command("watchlist", "receipts", erasure.entry, by=name)
        output.line(f"it goes on by itself; look again with: {again}")


def _done(is_done: bool, what: str) -> str:
    return what if is_done else f"not yet {what}"
