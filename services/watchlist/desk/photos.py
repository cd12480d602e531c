"""Photos of an entry: assessed, kept, removed, their warnings accepted, looked at, and released after a suspension."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Finding, PhotoJudged, ReasonRequest, Verdict, WarningsRequest
from services.chassis.errors import Refusal
from services.watchlist.desk import queries
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.desk.queries import PhotoDescription
from services.watchlist.enrolment.assessment import Assess, Face, assess_upload
from services.watchlist.keys.seals import Keys
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.photo_store import NewPhoto, PhotoStore
from services.watchlist.rules import entry_rules, one_person
from services.watchlist.rules.days import Days
from services.watchlist.rules.entry_rules import existing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PhotoDesk:
    """``now`` tells the time by this process's clock; ``new_id`` makes the ids of photos."""

    entries: EntryStore
    photos: PhotoStore
    assess: Assess
    keys: Keys
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    days: Days

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "add_photo": self.add_photo,
            "remove_photo": self.remove_photo,
            "accept_warnings": self.accept_warnings,
            "release_photo": self.release_photo,
            "show_photo": self.show_photo,
        }

    async def add_photo(self, request: Request) -> Response:
        """Assess a photo and keep its face unless it is rejected.

        One that shows somebody else than the entry's other photos is kept too, for nobody knows which is the wrong one.
        """
        entry_id, position = request.id("entry"), queries.position(request.target)
        description = queries.photo_description(request.target, self.days, self.now())
        status = existing(await self.entries.status(entry_id), entry_id)
        if status.state == "erased":
            raise Refusal(409, refusals.ENTRY_ERASED.filled())

        assessment = await assess_upload(queries.upload(request.target, request.attachment), self.assess)
        persons: Mapping[int, int] = {}
        if assessment.face is not None:
            photo = self._photo(position, description, assessment.face, assessment.findings)
            # A draft may have been begun a moment ago by another replica: its key may only be on its way here.
            key = await self.keys.make(entry_id)
            persons = existing(await self.photos.add(entry_id, photo, key, request.holder), entry_id)
        several = one_person.are_several(persons)
        return Response(
            PhotoJudged(
                verdict=Verdict.REJECTED if several else assessment.verdict,
                findings=[*([one_person.finding(persons)] if several else []), *assessment.findings],
                measures=assessment.measures,
                position=None if assessment.face is None else position,
            )
        )

    async def remove_photo(self, request: Request) -> Response:
        """Take a photo away from a draft."""
        entry_id, position = request.id("entry"), queries.position(request.target)
        reason = entry_rules.words("reason", request.body(ReasonRequest).reason)
        view = await self.photos.remove(entry_id, position, request.holder, reason)
        return Response(_there(view, entry_id, position))

    async def accept_warnings(self, request: Request) -> Response:
        """Accept a photo's warnings for a reason."""
        entry_id, position = request.id("entry"), queries.position(request.target)
        body = request.body(WarningsRequest)
        reason = entry_rules.words("reason", body.reason)
        view = await self.photos.accept(entry_id, position, tuple(body.codes), request.holder, reason)
        return Response(_there(view, entry_id, position))

    async def release_photo(self, request: Request) -> Response:
        """Let a suspended photo match again; whoever asks has looked at it."""
        entry_id, position = request.id("entry"), queries.position(request.target)
        reason = entry_rules.words("reason", request.body(ReasonRequest).reason)
        view = await self.photos.release(entry_id, position, request.holder, reason)
        return Response(_there(view, entry_id, position))

    async def show_photo(self, request: Request) -> Response:
        """The enrolled face."""
        entry_id, position = request.id("entry"), queries.position(request.target)
        picture = await self.photos.picture(entry_id, position, request.holder)
        return Response(attachment=_there(picture, entry_id, position))

    def _photo(self, position: int, description: PhotoDescription, face: Face, findings: Iterable[Finding]) -> NewPhoto:
        return NewPhoto(
            photo_id=self.new_id(),
            position=position,
            name=description.name,
            source=description.source,
            taken_at=description.taken_at,
            file_sha256=description.sha256,
            picture=face.picture,
            quality=face.quality,
            model=face.model,
            vector=face.vector,
            warnings=tuple(finding.code for finding in findings if finding.severity == "warning"),
        )


def _there(found: T | None, entry_id: UUID, position: int) -> T:
    if found is None:
        raise Refusal(404, refusals.NO_SUCH_PHOTO.filled(position=position, entry=entry_id))
    return found
