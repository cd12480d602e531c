"""Photos of an entry: assessed, kept, removed, their warnings accepted, looked at, and released after a suspension."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Finding, PhotoJudged, ReasonSaid, Verdict, WarningsSaid
from services.chassis.errors import Refusal
from services.watchlist.desk import asked
from services.watchlist.desk.asked import Described
from services.watchlist.desk.front import Asking, Given, Work, existing
from services.watchlist.enrolment.assessment import Assess, Face, assess_upload
from services.watchlist.keys.seals import Keys
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.photo_store import NewPhoto, PhotoStore
from services.watchlist.rules import entry_rules, one_person
from services.watchlist.rules.days import Days

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PictureDesk:
    """``now`` tells the time by this matcher's clock; ``new_id`` makes the ids of photos."""

    entries: EntryStore
    photos: PhotoStore
    assess: Assess
    keys: Keys
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    days: Days

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {
            "add_photo": self.add_photo,
            "remove_photo": self.remove_photo,
            "accept_warnings": self.accept_warnings,
            "release_photo": self.release_photo,
            "show_photo": self.show_photo,
        }

    async def add_photo(self, asking: Asking) -> Given:
        """Assess a photo and keep its face unless it is rejected.

        One that shows somebody else than the entry's other photos is kept too, for nobody knows which is the wrong one.
        """
        entry_id, position = asking.id("entry"), asked.position(asking.target)
        described = asked.described(asking.target, self.days, self.now())
        standing = existing(await self.entries.standing(entry_id), entry_id)
        if standing.state == "erased":
            raise Refusal(409, refusals.ENTRY_ERASED.filled())

        assessment = await assess_upload(asked.upload(asking.target, asking.attachment), self.assess)
        persons: Mapping[int, int] = {}
        if assessment.face is not None:
            photo = self._photo(position, described, assessment.face, assessment.findings)
            # A draft was begun a moment ago, maybe at another matcher: its key may only be on its way here.
            key = await self.keys.make(entry_id)
            persons = existing(await self.photos.add(entry_id, photo, key, asking.holder), entry_id)
        several = one_person.are_several(persons)
        return Given(
            PhotoJudged(
                verdict=Verdict.REJECTED if several else assessment.verdict,
                findings=[*([one_person.finding(persons)] if several else []), *assessment.findings],
                measures=assessment.measures,
                position=None if assessment.face is None else position,
            )
        )

    async def remove_photo(self, asking: Asking) -> Given:
        """Take a photo away from a draft."""
        entry_id, position = asking.id("entry"), asked.position(asking.target)
        reason = entry_rules.words("reason", asking.body(ReasonSaid).reason)
        view = await self.photos.remove(entry_id, position, asking.holder, reason)
        return Given(_there(view, entry_id, position))

    async def accept_warnings(self, asking: Asking) -> Given:
        """Accept a photo's warnings for a reason."""
        entry_id, position = asking.id("entry"), asked.position(asking.target)
        said = asking.body(WarningsSaid)
        reason = entry_rules.words("reason", said.reason)
        view = await self.photos.accept(entry_id, position, tuple(said.codes), asking.holder, reason)
        return Given(_there(view, entry_id, position))

    async def release_photo(self, asking: Asking) -> Given:
        """Let a suspended photo match again; whoever asks has looked at it."""
        entry_id, position = asking.id("entry"), asked.position(asking.target)
        reason = entry_rules.words("reason", asking.body(ReasonSaid).reason)
        view = await self.photos.release(entry_id, position, asking.holder, reason)
        return Given(_there(view, entry_id, position))

    async def show_photo(self, asking: Asking) -> Given:
        """The enrolled face."""
        entry_id, position = asking.id("entry"), asked.position(asking.target)
        picture = await self.photos.picture(entry_id, position, asking.holder)
        return Given(attachment=_there(picture, entry_id, position))

    def _photo(self, position: int, described: Described, face: Face, findings: Iterable[Finding]) -> NewPhoto:
        return NewPhoto(
            photo_id=self.new_id(),
            position=position,
            name=described.name,
            source=described.source,
            taken_at=described.taken_at,
            file_sha256=described.sha256,
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
