"""What travels on the pipeline's subjects: bytes to frozen values and back.

Every class has ``encode() -> bytes`` and ``decode(bytes)``; bytes that are not such a message, or that break its
shape (a vector that is not float32, a face that is not 112x112x3), raise ValueError.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import EntryId, FrameId, Place, SiteId, camera_id, site_id
from proto.wardwatch.v1.values import (
    Aligned,
    EntryState,
    Model,
    Origin,
    Quality,
    Vector,
    Walk,
    aligned_from,
    aligned_to,
    finite,
    from_microseconds,
    model_from,
    model_to,
    origin_from,
    origin_to,
    parse,
    quality_from,
    quality_to,
    required,
    to_microseconds,
    vector_from,
    vector_to,
    walk_from,
    walk_to,
    whole,
)


class RejectReason(StrEnum):
    """Why a frame was refused: the code an integrator looks up in PROTOCOL.md."""

    EMPTY = "empty"  # no bytes
    NOT_JPEG = "not_jpeg"  # does not start like a JPEG
    TOO_MANY_BYTES = "too_many_bytes"  # body over the limit
    TOO_MANY_PIXELS = "too_many_pixels"  # header promises more pixels than the limit; never decoded
    TOO_SMALL = "too_small"  # either side under the limit: no face could be measured
    TRUNCATED = "truncated"  # picture data are missing at its end
    CORRUPT = "corrupt"  # picture data are damaged
    UNSUPPORTED = "unsupported"  # a JPEG form that is not taken (12 bit, lossless)


class Hint(StrEnum):
    """What is wrong with a camera whose frames are taken: the code an integrator looks up in PROTOCOL.md."""

    FACES_LIE = "faces_lie"  # faces lie on their side or on their head
    LARGE_FRAMES = "large_frames"  # frames have so many parts that it takes seconds to find small faces in all of them
    TOO_FAST = "too_fast"  # more frames or bytes come than one camera may send; what is beyond is dropped unseen


@dataclass(frozen=True, slots=True, eq=False)
class FaceDetected:
    """A face on its way to the embedder."""

    origin: Origin
    quality: Quality
    aligned: Aligned
    picture: bytes  # JPEG

    def encode(self) -> bytes:
        return pb.FaceDetected(
            origin=origin_to(self.origin),
            quality=quality_to(self.quality),
            aligned=aligned_to(self.aligned),
            picture=self.picture,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.FaceDetected(), payload)
        return cls(origin_from(m.origin), quality_from(m.quality), aligned_from(m.aligned), m.picture)


@dataclass(frozen=True, slots=True, eq=False)
class FaceEmbedded:
    """A face on its way to the matcher."""

    origin: Origin
    quality: Quality
    model: Model
    vector: Vector
    picture: bytes  # JPEG

    def encode(self) -> bytes:
        return pb.FaceEmbedded(
            origin=origin_to(self.origin),
            quality=quality_to(self.quality),
            model=model_to(self.model),
            vector=vector_to(self.vector),
            picture=self.picture,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.FaceEmbedded(), payload)
        return cls(
            origin_from(m.origin), quality_from(m.quality), model_from(m.model), vector_from(m.vector), m.picture
        )


@dataclass(frozen=True, slots=True)
class PersonSighted:
    """A listed person was seen. ``similarity`` is a cosine and never reaches a guard.

    It is that of the track's mean vector, which ``walk`` tells of; of this one face where there is no ``walk``.
    From ``strong_similarity`` on one walk raises an incident alone; 0 where no budget for false alerts holds.
    """

    sighting_id: str
    origin: Origin
    quality: Quality
    model: Model
    entry_id: EntryId
    entry_revision: int
    similarity: float
    picture: bytes  # JPEG
    photo_id: str = ""  # the enrolled photo that was nearest
    walk: Walk | None = None
    strong_similarity: float = 0.0

    def encode(self) -> bytes:
        return pb.PersonSighted(
            sighting_id=self.sighting_id,
            origin=origin_to(self.origin),
            quality=quality_to(self.quality),
            model=model_to(self.model),
            entry_id=self.entry_id,
            entry_revision=self.entry_revision,
            similarity=self.similarity,
            picture=self.picture,
            photo_id=self.photo_id,
            walk=None if self.walk is None else walk_to(self.walk),
            strong_similarity=self.strong_similarity,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.PersonSighted(), payload)
        origin = origin_from(m.origin)
        if origin.drill is not None:
            raise ValueError("a drill is no sighting")
        return cls(
            required(m.sighting_id, "sighting_id"),
            origin,
            quality_from(m.quality),
            model_from(m.model),
            EntryId(required(m.entry_id, "entry_id")),
            whole(m.entry_revision, "entry_revision"),
            finite(m.similarity, "similarity"),
            m.picture,
            m.photo_id,
            walk_from(m.walk) if m.HasField("walk") else None,
            _strong(m.strong_similarity),
        )


def _strong(similarity: float) -> float:
    if not 0 <= similarity <= 1:
        raise ValueError(f"no walk can have a cosine of {similarity}")
    return similarity


@dataclass(frozen=True, slots=True)
class FrameRejected:
    """Why a frame was refused, or a hint about frames that are taken, in a code and in words."""

    place: Place
    reason: RejectReason | Hint
    detail: str
    frame_id: FrameId
    search_px: int = 0  # longer side of the largest picture that is searched at once; 0 when not said
    least_face_px: int = 0  # width from which faces are found in frames of any size; 0 when not said

    def encode(self) -> bytes:
        return pb.FrameRejected(
            site=self.place.site,
            camera=self.place.camera,
            reason=self.reason.value,
            detail=self.detail,
            frame_id=self.frame_id,
            taken=isinstance(self.reason, Hint),
            search_px=self.search_px,
            least_face_px=self.least_face_px,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.FrameRejected(), payload)
        reason = Hint(m.reason) if m.taken else RejectReason(m.reason)
        place, frame_id = Place(site_id(m.site), camera_id(m.camera)), FrameId(m.frame_id)
        return cls(place, reason, m.detail, frame_id, int(m.search_px), int(m.least_face_px))


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One enrolled photo: ``sealed`` as it travels and lies on the broker's disk, ``vector`` once it is open."""

    photo_id: str
    model: Model
    vector: Vector | None
    sealed: bytes = field(default=b"", repr=False)

    def written(self) -> pb.Template:
        """As the part of a message that it is."""
        vector = b"" if self.vector is None else vector_to(self.vector)
        return pb.Template(photo_id=self.photo_id, model=model_to(self.model), vector=vector, sealed=self.sealed)

    @classmethod
    def read(cls, message: pb.Template) -> Self:
        """From the part of a message; raises ValueError when there is neither a vector nor a sealed one."""
        if not message.vector and not message.sealed:
            raise ValueError(f"template of photo {message.photo_id} holds no vector")
        vector = vector_from(message.vector) if message.vector else None
        return cls(message.photo_id, model_from(message.model), vector, message.sealed)


@dataclass(frozen=True, slots=True)
class EntryPublished:
    """An entry's whole present state. No ``sites`` means every site; templates only while active.

    ``generation`` numbers the transactions that changed the list; ``min_similarity`` is a cosine, and counts when it is
    more than the policy asks.
    """

    entry_id: EntryId
    revision: int
    state: EntryState
    expires_at: datetime
    sites: frozenset[SiteId] = frozenset()
    templates: tuple[Template, ...] = ()
    generation: int = 0
    min_similarity: float = 0.0

    def encode(self) -> bytes:
        return pb.EntryPublished(
            entry_id=self.entry_id,
            revision=self.revision,
            state=self.state.value,
            expires_us=to_microseconds(self.expires_at),
            sites=sorted(self.sites),
            templates=[template.written() for template in self.templates],
            generation=self.generation,
            min_similarity=self.min_similarity,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.EntryPublished(), payload)
        return cls(
            EntryId(required(m.entry_id, "entry_id")),
            whole(m.revision, "revision"),
            EntryState(m.state),
            from_microseconds(m.expires_us),
            frozenset(site_id(s) for s in m.sites),
            tuple(Template.read(t) for t in m.templates),
            whole(m.generation, "generation"),
            finite(m.min_similarity, "min_similarity"),
        )


@dataclass(frozen=True, slots=True)
class MatchingControl:
    """Whether matching runs at a site, who said so, and why.

    Of two the one with the greater ``order`` holds, in whatever order they are stored: an earlier one that somebody
    has stored again changes nothing. Who says something new puts it ``behind`` what holds.
    """

    control_id: str
    site: SiteId
    stopped: bool
    account: str
    reason: str
    at: datetime

    def encode(self) -> bytes:
        return pb.MatchingControl(
            control_id=self.control_id,
            site=self.site,
            stopped=self.stopped,
            account=self.account,
            reason=self.reason,
            at_us=to_microseconds(self.at),
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.MatchingControl(), payload)
        return cls(
            required(m.control_id, "control_id"),
            site_id(m.site),
            m.stopped,
            m.account,
            m.reason,
            from_microseconds(m.at_us),
        )

    @property
    def order(self) -> tuple[datetime, bool]:
        """When it was said; of two at one moment the stop holds."""
        return self.at, self.stopped

    def behind(self, former: "MatchingControl | None") -> "MatchingControl":
        """The same, said after *former*: a clock that is behind must not make a stop an old one."""
        if former is None or self.at > former.at:
            return self
        return replace(self, at=former.at + timedelta(microseconds=1))
