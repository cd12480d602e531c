"""Move frames from a source that may fail to a broker that may be slow, keeping only the freshest."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol, assert_never

import structlog

from services.camera import core
from services.camera.core import Frame, Freshest
from services.camera.records import Ended, Failed, Opened, Record, Skipped, Status

log = structlog.get_logger(__name__)

ShedReason = Literal["replaced", "late", "not_sent", "not_sendable"]


class Records(Protocol):
    """A source being read."""

    async def next(self) -> Record: ...


class Send(Protocol):
    """Send one frame; returns whether the broker took it."""

    async def __call__(self, subject: str, jpeg: bytes, headers: Mapping[str, str]) -> bool: ...


class Count(Protocol):
    """Where the publisher's numbers go."""

    def published(self) -> None: ...

    def shed(self, reason: ShedReason, count: int = 1) -> None: ...

    def late(self, seconds: float) -> None: ...

    def reconnected(self) -> None: ...


class SourceLost(Exception):
    """The source never gave a picture."""


Open = Callable[[], AbstractAsyncContextManager[Records]]
Pause = Callable[[float], Awaitable[None]]


@dataclass
class Tally:
    """What was done, for the closing line."""

    published: int = 0
    shed: int = 0
    late: int = 0  # of those shed
    size_px: tuple[int, int] = (0, 0)
    first_us: int = 0
    last_us: int = 0

    @property
    def seconds(self) -> float:
        """From the first frame sent to the last."""
        return (self.last_us - self.first_us) / 1e6


@dataclass
class PublishFrames:
    """One camera's life: :meth:`run` returns when the source has ended, *most* frames are out, or *stop* is set."""

    open: Open
    send: Send
    subject: str
    count: Count
    most: int = 0  # frames to send; 0 is no limit
    most_late_seconds: float = 2.0  # later than this is logged
    rotation: str = ""  # degrees clockwise, sent to the detector with each frame
    for_ever: bool = False  # a source that never gave a picture is opened again, too
    pause: Pause = asyncio.sleep
    tally: Tally = field(default_factory=Tally)
    trouble: str = "opening the source"  # why no pictures come; empty while they do
    _slot: Freshest = field(default_factory=Freshest)
    _filled: asyncio.Event = field(default_factory=asyncio.Event)
    _over: bool = False
    _told_late_seconds: float = 0.0  # 0 while pictures are on time

    async def run(self, stop: asyncio.Event) -> None:
        """Read and send until the end. Raises SourceLost when the source fails before its first picture."""
        done = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read(done))
            sending = tasks.create_task(self._send_all(done))
            stopping = tasks.create_task(stop.wait())
            try:
                await asyncio.wait({reading, sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if reading.done() and not stop.is_set():
                    # The source has ended: what still waits goes out first.
                    await asyncio.wait({sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # Cancelling alone is not enough: on Python 3.11 a cancellation that meets the broker's pong is lost.
                self._over = True
                for task in (reading, sending, stopping):
                    task.cancel()

    async def _read(self, done: asyncio.Event) -> None:
        failures = 0
        seen = False
        while True:
            async with self.open() as source:
                reason = ""
                while not reason:
                    match await source.next():
                        case Frame() as frame:
                            seen, failures, self.trouble = True, 0, ""
                            self._offer(frame)
                        case Skipped(text):
                            self._shed("not_sendable")
                            log.warning("picture is skipped", reason=text)
                        case Opened(text):
                            log.info("the source is open", detail=text)
                        case Status() as status:
                            self._note(status)
                        case Ended():
                            done.set()
                            self._filled.set()
                            return
                        case Failed(text):
                            reason = self.trouble = text
                        case other:
                            assert_never(other)
            if not seen and not self.for_ever:
                raise SourceLost(reason)
            failures += 1
            wait = core.wait_seconds(failures)
            log.warning("source is lost, opening it again", reason=reason, attempt=failures, seconds=wait)
            self.count.reconnected()
            await self.pause(wait)

    def _note(self, status: Status) -> None:
        if status.waits_for:
            self.trouble = status.waits_for
            log.info("waiting for the source", detail=status.waits_for)
        if status.given_up:
            self._shed("late", status.given_up)
        late = status.late_seconds
        self.count.late(late)
        # Told when it begins, when it has doubled, and when it is over.
        if late > max(self.most_late_seconds, 2 * self._told_late_seconds):
            self._told_late_seconds = late
            log.warning("pictures are late", seconds=round(late, 1), count=self.tally.late)
        elif self._told_late_seconds and late < self.most_late_seconds / 2:
            self._told_late_seconds = 0.0
            log.info("pictures are on time again", count=self.tally.late)

    def _offer(self, frame: Frame) -> None:
        if self._slot.put(frame):
            self._shed("replaced")
        self._filled.set()

    async def _send_all(self, done: asyncio.Event) -> None:
        while not self._over:
            await self._filled.wait()
            self._filled.clear()
            frame = self._slot.take()
            if frame is not None:
                await self._send(frame)
            elif done.is_set():
                return
            if done.is_set():
                self._filled.set()
            if self.most and self.tally.published >= self.most:
                return

    async def _send(self, frame: Frame) -> None:
        if not await self.send(self.subject, frame.jpeg, core.headers(frame, self.rotation)):
            self._shed("not_sent")
            return
        self.count.published()
        tally = self.tally
        tally.first_us = tally.first_us or frame.captured_us
        tally.last_us = frame.captured_us
        tally.size_px = (frame.width_px, frame.height_px)
        tally.published += 1

    def _shed(self, reason: ShedReason, count: int = 1) -> None:
        self.count.shed(reason, count)
        self.tally.shed += count
        self.tally.late += count if reason == "late" else 0
