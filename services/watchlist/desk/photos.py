"""Judges an enrolment photo: its faces by the detector, its quality by the gate, its vector by the embedder."""

import asyncio
from dataclasses import dataclass, field
from typing import Final, Protocol

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Finding, Measures, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoEmbedReply, PhotoFace
from proto.wardwatch.v1.values import Aligned, Model, Quality, Vector
from services.chassis.errors import Refusal
from services.watchlist.enrolment import quality
from services.watchlist.enrolment.gate import PhotoGate
from services.watchlist.enrolment.photos import NoTemplate, NotLookedAt

# Enough to keep detector and embedder busy; more would wait at the detector, and time out there, instead of here.
_AT_ONCE: Final = 4


class Photos(Protocol):
    """Finds and compares faces in photos; see ``PhotoDesk`` for what is raised."""

    async def detect(self, jpeg: bytes) -> PhotoDetectReply: ...
    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply: ...


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """The face to enrol: as people may see it, as it was measured, and as it is compared."""

    picture: bytes = field(repr=False)  # JPEG
    quality: Quality
    model: Model
    vector: Vector = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What becomes of a photo. ``measures`` is None where there is no face; ``face`` exactly when it is rejected."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    measures: Measures | None
    face: Face | None


class PhotoJudge:
    """Judges photos, several at once; *model_sha256* is of the recogniser whose vectors the list holds."""

    def __init__(self, photos: Photos, gate: PhotoGate, *, model_sha256: str) -> None:
        self._photos = photos
        self._gate = gate
        self._model_sha256 = model_sha256
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, jpeg: bytes) -> Judged:
        """Judge an upright JPEG. Raises Refusal (503) when detector or embedder do not answer as they should."""
        async with self._places:
            try:
                found = await self._photos.detect(jpeg)
            except NotLookedAt as error:
                return unusable(error.code, error.detail)

            said = quality.findings(found, self._gate)
            if quality.verdict(said) is Verdict.REJECTED:
                return _judged(said, quality.measures(found.faces[0].quality) if found.faces else None, None)

            try:
                face = await self._embedded(found.faces[0])
            except NoTemplate:
                said = (quality.rejection(FindingCode.NO_TEMPLATE, "no template can be made: ask for another photo"),)
                return _judged(said, quality.measures(found.faces[0].quality), None)
            return _judged(said, quality.measures(face.quality), face)

    async def _embedded(self, face: PhotoFace) -> Face:
        embedded = await self._photos.embed((face.aligned,))
        if embedded.model.sha256 != self._model_sha256 or len(embedded.vectors) != 1:
            raise Refusal(503, refusals.OTHER_MODEL.filled())
        return Face(face.picture, face.quality, embedded.model, embedded.vectors[0])


def unusable(code: str, detail: str) -> Judged:
    """A file that holds no photo to judge, by the code of a finding. Raises Refusal (422) for a code nobody knows."""
    try:
        known = FindingCode(code)
    except ValueError as error:
        raise Refusal(422, refusals.NO_FINDING.filled(text=code)) from error
    return _judged((quality.rejection(known, detail or known.meaning),), None, None)


def _judged(said: tuple[Finding, ...], measures: Measures | None, face: Face | None) -> Judged:
    return Judged(quality.verdict(said), said, measures, face)
