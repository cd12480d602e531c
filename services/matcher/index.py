"""The list's vectors in memory: immutable HNSW generations, an exactly searched delta, and tombstones.

A search reads one ``Snapshot``, which never changes: a change makes a new snapshot, a thread builds the next
generation aside, and the reference is swapped on the event loop. Nothing is ever written to disk. A removed vector
is out of every answer at once and out of memory when the next generation has been swapped in.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol, Self

import hnswlib
import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Vector
from services.chassis.telemetry import Meters
from services.matcher import rows
from services.matcher.core import Neighbour
from services.matcher.rows import Matrix, Part, Positions, Row

# Rows added to a graph before the building thread lets others run: about 100 ms of work.
_BUILD_ROWS: Final = 1_000
# A tombstoned row may be among the graph's best; this many spare results are asked for before exact search steps in.
_SPARE: Final = 32
# Two similarities of float32 dot products over 128 to 512 terms that differ by less are the same answer.
_SAME: Final = 1e-5


class Graph(Protocol):
    """What is used of ``hnswlib.Index`` after it was built."""

    def knn_query(
        self, data: Matrix, k: int = 1, num_threads: int = -1
    ) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """Labels and distances, both (queries, k), nearest first."""
        ...


@dataclass(frozen=True, slots=True)
class IndexShape:
    """How the index is built and when; see docs/adr/0040 for the figures behind the defaults.

    ``hnsw_from_rows``: smaller lists are searched exactly. ``delta_rows``: how many rows are searched exactly before a
    new generation is built (a twentieth of the list when that is more). ``purge_seconds``: longest time a removed
    vector stays in memory before a generation without it is begun. ``sample_every``: each so many searches are
    checked exactly.
    """

    dimension: int
    links: int = 16  # HNSW's M
    ef_construction: int = 200
    ef: int = 96
    hnsw_from_rows: int = 5_000
    delta_rows: int = 1_000
    purge_seconds: float = 30.0
    sample_every: int = 500


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All that a search reads. ``graph`` holds exactly ``base``'s rows, labelled by serial; None: search exactly."""

    generation: int
    graph: Graph | None
    base: Part
    delta: Part


class ListIndex:
    """Nearest enrolled photos of a face, exact in score, without ever blocking the event loop."""

    def __init__(self, shape: IndexShape, meters: Meters) -> None:
        self._shape = shape
        self._meters = meters
        # Of the searches checked exactly: how many, and how many had found the nearest row. Searching thread only.
        self._sampled = 0
        self._agreed = 0
        self._snapshot = Snapshot(0, None, rows.empty(shape.dimension), rows.empty(shape.dimension))
        self._serials: dict[EntryId, list[int]] = {}
        self._next_serial = 0
        self._searches = 0
        self._changed = asyncio.Event()
        self._closing = threading.Event()  # tells the building thread to give up
        self._searching = ThreadPoolExecutor(1, "index-search")
        self._building = ThreadPoolExecutor(1, "index-build", initializer=_step_back)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._searching.shutdown(wait=False, cancel_futures=True)
        self._building.shutdown(wait=False, cancel_futures=True)

    @property
    def rows(self) -> int:
        """How many vectors can be found."""
        return self._snapshot.base.live + self._snapshot.delta.live

    @property
    def generation(self) -> int:
        """Number of the generation in use; grows with every swap."""
        return self._snapshot.generation

    def replace(self, entry_id: EntryId, revision: int, templates: Sequence[tuple[str, Vector]]) -> None:
        """Make *templates* (photo id, vector) the entry's only rows; with none the entry is removed.

        Raises ValueError when a vector has another dimension than the index.
        """
        for photo_id, vector in templates:
            if vector.shape != (self._shape.dimension,):
                raise ValueError(f"vector of photo {photo_id} is {vector.shape}, expected {self._shape.dimension}")

        base, delta = self._snapshot.base, self._snapshot.delta
        for serial in self._serials.pop(entry_id, []):
            base, delta = rows.bury(base, delta, serial)
        for photo_id, vector in templates:
            delta = rows.append(delta, self._next_serial, vector, Row(entry_id, revision, photo_id))
            self._serials.setdefault(entry_id, []).append(self._next_serial)
            self._next_serial += 1
        self._snapshot = Snapshot(self._snapshot.generation, self._snapshot.graph, base, delta)
        self._changed.set()
        self._meters.set("wardwatch_index_templates", self.rows)

    async def nearest(self, vector: Vector, count: int) -> list[Neighbour]:
        """The *count* most similar rows, most similar first."""
        self._searches += 1
        sampled = self._searches % self._shape.sample_every == 0
        return await self._search(self._nearest, self._snapshot, vector, count, sampled)

    async def above(self, vector: Vector, similarity: float) -> list[Neighbour]:
        """Every row at least so similar, most similar first; exact, and costs a pass over the whole list."""
        return await self._search(rows.above, (self._snapshot.base, self._snapshot.delta), vector, similarity)

    async def keep_fresh(self, stop: asyncio.Event) -> None:
        """Build and swap in generations as the list changes, until *stop*."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._changed.clear()
                if self._is_due() or (self._tombstones() and await self._is_quiet(stopping)):
                    await self._rebuild_unless(stopping)
                    continue

                changing = asyncio.create_task(self._changed.wait())
                await asyncio.wait({changing, stopping}, return_when=asyncio.FIRST_COMPLETED)
                changing.cancel()
        finally:
            stopping.cancel()

    async def rebuild(self) -> int:
        """Build a generation of all live rows and swap it in; its number. No vector removed before survives it."""
        before = self._snapshot
        loop = asyncio.get_running_loop()
        graph, base = await loop.run_in_executor(self._building, _build, before, self._shape, self._closing)

        # What changed while the thread was building: later rows stay delta, later deaths are tombstones.
        now = self._snapshot
        fresh = now.delta.count - before.delta.count
        delta = rows.empty(self._shape.dimension)
        for position in range(before.delta.count, before.delta.count + fresh):
            if position not in now.delta.dead:
                serial = int(now.delta.serials[position])
                delta = rows.append(delta, serial, now.delta.matrix[position], now.delta.rows[position])
        for part, old in ((now.base, before.base), (now.delta, before.delta)):
            for position in part.dead[len(old.dead) :]:
                base, delta = rows.bury(base, delta, int(part.serials[position]))
        self._snapshot = Snapshot(now.generation + 1, graph, base, delta)
        self._meters.count("wardwatch_index_builds_total")
        self._meters.set("wardwatch_index_generation", self._snapshot.generation)
        return self._snapshot.generation

    def _nearest(self, snapshot: Snapshot, vector: Vector, count: int, sampled: bool) -> list[Neighbour]:
        found = rows.best(
            [*self._from_base(snapshot, vector, count), *rows.exact(snapshot.delta, vector, count)], count
        )
        if sampled and snapshot.graph is not None:
            true = rows.best([*rows.exact(snapshot.base, vector, 1), *rows.exact(snapshot.delta, vector, 1)], 1)
            self._sampled += 1
            self._agreed += not true or (bool(found) and found[0].similarity >= true[0].similarity - _SAME)
            self._meters.set("wardwatch_index_recall_ratio", self._agreed / self._sampled)
        return found

    def _from_base(self, snapshot: Snapshot, vector: Vector, count: int) -> list[Neighbour]:
        base = snapshot.base
        if snapshot.graph is None:
            return rows.exact(base, vector, count)

        wanted = min(base.count, count + min(len(base.dead), _SPARE))
        try:
            labels, _ = snapshot.graph.knn_query(vector.reshape(1, -1), k=wanted, num_threads=1)
        except RuntimeError:  # the graph reached fewer than wanted
            self._meters.count("wardwatch_index_exact_fallbacks_total")
            return rows.exact(base, vector, count)

        positions: Positions = np.searchsorted(base.serials[: base.count], labels[0].astype(np.int64))
        positions = positions[~np.isin(positions, base.dead)]
        if len(positions) < min(count, base.live):  # too many of the nearest are tombstoned
            self._meters.count("wardwatch_index_exact_fallbacks_total")
            return rows.exact(base, vector, count)

        return base.neighbours(positions, base.matrix[positions] @ vector)

    async def _search(self, search: Callable[..., list[Neighbour]], *arguments: object) -> list[Neighbour]:
        return await asyncio.get_running_loop().run_in_executor(self._searching, search, *arguments)

    async def _rebuild_unless(self, stopping: "asyncio.Task[bool]") -> None:
        """Build, but give a half-built generation up when it is time to stop: it may take minutes."""
        building = asyncio.create_task(self.rebuild())
        await asyncio.wait({building, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if building.done():
            await building
            return

        self._closing.set()
        building.cancel()

    def _is_due(self) -> bool:
        limit = max(self._shape.delta_rows, self._snapshot.base.count // 20)
        return self._snapshot.delta.count > limit or self._tombstones() > limit

    def _tombstones(self) -> int:
        return len(self._snapshot.base.dead) + len(self._snapshot.delta.dead)

    async def _is_quiet(self, stopping: "asyncio.Task[bool]") -> bool:
        """Wait until removed vectors have been in memory long enough; False when stopped meanwhile."""
        done, _ = await asyncio.wait({stopping}, timeout=self._shape.purge_seconds)
        return not done


def _step_back() -> None:
    # A generation is never urgent, a face is: Linux lets one thread of a process be nicer than the rest.
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


def _build(snapshot: Snapshot, shape: IndexShape, closing: threading.Event) -> tuple[Graph | None, Part]:
    """A part of all live rows and the graph over it; no graph while the list is small."""
    parts = (snapshot.base, snapshot.delta)
    keep = [np.setdiff1d(np.arange(part.count), part.dead) for part in parts]
    serials = np.concatenate([part.serials[k] for part, k in zip(parts, keep, strict=True)])
    matrix = np.concatenate([part.matrix[k] for part, k in zip(parts, keep, strict=True)])
    owners = [part.rows[position] for part, k in zip(parts, keep, strict=True) for position in k]
    base = Part(serials, matrix, owners, len(owners), np.empty(0, np.intp))
    return (None if len(owners) < shape.hnsw_from_rows else _graph(matrix, serials, shape, closing)), base


def _graph(matrix: Matrix, serials: NDArray[np.int64], shape: IndexShape, closing: threading.Event) -> Graph:
    graph = hnswlib.Index(space="ip", dim=shape.dimension)
    graph.init_index(max_elements=len(serials), M=shape.links, ef_construction=shape.ef_construction, random_seed=1)
    for start in range(0, len(serials), _BUILD_ROWS):
        if closing.is_set():
            raise CancelledError

        stop = start + _BUILD_ROWS
        graph.add_items(matrix[start:stop], serials[start:stop], num_threads=1)
    graph.set_ef(shape.ef)  # not kept by the build; without it the graph would search with 10
    built: Graph = graph
    return built
