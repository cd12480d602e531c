"""`wardwatch watchlist`: put people forward, approve, list and revoke, as an account holder of the desk."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.requests import (
    EntryAddRequest,
    EntryApproveRequest,
    EntryListReply,
    EntryListRequest,
    EntryPhoto,
    EntryRevokeRequest,
    EntrySummary,
)
from proto.wardwatch.v1.subjects import Account, EntryId, SiteId, Subject, site_id
from services.chassis.bus import Bus
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters
from services.cli import context
from services.cli.access import grants
from services.cli.context import Context
from services.cli.enrolment import TOTAL_BYTES, read_photo

T = TypeVar("T")

# Ten photos are judged one after the other; a person waits no longer than this.
_SECONDS: Final = 60.0
# Safeguard S3: an entry stands for two years unless something else is said.
_STAYS: Final = timedelta(days=730)
_ID_CHARACTERS: Final = 36
_PIPE_CHARACTERS: Final = 240

app = typer.Typer(help="Put people on the watchlist and take them off.", no_args_is_help=True)

As = Annotated[str, typer.Option("--as", help="Account that asks; it must have signed in with: wardwatch login.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Entry = Annotated[str, typer.Argument(help="Id of the entry.", metavar="ID")]


@app.command("add")
def add(
    photos: Annotated[list[Path], typer.Argument(help="1 to 10 photos of the one person.", metavar="PHOTO...")],
    label: Annotated[str, typer.Option(help="What guards call the person.")],
    category: Annotated[str, typer.Option(help="Ground: scalping, violence, threat, theft, ban, court_order.")],
    basis: Annotated[str, typer.Option(help="Decision or legal ground, with its reference.")],
    instruction: Annotated[str, typer.Option(help="What a guard should do.")],
    source: Annotated[str, typer.Option(help="Where the photos are from.")],
    name: As,
    expires: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD; two years from now when left out.")] = "",
    sites: Annotated[str, typer.Option(help="Sites, separated by commas; every site when left out.")] = "",
    taken: Annotated[str, typer.Option(help="Day the photos were taken, YYYY-MM-DD, if known.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put a person forward. Another account must approve before anything can match."""
    here = context.load()
    token = here.token(name)
    if not photos:
        raise StartupError("give at least one photo")
    request = EntryAddRequest(
        token=token,
        label=label,
        category=category,
        basis=basis,
        instruction=instruction,
        expires_at=_day_after(expires) if expires else datetime.now(UTC) + _STAYS,
        sites=_sites(sites),
        photos=tuple(
            EntryPhoto(
                path.name,
                source,
                _day(taken) if taken else None,
                read_photo(path, most_bytes=TOTAL_BYTES // len(photos)),
            )
            for path in photos
        ),
    )
    entry = _ask(here, subjects.DESK_ADD, request.encode(), EntrySummary.decode)
    _print(entry, as_json, f"entry {entry.entry_id} is pending; approve it with another account")


@app.command("list")
def list_entries(
    name: As,
    ended: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the entries, newest change first."""
    here = context.load()
    request = EntryListRequest(here.token(name), with_ended=ended)
    entries = _ask(here, subjects.DESK_LIST, request.encode(), EntryListReply.decode).entries
    if as_json:
        typer.echo(json.dumps([_plain(entry) for entry in entries], ensure_ascii=False))
        return

    table = Table()
    table.add_column("id", min_width=_ID_CHARACTERS)
    for title in ("state", "label", "category", "expires", "sites", "photos", "author", "approver"):
        table.add_column(title, overflow="fold")
    for e in entries:
        where = ", ".join(sorted(e.sites)) or "all"
        row = (e.entry_id, _state(e), e.label, e.category, f"{e.expires_at:%Y-%m-%d}", where, str(e.photos))
        table.add_row(*row, e.author, e.approver)
    # A file or another program has no width, and cuts nothing off.
    Console(width=None if sys.stdout.isatty() else _PIPE_CHARACTERS).print(table)


@app.command("approve")
def approve(entry: Entry, name: As, as_json: AsJson = False) -> None:
    """Let a pending entry match. Its author cannot do this."""
    here = context.load()
    request = EntryApproveRequest(here.token(name), EntryId(entry))
    approved = _ask(here, subjects.DESK_APPROVE, request.encode(), EntrySummary.decode)
    _print(approved, as_json, f"entry {approved.entry_id} is active until {approved.expires_at:%Y-%m-%d}")


@app.command("revoke")
def revoke(
    entry: Entry,
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    name: As,
    as_json: AsJson = False,
) -> None:
    """Stop an entry from matching, for good."""
    here = context.load()
    request = EntryRevokeRequest(here.token(name), EntryId(entry), reason)
    revoked = _ask(here, subjects.DESK_REVOKE, request.encode(), EntrySummary.decode)
    _print(revoked, as_json, f"entry {revoked.entry_id} is revoked")


def _ask(here: Context, subject: Subject, payload: bytes, decode: Callable[[bytes], T]) -> T:
    """The desk's answer. Raises Refusal with the desk's words, or NoAnswer."""
    seed = here.seed_file(grants.OPERATOR)

    async def ask() -> bytes:
        async with Bus.connect(
            here.nats_url, user=grants.OPERATOR, user_seed_file=seed, account=Account.RECORD, meters=Meters()
        ) as bus:
            return await bus.request(subject.pattern, payload, timeout_seconds=_SECONDS)

    return decode(asyncio.run(ask()))


def _print(entry: EntrySummary, as_json: bool, words: str) -> None:
    typer.echo(json.dumps(_plain(entry), ensure_ascii=False) if as_json else words)


def _plain(entry: EntrySummary) -> dict[str, str | int | list[str]]:
    return {
        "entry_id": entry.entry_id,
        "revision": entry.revision,
        "state": _state(entry),
        "label": entry.label,
        "category": entry.category,
        "basis": entry.basis,
        "instruction": entry.instruction,
        "expires_at": entry.expires_at.isoformat(),
        "sites": sorted(entry.sites),
        "photos": entry.photos,
        "author": entry.author,
        "approver": entry.approver,
        "changed_at": entry.changed_at.isoformat(),
    }


def _state(entry: EntrySummary) -> str:
    return entry.state.name.lower()


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise StartupError(f"{text!r} is not a day like 2027-05-31") from error


def _day_after(text: str) -> datetime:
    """The end of the day *text*: an entry stands through its last day."""
    return _day(text) + timedelta(days=1)


def _sites(text: str) -> frozenset[SiteId]:
    try:
        return frozenset(site_id(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise StartupError(str(error)) from error
