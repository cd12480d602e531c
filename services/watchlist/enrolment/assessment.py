"""Assesses an enrolment photo: its faces by the detector, its quality by the gate, its vector by the embedder."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Finding, Measures, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoEmbedReply, PhotoFace
from proto.wardwatch.v1.values import Aligned, Model, Quality, Vector
from services.chassis.errors import Refusal
from services.watchlist.enrolment.photo_client import NoTemplate, PhotoRefused
from services.watchlist.rules import quality
from services.watchlist.rules.gate import PhotoGate

# Enough to keep detector and embedder busy; more would wait at the detector, and time out there, instead of here.
_AT_ONCE: Final = 4


class Photos(Protocol):
    """Finds and compares faces in photos; see ``PhotoClient`` for what is raised."""

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
class Assessment:
    """What becomes of a photo. ``measures`` is None where no face was found, ``face`` where the photo is rejected."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    measures: Measures | None
    face: Face | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo as it was sent: an upright JPEG, or the code of the finding why there is none, and its details."""

    jpeg: bytes = field(repr=False)
    unusable: str = ""
    detail: str = ""


class Assess(Protocol):
    """Assesses an upright JPEG; see ``PhotoAssessor``. Raises Refusal while it cannot, or only by another model."""

    async def __call__(self, jpeg: bytes) -> Assessment: ...


# What is to be told of the false alerts that a face will cause; see ``Forecasts.of``.
Forecast = Callable[[Vector], Awaitable[Finding | None]]


class PhotoAssessor:
    """Assesses photos, several at once; *model_sha256* is of the recogniser whose vectors the list holds."""

    def __init__(self, photos: Photos, gate: PhotoGate, *, model_sha256: str, forecast: Forecast | None = None) -> None:
        self._photos = photos
        self._forecast = forecast
        self._gate = gate
        self._model_sha256 = model_sha256
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, jpeg: bytes) -> Assessment:
        """Assess an upright JPEG. Raises Refusal (503) when detector or embedder do not answer as they should."""
        async with self._places:
            try:
                found = await self._photos.detect(jpeg)
            except PhotoRefused as error:
                return unusable(error.code, error.detail)

            findings = quality.findings(found, self._gate)
            if quality.verdict(findings) is Verdict.REJECTED:
                return _assessment(findings, quality.measures(found.faces[0].quality) if found.faces else None, None)

            try:
                face = await self._embedded(found.faces[0])
            except NoTemplate:
                findings = (
                    quality.rejection(FindingCode.NO_TEMPLATE, "no template can be made: ask for another photo"),
                )
                return _assessment(findings, quality.measures(found.faces[0].quality), None)
            told = None if self._forecast is None else await self._forecast(face.vector)
            return _assessment((*findings, *([] if told is None else [told])), quality.measures(face.quality), face)

    async def _embedded(self, face: PhotoFace) -> Face:
        embedded = await self._photos.embed((face.aligned,))
        if embedded.model.sha256 != self._model_sha256 or len(embedded.vectors) != 1:
            raise Refusal(503, refusals.OTHER_MODEL.filled())
        return Face(face.picture, face.quality, embedded.model, embedded.vectors[0])


async def assess_upload(upload: Upload, assess: Assess) -> Assessment:
    """What becomes of *upload*. Raises Refusal: 400 when nothing was sent, else as *assess* and ``unusable``."""
    if upload.unusable:
        return unusable(upload.unusable, upload.detail)
    if not upload.jpeg:
        raise Refusal(400, refusals.NO_PHOTO_SENT.filled())
    return await assess(upload.jpeg)


def unusable(code: str, detail: str) -> Assessment:
    """A file that holds no photo, by the code of a finding. Raises Refusal (422) for a code nobody knows."""
    try:
        known = FindingCode(code)
    except ValueError as error:
        raise Refusal(422, refusals.NO_FINDING.filled(text=code)) from error
    return _assessment((quality.rejection(known, detail or known.meaning),), None, None)


def _assessment(findings: tuple[Finding, ...], measures: Measures | None, face: Face | None) -> Assessment:
    return Assessment(quality.verdict(findings), findings, measures, face)
