"""The face of drills, which is drawn and nobody's (`tools/drill_face.py`), and what the models make of it."""

from importlib import resources
from typing import Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillTemplate
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoDetectRequest, PhotoEmbedReply, PhotoEmbedRequest
from proto.wardwatch.v1.subjects import Subject
from services.chassis.errors import NoAnswer, Refusal

# An enrolment photo of 40 million pixels may be before it.
_SECONDS = 20.0


class NoTemplate(Exception):
    """What the face is like could not be found out, for a reason in words."""


class RequestBus(Protocol):
    """Sends a request to a service; raises Refusal with its words, or NoAnswer. See ``Bus``."""

    async def request(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes: ...


def frame() -> bytes:
    """The frame that every drill sends, a JPEG."""
    return resources.files(__package__ or "services.drill").joinpath("face.jpg").read_bytes()


async def templates(bus: RequestBus, jpeg: bytes) -> tuple[DrillTemplate, ...]:
    """What the face in *jpeg* is like by the list's recogniser, and by the one beside it if there is one.

    Raises NoTemplate when the first says nothing.
    """
    try:
        reply = await bus.request(
            subjects.PHOTO_DETECT.pattern, PhotoDetectRequest(jpeg).encode(), timeout_seconds=_SECONDS
        )
        seen = PhotoDetectReply.decode(reply)
        if not seen.faces:
            raise NoTemplate("the detector finds no face in the drill's picture")
        ask = PhotoEmbedRequest((seen.faces[0].aligned,)).encode()
        first = await _embedded(bus, subjects.PHOTO_EMBED, ask)
    except (NoAnswer, Refusal, ValueError, IndexError) as error:
        raise NoTemplate(str(error)) from error
    try:
        return first, await _embedded(bus, subjects.PHOTO_EMBED_SECOND, ask)
    except (NoAnswer, Refusal, ValueError, IndexError):  # most often there is none
        return (first,)


async def _embedded(bus: RequestBus, asked: Subject, ask: bytes) -> DrillTemplate:
    made = PhotoEmbedReply.decode(await bus.request(asked.pattern, ask, timeout_seconds=_SECONDS))
    return DrillTemplate(made.model, made.vectors[0])
