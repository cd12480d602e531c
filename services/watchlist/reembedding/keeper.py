"""Makes the templates that photos lack while two recognisers stand side by side, without haste."""

import asyncio
import time
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoEmbedReply
from proto.wardwatch.v1.sealing import DataKey
from proto.wardwatch.v1.values import Aligned
from services.chassis.errors import Refusal
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.watchlist.enrolment.photo_client import NoTemplate, PhotoRefused
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals, Unreadable
from services.watchlist.record.errors import Forbidden, StoreAway
from services.watchlist.record.reembedding_store import Cause, LeftOut, Made, MissingTemplate
from services.watchlist.replication.repeated_failure import RepeatedFailure

log = structlog.get_logger(__name__)

# How soon a photo that was enrolled meanwhile gets its second template.
_LOOK_SECONDS: Final = 2.0
# After an answer that did not come: embedder or detector are away, or are started at this moment.
_AWAY_SECONDS: Final = 5.0


class Photos(Protocol):
    """Finds and embeds faces in photos; see ``PhotoClient`` for what is raised."""

    async def detect(self, jpeg: bytes) -> PhotoDetectReply: ...
    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply: ...
    async def embed_second(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply: ...


class Store(Protocol):
    """See ``ReembeddingStore``; raises StoreAway."""

    def exclusively(self) -> AbstractAsyncContextManager[bool]: ...
    async def missing(self, without: Collection[UUID] = ()) -> list[MissingTemplate]: ...
    async def add(self, entry_id: UUID, key: DataKey, made: Sequence[Made], left_out: Sequence[LeftOut]) -> int: ...


@dataclass(frozen=True, slots=True)
class Reembedding:
    """Every replica runs one; the database lets one at a time work.

    It takes one entry after the other, and rests after each for as long as it took, so that live faces, which the
    same detector and embedder have in hand, come first. ``model_sha256`` is of the list's recogniser.
    """

    store: Store
    photos: Photos
    seals: Seals
    model_sha256: str
    meters: Meters
    failures: RepeatedFailure = field(
        default_factory=lambda: RepeatedFailure(
            began="photos wait to be embedded anew", over="photos are embedded anew again"
        )
    )

    async def run(self, stop: asyncio.Event) -> None:
        """Make what is missing until *stop*."""
        while not stop.is_set():
            beat()
            wait = _LOOK_SECONDS
            try:
                await self.round(stop)
            except (StoreAway, Forbidden, Refusal, OtherModel) as error:
                self.failures.note(f"{type(error).__name__}: {error}")
                wait = _AWAY_SECONDS
            else:
                self.failures.note("")
            await pause(stop, wait)

    async def round(self, stop: asyncio.Event) -> int:
        """Make all that is missing now, unless another replica does; returns how many templates came of it.

        Raises StoreAway, Forbidden, Refusal (503) when nobody answers, and OtherModel.
        """
        done, closed = 0, set[UUID]()
        async with self.store.exclusively() as is_mine:
            while is_mine and not stop.is_set() and (missing := await self.store.missing(closed)):
                beat()
                began = time.monotonic()
                entry_id = missing[0].entry_id
                if not self.seals.keys.knows(entry_id):
                    closed.add(entry_id)  # its key is on its way, or lost: the others do not wait for it
                    continue
                added = await self._embed(entry_id, missing)
                if not added:
                    closed.add(entry_id)
                done += added
                await pause(stop, time.monotonic() - began)
        return done

    async def _embed(self, entry_id: UUID, missing: Sequence[MissingTemplate]) -> int:
        made: list[Made] = []
        left_out: list[LeftOut] = []
        for each in missing:
            beat()
            found = await self._made(each)
            if isinstance(found, Made):
                made.append(found)
            elif found is not None:
                left_out.append(LeftOut(each.photo_id, each.model_sha256, found))
                log.warning("photo yields no template of a recogniser", entry_id=str(entry_id), code=found)
        added = await self.store.add(entry_id, self.seals.keys.key(entry_id), made, left_out)
        self.meters.count("wardwatch_photos_reembedded_total", added)
        return added

    async def _made(self, missing: MissingTemplate) -> Made | Cause | None:
        """The template that is missing, or why there can be none; None where the photo does not open here."""
        try:
            about = seals.picture(missing.entry_id, missing.photo_id)
            picture = self.seals.open(missing.entry_id, missing.sealed_picture, about=about)
        except Unreadable:
            return None
        try:
            found = await self.photos.detect(picture)
            if not found.faces:
                return "no_face"
            is_first = missing.model_sha256 == self.model_sha256
            embed = self.photos.embed if is_first else self.photos.embed_second
            embedded = await embed((found.faces[0].aligned,))
        except PhotoRefused:
            return "no_face"
        except NoTemplate:
            return "no_template"
        if embedded.model.sha256 != missing.model_sha256 or len(embedded.vectors) != 1:
            raise OtherModel(f"{embedded.model} answered, {missing.model_sha256[:12]} was asked for")
        return Made(missing.photo_id, embedded.model, embedded.vectors[0])


class OtherModel(Exception):
    """An embedder answered that is of neither recogniser, or of the other one."""
