"""From a row of people.csv, and what holds for the whole import, to a draft or a fault. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from proto.wardwatch.v1.entries import Finding, Until, Verdict
from proto.wardwatch.v1.imports import PurposeRequest
from services.watchlist.imports import people
from services.watchlist.imports.pairing_store import Named
from services.watchlist.imports.people import Fault, People, Person
from services.watchlist.imports.report_items import ReportItem
from services.watchlist.record import views
from services.watchlist.record.drafts import Draft
from services.watchlist.rules import days, entry_rules, identity_numbers
from services.watchlist.rules.days import Days
from services.watchlist.rules.entry_rules import Category, Unacceptable
from services.watchlist.rules.holder import Holder


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What holds for everybody in an import: *sites* are those of the purpose's scope."""

    import_id: UUID
    purpose: PurposeRequest
    categories: Sequence[Category]
    sites: tuple[str, ...]
    author: Holder
    days: Days
    now: datetime


def nameless(external_id: str) -> Person:
    """A person of whom nothing is known but photos."""
    return Person(0, external_id, "", "", "", None, "", "", None, "")


def drafted(person: Person, entry_id: UUID, at: ImportContext) -> Draft | Fault:
    """The draft of *person*, or why there can be none. The purpose says what the person's row leaves out."""
    for name in ("external_id", "label", "instruction", "note", "source"):
        if identity_numbers.is_in(getattr(person, name)):
            return _fault(person, "number_in_text", f"{name} holds an identity number; put it in identity_number")
    ground = entry_rules.category(person.category or at.purpose.category, at.categories)
    try:
        expires_at = days.expiry(at.days, _until(person, at.purpose), ground, at.now)
    except Unacceptable as error:
        return _fault(person, "bad_expiry", str(error))
    try:
        number = identity_numbers.normalised(person.identity_number) if person.identity_number else None
    except Unacceptable as error:
        return _fault(person, "bad_identity_number", str(error))
    try:
        taken_on = None if person.taken_on is None else entry_rules.taken(person.taken_on, at.days.of(at.now))
    except Unacceptable as error:
        return _fault(person, "bad_date", str(error))
    return Draft(
        entry_id=entry_id,
        author=at.author,
        label=person.label or person.external_id,
        note=person.note,
        category=ground.code,
        basis=at.purpose.basis,
        evidence=at.purpose.evidence,
        instruction=person.instruction or at.purpose.instruction,
        scope=at.purpose.scope.kind,
        group=at.purpose.scope.group,
        sites=at.sites,
        begins_at=at.now,
        expires_at=expires_at,
        number=number,
        external_id=person.external_id,
        import_id=at.import_id,
        photo_source=person.source or at.purpose.source,
        photo_taken_at=None if taken_on is None else views.taken_at(taken_on),
    )


def _until(person: Person, purpose: PurposeRequest) -> Until:
    return purpose if person.expires_on is None else Until(last_day=person.expires_on)


def named(read: People, faults: Sequence[Fault]) -> list[Named]:
    """Whom the lines of people.csv name, given all *faults* in the end; of a person's second line the first counts."""
    unusable = {fault.external_id for fault in faults if fault.code != "row_twice"}
    people = [Named(each.line, each.external_id, each.external_id not in unusable) for each in read.people if each.line]
    return people + [
        Named(fault.line, fault.external_id, usable=False)
        for fault in read.faults
        if fault.line and fault.external_id and fault.code != "row_twice"
    ]


def fault_item(fault: Fault) -> ReportItem:
    """The report's row of a fault in people.csv. A column that is passed over only warns."""
    verdict, severity = (Verdict.WARNING, "note") if fault.code in people.NOTES else (Verdict.REJECTED, "rejected")
    fields = {"code": fault.code, "severity": severity, "text": fault.text, "about": fault.about, "meant": fault.meant}
    finding = Finding.model_validate(fields)
    name = f"people.csv, line {fault.line}" if fault.line else "people.csv"
    if fault.code == "unknown_column":
        name = f"people.csv, {fault.text}"
    return ReportItem("row", name, fault.external_id or None, verdict, (finding,), label=fault.label or None)


@dataclass(frozen=True, slots=True)
class Conflict:
    """What keeps a person out of an import: an entry, a draft in another open import, or here a discarded draft."""

    entry_id: UUID
    state: str
    import_id: UUID | None = None
    opened_by: str = ""
    opened_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def code(self) -> str:
        """The code of the finding."""
        if self.state == "erased":
            return "discarded"
        return "in_open_import" if self.import_id is not None else "already_listed"

    @property
    def about(self) -> UUID:
        """What somebody has to look at."""
        return self.import_id or self.entry_id

    def words(self, days: Days) -> str:
        """What stands in the way, whose it is, and how it is ended."""
        if self.state == "erased":
            return "had a draft in this import that was thrown away; open another import for the person"
        if self.import_id is None:
            way = "discard that draft" if self.state == "draft" else "revoke that entry"
            return (
                f"is listed already, or waits to be, as entry {self.entry_id} ({self.state}); {way} first, or leave"
                + (" the person out")
            )
        assert self.opened_at is not None  # as every import has
        assert self.ends_at is not None  # as every open import has
        return (
            f"is in import {self.import_id}, which {self.opened_by} opened on {days.of(self.opened_at)} and nobody has"
            f" committed; go on with that one, or discard it;"
            f" left alone, it ends by itself on {days.of(self.ends_at)}"
        )


def conflict_fault(person: Person, conflict: Conflict, days: Days) -> Fault:
    """Somebody who cannot be in the import, for what the record says."""
    return _fault(person, conflict.code, f"{person.external_id} {conflict.words(days)}", conflict.about)


def _fault(person: Person, code: str, text: str, about: UUID | None = None) -> Fault:
    words = f"line {person.line}: {text}" if person.line else text
    return Fault(person.line, person.external_id, code, words, about=about, label=person.label)
