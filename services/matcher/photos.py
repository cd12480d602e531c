"""Enrolment photos through the live code path: the detector and the embedder answer for them over VIDEO."""

from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoDetectRequest, PhotoEmbedReply, PhotoEmbedRequest
from proto.wardwatch.v1.values import Aligned
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer, Refusal

# A 40-megapixel photo takes a second or two; a service that is starting deserves no longer wait than a person does.
_SECONDS: Final = 10.0


class PhotoDesk:
    """Asks ``photo.detect`` and ``photo.embed``. Raises Refusal in words when they refuse or do not answer."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def detect(self, jpeg: bytes) -> PhotoDetectReply:
        """The faces of a photo, largest first."""
        return PhotoDetectReply.decode(
            await self._ask(subjects.PHOTO_DETECT.pattern, PhotoDetectRequest(jpeg).encode(), "detector")
        )

    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        """One vector for each aligned face."""
        return PhotoEmbedReply.decode(
            await self._ask(subjects.PHOTO_EMBED.pattern, PhotoEmbedRequest(aligned).encode(), "embedder")
        )

    async def _ask(self, subject: str, payload: bytes, service: str) -> bytes:
        try:
            return await self._bus.request(subject, payload, timeout_seconds=_SECONDS)
        except NoAnswer as error:
            raise Refusal(503, f"the {service} does not answer; photos cannot be judged now, try again") from error
