"""What an import takes in before it is committed: its purpose, people.csv, and photos one by one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import BatchView, ItemView, PurposeRequest
from proto.wardwatch.v1.sealing import DataKey
from services.chassis.errors import Refusal, first_of_many
from services.watchlist.enrolment.assessment import Assess, Assessment, Upload, assess_upload
from services.watchlist.imports import filenames, outcomes, people, person_drafts
from services.watchlist.imports.draft_store import AssessedPhoto, ImportDraftStore, Table
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.imports.people import Fault, People, Person
from services.watchlist.imports.person_drafts import Conflict, ImportContext
from services.watchlist.imports.report_items import ReportItem
from services.watchlist.keys.seals import Keys
from services.watchlist.record.drafts import Draft
from services.watchlist.record.list_store import ListStore
from services.watchlist.rules import days, entry_rules
from services.watchlist.rules.days import Days
from services.watchlist.rules.holder import Holder

# Keys made side by side: each waits for the broker's disk.
_KEYS_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class ImportIntake:
    """``model_sha256`` names the recogniser whose vectors the list holds; ``now`` is this process's clock.

    Everything raises StoreAway, NotStored, Refusal (404, 409, 503) and Unacceptable, in words.
    """

    imports: ImportStore
    drafts: ImportDraftStore
    listed: ListStore
    assess: Assess
    keys: Keys
    model_sha256: str
    now: Callable[[], datetime]
    days: Days

    async def open(self, import_id: UUID, purpose: PurposeRequest, holder: Holder) -> BatchView:
        """Begin an import; the same purpose again under the same id changes nothing."""
        for name in ("basis", "evidence", "instruction", "source"):
            entry_rules.words(name, getattr(purpose, name))
        ground = entry_rules.category(purpose.category, await self.listed.categories())
        days.expiry(self.days, purpose, ground, self.now())
        await self.listed.sites(purpose.scope)
        await self.keys.make(import_id)
        return await self.imports.open(import_id, purpose, holder)

    async def take_people(self, import_id: UUID, content: bytes, holder: Holder) -> BatchView:
        """Take over the people.csv whose *content* this is.

        The same file again changes nothing, unless somebody in it was listed; a corrected one replaces it.
        """
        digest = sha256(content).digest()
        purpose, known = await self.imports.purpose(import_id)
        if known == digest:
            view = await self.imports.show(import_id)
            if not {FindingCode.ALREADY_LISTED, FindingCode.IN_OPEN_IMPORT} & view.reasons.keys():
                return view

        categories, sites = await self.listed.categories(), await self.listed.sites(purpose.scope)
        at = ImportContext(import_id, purpose, categories, sites, holder, self.days, self.now())
        codes = [each.code for each in at.categories]
        read = await asyncio.to_thread(people.read_people, content, codes)
        if known is not None:
            # People whom only the former file names are known by their photos alone from now on.
            entries = {self.drafts.entry_of(import_id, person.external_id) for person in read.people}
            left = await self.drafts.photographed(import_id, entries)
            read = replace(read, people=(*read.people, *map(person_drafts.nameless, left)))
        drafts, faults = await self._drafted(read, at)
        keyed = await self._keyed(drafts)
        items = [person_drafts.fault_item(fault) for fault in faults]
        key = await self.keys.make(import_id)
        table = Table(digest, read.lines, person_drafts.named(read, faults))
        return await self.drafts.put_people(import_id, table, keyed, items, key, holder)

    async def take_photo(self, import_id: UUID, name: str, digest: bytes, upload: Upload, holder: Holder) -> ItemView:
        """Assess the photo *name* and keep its face unless it is rejected.

        *digest* is the SHA-256 of the file as people have it. The same file under the same name is assessed once.
        """
        purpose = await self.imports.purpose_of_photo(import_id, name, digest)
        if isinstance(purpose, ItemView):
            return purpose

        key = await self.keys.make(import_id)
        whose = filenames.parse(name)
        if whose is None:
            words = "the name does not say whose photo it is; name it externalId__1.jpg"
            finding = Finding(code=FindingCode.BAD_NAME, severity="rejected", text=words)
            item = ReportItem("file", name, None, Verdict.REJECTED, (finding,), file_sha256=digest)
            await self.imports.put(import_id, key, item)
            return ItemView(
                name=name, external_id=None, entry=None, file_sha256=digest.hex(), verdict=item.verdict,
                outcome=outcomes.of_row(item.verdict, [finding.code]), findings=[finding],
            )  # fmt: skip

        assessment = await self._assessed(upload)
        assessed = AssessedPhoto(
            name, whose.external_id, digest, assessment.verdict, assessment.findings, assessment.face
        )
        begun = await self._begun(import_id, purpose, whose.external_id, holder) if assessment.face else None
        if isinstance(begun, Fault):
            assessed = AssessedPhoto(name, whose.external_id, digest, *_refused(begun))
            begun = None
        return await self.drafts.put_photo(import_id, assessed, begun, key, holder)

    async def _assessed(self, upload: Upload) -> Assessment:
        assessment = await assess_upload(upload, self.assess)
        if assessment.face is not None and assessment.face.model.sha256 != self.model_sha256:
            raise Refusal(503, refusals.OTHER_MODEL.filled())
        return assessment

    async def _begun(
        self, import_id: UUID, purpose: PurposeRequest, external_id: str, by: Holder
    ) -> tuple[Draft, DataKey] | Fault:
        """The draft to make for a person who has none yet, and its key; a person with a row has one already."""
        person = person_drafts.nameless(external_id)
        conflicts, at = await self._standing(import_id, purpose, [external_id], by)
        if conflicts:
            return person_drafts.conflict_fault(person, conflicts[external_id], self.days)
        draft = person_drafts.drafted(person, self.drafts.entry_of(import_id, external_id), at)
        return draft if isinstance(draft, Fault) else (draft, await self.keys.make(draft.entry_id))

    async def _drafted(self, read: People, at: ImportContext) -> tuple[list[Draft], list[Fault]]:
        conflicts = await self.drafts.conflicts(at.import_id, [person.external_id for person in read.people])
        made = await asyncio.to_thread(
            lambda: [self._draft(person, conflicts.get(person.external_id), at) for person in read.people]
        )
        drafts = [each for each in made if isinstance(each, Draft)]
        return drafts, [*read.faults, *(each for each in made if isinstance(each, Fault))]

    def _draft(self, person: Person, conflicts: Conflict | None, at: ImportContext) -> Draft | Fault:
        if conflicts is not None:
            return person_drafts.conflict_fault(person, conflicts, self.days)
        return person_drafts.drafted(person, self.drafts.entry_of(at.import_id, person.external_id), at)

    async def _keyed(self, drafts: list[Draft]) -> list[tuple[Draft, DataKey]]:
        slots = asyncio.Semaphore(_KEYS_AT_ONCE)

        async def keyed(draft: Draft) -> tuple[Draft, DataKey]:
            async with slots:
                return draft, await self.keys.make(draft.entry_id)

        with first_of_many():
            async with asyncio.TaskGroup() as tasks:
                making = [tasks.create_task(keyed(draft)) for draft in drafts]
        return [task.result() for task in making]

    async def _standing(
        self, import_id: UUID, purpose: PurposeRequest, external_ids: Sequence[str], by: Holder
    ) -> tuple[dict[str, Conflict], ImportContext]:
        """What stands against people, and what holds for all of the import, from one look into the record."""
        conflicts, categories = await self.drafts.standing(import_id, external_ids)
        sites = await self.listed.sites(purpose.scope)
        return conflicts, ImportContext(import_id, purpose, categories, sites, by, self.days, self.now())


def _refused(fault: Fault) -> tuple[Verdict, tuple[Finding, ...], None]:
    return (
        Verdict.REJECTED,
        (Finding(code=FindingCode(fault.code), severity="rejected", text=fault.text, about=fault.about),),
        None,
    )
