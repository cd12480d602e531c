"""Requests and replies: enrolment photos (``photo.*``), likenesses, and the envelope of the watchlist desk.

Encoding and errors are as in ``messages.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import (
    Aligned,
    Model,
    Quality,
    Vector,
    aligned_from,
    aligned_to,
    finite,
    model_from,
    model_to,
    parse,
    quality_from,
    quality_to,
    vector_from,
    vector_to,
    whole,
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
    """One vector for each aligned face, in the request's order."""

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


@dataclass(frozen=True, slots=True, eq=False)
class AlikeRequest:
    """Asks which entries the faces resemble. ``vectors`` are of the model ``model_sha256``, the minimum is a cosine."""

    model_sha256: str
    vectors: tuple[Vector, ...]
    min_similarity: float

    def encode(self) -> bytes:
        return pb.AlikeRequest(
            model_sha256=bytes.fromhex(self.model_sha256),
            vectors=[vector_to(v) for v in self.vectors],
            min_similarity=self.min_similarity,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.AlikeRequest(), payload)
        return cls(
            m.model_sha256.hex(), tuple(vector_from(v) for v in m.vectors), finite(m.min_similarity, "min_similarity")
        )


@dataclass(frozen=True, slots=True)
class Crowd:
    """How near faces are to all ``photos`` of the list: the mean cosine of each; ``usual`` is that of two photos."""

    similarities: tuple[float, ...]
    usual: float
    photos: int


NO_CROWD: Final = Crowd((), 0.0, 0)


@dataclass(frozen=True, slots=True)
class AlikeResponse:
    """For each vector of the request the entries it resembles, with the highest cosine of each; and the ``crowd``."""

    faces: tuple[Mapping[EntryId, float], ...]
    crowd: Crowd = NO_CROWD

    def encode(self) -> bytes:
        faces = [pb.Resembled(entries=face.keys(), similarities=face.values()) for face in self.faces]
        return pb.AlikeResponse(
            faces=faces,
            crowd_similarities=self.crowd.similarities,
            usual_similarity=self.crowd.usual,
            photos=self.crowd.photos,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.AlikeResponse(), payload)
        similarities = tuple(finite(each, "crowd_similarity") for each in m.crowd_similarities)
        crowd = Crowd(similarities, finite(m.usual_similarity, "usual_similarity"), whole(m.photos, "photos", bits=31))
        return cls(tuple(_resembled(face) for face in m.faces), crowd)


@dataclass(frozen=True, slots=True)
class DeskCall:
    """A request to the desk; ``body`` is JSON of the operation's ``request`` model in ``desk.py``.

    ``target`` holds the parameters of path and query: ``{"entry": "...", "position": "0"}``.
    """

    token: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    attachment: bytes = field(default=b"", repr=False)
    idempotency_key: str = ""
    target: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        return pb.DeskCall(
            token=self.token,
            said=self.body,
            attachment=self.attachment,
            idempotency_key=self.idempotency_key,
            target=self.target,
        ).SerializeToString(deterministic=True)

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.DeskCall(), payload)
        return cls(m.token, m.said, m.attachment, m.idempotency_key, dict(m.target))


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """The desk's response; ``body`` is JSON of the operation's ``response`` model in ``desk.py``."""

    body: bytes = field(repr=False)
    attachment: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        return pb.DeskAnswer(answer=self.body, attachment=self.attachment).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.DeskAnswer(), payload)
        return cls(m.answer, m.attachment)


def _resembled(face: pb.Resembled) -> Mapping[EntryId, float]:
    if len(face.entries) != len(face.similarities):
        raise ValueError(f"{len(face.entries)} entries and {len(face.similarities)} similarities")
    return {
        EntryId(entry): finite(similarity, "similarity")
        for entry, similarity in zip(face.entries, face.similarities, strict=True)
    }
