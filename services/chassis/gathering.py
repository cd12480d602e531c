"""Those who ask at the same time are answered together: every phone reads an alert, a joined list is thousands."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Gathering(Generic[Key, Asked, Answer]):
    """Does *work* once for all who ask for a key while it is done for others, at most *most* of them together.

    *work* gets what each asked and returns each one's answer in that order, or the error to raise to that one; what it
    raises itself is raised to all of them. It begins after they asked, so nobody is answered with what was so before.
    """

    work: Callable[[Key, Sequence[Asked]], Awaitable[Sequence[Answer | Exception]]]
    most: int = 64
    _waiting: dict[Key, list[tuple[Asked, "asyncio.Future[Answer]"]]] = field(default_factory=dict)
    _working: dict[Key, "asyncio.Task[None]"] = field(default_factory=dict)

    async def __call__(self, key: Key, asked: Asked) -> Answer:
        """The answer to *asked*."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append((asked, answer))
        if key not in self._working:
            self._working[key] = asyncio.create_task(self._work(key))
        return await answer

    async def _work(self, key: Key) -> None:
        try:
            while waiting := self._waiting.pop(key, None):
                together, later = waiting[: self.most], waiting[self.most :]
                if later:
                    self._waiting[key] = later
                await self._answer(key, [(asked, answer) for asked, answer in together if not answer.done()])
        finally:
            del self._working[key]

    async def _answer(self, key: Key, waiting: Sequence[tuple[Asked, "asyncio.Future[Answer]"]]) -> None:
        if not waiting:  # all have left
            return
        # A task of its own, whose fault is told to those who wait.
        (done,), _ = await asyncio.wait([asyncio.create_task(self._done(key, [asked for asked, _ in waiting]))])
        fault = done.exception()
        for number, (_, answer) in enumerate(waiting):
            if answer.done():  # who asked has left
                continue
            if fault is not None:
                answer.set_exception(fault)
                continue
            match done.result()[number]:
                case Exception() as error:
                    answer.set_exception(error)
                case found:
                    answer.set_result(found)

    async def _done(self, key: Key, asked: Sequence[Asked]) -> Sequence[Answer | Exception]:
        return await self.work(key, asked)
