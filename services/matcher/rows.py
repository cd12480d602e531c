"""Rows of vectors and whose they are: appended to, tombstoned, searched exactly. Pure numpy.

A ``Part`` never changes: every change makes another one, which may share the memory of the former.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Vector
from services.matcher.core import Neighbour

Matrix = NDArray[np.float32]  # (rows, dimension), each row of unit length
Positions = NDArray[np.intp]  # (n,)


@dataclass(frozen=True, slots=True)
class Row:
    """Whose vector a row is."""

    entry_id: EntryId
    revision: int
    photo_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows searched together. ``matrix`` and ``rows`` may be longer than ``count``: what lies behind is not ours."""

    serials: NDArray[np.int64]  # (>= count,), ascending; a row's name for ever, never given to another
    matrix: Matrix
    rows: list[Row]
    count: int
    dead: Positions

    @property
    def live(self) -> int:
        return self.count - len(self.dead)

    def scores(self, vector: Vector) -> NDArray[np.float32]:
        """Cosine of every row, (count,); tombstoned rows score -2, below any cosine."""
        scores = self.matrix[: self.count] @ vector
        scores[self.dead] = -2.0
        return scores

    def position(self, serial: int) -> int | None:
        """Where the row named *serial* is, or None when it is not in this part."""
        position = int(np.searchsorted(self.serials[: self.count], serial))
        return position if position < self.count and int(self.serials[position]) == serial else None

    def without(self, position: int) -> "Part":
        """The same part with one more tombstone."""
        dead = np.append(self.dead, np.intp(position))
        return Part(self.serials, self.matrix, self.rows, self.count, dead)

    def neighbours(self, positions: Positions, scores: NDArray[np.float32]) -> list[Neighbour]:
        return [
            Neighbour(row.entry_id, row.revision, row.photo_id, float(score))
            for row, score in zip((self.rows[p] for p in positions), scores, strict=True)
        ]


def empty(dimension: int) -> Part:
    """A part without rows."""
    return Part(np.empty(0, np.int64), np.empty((0, dimension), np.float32), [], 0, np.empty(0, np.intp))


def append(part: Part, serial: int, vector: Vector, row: Row) -> Part:
    """*part* with one row more. Room is doubled when full, so that a list of n rows is filled in O(n)."""
    serials, matrix, rows = part.serials, part.matrix, part.rows
    if part.count == len(serials) or len(rows) != part.count:
        room = max(64, 2 * part.count)
        serials = np.resize(serials[: part.count], room) if part.count else np.empty(room, np.int64)
        matrix = np.empty((room, matrix.shape[1]), np.float32)
        matrix[: part.count] = part.matrix[: part.count]
        rows = rows[: part.count]
    serials[part.count] = serial
    matrix[part.count] = vector
    rows.append(row)
    return Part(serials, matrix, rows, part.count + 1, part.dead)


def bury(base: Part, delta: Part, serial: int) -> tuple[Part, Part]:
    """The two parts with the row named *serial* tombstoned in whichever holds it."""
    position = base.position(serial)
    if position is not None:
        return base.without(position), delta

    position = delta.position(serial)
    return (base, delta if position is None else delta.without(position))


def exact(part: Part, vector: Vector, count: int) -> list[Neighbour]:
    """The *count* most similar rows of *part*, in no order."""
    if part.live == 0:
        return []

    scores = part.scores(vector)
    wanted = min(count, part.live)
    positions: Positions = np.argpartition(-scores, wanted - 1)[:wanted]
    return part.neighbours(positions, scores[positions])


def above(parts: tuple[Part, ...], vector: Vector, similarity: float) -> list[Neighbour]:
    """Every row of *parts* at least so similar, most similar first."""
    found: list[Neighbour] = []
    for part in parts:
        scores = part.scores(vector)
        positions: Positions = np.flatnonzero(scores >= similarity)
        found += part.neighbours(positions, scores[positions])
    return best(found, len(found))


def best(found: list[Neighbour], count: int) -> list[Neighbour]:
    """The *count* most similar of *found*, most similar first."""
    return sorted(found, key=lambda neighbour: -neighbour.similarity)[:count]
