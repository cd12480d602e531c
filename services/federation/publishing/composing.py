"""Statements of a publisher, signed, and travel keys sealed to hospitals. Draws randomness for seals; else pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.federation import ListedContent
from proto.wardwatch.v1.listed import ListedEntry, ListedKey, ListHead
from proto.wardwatch.v1.sealing import DataKey
from proto.wardwatch.v1.statements import SIGNATURE_BYTES, SUITE, DigestLine, TravelPlace, digest, seal_travel_key, sign
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.federation_keys import sealing_key_id
from services.federation.publishing.core import EntryFacts, ListFacts, Plan

# Subject and statement.
Message = tuple[str, bytes]
Number = Callable[[], int]
_NOTHING: Final = b""
_THEN: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement on an entry as the record keeps it."""

    number: int
    revision: int
    state: EntryState
    generation: int
    statement: bytes = field(repr=False)
    hospitals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """What is said of an entry: ``keys`` and the statement, if any, in this order; ``faces`` go before."""

    entry_id: str
    plan: Plan
    kept: Kept | None
    generation: int
    keys: tuple[Message, ...] = field(repr=False)
    faces: tuple[Message, ...] = field(repr=False)
    subject: str
    settled: bool = True  # nothing of it is missing once this is stored

    @property
    def messages(self) -> list[Message]:
        """What goes in one batch."""
        return [*self.keys, *([] if self.kept is None else [(self.subject, self.kept.statement)])]


@dataclass(frozen=True, slots=True)
class Composer:
    """Signs as the publisher. Sealing thirty keys takes five milliseconds of a processor: call it in a thread.

    ``announced`` is what is said of the publisher's next key, or was said of this one.
    """

    key: Ed25519PrivateKey = field(repr=False)
    announced: bytes = field(repr=False, default=b"")

    def entry(
        self,
        of: ListFacts,
        facts: EntryFacts,
        plan: Plan,
        content: ListedContent | None,
        kept: Kept | None,
        next_: Number,
    ) -> Made:
        """What *plan* says of an entry. *content* is needed as the plan says, *kept* where it repeats."""
        keys = [self._empty(of.name, facts.entry_id, name, next_) for name in sorted(plan.empty_for)]
        if content is not None:
            keys += self._sealed(of, facts.entry_id, plan, DataKey(content.travel_key), next_)
        faces = () if content is None or not plan.faces else self._faces(of.name, content)
        said = self._statement(of, facts, plan, content, kept, next_) if plan.make is not None else kept
        if plan.make is None and not plan.repeat:
            said = None
        subject = subjects.fed_entry(of.name, facts.entry_id)
        return Made(facts.entry_id, plan, said, of.generation, tuple(keys), faces, subject)

    def head(self, of: ListFacts, lines: list[DigestLine], at: datetime, number: int) -> Message:
        """How the list stands, by the entries of *lines*."""
        renewed = frozenset(
            sealing_key_id(each.sealing_key) for each in of.hospitals if each.admitted and each.former_signing_key
        )
        said = ListHead(number, at, len(lines), digest(lines), of.silent_days, of.title, self.announced, renewed)
        return self._signed(subjects.fed_head(of.name), said.encode())

    def _statement(
        self,
        of: ListFacts,
        facts: EntryFacts,
        plan: Plan,
        content: ListedContent | None,
        kept: Kept | None,
        next_: Number,
    ) -> Kept:
        number = next_()
        if plan.make is EntryState.ERASED:
            said = _tombstone(of, facts, number)
        else:
            said = _living(of, facts, number, _words(content, kept))
        _, statement = self._signed(subjects.fed_entry(of.name, facts.entry_id), said.encode())
        return Kept(number, said.revision, said.state, of.generation, statement, said.hospitals)

    def _sealed(self, of: ListFacts, entry_id: str, plan: Plan, key: DataKey, next_: Number) -> list[Message]:
        recipients = {each.name: each.sealing_key for each in of.hospitals if each.admitted}
        return [
            self._key(of, entry_id, name, recipients[name], key, next_)
            for name in sorted(plan.seal_for & recipients.keys())
        ]

    def _key(self, of: ListFacts, entry_id: str, name: str, to: bytes, key: DataKey, next_: Number) -> Message:
        place = TravelPlace(of.name, name, entry_id, of.generation)
        sealed = seal_travel_key(key, to, place)
        said = ListedKey(EntryId(entry_id), name, next_(), of.generation, SUITE, sealing_key_id(to), sealed)
        return self._signed(subjects.fed_key(of.name, name, entry_id), said.encode())

    def _empty(self, list_: str, entry_id: str, name: str, next_: Number) -> Message:
        said = ListedKey(EntryId(entry_id), name, next_(), 0, SUITE, "", _NOTHING)
        return self._signed(subjects.fed_key(list_, name, entry_id), said.encode())

    def _faces(self, list_: str, content: ListedContent) -> tuple[Message, ...]:
        return tuple(
            self._signed(subjects.fed_face(list_, face.entry_id, str(face.photo_id)), face.encode())
            for face in content.faces
        )

    def _signed(self, subject: str, message: bytes) -> Message:
        return subject, sign(self.key, subject, message)


def _words(content: ListedContent | None, kept: Kept | None) -> bytes:
    """What is said of the person: as it is given now, or, of a stop, as it was said before."""
    if content is not None:
        return content.sealed
    assert kept is not None, "who is looked for is said with content"
    return ListedEntry.decode(kept.statement[:-SIGNATURE_BYTES]).sealed


def _living(of: ListFacts, facts: EntryFacts, number: int, sealed: bytes) -> ListedEntry:
    shared = facts.shared
    assert shared is not None, "what is not shared has a tombstone"
    return ListedEntry(
        EntryId(facts.entry_id),
        number,
        shared.revision,
        shared.state,
        shared.expires_at,
        shared.hospitals,
        of.generation,
        sealed,
        shared.min_similarity,
    )


def _tombstone(of: ListFacts, facts: EntryFacts, number: int) -> ListedEntry:
    """Says nothing of a person. Its revision is above any that was said."""
    said, shared = facts.said, facts.shared
    assert said is not None, "what was never said has no tombstone"
    revision = max(said.revision + 1, 0 if shared is None else shared.revision)
    return ListedEntry(
        EntryId(facts.entry_id),
        number,
        revision,
        EntryState.ERASED,
        _THEN if shared is None else shared.expires_at,
        frozenset() if shared is None else shared.hospitals,
        of.generation,
        _NOTHING,
    )
