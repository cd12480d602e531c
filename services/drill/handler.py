"""Sends drills on the subjects of cameras, hears how far they came, and says what their face is like."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, DrillTemplate, Fault, Stage
from proto.wardwatch.v1.subjects import Place
from proto.wardwatch.v1.values import Drill, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.drill_mark import mark
from services.chassis.owed import first_of
from services.chassis.signing import Signer
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.drill.core import Schedule, Timing
from services.drill.face import NoTemplate

log = structlog.get_logger(__name__)

# Not all at once when many cameras are new.
_BETWEEN_SECONDS: Final = 0.05
_LONGEST_WAIT_SECONDS: Final = 1.0
# A matcher that started does not know the template, and asks for none.
_TEMPLATE_SECONDS: Final = 5.0
_ASK_AGAIN_SECONDS: Final = 1.0
# After so many times that it was said the models are asked anyway: once a minute.
_ASK_ANYWAY: Final = 12


class Publish(Protocol):
    """Returns False when the message had to be dropped, which the bus has counted."""

    async def __call__(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Clocks:
    """``now`` is the wall's; ``monotonic`` gives seconds that never go back."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]


class Drills:
    """Drills every camera that is heard. Event loop only."""

    def __init__(
        self,
        schedule: Schedule,
        timing: Timing,
        frame: bytes,
        signer: Signer,
        publish: Publish,
        meters: Meters,
        clocks: Clocks,
    ) -> None:
        self._schedule = schedule
        self._timing = timing
        self._frame = frame
        self._signer = signer
        self._publish = publish
        self._meters = meters
        self._clocks = clocks
        self._woken = asyncio.Event()
        self.unlike = asyncio.Event()  # a matcher does not know the template, or the models have changed

    def hear(self, delivery: Delivery) -> None:
        """Take in who sends, and how far a drill came; returns at once."""
        try:
            step = DrillStep.decode(delivery.payload)
            if step.place != subjects.camera_of(delivery.subject):
                raise ValueError("it is said of another camera")
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="steps")
            return
        if step.stage is Stage.HEARD:
            self._schedule.heard(step.place, self._monotonic_us())
            self._woken.set()
        elif step.stage is Stage.MATCHED and step.drill is not None:
            if step.proves and self._schedule.proven(step.place, step.drill.id):
                self._meters.count("wardwatch_drills_total", stage=Stage.SENT.code, outcome="proven")
            elif step.fault is not Fault.NONE:
                self.unlike.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due, until *stop*."""
        while not stop.is_set():
            beat()
            self._woken.clear()
            now_us = self._monotonic_us()
            for place in self._schedule.left(now_us):
                await self._say(DrillStep(place, Stage.LEFT, to_microseconds(self._clocks.now())))
            due = self._schedule.due(now_us)
            if due:
                await self._send(due[0])
            self._meters.set("wardwatch_cameras_drilled", len(self._schedule))
            wait = min(self._schedule.wait_us(self._monotonic_us()) / 1e6, _LONGEST_WAIT_SECONDS)
            await first_of(self._woken, stop, within_seconds=max(_BETWEEN_SECONDS, wait))

    async def _send(self, place: Place) -> None:
        sent_us = to_microseconds(self._clocks.now())
        drill = Drill(secrets.token_hex(16), sent_us)
        subject = subjects.shared_frames(place)
        self._schedule.sent(place, drill.id, self._monotonic_us())
        self._meters.count("wardwatch_drills_total", stage=Stage.SENT.code, outcome="sent")
        await self._say(DrillStep(place, Stage.SENT, sent_us, drill, period_us=self._timing.period_us))
        header = mark(self._signer, drill, subject, self._frame)
        await self._publish(subject, self._frame, {subjects.HEADER_DRILL: header})

    async def _say(self, step: DrillStep) -> None:
        await self._publish(subjects.steps(step.place), step.encode())

    def _monotonic_us(self) -> int:
        return round(self._clocks.monotonic() * 1e6)


async def tell_template(
    ask: Callable[[], Awaitable[Sequence[DrillTemplate]]], publish: Publish, unlike: asyncio.Event, stop: asyncio.Event
) -> None:
    """Say again and again what the drill's face is like, by each recogniser.

    The models are asked again when a drill was not recognised, and now and then: another embedder may have come.
    """
    known: Sequence[DrillTemplate] = ()
    complaint, said = "", 0
    while not stop.is_set():
        beat()
        if unlike.is_set():
            # Said at once: most often a matcher has just begun.
            await _say(known, publish)
        if not known or unlike.is_set() or said >= _ASK_ANYWAY:
            unlike.clear()
            said = 0
            try:
                known = await ask()
            except NoTemplate as error:
                if str(error) != complaint:
                    complaint = str(error)
                    log.warning("the models were not heard on the face of drills", reason=complaint)
        await _say(known, publish)
        said += 1
        await first_of(unlike, stop, within_seconds=_TEMPLATE_SECONDS if known else _ASK_AGAIN_SECONDS)


async def _say(templates: Sequence[DrillTemplate], publish: Publish) -> None:
    for template in templates:
        await publish(subjects.DRILL_TEMPLATE.pattern, template.encode())
