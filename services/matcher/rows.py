"""Rows of vectors and whose they are: appended to, tombstoned, searched exactly. Pure numpy.

A ``Part`` never changes: every change makes another one, which shares the memory of the former. Vectors are copied into
a part's matrix and nowhere else, so that overwriting the matrix is forgetting them: nothing here may make a temporary
copy of one, because freed memory keeps its bytes.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import combinations, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Vector
from services.matcher.core import Neighbour

Matrix = NDArray[np.float32]  # (rows, dimension), each row of unit length
Positions = NDArray[np.intp]  # (n,)

# A part that rows are appended to has room for so many, so that a growing list is never copied: 2 MiB of vectors.
_ROOM: Final = 4_096
# Rows of a rehearsal: enough that every kernel of the matrix product is reached.
_REHEARSED: Final = 100


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
    dead: Positions  # ascending

    @property
    def live(self) -> int:
        return self.count - len(self.dead)

    def scores(self, vector: Vector) -> NDArray[np.float32]:
        """Cosine of every row, (count,); tombstoned rows score -2, below any cosine."""
        scores = self.matrix[: self.count] @ vector
        scores[self.dead] = -2.0
        return scores

    def score(self, position: int, vector: Vector) -> float:
        """Cosine of one row, computed where it lies."""
        return float(np.dot(self.matrix[position], vector))

    def position(self, serial: int) -> int | None:
        """Where the row named *serial* is, or None when it is not in this part."""
        position = int(np.searchsorted(self.serials[: self.count], serial))
        return position if position < self.count and int(self.serials[position]) == serial else None

    def positions(self, serials: NDArray[np.int64]) -> Positions:
        """Where the rows named *serials* are; all of them must be in this part."""
        found: Positions = np.searchsorted(self.serials[: self.count], serials)
        return found

    def living(self, positions: Positions) -> Positions:
        """Those of *positions* that are not tombstoned, in their order."""
        if not len(self.dead):
            return positions

        nearest = self.dead[np.minimum(np.searchsorted(self.dead, positions), len(self.dead) - 1)]
        alive: Positions = positions[nearest != positions]
        return alive

    def without(self, positions: Positions) -> "Part":
        """The same part with more tombstones; *positions* ascend and were alive."""
        if not len(positions):
            return self

        dead = np.insert(self.dead, np.searchsorted(self.dead, positions), positions)
        return Part(self.serials, self.matrix, self.rows, self.count, dead)

    def runs(self) -> Iterator[slice]:
        """The live rows as slices of neighbouring positions."""
        start = 0
        for dead in (*self.dead.tolist(), self.count):
            if start < dead:
                yield slice(start, dead)
            start = dead + 1


def empty(dimension: int) -> Part:
    """A part without rows, nor room for any."""
    return _unused(0, dimension)


def opened(dimension: int) -> Part:
    """A part without rows, for some to be appended to."""
    return _unused(_ROOM, dimension)


def append(parts: tuple[Part, ...], serial: int, vector: Vector, row: Row) -> tuple[Part, ...]:
    """*parts* with one row more, in the last one or, when that is full, in a new one."""
    if not parts or parts[-1].count == len(parts[-1].serials):
        parts = (*parts, opened(len(vector)))
    last = parts[-1]
    last.serials[last.count] = serial
    last.matrix[last.count] = vector
    last.rows.append(row)
    return (*parts[:-1], Part(last.serials, last.matrix, last.rows, last.count + 1, last.dead))


def tombstone(parts: tuple[Part, ...], serial: int) -> tuple[Part, ...]:
    """*parts*, made by ``append``, with the row named *serial* tombstoned in the one that holds it."""
    index = bisect_left(parts, serial, key=_last_serial)
    position = parts[index].position(serial) if index < len(parts) else None
    if position is None:
        return parts

    return (*parts[:index], parts[index].without(np.array([position], np.intp)), *parts[index + 1 :])


def gathered(parts: Sequence[Part], dimension: int) -> Part:
    """One part of all live rows of *parts*, in memory of its own."""
    count = sum(part.live for part in parts)
    whole = replace(_unused(count, dimension), count=count)
    at = 0
    for part in parts:
        for run in part.runs():
            until = at + run.stop - run.start
            whole.serials[at:until] = part.serials[run]
            whole.matrix[at:until] = part.matrix[run]
            whole.rows.extend(part.rows[run])
            at = until
    return whole


def exact(parts: Sequence[Part], vector: Vector, count: int) -> list[Neighbour]:
    """The *count* most similar rows of all *parts*, most similar first."""
    found: list[tuple[float, Part, int]] = []
    for part in parts:
        wanted = min(count, part.live)
        if wanted:
            scores = part.scores(vector)
            positions = np.argpartition(scores, part.count - wanted)[part.count - wanted :]
            found += zip(scores[positions].tolist(), repeat(part), positions.tolist(), strict=False)
    return [_neighbour(*one) for one in nlargest(count, found, key=lambda one: one[0])]


def total(parts: Sequence[Part], dimension: int) -> Vector:
    """Sum of all live rows, (dimension,); with one row it is that row's vector, so whoever asks overwrites it."""
    together = np.zeros(dimension, np.float32)
    for part in parts:
        weights = np.ones(part.count, np.float32)
        weights[part.dead] = 0
        together += weights @ part.matrix[: part.count]
    return together


def chosen(part: Part, positions: Positions, vector: Vector) -> list[Neighbour]:
    """The rows at *positions*, each with its exact score, in that order."""
    return [_neighbour(part.score(position, vector), part, position) for position in positions.tolist()]


def named(parts: Sequence[Part], serials: Sequence[int], vector: Vector) -> list[Neighbour]:
    """The rows named *serials*, each with its exact score; those that no part holds are left out."""
    found = ((part, part.position(serial)) for serial in serials for part in parts)
    return [
        _neighbour(part.score(position, vector), part, position) for part, position in found if position is not None
    ]


def above(parts: Sequence[Part], vector: Vector, similarity: float) -> list[Neighbour]:
    """Every row of *parts* at least so similar, most similar first."""
    found: list[Neighbour] = []
    for part in parts:
        scores = part.scores(vector)
        positions = np.flatnonzero(scores >= similarity).tolist()
        found += [_neighbour(float(scores[position]), part, position) for position in positions]
    return best(found, len(found))


def length(vectors: Sequence[Vector]) -> float:
    """Length of the sum of *vectors*, each of unit length, without making the sum; 1 where they cancel each other."""
    between = sum(float(np.dot(one, other)) for one, other in combinations(vectors, 2))
    return math.sqrt(max(1.0, len(vectors) + 2 * between))


def best(found: Sequence[Neighbour], count: int) -> list[Neighbour]:
    """The *count* most similar of *found*, most similar first."""
    return sorted(found, key=lambda neighbour: -neighbour.similarity)[:count]


def overwrite(parts: Sequence[Part]) -> None:
    """Put zeros where the vectors of *parts* are. Nobody may be reading them, or ever again."""
    for part in parts:
        part.matrix.fill(0)


def rehearse(dimension: int) -> None:
    """Do once with zeros what is done with vectors.

    When a function of a shared library is called for the first time, the dynamic linker saves the vector registers on
    the stack, and there a piece of somebody's vector would stay.
    """
    nobody = np.zeros(dimension, np.float32)
    parts: tuple[Part, ...] = ()
    for serial in range(_REHEARSED):
        parts = append(parts, serial, nobody, Row(EntryId("nobody"), 0, "none"))
    whole = gathered(tombstone(parts, 0), dimension)
    exact((*parts, whole), nobody, 1)
    above(parts, nobody, 1)
    chosen(whole, np.zeros(1, np.intp), nobody)
    named((whole,), range(_REHEARSED), nobody)
    length([nobody, nobody])
    overwrite(parts)


def _unused(room: int, dimension: int) -> Part:
    return Part(np.empty(room, np.int64), np.empty((room, dimension), np.float32), [], 0, np.empty(0, np.intp))


def _last_serial(part: Part) -> int:
    # Only the last part can be empty, and what is appended to it comes behind everything.
    return int(part.serials[part.count - 1]) if part.count else np.iinfo(np.int64).max


def _neighbour(score: float, part: Part, position: int) -> Neighbour:
    row = part.rows[position]
    return Neighbour(row.entry_id, row.revision, row.photo_id, score)
