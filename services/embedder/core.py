"""The queue of faces for the network, and the size of batches. Pure: time is an argument."""

from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
F = TypeVar("F")

# How fast the measured cost of a face follows a change: about the last ten batches count.
_MEMORY: Final = 0.2
# A vector shorter than this has no direction to speak of.
_SHORTEST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Taken(Generic[F]):
    """The faces of the next batch, oldest first, and how many were too old."""

    faces: tuple[F, ...]
    stale: int


class Waiting(Generic[F]):
    """A line of bounded length in which the oldest makes room for the newest. Times are microseconds."""

    def __init__(self, *, max_waiting: int, max_age_us: int) -> None:
        self._max_age_us = max_age_us
        self._line: deque[tuple[int, F]] = deque(maxlen=max_waiting)

    def __len__(self) -> int:
        return len(self._line)

    def offer(self, face: F, now_us: int) -> bool:
        """Add *face*; returns False when the oldest had to go for it."""
        room = len(self._line) < (self._line.maxlen or 0)
        self._line.append((now_us, face))
        return room

    def take(self, most: int, now_us: int) -> Taken[F]:
        """Remove up to *most* faces that are still fresh; older ones on the way are given up."""
        taken: list[F] = []
        stale = 0
        while self._line and len(taken) < most:
            arrived_us, face = self._line.popleft()
            if now_us - arrived_us <= self._max_age_us:
                taken.append(face)
            else:
                stale += 1

        return Taken(tuple(taken), stale)


@dataclass(slots=True)
class BatchSize:
    """The largest batch that ends in time, learned from the batches that ran."""

    max_batch: int
    max_batch_seconds: float
    _face_seconds: float | None = None

    def next(self) -> int:
        """Faces for the next batch, at least one."""
        if not self._face_seconds:
            return self.max_batch

        return max(1, min(self.max_batch, int(self.max_batch_seconds / self._face_seconds)))

    def record(self, faces: int, seconds: float) -> None:
        """Learn from a batch of *faces* that took *seconds*."""
        cost = seconds / faces
        known = cost if self._face_seconds is None else self._face_seconds
        self._face_seconds = known + _MEMORY * (cost - known)


def directions(raw: Float32) -> list[Float32 | None]:
    """Scale each row of *raw* (n, d) to unit length; None for a row that is not finite or has no length."""
    norms = np.linalg.norm(raw.astype(np.float64), axis=1)
    return [
        (row / norm).astype(np.float32) if np.isfinite(norm) and norm > _SHORTEST else None
        for row, norm in zip(raw, norms, strict=True)
    ]
