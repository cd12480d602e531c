"""What is believed of one list: statements as they come, in whatever order, and what is due to be written down. Pure.

The broker may delay, drop and repeat. Only what its publisher signed for this place is taken, and of that only what has
a higher number than what is known already, in memory or in the record.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import nsmallest
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import KeyRenewal, ReceiveOutcome, ReceiveRequest
from proto.wardwatch.v1.listed import ListedEntry, ListedFace, ListedKey, ListedPerson, ListHead
from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal
from proto.wardwatch.v1.statements import (
    PUBLISHER_RENEWAL,
    SIGNATURE_BYTES,
    DigestLine,
    NotAuthentic,
    TravelPlace,
    verified_by,
)
from proto.wardwatch.v1.values import EntryState
from services.federation.door.ports import Written


class Taken(StrEnum):
    """What became of a message. Values are metric labels."""

    TAKEN = "taken"
    OLDER = "older"  # something with the same or a higher number is known
    FORGED = "forged"  # its publisher has not signed it for this subject
    FOREIGN = "foreign"  # no message of this list for this hospital


class Lock(StrEnum):
    """Why an entry cannot be handed to the record yet."""

    NO_KEY = "no key"
    KEY_DOES_NOT_OPEN = "its key does not open"
    NO_FACE = "a face is missing"
    NOT_OPENED = "the record cannot open it"
    REFUSED = "it is against the record's rules"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How what is known compares with the last head. ``agrees`` is None while that cannot be told.

    ``entries`` are those that are not erased; ``waiting`` are to be written down, ``locked`` cannot be yet, and
    ``refused`` are against the record's rules.
    """

    number: int
    digest: bytes
    entries: int
    waiting: int
    locked: int
    missing: int  # of the locked, those of which something has not come
    refused: int
    agrees: bool | None


@dataclass(slots=True)
class _Slot:
    """What is known of one entry. ``tried`` is what the record last had no use for."""

    entry: ListedEntry | None = None
    statement: bytes = b""
    sha256: bytes = b""
    key: ListedKey | None = None
    faces: dict[UUID, ListedFace] = field(default_factory=dict)
    written: Written | None = None
    is_under_way: bool = False
    tries: int = 0  # that nobody answered
    refused: int = 0  # number of the statement that the record refused
    locked_with: tuple[object, ...] | None = None
    # Why it cannot be handed on, with what that was found; and the opened key, until the record has the entry.
    looked_at: "tuple[tuple[object, ...], Lock | None] | None" = None
    travel_key: DataKey | None = field(default=None, repr=False)

    @property
    def number(self) -> int:
        """The highest that is known."""
        return max(0 if self.entry is None else self.entry.number, 0 if self.written is None else self.written.number)

    @property
    def is_written(self) -> bool:
        """Whether the record follows the last statement, or a later one."""
        if self.entry is None:
            return True
        return self.written is not None and self.written.number >= self.entry.number

    def line(self) -> tuple[int, bytes, EntryState] | None:
        """Revision, digest and state of the last statement that is known."""
        entry, written = self.entry, self.written
        if entry is not None and (written is None or entry.number >= written.number):
            return entry.revision, self.sha256, entry.state
        return None if written is None else (written.revision, written.statement_sha256, written.state)

    def with_what(self) -> tuple[object, ...]:
        """All that a try depends on."""
        key = None if self.key is None else (self.key.number, self.key.generation)
        is_kept = self.written is not None and self.written.state is EntryState.ACTIVE
        return (self.number, is_kept, key, frozenset((p, f.generation) for p, f in self.faces.items()))


# The highest number that a record takes.
_MOST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Announced:
    """The next key of the publisher, signed by one that is believed."""

    publisher: bytes
    statement: bytes = field(repr=False)


class HeldList:
    """One list at one hospital. *keys* are its sealing keys by their ids; *publishers* those that are believed."""

    def __init__(
        self,
        list_: str,
        hospital: str,
        publishers: tuple[bytes, ...],
        keys: Mapping[str, X25519PrivateKey],
    ) -> None:
        self._list = list_
        self._hospital = hospital
        self._publishers = publishers
        self._keys = keys
        self._slots: dict[str, _Slot] = {}
        # Entries whose last statement the record does not follow yet, mostly none of thousands, and why it cannot;
        # those that are due, as (whether they are sought, tries, number). Both but for those that have changed since.
        self._unwritten: dict[str, Lock | None] = {}
        self._ready: dict[str, tuple[bool, int, int]] = {}
        self._to_look_at: set[str] = set()
        self._lines: dict[str, str] = {}  # of entries that are not erased, as they are digested
        self._highest = 0  # of the numbers of all entries
        self._last_comparison: Comparison | None = None  # none once anything has changed
        self._head_number = 0
        self.head: ListHead | None = None  # the last one heard by this process
        self.announced: Announced | None = None  # a key that nobody has accepted yet

    def begin_behind(self, number: int) -> None:
        """Believe no head up to *number*: the record knows it already."""
        self._head_number = max(self._head_number, number)
        self._last_comparison = None

    def forget(self) -> None:
        """Know nothing of any entry any more, but for numbers of heads: all of it comes once more."""
        self._slots.clear()
        self._unwritten.clear()
        self._ready.clear()
        self._to_look_at.clear()
        self._lines.clear()
        self._highest = 0
        self._last_comparison = None
        self.head = None

    def believe(self, publishers: tuple[bytes, ...]) -> bool:
        """Believe these keys from now on; returns whether one is new, so that what was refused may be believed."""
        new = not set(publishers) <= set(self._publishers)
        self._publishers = publishers
        if self.announced is not None and self.announced.publisher in publishers:
            self.announced = None
        return new

    def is_sealed_to(self, key: str) -> bool:
        """Whether the publisher says that it seals to our *key*, and all that we hold of who is sought is sealed so."""
        if self.head is None or key not in self.head.renewed:
            return False
        sought = (slot for slot in self._slots.values() if self._is_sought(slot))
        return all(slot.key is not None and slot.key.sealing_key == key for slot in sought)

    def sought(self) -> tuple[str, ...]:
        """Entries that may be looked for here, by the publisher's ids."""
        return tuple(sorted(e for e, s in self._slots.items() if (line := s.line()) and line[2] is EntryState.ACTIVE))

    def record_says(self, written: Iterable[Written]) -> None:
        """Take over what the record follows; what it does not know of, it does not follow."""
        for slot in self._slots.values():
            slot.written = None
        for each in written:
            self._slot(each.entry_id).written = each
        for entry_id, slot in self._slots.items():
            self._changed(entry_id, slot)
        self._highest = max((slot.number for slot in self._slots.values()), default=0)

    def take(self, subject: str, payload: bytes) -> Taken:
        """Take a message of the copy, if it is to be believed and says something new."""
        tokens = subject.split(".")
        if len(tokens) < 3 or tokens[:2] != ["fed", self._list]:
            return Taken.FOREIGN
        try:
            message, _ = verified_by(self._publishers, subject, payload)
        except NotAuthentic:
            if tokens[2:] == ["head"]:
                self._hear_of_next_key(payload[:-SIGNATURE_BYTES])
            return Taken.FORGED
        try:
            match tokens[2:]:
                case ["head"]:
                    self._hear_of_next_key(message)
                    return self._take_head(ListHead.decode(message))
                case ["entry", entry_id]:
                    return self._take_entry(entry_id, ListedEntry.decode(message), payload)
                case ["key", self._hospital, entry_id]:
                    return self._take_key(entry_id, ListedKey.decode(message))
                case ["face", entry_id, photo_id]:
                    return self._take_face(entry_id, photo_id, ListedFace.decode(message))
                case _:
                    return Taken.FOREIGN
        except ValueError:
            return Taken.FOREIGN

    def due(self, at_most: int) -> list[tuple[str, int, ReceiveRequest]]:
        """What to hand to the record now: entry, number and request. They count as under way.

        First what takes away, in half of the places at the least; else what was tried least, then by number: nobody
        waits behind one that cannot succeed.
        """
        self._look()
        ready: dict[bool, list[tuple[int, int, str]]] = {True: [], False: []}
        for entry_id, (is_sought, tries, number) in self._ready.items():
            ready[is_sought].append((tries, number, entry_id))
        stops, others = nsmallest(at_most, ready[False]), nsmallest(at_most, ready[True])
        stops = stops[: max((at_most + 1) // 2, at_most - len(others))]
        found: list[tuple[str, int, ReceiveRequest]] = []
        for _, number, entry_id in [*stops, *others][:at_most]:
            slot = self._slots[entry_id]
            slot.is_under_way = True
            del self._ready[entry_id]
            found.append((entry_id, number, self._request(slot)))
        return found

    def answered(self, entry_id: str, number: int, outcome: ReceiveOutcome | None) -> None:
        """Note what became of a request; None: nobody answered, and it is due again."""
        slot = self._slot(entry_id)  # it may have been forgotten meanwhile
        self._to_look_at.add(entry_id)
        slot.is_under_way = False
        slot.tries = slot.tries + 1 if outcome is None else 0
        entry = slot.entry
        if outcome is None or entry is None or entry.number != number:
            return  # something newer came meanwhile, which is due by itself
        match outcome:
            case ReceiveOutcome.WRITTEN:
                slot.written = Written(entry_id, number, entry.revision, entry.state, slot.sha256)
                slot.locked_with = None
                self._tidy(slot)
            case ReceiveOutcome.REFUSED | ReceiveOutcome.OLDER:
                slot.refused = number
            case ReceiveOutcome.LOCKED:
                slot.locked_with = slot.with_what()
        self._changed(entry_id, slot)

    def compared(self) -> Comparison:
        """How all that is known compares with the last head."""
        if self._last_comparison is None:
            self._last_comparison = self._compared()
        return self._last_comparison

    def _compared(self) -> Comparison:
        self._look()
        count = Counter(self._unwritten.values())
        waiting, refused = count[None], count[Lock.REFUSED]
        missing = count[Lock.NO_KEY] + count[Lock.NO_FACE]
        locked = count.total() - waiting - refused
        highest = max(self._head_number, self._highest)
        digest = statements.digest_of_lines(self._lines.values())
        return Comparison(
            highest, digest, len(self._lines), waiting, locked, missing, refused, self._agrees(digest, highest, waiting)
        )

    def _agrees(self, digest: bytes, highest: int, waiting: int) -> bool | None:
        # Entries and heads come in one order, but a head that is older than what is known says nothing of it.
        if self.head is None or highest > self.head.number:
            return None
        if digest != self.head.digest:
            return False
        return True if not waiting else None

    def _hear_of_next_key(self, head: bytes) -> None:
        """A head, also one by a key that nobody here has accepted, may say which key comes next."""
        try:
            announced = ListHead.decode(head).renewal
            message, _ = verified_by(self._publishers, PUBLISHER_RENEWAL, announced)
            key = KeyRenewal.decode(message).signing_key
        except (NotAuthentic, ValueError):
            return
        self.announced = None if key in self._publishers else Announced(key, announced)

    def _take_head(self, head: ListHead) -> Taken:
        if head.number > _MOST:
            return Taken.FOREIGN
        if head.number <= self._head_number:
            return Taken.OLDER
        self._head_number = head.number
        self.head = head
        self._last_comparison = None
        return Taken.TAKEN

    def _take_entry(self, entry_id: str, entry: ListedEntry, statement: bytes) -> Taken:
        if entry.entry_id != entry_id or max(entry.number, entry.revision) > _MOST:
            return Taken.FOREIGN
        slot = self._slot(entry_id)
        digest = statements.statement_digest(statement)
        known = 0 if slot.entry is None else slot.entry.number
        if entry.number <= known or (slot.written is not None and entry.number < slot.written.number):
            return Taken.OLDER
        if slot.written is not None and entry.number == slot.written.number and digest != slot.written.statement_sha256:
            return Taken.OLDER
        slot.entry, slot.statement, slot.sha256 = entry, statement, digest
        self._highest = max(self._highest, slot.number)
        if entry.state is EntryState.ERASED:
            slot.key = None
            slot.faces.clear()
        self._tidy(slot)
        self._changed(entry_id, slot)
        return Taken.TAKEN

    def _take_key(self, entry_id: str, key: ListedKey) -> Taken:
        if key.entry_id != entry_id or key.hospital != self._hospital:
            return Taken.FOREIGN
        slot = self._slot(entry_id)
        if slot.key is not None and key.number <= slot.key.number:
            return Taken.OLDER
        slot.key = key
        self._noticed(entry_id)
        return Taken.TAKEN

    def _take_face(self, entry_id: str, photo_id: str, face: ListedFace) -> Taken:
        if face.entry_id != entry_id or str(face.photo_id) != photo_id:
            return Taken.FOREIGN
        slot = self._slot(entry_id)
        held = slot.faces.get(face.photo_id)
        if held is not None and face.generation < held.generation:
            return Taken.OLDER
        if face.sealed:
            slot.faces[face.photo_id] = face
        else:
            slot.faces.pop(face.photo_id, None)
        self._tidy(slot)
        self._noticed(entry_id)
        return Taken.TAKEN

    def _noticed(self, entry_id: str) -> None:
        """Of every entry of which something new is known."""
        self._last_comparison = None
        self._to_look_at.add(entry_id)

    def _changed(self, entry_id: str, slot: _Slot) -> None:
        """The same where it is a statement, or that the record follows one."""
        self._noticed(entry_id)
        if (line := slot.line()) is None or line[2] is EntryState.ERASED:
            self._lines.pop(entry_id, None)
        else:
            self._lines[entry_id] = DigestLine(entry_id, line[0], line[1]).text()

    def _is_sought(self, slot: _Slot) -> bool:
        entry = slot.entry
        return entry is not None and entry.state is EntryState.ACTIVE and entry.is_for(self._hospital)

    def _tidy(self, slot: _Slot) -> None:
        """Let go of faces that the record has: they never change, and there may be thousands."""
        if slot.entry is not None and slot.is_written and self._is_sought(slot):
            slot.faces.clear()

    def _look(self) -> None:
        """Find out which of those that have changed are due: of thousands that wait, mostly a few."""
        for entry_id in self._to_look_at:
            slot = self._slots[entry_id]
            self._ready.pop(entry_id, None)
            if slot.entry is None or slot.is_written:
                self._unwritten.pop(entry_id, None)
                slot.looked_at = slot.travel_key = None
                continue
            self._unwritten[entry_id] = lock = self._lock(slot, slot.entry.number)
            if lock is None and not slot.is_under_way:
                self._ready[entry_id] = (self._is_sought(slot), slot.tries, slot.entry.number)
        self._to_look_at.clear()

    def _lock(self, slot: _Slot, number: int) -> Lock | None:
        """Why an entry that is not written cannot be; what takes away is never locked, but may be refused."""
        if slot.refused == number:
            return Lock.REFUSED
        if not self._is_sought(slot):
            return None
        what = slot.with_what()
        if slot.locked_with == what:
            return Lock.NOT_OPENED
        # Opening takes a while, and there may be thousands that wait.
        if slot.looked_at is None or slot.looked_at[0] != what:
            slot.looked_at = what, self._looked(slot)
        return slot.looked_at[1]

    def _looked(self, slot: _Slot) -> Lock | None:
        entry = slot.entry
        assert entry is not None  # one that is sought has been heard of
        if slot.key is None or not slot.key.sealed or slot.key.generation != entry.generation:
            return Lock.NO_KEY
        slot.travel_key = self._travel_key(slot)
        if slot.travel_key is None:
            return Lock.KEY_DOES_NOT_OPEN
        photos = self._photos(entry, slot.travel_key)
        if photos is None:
            return Lock.KEY_DOES_NOT_OPEN
        # The record that has the entry already has its faces.
        is_kept = slot.written is not None and slot.written.state is EntryState.ACTIVE
        return None if is_kept or photos <= slot.faces.keys() else Lock.NO_FACE

    def _photos(self, entry: ListedEntry, travel_key: DataKey) -> frozenset[UUID] | None:
        try:
            about = statements.person_about(self._list, entry.entry_id)
            person = ListedPerson.decode(unseal(travel_key, entry.sealed, about=about))
        except (NotOpened, ValueError):
            return None
        return frozenset(photo.photo_id for photo in person.photos)

    def _travel_key(self, slot: _Slot) -> DataKey | None:
        key = slot.key
        if key is None or key.suite != statements.SUITE or (opens := self._keys.get(key.sealing_key)) is None:
            return None
        place = TravelPlace(self._list, self._hospital, key.entry_id, key.generation)
        try:
            return statements.open_travel_key(key.sealed, opens, place)
        except NotOpened:
            return None

    def _request(self, slot: _Slot) -> ReceiveRequest:
        if not self._is_sought(slot):
            return ReceiveRequest(self._list, slot.statement)
        faces = tuple(slot.faces[photo] for photo in sorted(slot.faces, key=str))
        return ReceiveRequest(self._list, slot.statement, slot.travel_key or b"", faces)

    def _slot(self, entry_id: str) -> _Slot:
        return self._slots.setdefault(entry_id, _Slot())


def subject_of_faces(list_: str, entry_id: str) -> str:
    """All pictures of an entry in the copy."""
    return subjects.fed_face(list_, entry_id, "photo").removesuffix("photo") + "*"
