"""What hospitals say of a shared list, how they join it, and what federation asks of the watchlist service.

Encoding and errors are as in ``messages.py``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Self
from uuid import UUID

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.listed import DIGEST_BYTES, STATES, ListedFace
from proto.wardwatch.v1.subjects import TOKEN, EntryId, list_name
from proto.wardwatch.v1.values import EntryState, finite, from_microseconds, parse, required, to_microseconds, whole

# In place of a matcher's name: the receipt that closes an erasure at a hospital.
CLOSING: Final = "-"
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class HospitalReceipt:
    """A matcher of *hospital* has let go of an erased entry.

    ``matcher`` is ``-`` in the one that closes: ``signed`` matchers have signed, and the key is destroyed there.
    ``number`` is of the tombstone that is answered.
    """

    hospital: str
    entry_id: EntryId
    matcher: str
    released_at: datetime
    signed: int
    number: int

    @property
    def closes(self) -> bool:
        """Whether nobody there owes a receipt any more."""
        return self.matcher == CLOSING

    def encode(self) -> bytes:
        return pb.HospitalReceipt(
            hospital=self.hospital,
            entry_id=self.entry_id,
            matcher=self.matcher,
            released_us=to_microseconds(self.released_at),
            signed=self.signed,
            number=self.number,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.HospitalReceipt(), payload)
        if not TOKEN.fullmatch(m.matcher):
            raise ValueError("a receipt names its matcher")
        return cls(
            list_name(m.hospital),
            EntryId(str(UUID(m.entry_id))),
            m.matcher,
            from_microseconds(m.released_us),
            m.signed,
            whole(m.number, "number"),
        )


@dataclass(frozen=True, slots=True)
class HospitalHello:
    """How a hospital stands with a list: counts of the list, and nothing of whom it saw.

    ``renewal`` is a signed :class:`KeyRenewal`; ``publisher`` names the last of the publisher's keys that it believes.
    """

    hospital: str
    at: datetime
    number: int
    digest: bytes
    entries: int
    locked: int
    suspended: int
    matchers: int
    matchers_current: int
    owed: int
    renewal: bytes = field(repr=False, default=b"")
    publisher: str = ""

    def encode(self) -> bytes:
        return pb.HospitalHello(
            hospital=self.hospital,
            at_us=to_microseconds(self.at),
            number=self.number,
            digest=self.digest,
            entries=self.entries,
            locked=self.locked,
            suspended=self.suspended,
            matchers=self.matchers,
            matchers_current=self.matchers_current,
            owed=self.owed,
            renewal=self.renewal,
            publisher=self.publisher,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.HospitalHello(), payload)
        return cls(
            list_name(m.hospital),
            from_microseconds(m.at_us),
            whole(m.number, "number"),
            _sized(m.digest, DIGEST_BYTES, "digest"),
            m.entries,
            m.locked,
            m.suspended,
            m.matchers,
            m.matchers_current,
            m.owed,
            m.renewal,
            m.publisher,
        )


@dataclass(frozen=True, slots=True)
class KeyRenewal:
    """An installation's next keys, 32 bytes each; no ``sealing_key``: of a publisher."""

    signing_key: bytes
    sealing_key: bytes = b""

    def encode(self) -> bytes:
        return pb.KeyRenewal(signing_key=self.signing_key, sealing_key=self.sealing_key).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.KeyRenewal(), payload)
        sealing = _sized(m.sealing_key, KEY_BYTES, "sealing_key") if m.sealing_key else b""
        return cls(_sized(m.signing_key, KEY_BYTES, "signing_key"), sealing)


@dataclass(frozen=True, slots=True)
class ListInvitation:
    """What a hospital needs to join a list. ``authority`` is PEM; empty where a public one vouches for the hub."""

    list_: str
    title: str
    hospital: str
    addresses: tuple[str, ...]
    authority: str
    publisher: bytes
    domain: str
    expires_at: datetime
    silent_days: int

    def encode(self) -> bytes:
        return pb.ListInvitation(
            list=self.list_,
            title=self.title,
            hospital=self.hospital,
            addresses=self.addresses,
            authority=self.authority,
            publisher=self.publisher,
            domain=self.domain,
            expires_us=to_microseconds(self.expires_at),
            silent_days=self.silent_days,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ListInvitation(), payload)
        if not m.addresses or not m.silent_days:
            raise ValueError("an invitation says where the list is and after how many silent days it ends")
        return cls(
            list_name(m.list),
            required(m.title, "title"),
            list_name(m.hospital),
            tuple(m.addresses),
            m.authority,
            _sized(m.publisher, KEY_BYTES, "publisher"),
            required(m.domain, "domain"),
            from_microseconds(m.expires_us),
            m.silent_days,
        )


@dataclass(frozen=True, slots=True)
class InvitationAnswer:
    """A hospital's answer: by which keys it is known. ``link_key`` is a public nkey."""

    list_: str
    hospital: str
    invitation_sha256: bytes
    title: str
    link_key: str
    signing_key: bytes
    sealing_key: bytes

    def encode(self) -> bytes:
        return pb.InvitationAnswer(
            list=self.list_,
            hospital=self.hospital,
            invitation_sha256=self.invitation_sha256,
            title=self.title,
            link_key=self.link_key,
            signing_key=self.signing_key,
            sealing_key=self.sealing_key,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.InvitationAnswer(), payload)
        return cls(
            list_name(m.list),
            list_name(m.hospital),
            _sized(m.invitation_sha256, DIGEST_BYTES, "invitation_sha256"),
            required(m.title, "title"),
            required(m.link_key, "link_key"),
            _sized(m.signing_key, KEY_BYTES, "signing_key"),
            _sized(m.sealing_key, KEY_BYTES, "sealing_key"),
        )


@dataclass(frozen=True, slots=True)
class ListedContentRequest:
    """Asks for the content of a shared entry, sealed under its travel key of *generation*, or for that key alone."""

    list_: str
    entry_id: EntryId
    generation: int
    key_only: bool = False

    def encode(self) -> bytes:
        return pb.ListedContentRequest(
            list=self.list_, entry_id=self.entry_id, generation=self.generation, key_only=self.key_only
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ListedContentRequest(), payload)
        return cls(list_name(m.list), EntryId(str(UUID(m.entry_id))), m.generation, m.key_only)


@dataclass(frozen=True, slots=True)
class ListedContent:
    """A shared entry as the publisher's record has it, sealed to travel; where only its key was asked for, that."""

    revision: int
    state: EntryState
    expires_at: datetime
    min_similarity: float
    travel_key: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    faces: tuple[ListedFace, ...] = field(repr=False)

    def encode(self) -> bytes:
        return pb.ListedContent(
            revision=self.revision,
            state=self.state.value,
            expires_us=to_microseconds(self.expires_at),
            min_similarity=self.min_similarity,
            travel_key=self.travel_key,
            sealed=self.sealed,
            faces=[face.written() for face in self.faces],
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ListedContent(), payload)
        state = EntryState(m.state)
        if state not in STATES - {EntryState.ERASED}:
            raise ValueError(f"an entry that is {state.name.lower()} has nothing to give")
        return cls(
            whole(m.revision, "revision"),
            state,
            from_microseconds(m.expires_us),
            finite(m.min_similarity, "min_similarity"),
            _sized(m.travel_key, KEY_BYTES, "travel_key"),
            m.sealed,
            tuple(ListedFace.read(face) for face in m.faces),
        )


@dataclass(frozen=True, slots=True)
class ReceiveRequest:
    """Asks the watchlist service to write down what a publisher says of an entry: its statement, as it came."""

    list_: str
    statement: bytes = field(repr=False)
    travel_key: bytes = field(repr=False, default=b"")
    faces: tuple[ListedFace, ...] = field(repr=False, default=())

    def encode(self) -> bytes:
        return pb.ReceiveRequest(
            list=self.list_,
            statement=self.statement,
            travel_key=self.travel_key,
            faces=[face.written() for face in self.faces],
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ReceiveRequest(), payload)
        if len(m.travel_key) not in (0, KEY_BYTES):
            raise ValueError(f"a travel key has {KEY_BYTES} bytes")
        return cls(list_name(m.list), m.statement, m.travel_key, tuple(ListedFace.read(face) for face in m.faces))


class ReceiveOutcome(Enum):
    """What became of a :class:`ReceiveRequest`."""

    WRITTEN = pb.RECEIVE_OUTCOME_WRITTEN  # the record says so now, or said so before
    OLDER = pb.RECEIVE_OUTCOME_OLDER  # the record holds a later number
    REFUSED = pb.RECEIVE_OUTCOME_REFUSED  # not authentic, not of this list, or against the record's rules
    LOCKED = pb.RECEIVE_OUTCOME_LOCKED  # a face or a key is missing


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a :class:`ReceiveRequest`; ``detail`` says in words why nothing was written."""

    outcome: ReceiveOutcome
    detail: str = ""

    def encode(self) -> bytes:
        return pb.Received(outcome=self.outcome.value, detail=self.detail).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.Received(), payload)
        return cls(ReceiveOutcome(m.outcome), m.detail)


@dataclass(frozen=True, slots=True)
class ListSilence:
    """Nothing was heard of a list for so long that it is suspended here, or it is heard again.

    ``entries``, by the publisher's ids, are stopped also while the database is away.
    """

    list_: str
    silent: bool
    entries: tuple[str, ...] = ()

    def encode(self) -> bytes:
        return pb.ListSilence(list=self.list_, silent=self.silent, entries=self.entries).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ListSilence(), payload)
        return cls(list_name(m.list), m.silent, tuple(str(UUID(each)) for each in m.entries))


def _sized(content: bytes, size: int, name: str) -> bytes:
    if len(content) != size:
        raise ValueError(f"{name} has {len(content)} bytes instead of {size}")
    return content
