"""A publisher of a list, for tests: it signs and seals as the real one does."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import KeyRenewal, ListInvitation, ReceiveRequest
from proto.wardwatch.v1.listed import (
    ListedEntry,
    ListedFace,
    ListedPerson,
    ListedPhoto,
    ListedTemplate,
    ListHead,
    picture_digest,
)
from proto.wardwatch.v1.sealing import NONCE_BYTES, DataKey, seal
from proto.wardwatch.v1.statements import DigestLine
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState, Model, Quality, Vector

LIST, HOSPITAL = "city", "h07"
QUALITY = Quality(0.9, 150, 60, 300, 3, 1, 120)


@dataclass
class Person:
    """Somebody listed there: the entry as the publisher's record has it, and its travel key."""

    entry_id: str
    person: ListedPerson
    pictures: list[bytes]
    expires_at: datetime
    state: EntryState = EntryState.ACTIVE
    revision: int = 1
    hospitals: frozenset[str] = frozenset()
    generation: int = 1
    min_similarity: float = 0.0
    travel_key: DataKey = field(default_factory=lambda: DataKey(token_bytes(32)))


@dataclass
class Publisher:
    """Signs what it says with ``key``; every statement takes the next ``number``."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    number: int = 0
    at: datetime | None = None  # its clock; None: as ours
    announced: bytes = b""
    renewed: frozenset[str] = frozenset()

    def announce(self) -> Ed25519PrivateKey:
        """Says from now on which key comes next."""
        made = Ed25519PrivateKey.generate()
        said = KeyRenewal(statements.public_bytes(made)).encode()
        self.announced = statements.sign(self.key, statements.PUBLISHER_RENEWAL, said)
        return made

    @property
    def public(self) -> bytes:
        """By what it is believed."""
        return statements.public_bytes(self.key)

    def invitation(
        self, *, list_: str = LIST, hospital: str = HOSPITAL, expires_at: datetime | None = None, silent_days: int = 30
    ) -> bytes:
        """Signed, as it lies in a file."""
        until = datetime.now(UTC) + timedelta(days=7) if expires_at is None else expires_at
        message = ListInvitation(
            list_, "City list", hospital, ("tls://hub.example:7422",), "", self.public, "ww-0123456789ab", until,
            silent_days,
        )  # fmt: skip
        return statements.sign(self.key, statements.invitation_subject(list_, hospital), message.encode())

    def lists(self, *vectors: Vector, model: Model, picture: bytes = b"face", label: str = "Visitor") -> Person:
        """A new entry of somebody with one photo for each of *vectors*."""
        pictures = [picture + bytes([i]) for i in range(len(vectors))]
        photos = tuple(
            ListedPhoto(uuid4(), QUALITY, "gate camera", None, picture_digest(p), (ListedTemplate(model, v),))
            for p, v in zip(pictures, vectors, strict=True)
        )
        words = ("violence", "decision 2026/17", "file 17, page 3", "Keep your distance, call 8811", "limps")
        person = ListedPerson(label, *words, datetime.now(UTC), photos)
        return Person(str(uuid4()), person, pictures, datetime.now(UTC) + timedelta(days=300))

    def says(self, of: Person, *, number: int | None = None, list_: str = LIST) -> bytes:
        """The next statement on an entry."""
        self.number = self.number + 1 if number is None else number
        is_erased = of.state is EntryState.ERASED
        about = statements.person_about(list_, of.entry_id)
        sealed = b"" if is_erased else seal(of.travel_key, of.person.encode(), about=about, nonce=_nonce())
        entry = ListedEntry(
            EntryId(of.entry_id), self.number, of.revision, of.state, of.expires_at, of.hospitals, of.generation,
            sealed, of.min_similarity,
        )  # fmt: skip
        return statements.sign(self.key, subjects.fed_entry(list_, of.entry_id), entry.encode())

    def faces(self, of: Person, *, list_: str = LIST) -> tuple[ListedFace, ...]:
        """Its enrolled faces, sealed to travel."""
        return tuple(
            ListedFace(
                EntryId(of.entry_id),
                photo.photo_id,
                of.generation,
                seal(
                    of.travel_key,
                    picture,
                    about=statements.face_about(list_, of.entry_id, str(photo.photo_id)),
                    nonce=_nonce(),
                ),
            )
            for photo, picture in zip(of.person.photos, of.pictures, strict=True)
        )

    def request(self, of: Person, *, statement: bytes | None = None) -> ReceiveRequest:
        """All that the door hands over of an entry."""
        said = self.says(of) if statement is None else statement
        return ReceiveRequest(LIST, said, of.travel_key, self.faces(of))

    def head(self, lines: Sequence[DigestLine], *, at: datetime | None = None, silent_days: int = 30) -> bytes:
        """How the list stands, signed."""
        self.number += 1
        told = (self.at or datetime.now(UTC)) if at is None else at
        head = ListHead(
            self.number,
            told,
            len(lines),
            statements.digest(lines),
            silent_days,
            "City list",
            self.announced,
            self.renewed,
        )
        return statements.sign(self.key, subjects.fed_head(LIST), head.encode())


def changed(of: Person, state: EntryState) -> Person:
    """The entry's next revision, in *state*."""
    return replace(of, state=state, revision=of.revision + 1)


def with_suspended(of: Person, *photos: int) -> Person:
    """The next revision, in which those of its photos are suspended, by their places."""
    told = tuple(replace(p, suspended=i in photos) for i, p in enumerate(of.person.photos))
    return replace(of, person=replace(of.person, photos=told), revision=of.revision + 1)


def local_id(publisher: Publisher, of: Person) -> UUID:
    """What the entry is called at the hospital."""
    return statements.local_entry_id(publisher.public, LIST, of.entry_id)


def _nonce() -> bytes:
    return token_bytes(NONCE_BYTES)
