"""The watchlist desk: add, list, approve and revoke, asked over the bus and answered or refused in words."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol, TypeVar
from uuid import UUID

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.requests import (
    EntryAddRequest,
    EntryApproveRequest,
    EntryListReply,
    EntryListRequest,
    EntryPhoto,
    EntryRevokeRequest,
    EntrySummary,
    PhotoDetectReply,
    PhotoEmbedReply,
)
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Aligned
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.matcher import rules
from services.matcher.records import Forbidden, StoreAway
from services.matcher.rules import Category, EnrolledPhoto, Holder, NewEntry, Pace, PhotoGate, Unacceptable

log = structlog.get_logger(__name__)

T = TypeVar("T")
Answer = Callable[[bytes], Awaitable[bytes]]

# One name for all who come without a valid session, so that tokens cannot be guessed quickly.
_STRANGERS: Final = "unknown"


class Record(Protocol):
    """The list's record; see ``WatchlistStore``."""

    async def holder(self, token_sha256: bytes) -> Holder | None: ...
    async def categories(self) -> list[Category]: ...
    async def add(self, entry: NewEntry) -> EntrySummary: ...
    async def approve(self, entry_id: UUID, approver: Holder) -> EntrySummary | None: ...
    async def revoke(self, entry_id: UUID, holder: Holder, reason: str) -> EntrySummary | None: ...
    async def entries(self, *, with_ended: bool) -> tuple[EntrySummary, ...]: ...


class Photos(Protocol):
    """Finds and compares faces in photos; see ``PhotoDesk``."""

    async def detect(self, jpeg: bytes) -> PhotoDetectReply: ...
    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply: ...


@dataclass(frozen=True, slots=True)
class DeskRules:
    """What the desk insists on. ``pace`` counts each account's requests, and those without a valid session as one."""

    model_sha256: str
    photo: PhotoGate
    pace: Pace


class WatchlistDesk:
    """Answers for account holders. ``new_id`` makes ids, ``now`` and ``monotonic`` tell the time."""

    def __init__(
        self,
        record: Record,
        photos: Photos,
        desk_rules: DeskRules,
        meters: Meters,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        new_id: Callable[[], UUID],
    ) -> None:
        self._record = record
        self._photos = photos
        self._rules = desk_rules
        self._meters = meters
        self._now = now
        self._monotonic = monotonic
        self._new_id = new_id

    def answers(self) -> Mapping[str, Answer]:
        """What to serve on which subject."""
        return {
            subjects.DESK_ADD.pattern: self._answer("add", EntryAddRequest.decode, self.add),
            subjects.DESK_LIST.pattern: self._answer("list", EntryListRequest.decode, self.list),
            subjects.DESK_APPROVE.pattern: self._answer("approve", EntryApproveRequest.decode, self.approve),
            subjects.DESK_REVOKE.pattern: self._answer("revoke", EntryRevokeRequest.decode, self.revoke),
        }

    async def add(self, request: EntryAddRequest) -> bytes:
        """Judge the photos, record the entry and put it forward; another account must approve it."""
        author = await self._holder(request.token)
        rules.check_entry(request, await self._record.categories(), self._now())
        entry = NewEntry(
            entry_id=self._new_id(),
            label=request.label.strip(),
            category=request.category,
            basis=request.basis.strip(),
            instruction=request.instruction.strip(),
            expires_at=request.expires_at,
            sites=request.sites,
            author=author,
            photos=await self._enrol(request.photos),
        )
        return self._done(await self._record.add(entry), entry.entry_id)

    async def list(self, request: EntryListRequest) -> bytes:
        """The entries, without photos or vectors."""
        await self._holder(request.token)
        return EntryListReply(await self._record.entries(with_ended=request.with_ended)).encode()

    async def approve(self, request: EntryApproveRequest) -> bytes:
        """Let a pending entry match; never by its author."""
        approver = await self._holder(request.token)
        entry_id = _uuid(request.entry_id)
        return self._done(await self._record.approve(entry_id, approver), entry_id)

    async def revoke(self, request: EntryRevokeRequest) -> bytes:
        """Stop an entry from matching for good, with a reason."""
        holder = await self._holder(request.token)
        if not request.reason.strip():
            raise Unacceptable(rules.REFUSALS["entry_ends_with_a_reason"])

        entry_id = _uuid(request.entry_id)
        return self._done(await self._record.revoke(entry_id, holder, request.reason.strip()), entry_id)

    async def _holder(self, token: str) -> Holder:
        holder = await self._record.holder(sha256(token.encode()).digest())
        asker = _STRANGERS if holder is None else str(holder.account_id)
        if not self._rules.pace.admits(asker, self._monotonic()):
            raise Refusal(429, "too many requests; wait a minute")
        if holder is None:
            raise Refusal(401, "sign in again: the session is unknown or over")
        if holder.role not in rules.DESK_ROLES:
            raise Refusal(403, f"a {holder.role} may not work on the watchlist; a supervisor or an administrator may")
        return holder

    async def _enrol(self, photos: tuple[EntryPhoto, ...]) -> tuple[EnrolledPhoto, ...]:
        faces = [rules.chosen_face(photo, await self._photos.detect(photo.jpeg), self._rules.photo) for photo in photos]
        embedded = await self._photos.embed(tuple(face.aligned for face in faces))
        if embedded.model.sha256 != self._rules.model_sha256 or len(embedded.vectors) != len(faces):
            raise Refusal(503, "the embedder runs another model than the list; nothing can be enrolled until it does")
        return tuple(
            EnrolledPhoto(
                photo_id=self._new_id(),
                filename=photo.filename,
                source=photo.source.strip(),
                taken_at=photo.taken_at,
                file_sha256=rules.file_digest(photo),
                picture=face.picture,
                quality=face.quality,
                model=embedded.model,
                vector=vector,
            )
            for photo, face, vector in zip(photos, faces, embedded.vectors, strict=True)
        )

    def _done(self, entry: EntrySummary | None, entry_id: UUID) -> bytes:
        if entry is None:
            raise Refusal(404, f"there is no entry {entry_id}")
        log.info("entry changed", entry_id=entry.entry_id, revision=entry.revision)
        return entry.encode()

    def _answer(self, operation: str, decode: Callable[[bytes], T], work: Callable[[T], Awaitable[bytes]]) -> Answer:
        async def answer(payload: bytes) -> bytes:
            try:
                request = decode(payload)
            except ValueError as error:
                self._count(operation, "400")
                raise Refusal(400, str(error)) from error

            try:
                reply = await work(request)
            except Refusal as refusal:
                self._count(operation, str(refusal.code))
                raise
            except Forbidden as error:
                self._count(operation, "409")
                raise Refusal(409, rules.REFUSALS.get(error.rule, f"the record refuses this ({error.rule})")) from error
            except StoreAway as error:
                self._count(operation, "503")
                raise Refusal(503, "the database is away; matching goes on, try again shortly") from error
            except Unacceptable as error:
                self._count(operation, "422")
                raise Refusal(422, str(error)) from error
            self._count(operation, "ok")
            return reply

        return answer

    def _count(self, operation: str, outcome: str) -> None:
        self._meters.count("wardwatch_desk_requests_total", operation=operation, outcome=outcome)


def _uuid(entry_id: EntryId) -> UUID:
    try:
        return UUID(entry_id)
    except ValueError as error:
        raise Refusal(404, f"there is no entry {entry_id}") from error
