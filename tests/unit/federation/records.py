"""The publisher's record in memory, and the world around it: entries, hospitals, travel keys that never come back."""

import copy
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from proto.wardwatch.v1.federation import (
    HospitalHello,
    HospitalReceipt,
    KeyRenewal,
    ListedContent,
    ListedContentRequest,
)
from proto.wardwatch.v1.listed import ListedFace
from proto.wardwatch.v1.statements import DigestLine, public_bytes, statement_digest, travel_owner
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import Refusal
from services.federation.publishing.adopting import SaidBefore
from services.federation.publishing.composing import Kept, Made
from services.federation.publishing.core import BEING_GIVEN, EntryFacts, Found, Hospital, ListFacts, Said, Shared
from services.federation.publishing.ports import Note, Unsigned

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(days=30)


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Fuse:
    """Kills the process at a step of its work; None: it lives."""

    steps: int | None = None

    def step(self) -> None:
        if self.steps is not None:
            self.steps -= 1
            if self.steps < 0:
                raise Killed


class Changed(TypedDict, total=False):
    """What may be changed of an entry."""

    state: EntryState
    expires_at: datetime
    withdrawn: bool


@dataclass
class Rows:
    """The tables. ``statements`` has with each what was published of it."""

    facts: ListFacts
    shared: dict[str, Shared] = field(default_factory=dict)
    statements: dict[str, tuple[Kept, bool]] = field(default_factory=dict)
    holdings: dict[tuple[str, str], int] = field(default_factory=dict)  # entry, hospital
    closed: set[tuple[str, str]] = field(default_factory=set)  # hospital, entry
    notes: dict[str, datetime] = field(default_factory=dict)
    hellos: dict[str, HospitalHello] = field(default_factory=dict)
    receipts: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    repairs: list[tuple[Found, bool]] = field(default_factory=list)
    renewals: dict[str, KeyRenewal] = field(default_factory=dict)
    by_former_key: set[str] = field(default_factory=set)  # entries whose statement is signed by it
    ticks: int = 0

    def note(self, entry_id: str) -> None:
        self.ticks += 1
        self.notes[entry_id] = NOW + timedelta(microseconds=self.ticks)

    def change(self, entry_id: str, **changed: Unpack[Changed]) -> None:
        """The entry's next revision, or its withdrawal."""
        before = self.shared[entry_id]
        revision = before.revision + (0 if "withdrawn" in changed else 1)
        self.shared[entry_id] = replace(before, revision=revision, **changed)
        self.note(entry_id)


def empty_list() -> Rows:
    return Rows(ListFacts("city", "City list", 30, 0, 0, 1, ()))


@dataclass
class FakeRecord:
    """See ``ports.Record``. Each step may be the last one, before or after it took effect."""

    rows: Rows = field(default_factory=empty_list)
    fuse: Fuse = field(default_factory=Fuse)
    most_asked_for: int = 0  # entries at once

    async def lists(self) -> list[ListFacts]:
        return [self.rows.facts]

    async def notes(self, list_: str) -> list[Note]:
        notes = [Note(entry_id, at) for entry_id, at in self.rows.notes.items()]
        return sorted(notes, key=lambda note: (self._is_sought(note.entry_id), note.noted_at))

    async def unsettled(self, list_: str) -> list[str]:
        return sorted({*self.rows.shared, *self.rows.statements})

    async def entries(self, list_: str, entries: Collection[str]) -> list[EntryFacts]:
        self.most_asked_for = max(self.most_asked_for, len(entries))
        return [self.entry(each) for each in entries]

    def _is_sought(self, entry_id: str) -> bool:
        shared = self.rows.shared.get(entry_id)
        return shared is not None and shared.state is EntryState.ACTIVE and not shared.withdrawn

    def entry(self, entry_id: str) -> EntryFacts:
        kept, published = self.rows.statements.get(entry_id, (None, False))
        said = None
        if kept is not None:
            ours = entry_id not in self.rows.by_former_key
            said = Said(kept.number, kept.revision, kept.state, kept.generation, published, kept.hospitals, ours)
        held = {name: given for (entry, name), given in self.rows.holdings.items() if entry == entry_id}
        return EntryFacts(entry_id, self.rows.shared.get(entry_id), said, held)

    @asynccontextmanager
    async def saying(self, list_: str) -> AsyncIterator["FakeSaying"]:
        self.fuse.step()
        before = copy.deepcopy(self.rows)
        try:
            yield FakeSaying(self, self.rows.facts)
            self.fuse.step()
        except BaseException:
            self.rows = before
            raise
        self.fuse.step()

    async def stored(self, list_: str, made: Sequence[Made], head_number: int) -> None:
        self.fuse.step()
        for each in made:
            for name in each.plan.empty_for:
                self.rows.holdings[each.entry_id, name] = 0
            for name in each.plan.seal_for:
                self.rows.holdings[each.entry_id, name] = each.generation
            kept, _ = self.rows.statements.get(each.entry_id, (None, False))
            if each.kept is not None and kept == each.kept and each.settled:
                self.rows.statements[each.entry_id] = (kept, True)
        if head_number:
            self.rows.facts = replace(self.rows.facts, head_number=head_number)
        self.fuse.step()

    async def raise_number(self, list_: str, number: int) -> None:
        self.rows.facts = replace(self.rows.facts, number=max(self.rows.facts.number, number))
        self.fuse.step()

    async def adopt(self, list_: str, said: SaidBefore) -> int:
        self.fuse.step()
        adopted = {}
        for entry, (kept, _) in said.statements.items():
            known = self.rows.statements.get(entry)
            if known is None or known[0].number < kept.number:
                adopted[entry] = (kept, True)
        self.rows.statements |= adopted
        names = {each.name for each in self.rows.facts.hospitals}
        self.rows.holdings |= {(e, name): given for (name, e), given in said.keys.items() if name in names}
        self.fuse.step()
        return len(adopted)

    async def begin_anew(self, list_: str) -> None:
        self.fuse.step()
        self.rows.statements = {entry: (kept, False) for entry, (kept, _) in self.rows.statements.items()}
        self.rows.holdings = dict.fromkeys(self.rows.holdings, 0)
        self.fuse.step()

    async def emptied(self, list_: str) -> None:
        self.fuse.step()
        self.rows.facts = replace(self.rows.facts, head_number=0)
        self.fuse.step()

    async def on_stream(self, list_: str) -> tuple[Mapping[str, bytes], Collection[str]]:
        said = {f"fed.city.entry.{e}": statement_digest(k.statement) for e, (k, _) in self.rows.statements.items()}
        return said, {f"fed.city.key.{name}.{e}" for (e, name), given in self.rows.holdings.items() if given > 0}

    async def repaired(self, list_: str, found: Found, *, agrees: bool) -> None:
        self.rows.repairs.append((found, agrees))
        self.rows.facts = replace(self.rows.facts, repair_asked=False)

    async def hello_numbers(self, list_: str) -> list[int]:
        return [hello.number for hello in self.rows.hellos.values()]

    async def unsigned(self) -> list[Unsigned]:
        return []

    async def signed(self, list_: str, hospital: str, invitation: bytes) -> None:
        raise NotImplementedError

    async def note_hello(self, list_: str, hello: HospitalHello) -> None:
        self.rows.hellos[hello.hospital] = hello

    async def note_renewal(self, list_: str, hospital: str, renewal: KeyRenewal, statement: bytes) -> None:
        self.rows.renewals[hospital] = renewal

    async def last_hello_at(self, list_: str, hospital: str) -> datetime | None:
        hello = self.rows.hellos.get(hospital)
        return None if hello is None else hello.at

    async def receipts(self, list_: str, hospital: str, entry_id: UUID) -> tuple[int, list[bytes]] | None:
        if (str(entry_id), hospital) not in self.rows.holdings:
            return None
        return 0, [held for key, held in self.rows.receipts.items() if key[:2] == (hospital, str(entry_id))]

    async def note_receipt(self, list_: str, receipt: HospitalReceipt, statement: bytes) -> None:
        self.rows.receipts[receipt.hospital, receipt.entry_id, receipt.matcher] = statement

    async def close(self, list_: str, hospital: str, entry_id: UUID) -> bool:
        kept, _ = self.rows.statements.get(str(entry_id), (None, False))
        closing = (hospital, str(entry_id))
        if kept is None or kept.state is not EntryState.ERASED or closing in self.rows.closed:
            return False
        self.rows.closed.add(closing)
        return True

    async def closed(self, list_: str) -> set[tuple[str, str]]:
        return set(self.rows.closed)


@dataclass
class FakeSaying:
    """See ``ports.Saying``."""

    record: FakeRecord
    facts: ListFacts

    async def entries(self, entries: Collection[str]) -> list[EntryFacts]:
        return await self.record.entries("city", entries)

    async def kept(self, entries: Collection[str]) -> Mapping[str, Kept]:
        statements = self.record.rows.statements
        return {each: statements[each][0] for each in entries if each in statements}

    async def lines(self) -> list[DigestLine]:
        return [
            DigestLine(entry, kept.revision, statement_digest(kept.statement))
            for entry, (kept, _) in self.record.rows.statements.items()
            if kept.state is not EntryState.ERASED
        ]

    async def write(self, made: Sequence[Made], number: int) -> None:
        rows = self.record.rows
        assert number >= rows.facts.number
        for each in made:
            if each.kept is not None:
                rows.statements[each.entry_id] = (each.kept, False)
                rows.by_former_key.discard(each.entry_id)
            for name in each.plan.seal_for:
                rows.holdings[each.entry_id, name] = BEING_GIVEN
        rows.facts = replace(rows.facts, number=number)

    async def drop(self, notes: Collection[Note]) -> None:
        for note in notes:
            if self.record.rows.notes.get(note.entry_id) == note.noted_at:
                del self.record.rows.notes[note.entry_id]


@dataclass
class World:
    """The record, and beside it what no restore brings back: ended entries have no travel keys."""

    record: FakeRecord = field(default_factory=FakeRecord)
    sealing: dict[str, X25519PrivateKey] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    asked: int = 0
    key_only: int = 0  # of those, how many were for the travel key alone

    @property
    def rows(self) -> Rows:
        return self.record.rows

    def share(self, hospitals: Collection[str] = ()) -> str:
        """Somebody else is on the list, for *hospitals* or for all."""
        entry_id = str(UUID(int=len(self.rows.shared) + len(self.ended) + 1000 * self.rows.ticks + 1))
        self.rows.shared[entry_id] = Shared(2, EntryState.ACTIVE, UNTIL, 0.0, frozenset(hospitals), False)
        self.rows.note(entry_id)
        return entry_id

    def end(self, entry_id: str, *, withdrawn: bool) -> None:
        """The entry is erased, or taken from the list: its travel keys are destroyed."""
        if withdrawn:
            self.rows.change(entry_id, withdrawn=True)
        else:
            self.rows.change(entry_id, state=EntryState.ERASED)
        self.ended.add(entry_id)

    def admit(self, name: str) -> None:
        """Another hospital is on the list."""
        sealing = self.sealing.setdefault(name, X25519PrivateKey.generate())
        hospital = Hospital(name, bytes(32), public_bytes(sealing), admitted=True)
        facts = self.rows.facts
        self.rows.facts = replace(facts, hospitals=(*facts.hospitals, hospital))

    def remove(self, name: str) -> None:
        """A hospital is put out, and keys are of another generation."""
        facts = self.rows.facts
        hospitals = tuple(replace(h, admitted=h.admitted and h.name != name) for h in facts.hospitals)
        self.rows.facts = replace(facts, hospitals=hospitals, generation=facts.generation + 1)

    async def content(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        """As the watchlist service answers."""
        self.record.fuse.step()
        self.asked += 1
        request = ListedContentRequest.decode(payload)
        self.key_only += request.key_only
        shared = self.rows.shared[request.entry_id]
        if request.entry_id in self.ended or shared.withdrawn or request.generation != self.rows.facts.generation:
            raise Refusal(409, "it may not leave")
        face = ListedFace(EntryId(request.entry_id), UUID(int=7), request.generation, b"sealed face")
        return ListedContent(
            shared.revision,
            shared.state,
            shared.expires_at,
            shared.min_similarity,
            self.travel_key(request.entry_id, request.generation),
            b"" if request.key_only else b"sealed person",
            () if request.key_only else (face,),
        ).encode()

    def travel_key(self, entry_id: str, generation: int) -> bytes:
        return travel_owner("city", entry_id, generation).bytes * 2
