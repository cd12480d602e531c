"""Long-running tasks of a process: none ends unseen, and none stands still unseen.

A task group of the library takes no notice of a member that returns, or that anybody cancels: the process looks alive
while part of it is dead. Here such an end ends the process with a reason, and readiness names a member that has not
been at work for too long.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Final, Self

from services.chassis.errors import TaskEnded

# For loops that come round every second or two, on a machine that is heavily loaded.
USUAL_SECONDS: Final = 60.0


_CANCELLED: Final = "{name} was cancelled while it was needed"


def periods(every_seconds: float) -> float:
    """How long after its last beat a loop that comes round *every_seconds* is missed."""
    return USUAL_SECONDS + 3 * every_seconds


@dataclass(eq=False, slots=True)
class _Member:
    name: str
    within_seconds: float | None
    beat_at: float
    interrupted: bool = False  # cancelled, while nobody had asked for the end


@dataclass(slots=True)
class Running:
    """The long-running tasks of one process, and when each was last at work by the loop's clock, which never jumps.

    ``stop`` ends the process: that of its first group, unless another is given.
    """

    stop: asyncio.Event | None = None
    members: list[_Member] = field(default_factory=list)

    async def check(self) -> str | None:
        """Readiness: None while every task is at work, else which is not, and for how long."""
        now = asyncio.get_running_loop().time()
        late = [
            f"{member.name} has not been at work for {now - member.beat_at:.0f} s"
            for member in self.members
            if member.within_seconds is not None and now - member.beat_at > member.within_seconds
        ]
        return ", ".join(late) or None


_RUNNING: ContextVar[Running | None] = ContextVar("running", default=None)
_MEMBER: ContextVar[_Member | None] = ContextVar("member", default=None)


def beat() -> None:
    """Say that the present task is at work: once in each round of its loop."""
    if (member := _MEMBER.get()) is not None:
        member.beat_at = asyncio.get_running_loop().time()


class LongRunning:
    """A task group whose members run until *stop*; one that ends before ends the group with TaskEnded.

    Any failure sets *stop*, and the flag that ends the process: the others are cancelled, but nats-py may swallow that,
    and they end by the flags.
    Groups within a member belong to the same *running*: their members are named ``outer/inner`` and watched as well.
    """

    def __init__(self, stop: asyncio.Event, running: Running | None = None) -> None:
        self._stop = stop
        self._running = running or _RUNNING.get() or Running()
        self._outer = _MEMBER.get()
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        if self._running.stop is None:
            self._running.stop = self._stop
        _RUNNING.set(self._running)  # for groups that this task makes within
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                await self._stop.wait()
            except asyncio.CancelledError as cancelled:
                kind, error, trace = type(cancelled), cancelled, cancelled.__traceback__
        if error is not None and not self._stop.is_set():
            if self._outer is not None:
                self._outer.interrupted = True
            self._give_up()
        await self._tasks.__aexit__(kind, error, trace)

    def start(
        self, name: str, work: Coroutine[object, object, None], *, within_seconds: float | None = USUAL_SECONDS
    ) -> "asyncio.Task[None]":
        """Run *work*, which beats at least every *within_seconds*; None: it may wait for any time."""
        full = name if self._outer is None else f"{self._outer.name}/{name}"
        member = _Member(full, within_seconds, asyncio.get_running_loop().time())
        task = self._tasks.create_task(self._watched(member, work), name=full)
        task.add_done_callback(partial(self._check_begun, work))
        return task

    async def _watched(self, member: _Member, work: Coroutine[object, object, None]) -> None:
        _RUNNING.set(self._running)
        _MEMBER.set(member)
        self._running.members.append(member)
        try:
            await work
        except asyncio.CancelledError:
            if self._stop.is_set() and not member.interrupted:
                raise
            self._give_up()
            raise TaskEnded(_CANCELLED.format(name=member.name)) from None
        except Exception:
            self._give_up()
            raise
        finally:
            self._running.members.remove(member)
        if not self._stop.is_set():
            self._give_up()
            raise TaskEnded(f"{member.name} ended while it was needed")

    def _check_begun(self, work: Coroutine[object, object, None], task: "asyncio.Task[None]") -> None:
        """A task that is cancelled before its first step never came to ``_watched``."""
        work.close()
        if task.cancelled() and not self._stop.is_set():
            self._give_up()
            self._tasks.create_task(_fail(_CANCELLED.format(name=task.get_name())))

    def _give_up(self) -> None:
        self._stop.set()
        if self._running.stop is not None:
            self._running.stop.set()


async def _fail(reason: str) -> None:
    raise TaskEnded(reason)
