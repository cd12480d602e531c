"""What is asked and answered: enrolment photos (``photo.*``) and the watchlist desk (``desk.watchlist.*``).

Encoding and errors are as in ``messages.py``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import EntryId, SiteId, site_id
from proto.wardwatch.v1.values import (
    Aligned,
    EntryState,
    Model,
    Quality,
    Vector,
    aligned_from,
    aligned_to,
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
)


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFace:
    """A face found in an enrolment photo."""

    quality: Quality
    aligned: Aligned
    picture: bytes  # JPEG


@dataclass(frozen=True, slots=True)
class PhotoDetectRequest:
    """An enrolment photo, as a JPEG."""

    jpeg: bytes

    def encode(self) -> bytes:
        return pb.PhotoDetectRequest(jpeg=self.jpeg).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        return cls(parse(pb.PhotoDetectRequest(), payload).jpeg)


@dataclass(frozen=True, slots=True)
class PhotoDetectReply:
    """The faces of an enrolment photo, largest first, and the photo's size."""

    faces: tuple[PhotoFace, ...]
    width_px: int
    height_px: int

    def encode(self) -> bytes:
        return pb.PhotoDetectReply(
            faces=[
                pb.PhotoFace(quality=quality_to(f.quality), aligned=aligned_to(f.aligned), picture=f.picture)
                for f in self.faces
            ],
            width_px=self.width_px,
            height_px=self.height_px,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.PhotoDetectReply(), payload)
        return cls(
            tuple(PhotoFace(quality_from(f.quality), aligned_from(f.aligned), f.picture) for f in m.faces),
            m.width_px,
            m.height_px,
        )


@dataclass(frozen=True, slots=True, eq=False)
class PhotoEmbedRequest:
    """Aligned faces of enrolment photos."""

    aligned: tuple[Aligned, ...]

    def encode(self) -> bytes:
        return pb.PhotoEmbedRequest(aligned=[aligned_to(a) for a in self.aligned]).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        return cls(tuple(aligned_from(a) for a in parse(pb.PhotoEmbedRequest(), payload).aligned))


@dataclass(frozen=True, slots=True, eq=False)
class PhotoEmbedReply:
    """One vector for each aligned face, in the order asked."""

    model: Model
    vectors: tuple[Vector, ...]

    def encode(self) -> bytes:
        return pb.PhotoEmbedReply(
            model=model_to(self.model), vectors=[vector_to(v) for v in self.vectors]
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.PhotoEmbedReply(), payload)
        return cls(model_from(m.model), tuple(vector_from(v) for v in m.vectors))


@dataclass(frozen=True, slots=True)
class EntryPhoto:
    """A photo to enrol: where it is from and when it was taken, if known."""

    filename: str
    source: str
    taken_at: datetime | None
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class EntryAddRequest:
    """Ask the desk to put a person forward; another account must approve."""

    token: str = field(repr=False)
    label: str
    category: str
    basis: str
    instruction: str
    expires_at: datetime
    sites: frozenset[SiteId]
    photos: tuple[EntryPhoto, ...]

    def encode(self) -> bytes:
        return pb.EntryAddRequest(
            token=self.token,
            label=self.label,
            category=self.category,
            basis=self.basis,
            instruction=self.instruction,
            expires_us=to_microseconds(self.expires_at),
            sites=sorted(self.sites),
            photos=[
                pb.EntryPhoto(
                    filename=p.filename,
                    source=p.source,
                    taken_us=0 if p.taken_at is None else to_microseconds(p.taken_at),
                    jpeg=p.jpeg,
                )
                for p in self.photos
            ],
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.EntryAddRequest(), payload)
        return cls(
            m.token,
            m.label,
            m.category,
            m.basis,
            m.instruction,
            from_microseconds(m.expires_us),
            frozenset(site_id(s) for s in m.sites),
            tuple(
                EntryPhoto(p.filename, p.source, from_microseconds(p.taken_us) if p.taken_us else None, p.jpeg)
                for p in m.photos
            ),
        )


@dataclass(frozen=True, slots=True)
class EntryListRequest:
    """Ask the desk for the entries, with or without those that have ended."""

    token: str = field(repr=False)
    with_ended: bool = False

    def encode(self) -> bytes:
        return pb.EntryListRequest(token=self.token, with_ended=self.with_ended).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.EntryListRequest(), payload)
        return cls(m.token, m.with_ended)


@dataclass(frozen=True, slots=True)
class EntryApproveRequest:
    """Ask the desk to let a pending entry match."""

    token: str = field(repr=False)
    entry_id: EntryId

    def encode(self) -> bytes:
        return pb.EntryApproveRequest(token=self.token, entry_id=self.entry_id).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.EntryApproveRequest(), payload)
        return cls(m.token, EntryId(required(m.entry_id, "entry_id")))


@dataclass(frozen=True, slots=True)
class EntryRevokeRequest:
    """Ask the desk to stop an entry from matching, for good."""

    token: str = field(repr=False)
    entry_id: EntryId
    reason: str

    def encode(self) -> bytes:
        return pb.EntryRevokeRequest(token=self.token, entry_id=self.entry_id, reason=self.reason).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.EntryRevokeRequest(), payload)
        return cls(m.token, EntryId(required(m.entry_id, "entry_id")), m.reason)


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """An entry as an account holder may see it: no photo, no vector."""

    entry_id: EntryId
    revision: int
    state: EntryState
    label: str
    category: str
    instruction: str
    basis: str
    expires_at: datetime
    sites: frozenset[SiteId]
    author: str
    approver: str
    photos: int
    changed_at: datetime

    def encode(self) -> bytes:
        return _summary_to(self).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> "EntrySummary":
        return _summary_from(parse(pb.EntrySummary(), payload))


@dataclass(frozen=True, slots=True)
class EntryListReply:
    """The entries asked for, newest change first."""

    entries: tuple[EntrySummary, ...]

    def encode(self) -> bytes:
        return pb.EntryListReply(entries=[_summary_to(e) for e in self.entries]).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        return cls(tuple(_summary_from(e) for e in parse(pb.EntryListReply(), payload).entries))


def _summary_to(entry: EntrySummary) -> pb.EntrySummary:
    return pb.EntrySummary(
        entry_id=entry.entry_id,
        revision=entry.revision,
        state=entry.state.value,
        label=entry.label,
        category=entry.category,
        instruction=entry.instruction,
        basis=entry.basis,
        expires_us=to_microseconds(entry.expires_at),
        sites=sorted(entry.sites),
        author=entry.author,
        approver=entry.approver,
        photos=entry.photos,
        changed_us=to_microseconds(entry.changed_at),
    )


def _summary_from(m: pb.EntrySummary) -> EntrySummary:
    return EntrySummary(
        EntryId(required(m.entry_id, "entry_id")),
        m.revision,
        EntryState(m.state),
        m.label,
        m.category,
        m.instruction,
        m.basis,
        from_microseconds(m.expires_us),
        frozenset(site_id(s) for s in m.sites),
        m.author,
        m.approver,
        m.photos,
        from_microseconds(m.changed_us),
    )
