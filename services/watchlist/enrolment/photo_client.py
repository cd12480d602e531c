"""Enrolment photos through the live code path: the detector and the embedder answer for them over VIDEO."""

from typing import Final, Protocol

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.messages import RejectReason
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoDetectRequest, PhotoEmbedReply, PhotoEmbedRequest
from proto.wardwatch.v1.subjects import Subject
from proto.wardwatch.v1.values import Aligned
from services.chassis.errors import NoAnswer, Refusal

# A photo of 40 million pixels takes a second or two, and a few others may be before it.
_SECONDS: Final = 20.0
# Refused for what it is, not for who asks or how things stand.
_UNPROCESSABLE: Final = 422

_CODES: Final = {
    RejectReason.EMPTY: FindingCode.EMPTY,
    RejectReason.NOT_JPEG: FindingCode.NOT_AN_IMAGE,
    RejectReason.TOO_MANY_BYTES: FindingCode.TOO_MANY_BYTES,
    RejectReason.TOO_MANY_PIXELS: FindingCode.TOO_MANY_PIXELS,
    RejectReason.TOO_SMALL: FindingCode.TOO_FEW_PIXELS,
    RejectReason.TRUNCATED: FindingCode.DAMAGED,
    RejectReason.CORRUPT: FindingCode.DAMAGED,
    RejectReason.UNSUPPORTED: FindingCode.UNSUPPORTED,
}


class PhotoRefused(Exception):
    """The detector cannot use the photo: the code of a finding, and the detector's sentence."""

    def __init__(self, code: FindingCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class NoTemplate(Exception):
    """The recogniser makes no vector of a face."""


class RequestBus(Protocol):
    """Sends a request to a service; raises Refusal with its words, or NoAnswer. See ``Bus``."""

    async def request(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes: ...


class PhotoClient:
    """Asks ``photo.detect`` and ``photo.embed``. Raises Refusal in words when they do not answer."""

    def __init__(self, bus: RequestBus) -> None:
        self._bus = bus

    async def detect(self, jpeg: bytes) -> PhotoDetectReply:
        """The faces of a photo, largest first. Raises NotLookedAt when it is no picture that can be searched."""
        try:
            reply = await self._ask(subjects.PHOTO_DETECT.pattern, PhotoDetectRequest(jpeg).encode(), "detector")
        except Refusal as refusal:
            raise _photo_refused(refusal) or refusal from refusal
        return PhotoDetectReply.decode(reply)

    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        """One vector for each aligned face. Raises NoTemplate when one yields none."""
        return await self._embedded(subjects.PHOTO_EMBED, aligned)

    async def embed_second(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        """The same by the recogniser beside the list's."""
        return await self._embedded(subjects.PHOTO_EMBED_SECOND, aligned)

    async def _embedded(self, asked: Subject, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        try:
            reply = await self._ask(asked.pattern, PhotoEmbedRequest(aligned).encode(), "embedder")
        except Refusal as refusal:
            if refusal.code == _UNPROCESSABLE:
                raise NoTemplate(str(refusal)) from refusal
            raise
        return PhotoEmbedReply.decode(reply)

    async def _ask(self, subject: str, payload: bytes, service: str) -> bytes:
        try:
            return await self._bus.request(subject, payload, timeout_seconds=_SECONDS)
        except NoAnswer as error:
            raise Refusal(503, refusals.PHOTOS_AWAY.filled(service=service)) from error


def _photo_refused(refusal: Refusal) -> PhotoRefused | None:
    """What the detector's words ``reason: sentence`` say of the photo; None when they are about something else."""
    reason, _, detail = str(refusal).partition(": ")
    known = next((each for each in RejectReason if each == reason), None)
    if refusal.code != _UNPROCESSABLE or known is None:
        return None
    return PhotoRefused(_CODES[known], detail)
