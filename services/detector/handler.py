"""Turn a frame into faces on the bus, and an enrolment photo into the same faces as an answer."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FaceDetected, FrameRejected, Hint, RejectReason
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoDetectRequest, PhotoFace
from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.errors import Refusal
from services.chassis.outcome import Done, attempt
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.detector import remedies
from services.detector.finder import Sight
from services.detector.header import Refused
from services.detector.inbox import Inbox
from services.detector.intake import Frame
from services.detector.lying import LyingFaces
from services.detector.reminders import Reminders
from services.detector.search import Reach
from services.detector.seen import TakenLook, Tally
from services.detector.sights import Sights
from services.detector.troubles import Troubles

log = structlog.get_logger(__name__)

# A frame of more parts than this is worth a word: beyond 1920 x 1080, as the detector comes.
_MANY_PARTS: Final = 4
_SET_ROTATION: Final = "wardwatch camera rotation --site {site} --camera {camera} {rotation}"
# How long a silent camera's tracks may be left in memory beyond their time.
_FORGET_EVERY_SECONDS: Final = 1.0
_A_SECOND_US: Final = 1_000_000


class Publish(Protocol):
    """Returns False when the message had to be dropped, which the bus has counted."""

    async def __call__(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None, /) -> bool: ...


class Finder(Protocol):
    """Finds faces in a JPEG without holding up the event loop."""

    @property
    def reach(self) -> Reach: ...

    async def look(self, frame: Frame, *, turned: bool) -> Sight | Refused: ...

    async def lost(self, looks: Sequence[TakenLook]) -> None: ...

    async def forget(self, now_us: int) -> Tally: ...


class PhotoFinder(Protocol):
    """The same for an enrolment photo, whose faces are told even when all of them are too small."""

    async def look_at_photo(self, jpeg: bytes) -> Sight | Refused: ...


@dataclass(frozen=True, slots=True)
class DetectFaces:
    """A live frame in, the looks of its tracks out; a frame that cannot be looked at is answered with the reason."""

    finder: Finder
    publish: Publish
    meters: Meters
    now: Callable[[], datetime]
    lying: LyingFaces
    large: Reminders
    label: Callable[[Place], str]  # a camera's in metrics
    troubles: Troubles = field(default_factory=lambda: Troubles(1))
    sights: Sights = field(default_factory=lambda: Sights(1))

    async def __call__(self, frame: Frame) -> None:
        began = time.perf_counter()
        turned = self.lying.due(frame.place, to_microseconds(self.now()))
        match await self.finder.look(frame, turned=turned):
            case Refused() as refused:
                await self._reject(frame, refused)
            case Sight() as sight:
                self.troubles.taken(frame.place)
                self.sights.searched(frame.place, to_microseconds(self.now()), sight.width_px, sight.height_px)
                await self._report(frame, sight)
                await self._advise(frame, sight)
                self.meters.observe("wardwatch_stage_seconds", time.perf_counter() - began, stage="detect")
                self.meters.observe(
                    "wardwatch_stage_delay_seconds", frame.journey.age_seconds(self.now()), stage="detect"
                )

    async def _reject(self, frame: Frame, refused: Refused) -> None:
        self.meters.count("wardwatch_frames_rejected_total", reason=refused.reason.value)
        now_us = to_microseconds(self.now())
        self.troubles.refused(frame.place, refused.reason, now_us)
        self.sights.refused(frame.place, refused.reason, now_us)
        await self._tell(frame, refused.reason, f"{refused.detail} {remedies.FOR_CAMERAS[refused.reason]}")

    async def _advise(self, frame: Frame, sight: Sight) -> None:
        place, now_us = frame.place, to_microseconds(self.now())
        if self.lying.seen(place, sight.lying, now_us):
            rotation = (sight.rotation + (sight.lying or 0)) % 360
            set_rotation = _SET_ROTATION.format(site=place.site, camera=place.camera, rotation=rotation)
            text = (
                f"Faces lie in this camera's pictures and match nobody; with rotation {rotation} they would stand "
                f"upright. Set it, unless people do lie there: {set_rotation}, or send the header "
                f"{subjects.HEADER_ROTATION}: {rotation}."
            )
            await self._hint(frame, Hint.FACES_LIE, text)
        parts = len(self.finder.reach.plan(sight.width_px, sight.height_px).parts)
        if parts > _MANY_PARTS and self.large.due(place, now_us):
            text = (
                f"Frames of {sight.width_px} x {sight.height_px} have {parts} parts, of which one a frame is searched "
                f"for small faces: it takes {parts} frames until all have had their turn. Bring the camera nearer or "
                "send the part of the picture that matters."
            )
            await self._hint(frame, Hint.LARGE_FRAMES, text)

    async def _hint(self, frame: Frame, hint: Hint, text: str) -> None:
        self.meters.count("wardwatch_camera_hints_total", reason=hint.value)
        log.warning("a camera has a hint", camera_id=f"{frame.place.site}.{frame.place.camera}", reason=hint.value)
        await self._tell(frame, hint, text)

    async def _tell(self, frame: Frame, reason: RejectReason | Hint, detail: str) -> None:
        reach = self.finder.reach
        message = FrameRejected(
            frame.place, reason, detail, frame.frame_id, reach.longest_px, least_face_px=reach.least_face_px
        )
        await self.publish(subjects.rejected(frame.place), message.encode())

    async def _report(self, frame: Frame, sight: Sight) -> None:
        camera = self.label(frame.place)
        self.meters.count("wardwatch_faces_shed_total", sight.too_small, reason="too_small", camera=camera)
        self.meters.count("wardwatch_faces_shed_total", sight.too_many, reason="too_many_in_frame", camera=camera)
        self.meters.count("wardwatch_faces_detected_total", sight.tally.found)
        self._count(sight.tally)
        unsent = list(sight.looks)
        try:
            for taken in sight.looks:
                if await self._send(taken):
                    unsent.remove(taken)
        finally:
            # Whoever was not sent is looked at again: every track that lives for a second is.
            if unsent:
                self.meters.count("wardwatch_faces_shed_total", len(unsent), reason="not_sent", camera=camera)
                await self.finder.lost(unsent)

    async def _send(self, taken: TakenLook) -> bool:
        origin, face = taken.origin.at(detected_us=to_microseconds(self.now())), taken.face
        message = FaceDetected(origin, face.quality, face.aligned, face.picture)
        # The embedder must know before it opens the message: when it has too many it opens only the first looks.
        headers = {} if origin.look is None else {subjects.HEADER_LOOK: str(origin.look.number)}
        if not await self.publish(subjects.faces(origin.place, origin.face_id), message.encode(), headers):
            return False
        is_first = origin.look is None or origin.look.number == 1
        self.meters.count("wardwatch_looks_published_total", look="first" if is_first else "later")
        return True

    async def forget(self, over: asyncio.Event) -> None:
        """Let go of the tracks of cameras that went silent, or to another replica. To end it, set *over*."""
        while not over.is_set():
            beat()
            self._count(await self.finder.forget(to_microseconds(self.now())))
            await pause(over, _FORGET_EVERY_SECONDS)

    def _count(self, tally: Tally) -> None:
        self.meters.count("wardwatch_faces_followed_total", tally.followed)
        self.meters.count("wardwatch_tracks_begun_total", tally.begun)
        for track in tally.ended:
            lived = "a_second" if track.lived_us >= _A_SECOND_US else "less"
            looked = "yes" if track.looks else "no"
            self.meters.count("wardwatch_tracks_ended_total", lived=lived, looked=looked)


@dataclass(frozen=True, slots=True)
class DetectPhoto:
    """`photo.detect`: an enrolment photo's faces, through the same code as a live frame's."""

    finder: PhotoFinder

    async def __call__(self, payload: bytes) -> bytes:
        try:
            request = PhotoDetectRequest.decode(payload)
        except ValueError as error:
            raise Refusal(400, str(error)) from error

        match await self.finder.look_at_photo(request.jpeg):
            case Refused(reason, detail):
                raise Refusal(422, f"{reason.value}: {detail} {remedies.FOR_PHOTOS[reason]}")
            case Sight() as sight:
                faces = tuple(PhotoFace(face.quality, face.aligned, face.picture) for face in sight.faces)
                return PhotoDetectReply(faces, sight.width_px, sight.height_px).encode()


async def detect_forever(
    inbox: Inbox, detect: DetectFaces, meters: Meters, over: asyncio.Event, is_current: Callable[[], bool]
) -> None:
    """Look at frame after frame; a fault costs the frame, not the service. To end it, set *over* and cancel it.

    A frame is given up unless *is_current*: while this process stood still another may have got its cameras.
    """
    # Cancelling alone is not enough: nats-py swallows a cancellation that comes while it flushes what is published.
    while not over.is_set():
        frame = await inbox.next()
        if not is_current():
            inbox.shed(frame.place, "of_another_replica")
            del frame
            continue
        outcome = await attempt(detect(frame), subject=subjects.frames(frame.place))
        if outcome == Done():
            meters.count("wardwatch_frames_processed_total", camera=inbox.label(frame.place))
        else:
            inbox.shed(frame.place, "fault")
        # Until the next one comes nothing of this frame is kept.
        del frame
