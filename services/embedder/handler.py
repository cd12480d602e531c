"""Turn aligned faces into vectors: live ones for the bus, enrolled ones for an answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FaceDetected, FaceEmbedded
from proto.wardwatch.v1.requests import PhotoEmbedReply, PhotoEmbedRequest
from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import Aligned, Model, Vector, to_microseconds
from services.chassis.errors import Refusal
from services.chassis.outcome import Done, attempt
from services.chassis.telemetry import Meters
from services.embedder.core import BatchSize, Float32, directions
from services.embedder.inbox import Inbox

# Returns False when the message had to be dropped, which the bus has counted.
Publish = Callable[[str, bytes], Awaitable[bool]]


class Network(Protocol):
    """Computes raw vectors (n, d) of n aligned faces without holding up the event loop."""

    async def embed(self, faces: Sequence[Aligned]) -> Float32: ...


@dataclass(frozen=True, slots=True)
class EmbedFaces:
    """A batch of live faces in, their vectors out."""

    network: Network
    model: Model
    publish: Publish
    meters: Meters
    batch_size: BatchSize
    now: Callable[[], datetime]
    shed: Callable[[Place, str], None]  # counts a face that is given up, with the reason

    async def __call__(self, faces: Sequence[FaceDetected]) -> None:
        began = time.perf_counter()
        raw = await self.network.embed([face.aligned for face in faces])
        seconds = time.perf_counter() - began
        self.batch_size.record(len(faces), seconds)
        self.meters.observe("wardwatch_stage_seconds", seconds, stage="embed")
        self.meters.observe("wardwatch_embed_batch_faces", len(faces))
        embedded_us = to_microseconds(self.now())
        for face, vector in zip(faces, directions(raw), strict=True):
            if vector is None:
                self.shed(face.origin.place, "no_direction")
                continue

            origin = face.origin.at(embedded_us=embedded_us)
            message = FaceEmbedded(origin, face.quality, self.model, vector, face.picture)
            if not await self.publish(subjects.vectors(origin.place), message.encode()):
                self.shed(origin.place, "not_sent")
                continue
            self.meters.count("wardwatch_faces_embedded_total")
            age_seconds = origin.journey.age_seconds(self.now())
            self.meters.observe("wardwatch_stage_delay_seconds", age_seconds, stage="embed")


@dataclass(frozen=True, slots=True)
class EmbedPhotos:
    """`photo.embed`: vectors of enrolled faces, through the same code as live ones."""

    network: Network
    model: Model
    batch_size: BatchSize
    max_faces: int

    async def __call__(self, payload: bytes) -> bytes:
        try:
            request = PhotoEmbedRequest.decode(payload)
        except ValueError as error:
            raise Refusal(400, str(error)) from error
        if len(request.aligned) > self.max_faces:
            raise Refusal(413, f"{len(request.aligned)} faces asked for; at most {self.max_faces} are taken at once")

        vectors: list[Vector] = []
        left = list(request.aligned)
        while left:
            # In parts, so that live faces get their turn between them.
            most = self.batch_size.next()
            part, left = left[:most], left[most:]
            for vector in directions(await self.network.embed(part)):
                if vector is None:
                    raise Refusal(422, f"face {len(vectors)} yields no vector")
                vectors.append(vector)

        return PhotoEmbedReply(self.model, tuple(vectors)).encode()


async def embed_forever(inbox: Inbox, embed: EmbedFaces, over: asyncio.Event) -> None:
    """Run batch after batch; a fault costs the batch, not the service. To end it, set *over* and cancel it."""
    # Cancelling alone is not enough: nats-py swallows a cancellation that comes while it flushes what is published.
    while not over.is_set():
        faces = await inbox.next(embed.batch_size.next())
        outcome = await attempt(embed(faces), subject=subjects.FACES.pattern)
        if outcome != Done():
            for face in faces:
                inbox.shed(face.origin.place, "fault")
