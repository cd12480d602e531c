"""Imports at the desk: opened for a purpose, given people.csv and photos, and looked at."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import TEMPLATE, BatchPage, ItemView, Known, KnownSaid, PurposeSaid
from proto.wardwatch.v1.sealing import DataKey
from services.chassis.errors import Refusal, first_of_many
from services.watchlist.desk import asked
from services.watchlist.desk.front import Asking, Given, Work
from services.watchlist.desk.photos import Judged, unusable
from services.watchlist.desk.pictures import Judge
from services.watchlist.enrolment import days, rules
from services.watchlist.enrolment.days import Days
from services.watchlist.enrolment.rules import Holder, Unacceptable
from services.watchlist.imports import filenames, import_people, people
from services.watchlist.imports.import_drafts import ImportDrafts, Shot
from services.watchlist.imports.import_items import Item
from services.watchlist.imports.import_people import Circumstances, Holds
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.imports.people import Fault, People, Person
from services.watchlist.keys.seals import Keys
from services.watchlist.record.drafts import Draft
from services.watchlist.record.list_store import ListStore

# Keys made side by side: each waits for the broker's disk.
_KEYS_AT_ONCE: Final = 64
_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """``model_sha256`` names the list's model; ``now`` tells the time by this matcher's clock."""

    imports: ImportStore
    drafts: ImportDrafts
    listed: ListStore
    judge: Judge
    keys: Keys
    model_sha256: str
    now: Callable[[], datetime]
    days: Days

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {
            "open_import": self.open_import,
            "list_imports": self.list_imports,
            "show_import": self.show_import,
            "import_people": self.import_people,
            "people_template": self.people_template,
            "known_photos": self.known_photos,
            "import_photo": self.import_photo,
        }

    async def open_import(self, asking: Asking) -> Given:
        """Begin an import under the request's id, so that the same request begins it once."""
        purpose = asking.body(PurposeSaid)
        for name in ("basis", "evidence", "instruction", "source"):
            rules.words(name, getattr(purpose, name))
        ground = rules.category(purpose.category, await self.listed.categories())
        days.expiry(self.days, purpose, ground, self.now())
        await self._sites(purpose)
        await self.keys.make(asking.request_id)
        return Given(await self.imports.open(asking.request_id, purpose, asking.holder))

    async def list_imports(self, asking: Asking) -> Given:
        """A page of imports."""
        after = asked.moment_cursor(asking.target.get("cursor", ""))
        found, more = await self.imports.page(after, asked.page_length(asking.target.get("limit", "")))
        last = asked.moment_after(found[-1].opened_at, found[-1].id) if more else None
        return Given(BatchPage(batches=found, next=last))

    async def show_import(self, asking: Asking) -> Given:
        """Where an import stands."""
        return Given(await self.imports.show(asking.id("import")))

    async def import_people(self, asking: Asking) -> Given:
        """Take people.csv over. The same file again changes nothing, unless somebody in it was listed; a corrected one
        replaces it."""
        batch_id, digest = asking.id("import"), sha256(asking.attachment).digest()
        purpose, known = await self.imports.purpose(batch_id)
        if known == digest:
            view = await self.imports.show(batch_id)
            if not {FindingCode.ALREADY_LISTED, FindingCode.IN_OPEN_IMPORT} & view.reasons.keys():
                return Given(view)

        at = await self._circumstances(batch_id, purpose, asking.holder)
        codes = [each.code for each in at.categories]
        read = await asyncio.to_thread(people.read_people, asking.attachment, codes)
        if known is not None:
            # Of whom the former file said something and this one does not, no more is known than their photos.
            entries = {self.drafts.entry_of(batch_id, person.external_id) for person in read.people}
            left = await self.drafts.photographed(batch_id, entries)
            read = replace(read, people=(*read.people, *map(import_people.nameless, left)))
        drafts, faults = await self._drafted(read, at)
        keyed = await self._keyed(drafts)
        items = [import_people.fault_item(fault) for fault in faults]
        key = await self.keys.make(batch_id)
        named = import_people.named(read, faults)
        return Given(await self.drafts.put_people(batch_id, digest, keyed, named, items, key, asking.holder))

    async def people_template(self, _asking: Asking) -> Given:
        """A people.csv to fill in."""
        return Given(attachment=TEMPLATE.encode())

    async def known_photos(self, asking: Asking) -> Given:
        """Which files were judged already."""
        digests = [bytes.fromhex(each) for each in asking.body(KnownSaid).sha256]
        known = await self.imports.known(asking.id("import"), digests)
        return Given(Known(sha256=[each.hex() for each in known]))

    async def import_photo(self, asking: Asking) -> Given:
        """Judge a photo and keep its face unless it is rejected; the same file under the same name is judged once."""
        batch_id, name = asking.id("import"), asking.target.get("file", "")
        if not 1 <= len(name) <= _LONGEST_NAME or "\x00" in name:
            raise Unacceptable(refusals.PHOTO_NAME.filled(most=_LONGEST_NAME))
        digest = asked.digest(asking.target)
        former = await self.imports.judged(batch_id, name)
        if former is not None and former.file_sha256 == digest.hex():
            return Given(former)

        return Given(await self._judged(asking, batch_id, name, digest))

    async def _judged(self, asking: Asking, batch_id: UUID, name: str, digest: bytes) -> ItemView:
        purpose, _ = await self.imports.purpose(batch_id)
        key = await self.keys.make(batch_id)
        whose = filenames.parse(name)
        if whose is None:
            words = "the name does not say whose photo it is; name it externalId__1.jpg"
            finding = Finding(code=FindingCode.BAD_NAME, severity="rejected", text=words)
            item = Item("file", name, None, Verdict.REJECTED, (finding,), file_sha256=digest)
            await self.imports.put(batch_id, key, item)
            return ItemView(
                name=name, external_id=None, entry=None, file_sha256=digest.hex(), verdict=item.verdict,
                findings=[finding],
            )  # fmt: skip

        judged = await self._judgement(asking)
        shot = Shot(name, whose.external_id, digest, judged.verdict, judged.findings, judged.face)
        begun = await self._begun(batch_id, purpose, whose.external_id, asking.holder) if judged.face else None
        if isinstance(begun, Fault):
            shot = Shot(name, whose.external_id, digest, *_refused(begun))
            begun = None
        return await self.drafts.put_photo(batch_id, shot, begun, key, asking.holder)

    async def _judgement(self, asking: Asking) -> Judged:
        if code := asking.target.get("unusable", ""):
            return unusable(code, asking.target.get("detail", ""))
        if not asking.attachment:
            raise Refusal(400, refusals.NO_PHOTO_SENT.filled())
        judged = await self.judge(asking.attachment)
        if judged.face is not None and judged.face.model.sha256 != self.model_sha256:
            raise Refusal(503, refusals.OTHER_MODEL.filled())
        return judged

    async def _begun(
        self, batch_id: UUID, purpose: PurposeSaid, external_id: str, by: Holder
    ) -> tuple[Draft, DataKey] | Fault:
        """The draft to make for a person who has none yet, and its key; a person with a row has one already."""
        person = import_people.nameless(external_id)
        if barred := await self.drafts.barred(batch_id, [external_id]):
            return import_people.barred_fault(person, barred[external_id], self.days)
        at = await self._circumstances(batch_id, purpose, by)
        draft = import_people.drafted(person, self.drafts.entry_of(batch_id, external_id), at)
        return draft if isinstance(draft, Fault) else (draft, await self.keys.make(draft.entry_id))

    async def _drafted(self, read: People, at: Circumstances) -> tuple[list[Draft], list[Fault]]:
        barred = await self.drafts.barred(at.batch_id, [person.external_id for person in read.people])
        made = await asyncio.to_thread(
            lambda: [self._draft(person, barred.get(person.external_id), at) for person in read.people]
        )
        drafts = [each for each in made if isinstance(each, Draft)]
        return drafts, [*read.faults, *(each for each in made if isinstance(each, Fault))]

    def _draft(self, person: Person, barred: Holds | None, at: Circumstances) -> Draft | Fault:
        if barred is not None:
            return import_people.barred_fault(person, barred, self.days)
        return import_people.drafted(person, self.drafts.entry_of(at.batch_id, person.external_id), at)

    async def _keyed(self, drafts: list[Draft]) -> list[tuple[Draft, DataKey]]:
        slots = asyncio.Semaphore(_KEYS_AT_ONCE)

        async def keyed(draft: Draft) -> tuple[Draft, DataKey]:
            async with slots:
                return draft, await self.keys.make(draft.entry_id)

        with first_of_many():
            async with asyncio.TaskGroup() as tasks:
                making = [tasks.create_task(keyed(draft)) for draft in drafts]
        return [task.result() for task in making]

    async def _circumstances(self, batch_id: UUID, purpose: PurposeSaid, by: Holder) -> Circumstances:
        categories, sites = await self.listed.categories(), await self._sites(purpose)
        return Circumstances(batch_id, purpose, categories, sites, by, self.days, self.now())

    async def _sites(self, purpose: PurposeSaid) -> tuple[str, ...]:
        if purpose.scope.group is None:
            return tuple(purpose.scope.sites)
        group = await self.listed.group(purpose.scope.group)
        if group is None:
            raise Unacceptable(refusals.NO_GROUP.filled(group=purpose.scope.group))
        return tuple(group.sites)


def _refused(fault: Fault) -> tuple[Verdict, tuple[Finding, ...], None]:
    return (
        Verdict.REJECTED,
        (Finding(code=FindingCode(fault.code), severity="rejected", text=fault.text, about=fault.about),),
        None,
    )
