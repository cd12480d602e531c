"""Many cameras side by side: each is kept going for ever, and what becomes of one is nothing to the others."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.published import Phase, PublishedCamera
from proto.wardwatch.v1.sources import CameraSource, CameraSources
from proto.wardwatch.v1.subjects import Place
from services.camera import core
from services.camera.handler import Tally
from services.camera.refusals import Refusals
from services.chassis import addresses
from services.chassis.errors import BusClosed, StartupError, TaskEnded
from services.chassis.outcome import Failed, attempt
from services.chassis.owed import pause
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0
# A camera that went on for so long was well; its next end begins a new count.
_WELL_AFTER_SECONDS: Final = 60.0
_END_SECONDS: Final = 5.0


class Progress(Protocol):
    """How a camera's publishing goes."""

    @property
    def trouble(self) -> str: ...

    @property
    def tally(self) -> Tally: ...


@dataclass(eq=False, slots=True)
class Camera:
    """One camera that is kept. *stop* ends it."""

    place: Place
    source: CameraSource
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    progress: Progress | None = None  # while it is connected
    refusals: Refusals = field(default_factory=Refusals)
    trouble: str = "connecting to the broker"  # while it is not
    ended: bool = False

    @property
    def name(self) -> str:
        """``<site>.<camera>``."""
        return f"{self.place.site}.{self.place.camera}"

    def view(self) -> PublishedCamera:
        """How it is."""
        trouble = self.trouble if self.progress is None else self.progress.trouble
        tally = Tally() if self.progress is None else self.progress.tally
        phase = Phase.ENDED if self.ended else Phase.WAITING if trouble else Phase.SENDING
        width, height = tally.size_px
        return PublishedCamera(
            camera=self.name,
            phase=phase,
            source=addresses.shown(self.source.source),
            trouble="" if self.ended else trouble,
            frames_per_second=self.source.fps,
            sent=tally.published,
            given_up=tally.shed,
            width_px=width,
            height_px=height,
            refused={reason.value: count for reason, count in self.refusals.counts.items()},
            least_face_px=self.refusals.least_face_px,
        )


class Publish(Protocol):
    """Send one camera's frames until it is stopped or its source has ended.

    Raises StartupError, BusClosed or TaskEnded, alone or in a group, when it cannot go on for now.
    """

    async def __call__(self, camera: Camera) -> None: ...


@dataclass
class Fleet:
    """Keeps the cameras that *read* names: starts what is new, ends what is gone, starts anew what has changed."""

    read: Callable[[], CameraSources]  # may block
    publish: Publish
    wait_seconds: Callable[[int], float] = core.wait_seconds
    cameras: dict[Place, Camera] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)  # of rows that cannot be used
    _tasks: dict[Place, "asyncio.Task[None]"] = field(default_factory=dict)
    # Of the process, not of the task that looks at the file: a camera's end is not to be taken for that one's.
    _context: Context = field(default_factory=copy_context)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep them until *stop*."""
        try:
            while not stop.is_set():
                beat()
                await self.compare()
                await pause(stop, _LOOK_SECONDS)
        finally:
            await self._end(list(self.cameras))

    async def compare(self) -> None:
        """Once: have those cameras run that stand in the file."""
        found = await asyncio.to_thread(self.read)
        self._tell_faults(found.faults)
        # A row that somebody has spoiled takes nothing away from a camera that runs.
        kept = {place: each.source for place, each in self.cameras.items() if each.name in found.faults}
        wanted = {**kept, **found.cameras}
        changed = [place for place, each in self.cameras.items() if wanted.get(place) != each.source]
        broken = [place for place, each in self.cameras.items() if self._tasks[place].done() and not each.ended]
        await self._end(list(dict.fromkeys([*changed, *broken])))
        for place, source in wanted.items():
            if place not in self.cameras:
                camera = self.cameras[place] = Camera(place, source)
                self._tasks[place] = asyncio.create_task(self._keep(camera), context=self._context.copy())
                log.info("camera is read", camera_id=camera.name, source=addresses.shown(source.source))

    def views(self) -> list[PublishedCamera]:
        """How each camera is, by name."""
        faulty = [
            PublishedCamera(camera=name, phase=Phase.FAULTY, trouble=reason)
            for name, reason in self.faults.items()
            if name not in {each.name for each in self.cameras.values()}
        ]
        return sorted([*(each.view() for each in self.cameras.values()), *faulty], key=lambda view: view.camera)

    def _tell_faults(self, faults: Mapping[str, str]) -> None:
        for name, reason in faults.items():
            if self.faults.get(name) != reason:
                log.warning("a camera's source cannot be used", detail=name, reason=reason)
        self.faults = dict(faults)

    async def _end(self, places: Sequence[Place]) -> None:
        """End the cameras at *places* side by side, and forget them."""
        for place in places:
            self.cameras[place].stop.set()
        tasks = {self._tasks[place] for place in places}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_END_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=_END_SECONDS)
        for place in places:
            log.info("camera is not read any more", camera_id=self.cameras[place].name)
            del self.cameras[place], self._tasks[place]

    async def _keep(self, camera: Camera) -> None:
        """Publish for ever, with growing pauses while that fails, until the camera is ended."""
        structlog.contextvars.bind_contextvars(camera_id=camera.name)
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            began = loop.time()
            outcome = await attempt(self._once(camera), subject=subjects.frames(camera.place))
            camera.progress = None
            if camera.stop.is_set() or camera.ended:
                return
            if isinstance(outcome, Failed):
                camera.trouble = f"the publisher itself failed: {outcome.kind}"
            failures = 1 if loop.time() - began > _WELL_AFTER_SECONDS else failures + 1
            wait = self.wait_seconds(failures)
            log.warning("camera cannot send, trying again", reason=camera.trouble, attempt=failures, seconds=wait)
            await pause(camera.stop, wait)

    async def _once(self, camera: Camera) -> None:
        """Publish until it ends, and note why."""
        try:
            await self.publish(camera)
            camera.ended = not camera.stop.is_set()
        except* (StartupError, BusClosed, TaskEnded) as group:
            camera.trouble = _reason(group)


def _reason(group: BaseExceptionGroup[Exception]) -> str:
    """The words of the first of the errors that were joined."""
    error = group.exceptions[0]
    return _reason(error) if isinstance(error, BaseExceptionGroup) else str(error)
