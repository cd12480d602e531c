"""A draft on its way to being pending, step by step, as the desk's operations allow it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from cli.desk_client import DeskClient
from cli.watchlist import names
from cli.watchlist.desk_requests import keeping_draft, of, validated
from proto.wardwatch.v1.entries import EntryRequest, EntryView, LikenessView, PhotoJudged, Verdict, WarningsRequest
from services.chassis.errors import Refusal, StartupError

MOST_PHOTOS: Final = 10
_MOST_FILE_BYTES: Final = 15 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Photo:
    """A file and what is said about it."""

    path: Path
    source: str
    taken: str  # a day, or nothing

    @property
    def name(self) -> str:
        """The file's name as it can be sent and shown."""
        return names.shown(self.path.name)[-names.LONGEST :]

    @classmethod
    def at(cls, path: Path, source: str, taken: str) -> Self:
        """The photo at *path*. Raises StartupError when it cannot be sent."""
        try:
            size = path.stat().st_size
        except OSError as error:
            raise StartupError(f"{path}: cannot be read ({error.strerror})") from error
        if size > _MOST_FILE_BYTES:
            raise StartupError(f"{path}: {size:,} bytes, at most {_MOST_FILE_BYTES:,} are taken; make it smaller")
        return cls(path, source, taken)


@dataclass(frozen=True, slots=True)
class Drafted:
    """Where the entry stands after all that could be done, and what became of each photo by its name."""

    entry: EntryView
    judged: Sequence[tuple[str, PhotoJudged]]


async def put_forward(
    desk: DeskClient, person: EntryRequest, photos: Sequence[Photo], accept_warnings: str, key: str
) -> Drafted:
    """Begin the draft, send its photos and put it forward. *key* makes it the same draft when it is repeated.

    The entry is ``pending`` then; ``draft`` when somebody must decide something first, or its photos do not show one
    person; ``erased`` when no photo can be used. Whatever ends this early leaves a draft, which is named.
    """
    if not 1 <= len(photos) <= MOST_PHOTOS:
        raise StartupError(f"give 1 to {MOST_PHOTOS} photos")
    entry = (await desk.read(EntryView, "draft_entry", body=person, idempotency_key=key)).id
    with keeping_draft(entry, desk.account):
        judged = [(photo.name, await sent(desk, entry, n, photo)) for n, photo in enumerate(photos)]
        if all(photo.position is None for _, photo in judged):
            return Drafted(await desk.read(EntryView, "discard_entry", target=of(entry)), judged)
        if any(photo.verdict is Verdict.REJECTED and photo.position is not None for _, photo in judged):
            return Drafted(await desk.read(EntryView, "show_entry", target=of(entry)), judged)
        if any(photo.verdict is Verdict.WARNING for _, photo in judged):
            if not accept_warnings:
                return Drafted(await desk.read(EntryView, "show_entry", target=of(entry)), judged)
            await accepted(desk, entry, accept_warnings)
        return Drafted(await submitted(desk, entry), judged)


async def submitted(desk: DeskClient, entry: UUID | str) -> EntryView:
    """Put a draft forward; it stays one while somebody must decide whom it resembles. Raises Refusal otherwise."""
    try:
        return await desk.read(EntryView, "submit_entry", target=of(entry))
    except Refusal as refusal:
        view = await desk.read(EntryView, "show_entry", target=of(entry))
        if refusal.code != 409 or not undecided(view):
            raise
        return view


async def accepted(desk: DeskClient, entry: UUID | str, reason: str) -> None:
    """Accept every open warning about the photos of a draft."""
    view = await desk.read(EntryView, "show_entry", target=of(entry))
    for photo in view.photo_list:
        if codes := [code for code in photo.warnings if code not in photo.accepted_findings]:
            body = validated(WarningsRequest, codes=codes, reason=reason)
            await desk.call("accept_warnings", target=of(entry, position=photo.position), body=body)


def undecided(entry: EntryView) -> list[LikenessView]:
    """Those whom the entry resembles, and of whom nobody has said who they are."""
    return [likeness for likeness in entry.likenesses if likeness.decision is None]


def shows_several(entry: EntryView) -> bool:
    """Whether the photos of an entry do not show one person."""
    return len({photo.person for photo in entry.photo_list}) > 1


async def sent(desk: DeskClient, entry: UUID | str, position: int, photo: Photo) -> PhotoJudged:
    """Send one photo to its place in a draft; the answer says what became of it. Raises Refusal and StartupError."""
    try:
        content = await asyncio.to_thread(photo.path.read_bytes)
    except OSError as error:
        raise StartupError(f"{photo.path}: cannot be read ({error.strerror})") from error
    target = of(entry, position=position, name=photo.name, source=photo.source)
    if photo.taken:
        target["taken"] = photo.taken
    return await desk.read(PhotoJudged, "add_photo", target=target, attachment=content)
