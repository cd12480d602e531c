"""A line in which whoever sends much waits behind itself and before nobody else. Pure: time is an argument."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Taken(Generic[K, T]):
    """What was taken, in the order in which it is to be worked on, and whose was too old, once for each."""

    items: tuple[T, ...]
    stale: tuple[K, ...]


class FairLine(Generic[K, T]):
    """A line of bounded length, for senders that are told apart by a key.

    Senders are served in turn, each oldest first. A full line gives up the oldest of whoever has most in it. Times and
    ages are in one unit, whichever.
    """

    def __init__(self, *, max_waiting: int, max_age: float) -> None:
        self._max_waiting = max_waiting
        self._max_age = max_age
        self._lines: OrderedDict[K, deque[tuple[float, T]]] = OrderedDict()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def offer(self, key: K, item: T, now: float) -> K | None:
        """Add *item* of *key*; returns the sender whose oldest had to go for it, if one had to."""
        self._lines.setdefault(key, deque()).append((now, item))
        self._waiting += 1
        return None if self._waiting <= self._max_waiting else self.give_up()

    def give_up(self) -> K:
        """Give up the oldest of whoever has most, and return who that is; something must be waiting."""
        longest = max(self._lines, key=lambda each: len(self._lines[each]))
        self._pop(longest)
        return longest

    def take(self, most: int, now: float) -> Taken[K, T]:
        """Remove up to *most* items that are still fresh, one of each sender in turn; older ones are given up."""
        taken: list[T] = []
        stale: list[K] = []
        while self._lines and len(taken) < most:
            key = next(iter(self._lines))
            arrived, item = self._pop(key)
            if now - arrived > self._max_age:
                stale.append(key)
                continue
            taken.append(item)
            # Its next one comes behind what the others have.
            if key in self._lines:
                self._lines.move_to_end(key)
        return Taken(tuple(taken), tuple(stale))

    def clear(self) -> int:
        """Give up everything; returns how many those were."""
        given_up, self._waiting = self._waiting, 0
        self._lines.clear()
        return given_up

    def _pop(self, key: K) -> tuple[float, T]:
        line = self._lines[key]
        popped = line.popleft()
        if not line:
            del self._lines[key]
        self._waiting -= 1
        return popped
