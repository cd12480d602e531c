"""Turn the frame of a drill into the drill's face on the bus, beside what cameras send and without a trace in it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, Fault, Stage
from proto.wardwatch.v1.messages import FaceDetected
from proto.wardwatch.v1.values import to_microseconds
from services.chassis.telemetry import Meters
from services.detector.finder import Sight
from services.detector.header import Refused
from services.detector.intake import Frame
from services.detector.seen import TakenLook


class Publish(Protocol):
    """Returns False when the message had to be dropped, which the bus has counted."""

    async def __call__(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None, /) -> bool: ...


class DrillFinder(Protocol):
    """Finds the face of a drill by what finds those of cameras, and remembers nothing of it."""

    async def look_at_drill(self, frame: Frame) -> Sight | Refused: ...


@dataclass(frozen=True, slots=True)
class DetectDrill:
    """The frame of a drill in, its face out, and the word how far the drill came."""

    finder: DrillFinder
    publish: Publish
    meters: Meters
    now: Callable[[], datetime]

    async def __call__(self, frame: Frame) -> None:
        sight = await self.finder.look_at_drill(frame)
        looks = sight.looks if isinstance(sight, Sight) else ()
        if looks:
            await self._publish(frame, looks[0])
        fault = Fault.NONE if looks else Fault.NO_FACE
        self.meters.count("wardwatch_drills_total", stage=Stage.DETECTED.code, outcome=fault.code)
        step = DrillStep(frame.place, Stage.DETECTED, to_microseconds(self.now()), frame.drill, fault)
        await self.publish(subjects.steps(frame.place), step.encode())

    async def _publish(self, frame: Frame, taken: TakenLook) -> None:
        assert frame.drill is not None
        origin = replace(taken.origin.at(detected_us=to_microseconds(self.now())), drill=frame.drill)
        message = FaceDetected(origin, taken.face.quality, taken.face.aligned, taken.face.picture)
        headers = {subjects.HEADER_DRILL: frame.drill.id}
        await self.publish(subjects.faces(origin.place, origin.face_id), message.encode(), headers)


@dataclass(frozen=True, slots=True)
class ByKind:
    """Hands each frame to whom it is for."""

    faces: Callable[[Frame], Awaitable[None]]
    drills: Callable[[Frame], Awaitable[None]]

    async def __call__(self, frame: Frame) -> None:
        await (self.faces if frame.drill is None else self.drills)(frame)
