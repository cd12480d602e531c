"""The size of batches, and what a vector is. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

# How fast the measured cost of a face follows a change: about the last ten batches count.
_MEMORY: Final = 0.2
# A vector shorter than this has no direction to speak of.
_SHORTEST: Final = 1e-6


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
