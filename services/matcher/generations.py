"""What a search reads: a generation with its graph, the rows since, tombstones; and how the next one comes about.

A ``Snapshot`` never changes. Nothing here is asyncio's: the index calls it from its event loop and its threads.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from proto.wardwatch.v1.values import Vector
from services.matcher import graph, rows
from services.matcher.core import Neighbour
from services.matcher.graph import Graph
from services.matcher.rows import Part, Row


@dataclass(frozen=True, slots=True)
class IndexShape:
    """How the index is built and when; see docs/adr/0040 for the figures behind the defaults.

    ``hnsw_from_rows``: smaller lists are searched exactly. ``delta_rows``: how many rows are searched exactly before a
    new generation is built (a twentieth of the list when that is more, up to 10,000). ``purge_seconds``: longest time
    a removed vector stays in memory before a generation without it is begun. ``sample_every``: each so many searches
    are checked exactly.
    """

    dimension: int
    links: int = 32  # HNSW's M
    ef_construction: int = 200
    ef: int = 400
    hnsw_from_rows: int = 20_000
    delta_rows: int = 1_000
    purge_seconds: float = 30.0
    sample_every: int = 500


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All that a search reads. ``graph`` holds exactly ``base``'s rows, labelled by serial; None: search exactly."""

    generation: int
    graph: Graph | None
    base: Part
    delta: tuple[Part, ...]

    @classmethod
    def empty(cls, dimension: int) -> Self:
        return cls(0, None, rows.empty(dimension), ())

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.base, *self.delta)

    @property
    def tombstones(self) -> int:
        return sum(len(part.dead) for part in self.parts)

    @property
    def delta_rows(self) -> int:
        return sum(part.count for part in self.delta)

    def changed(self, tombstoned: Sequence[int], first: int, added: Sequence[tuple[Row, Vector]]) -> "Snapshot":
        """The next snapshot: the rows named *tombstoned* tombstoned, those *added* named *first* and on."""
        base, delta = self.base, self.delta
        for serial in tombstoned:
            position = base.position(serial)
            if position is None:
                delta = rows.tombstone(delta, serial)
            else:
                base = base.without(np.array([position], np.intp))
        for serial, (row, vector) in enumerate(added, first):
            delta = rows.append(delta, serial, vector, row)
        return Snapshot(self.generation, self.graph, base, delta)

    def sealed(self, dimension: int) -> "Snapshot":
        """The same, but that rows added from now on come into a part of their own, the last."""
        delta = tuple(part for part in self.delta if part.count)
        return Snapshot(self.generation, self.graph, self.base, (*delta, rows.opened(dimension)))

    def followed(self, before: tuple[Part, ...], made: Graph | None, base: Part) -> "Snapshot":
        """The next generation: *base*, built from the sealed parts *before*, and what has changed since."""
        died = [
            part.serials[np.setdiff1d(part.dead, was.dead, assume_unique=True)]
            for was, part in zip(before, self.parts, strict=False)
        ]
        base = base.without(base.positions(np.concatenate(died)))
        return Snapshot(self.generation + 1, made, base, self.parts[len(before) :])

    def exact(self, vector: Vector, count: int) -> list[Neighbour]:
        """The *count* most similar rows, most similar first, by looking at every row."""
        return rows.exact(self.parts, vector, count)

    def nearest(self, vector: Vector, count: int, ef: int) -> tuple[list[Neighbour], bool]:
        """The *count* most similar rows, most similar first, and whether the graph fell short: then they are exact."""
        near = None if self.graph is None else _from_graph(self.graph, self.base, vector, count, ef)
        if near is None:
            return self.exact(vector, count), self.graph is not None

        return rows.best([*near, *rows.exact(self.delta, vector, count)], count), False


def build(
    parts: tuple[Part, ...], shape: IndexShape, threads: int, closing: threading.Event
) -> tuple[Graph | None, Part]:
    """A part of all live rows and the graph over it; no graph while the list is small."""
    base = rows.gathered(parts, shape.dimension)
    if base.count < max(1, shape.hnsw_from_rows):
        return None, base

    made = graph.build(
        base.matrix,
        base.serials,
        closing,
        links=shape.links,
        ef_construction=shape.ef_construction,
        ef=shape.ef,
        threads=threads,
    )
    return made, base


def _from_graph(made: Graph, base: Part, vector: Vector, count: int, ef: int) -> list[Neighbour] | None:
    """The *count* nearest of the graph with exact scores; None when it does not find so many that are alive."""
    # A search looks at ef rows in any case: with tombstones among them, all are asked for.
    wanted = min(base.count, max(count, min(ef, count + len(base.dead))))
    try:
        labels, _ = made.knn_query(vector.reshape(1, -1), k=wanted, num_threads=1)
    except RuntimeError:  # it reached fewer than wanted
        return None

    positions = base.living(base.positions(labels[0].astype(np.int64)))
    return rows.chosen(base, positions[:count], vector) if len(positions) >= min(count, base.live) else None
