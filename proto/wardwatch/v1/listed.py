"""What a publisher says of a shared list: entries, their travel keys and faces, and how the list stands.

Encoding and errors are as in ``messages.py``; each message travels with its author's signature (``statements.py``).
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Self
from uuid import UUID

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import EntryId, list_name
from proto.wardwatch.v1.values import (
    EntryState,
    Model,
    Quality,
    Vector,
    finite,
    from_microseconds,
    model_from,
    model_to,
    parse,
    quality_from,
    quality_to,
    required,
    to_microseconds,
    vector_from,
    vector_to,
    whole,
)

DIGEST_BYTES: Final = 32
# What a publisher may say of an entry: drafts and what waits for approval are nobody's business.
STATES: Final = frozenset(
    {EntryState.ACTIVE, EntryState.SUSPENDED, EntryState.EXPIRED, EntryState.REVOKED, EntryState.ERASED}
)
_MOST_PHOTOS: Final = 10
_MOST_HOSPITALS: Final = 1000


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry of a shared list. ``hospitals`` are those it is meant for; none: every hospital of the list.

    ``sealed`` is a :class:`ListedPerson` under the travel key of *generation*; empty once the entry is erased.
    """

    entry_id: EntryId
    number: int
    revision: int
    state: EntryState
    expires_at: datetime
    hospitals: frozenset[str]
    generation: int
    sealed: bytes = field(repr=False)
    min_similarity: float = 0.0

    def encode(self) -> bytes:
        return pb.ListedEntry(
            entry_id=self.entry_id,
            number=self.number,
            revision=self.revision,
            state=self.state.value,
            expires_us=to_microseconds(self.expires_at),
            hospitals=sorted(self.hospitals),
            generation=self.generation,
            sealed=self.sealed,
            min_similarity=self.min_similarity,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ListedEntry(), payload)
        state = EntryState(m.state)
        if state not in STATES:
            raise ValueError(f"an entry that is {state.name.lower()} is not listed")
        if (state is EntryState.ERASED) is not (not m.sealed):
            raise ValueError("an entry says nothing of a person once it is erased, and only then")
        if len(m.hospitals) > _MOST_HOSPITALS:
            raise ValueError("it names more hospitals than there are")
        return cls(
            EntryId(str(UUID(m.entry_id))),
            whole(m.number, "number"),
            whole(m.revision, "revision"),
            state,
            from_microseconds(m.expires_us),
            frozenset(list_name(each) for each in m.hospitals),
            m.generation,
            m.sealed,
            finite(m.min_similarity, "min_similarity"),
        )

    def is_for(self, hospital: str) -> bool:
        """Whether *hospital* may look for the person."""
        return not self.hospitals or hospital in self.hospitals


@dataclass(frozen=True, slots=True, eq=False)
class ListedTemplate:
    """The vector of a photo by one model."""

    model: Model
    vector: Vector = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class ListedPhoto:
    """One enrolled face: ``picture_sha256`` is of the JPEG that travels beside it."""

    photo_id: UUID
    quality: Quality
    source: str
    taken_at: datetime | None
    picture_sha256: bytes
    templates: tuple[ListedTemplate, ...]
    suspended: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ListedPerson:
    """What an entry says of a person. It travels sealed, and is in memory only otherwise."""

    label: str = field(repr=False)
    category: str
    basis: str = field(repr=False)
    evidence: str = field(repr=False)
    instruction: str = field(repr=False)
    note: str = field(repr=False)
    begins_at: datetime
    photos: tuple[ListedPhoto, ...]

    def encode(self) -> bytes:
        return pb.ListedPerson(
            label=self.label,
            category=self.category,
            basis=self.basis,
            evidence=self.evidence,
            instruction=self.instruction,
            note=self.note,
            begins_us=to_microseconds(self.begins_at),
            photos=[_photo_to(each) for each in self.photos],
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ListedPerson(), payload)
        if not 0 < len(m.photos) <= _MOST_PHOTOS:
            raise ValueError(f"{len(m.photos)} photos of a person cannot be")
        return cls(
            required(m.label, "label"),
            required(m.category, "category"),
            required(m.basis, "basis"),
            required(m.evidence, "evidence"),
            required(m.instruction, "instruction"),
            m.note,
            from_microseconds(m.begins_us),
            tuple(_photo_from(each) for each in m.photos),
        )


@dataclass(frozen=True, slots=True)
class ListedKey:
    """An entry's travel key for one hospital, sealed to its key *sealing_key*; ``sealed`` is empty once destroyed."""

    entry_id: EntryId
    hospital: str
    number: int
    generation: int
    suite: int
    sealing_key: str
    sealed: bytes = field(repr=False)

    def encode(self) -> bytes:
        return pb.ListedKey(
            entry_id=self.entry_id,
            hospital=self.hospital,
            number=self.number,
            generation=self.generation,
            suite=self.suite,
            sealing_key=self.sealing_key,
            sealed=self.sealed,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ListedKey(), payload)
        return cls(
            EntryId(str(UUID(m.entry_id))),
            list_name(m.hospital),
            whole(m.number, "number"),
            m.generation,
            m.suite,
            m.sealing_key,
            m.sealed,
        )


@dataclass(frozen=True, slots=True)
class ListHead:
    """How a list stands: ``digest`` is over every entry that is not erased.

    ``renewal`` is a signed :class:`KeyRenewal` of its publisher; ``renewed`` are new keys of hospitals, by their ids.
    """

    number: int
    at: datetime
    entries: int
    digest: bytes
    silent_days: int
    title: str
    renewal: bytes = field(repr=False, default=b"")
    renewed: frozenset[str] = frozenset()

    def encode(self) -> bytes:
        return pb.ListHead(
            number=self.number,
            at_us=to_microseconds(self.at),
            entries=self.entries,
            digest=self.digest,
            silent_days=self.silent_days,
            title=self.title,
            renewal=self.renewal,
            renewed=sorted(self.renewed),
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ListHead(), payload)
        if not m.silent_days:
            raise ValueError("a list says after how many silent days it ends")
        return cls(
            whole(m.number, "number"),
            from_microseconds(m.at_us),
            m.entries,
            _digest(m.digest, "digest"),
            m.silent_days,
            m.title,
            m.renewal,
            frozenset(m.renewed),
        )


@dataclass(frozen=True, slots=True)
class ListedFace:
    """An enrolled face, a JPEG under the travel key; ``sealed`` is empty once the entry is erased."""

    entry_id: EntryId
    photo_id: UUID
    generation: int
    sealed: bytes = field(repr=False)

    def written(self) -> pb.ListedFace:
        """As a part of another message."""
        return pb.ListedFace(
            entry_id=self.entry_id, photo_id=str(self.photo_id), generation=self.generation, sealed=self.sealed
        )

    def encode(self) -> bytes:
        return self.written().SerializeToString()

    @classmethod
    def read(cls, m: pb.ListedFace) -> Self:
        """As a part of another message. Raises ValueError."""
        return cls(EntryId(str(UUID(m.entry_id))), UUID(m.photo_id), m.generation, m.sealed)

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        return cls.read(parse(pb.ListedFace(), payload))


def picture_digest(picture: bytes) -> bytes:
    """What a :class:`ListedPhoto` says of its picture."""
    return sha256(picture).digest()


def _photo_to(photo: ListedPhoto) -> pb.ListedPhoto:
    return pb.ListedPhoto(
        photo_id=str(photo.photo_id),
        quality=quality_to(photo.quality),
        source=photo.source,
        taken_us=0 if photo.taken_at is None else to_microseconds(photo.taken_at),
        picture_sha256=photo.picture_sha256,
        templates=[pb.ListedTemplate(model=model_to(t.model), vector=vector_to(t.vector)) for t in photo.templates],
        suspended=photo.suspended,
    )


def _photo_from(m: pb.ListedPhoto) -> ListedPhoto:
    return ListedPhoto(
        UUID(m.photo_id),
        quality_from(m.quality),
        required(m.source, "source"),
        from_microseconds(m.taken_us) if m.taken_us else None,
        _digest(m.picture_sha256, "picture_sha256"),
        tuple(ListedTemplate(model_from(t.model), vector_from(t.vector)) for t in m.templates),
        m.suspended,
    )


def _digest(content: bytes, name: str) -> bytes:
    if len(content) != DIGEST_BYTES:
        raise ValueError(f"{name} has {len(content)} bytes instead of {DIGEST_BYTES}")
    return content
