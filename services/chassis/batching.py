"""Calls that come while others are under way are answered together: a transaction, or a read of a file, serves many."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(slots=True, eq=False)
class _Call(Generic[Q, A]):
    request: Q
    outcome: "_Answer[A] | Exception | None" = None


@dataclass(frozen=True, slots=True)
class _Answer(Generic[A]):
    value: A


class Batching(Generic[Q, A]):
    """Whoever comes first works for all who came while the last batch was under way.

    *work* is given at most *most* requests for which *alike* returns the same, and returns an answer or an error for
    each, in their order. What it raises of *faults* is every request's of the batch; after any other exception, the
    others are tried again without the one that worked.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        *,
        most: int,
        alike: Callable[[Q], object] = lambda _request: None,
        faults: tuple[type[Exception], ...] = (),
    ) -> None:
        self._work = work
        self._most = most
        self._alike = alike
        self._faults = faults
        self._waiting: list[_Call[Q, A]] = []
        self._turn = asyncio.Lock()

    async def __call__(self, request: Q) -> A:
        """The answer to *request*, by work that begins after this call. Raises the error that *work* found for it."""
        mine: _Call[Q, A] = _Call(request)
        self._waiting.append(mine)
        try:
            async with self._turn:
                if mine.outcome is None:
                    await self._do(self._with(mine))
        finally:
            self._waiting.remove(mine)
        if isinstance(mine.outcome, Exception):
            raise mine.outcome
        assert mine.outcome is not None  # it was answered, or its error is known
        return mine.outcome.value

    def _with(self, first: _Call[Q, A]) -> list[_Call[Q, A]]:
        alike = self._alike(first.request)
        others = [
            each
            for each in self._waiting
            if each is not first and each.outcome is None and self._alike(each.request) == alike
        ]
        return [first, *others[: self._most - 1]]

    async def _do(self, calls: Sequence[_Call[Q, A]]) -> None:
        try:
            found = await self._work([each.request for each in calls])
        except self._faults as error:
            found = [error] * len(calls)
        for each, one in zip(calls, found, strict=True):
            each.outcome = one if isinstance(one, Exception) else _Answer(one)
