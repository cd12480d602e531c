"""The list's vectors in memory: immutable HNSW generations, an exactly searched delta, and tombstones.

A search reads one ``Snapshot``, which never changes: a change makes a new snapshot, a thread builds the next
generation aside, and the reference is swapped on the event loop. Nothing is ever written to disk. A removed vector
is out of every answer at once; when the next generation is in use, the memory of the former one is overwritten.
"""

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self, TypeVar

import numpy as np

from proto.wardwatch.v1.requests import NO_CROWD, Crowd
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Vector
from services.chassis.telemetry import Meters
from services.matcher import generations, graph, rows
from services.matcher.core import Neighbour, pooled
from services.matcher.departures import Departures
from services.matcher.generations import IndexShape, Snapshot
from services.matcher.graph import Graph
from services.matcher.rows import Part, Row

# Rows searched exactly beside a long list's graph: so many cost a search a few tenths of a millisecond.
_MOST_DELTA_ROWS: Final = 10_000
# Two similarities of float32 dot products over 128 to 512 terms that differ by less are the same answer.
_SAME: Final = 1e-5

# A mean over so many cosines is known to within a hundredth.
_FEWEST: Final = 100

__all__ = ["IndexShape", "ListIndex"]

_T = TypeVar("_T")


class ListIndex:
    """Nearest enrolled photos of a face, exact in score, without ever blocking the event loop."""

    def __init__(self, shape: IndexShape, meters: Meters) -> None:
        graph.map_large_blocks()
        self._shape = shape
        self._meters = meters
        self._snapshot = Snapshot.empty(shape.dimension)
        self._serials: dict[EntryId, range] = {}
        self._lengths: dict[EntryId, float] = {}  # of the sum of an entry's vectors
        self._total: Vector | None = None  # of all rows, while they stay as they are
        self._next_serial = 0
        self._live = 0
        self._departures = Departures()
        self._overwritten = 0  # the generation before which all matrices hold zeros
        self._lingering = 0  # graphs of former generations that are not freed yet
        # Of the searches checked exactly: how many, and how many had found the nearest row. Checking thread only.
        self._sampled = 0
        self._agreed = 0
        self._searches = 0
        self._check: asyncio.Future[None] | None = None
        self._changed = asyncio.Event()
        self._complete = asyncio.Event()
        self._settled = asyncio.Event()
        self._one_build = asyncio.Lock()
        self._closing = threading.Event()  # tells the building thread to give up
        self._searching = _thread("search", shape.dimension, nice=0)
        # A generation is never urgent, a face is: Linux lets one thread of a process be nicer than the rest.
        self._checking = _thread("check", shape.dimension, nice=5)
        self._building = _thread("build", shape.dimension, nice=5)
        self._hurrying = _thread("hurry", shape.dimension, nice=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for threads in (self._searching, self._checking, self._building, self._hurrying):
            threads.shutdown(wait=False, cancel_futures=True)

    @property
    def rows(self) -> int:
        """How many vectors can be found."""
        return self._live

    @property
    def generation(self) -> int:
        """Number of the generation in use; grows with every swap."""
        return self._snapshot.generation

    def replace(self, entry_id: EntryId, revision: int, templates: Sequence[tuple[str, Vector]]) -> None:
        """Make *templates* (photo id, vector) the entry's only rows; with none the entry is removed.

        The vectors are copied. Raises ValueError when one has another dimension than the index.
        """
        for photo_id, vector in templates:
            if vector.shape != (self._shape.dimension,):
                raise ValueError(f"vector of photo {photo_id} is {vector.shape}, expected {self._shape.dimension}")

        if self._total is not None:
            self._total.fill(0)
            self._total = None
        tombstoned = self._serials.pop(entry_id, range(0))
        self._lengths.pop(entry_id, None)
        added = [(Row(entry_id, revision, photo_id), vector) for photo_id, vector in templates]
        first = self._next_serial
        self._snapshot = self._snapshot.changed(tombstoned, first, added)
        self._next_serial += len(added)
        if templates:
            self._serials[entry_id] = range(first, self._next_serial)
            self._lengths[entry_id] = rows.length([vector for _, vector in templates])
            self._departures.returned(entry_id)
        elif tombstoned:
            self._departures.left(entry_id)
        self._live += len(templates) - len(tombstoned)
        self._changed.set()
        self._meters.set("wardwatch_index_templates", self._live)

    def complete(self) -> None:
        """The list has been read: from now on generations are built, the first one at once."""
        self._complete.set()

    async def settled(self) -> None:
        """Wait until the first generation is in use; until then the list is searched exactly."""
        await self._settled.wait()

    def released(self, entry_id: EntryId) -> bool:
        """Whether the index has neither rows of the entry nor memory that still holds removed ones."""
        return entry_id not in self._serials and self._departures.is_gone(entry_id)

    async def forget(self, entry_id: EntryId) -> int:
        """Wait until nothing of a removed entry's vectors is left in the index's memory.

        Returns the number of the first generation built without them, 0 for an entry that was never here. Generations
        are built by ``keep_fresh``, so it must be running. Raises ValueError while the entry has rows.
        """
        if entry_id in self._serials:
            raise ValueError(f"entry {entry_id} still has rows in the index; remove them first")

        return await self._departures.gone(entry_id)

    async def nearest(self, vector: Vector, count: int) -> list[Neighbour]:
        """The *count* most similar rows, most similar first."""
        snapshot = self._snapshot
        found = await self._run(self._searching, self._nearest, snapshot, vector, count)
        self._searches += 1
        idle = self._check is None or self._check.done()
        if snapshot.graph is not None and idle and self._searches % self._shape.sample_every == 0:
            best = found[0].similarity if found else -1.0
            loop = asyncio.get_running_loop()
            self._check = loop.run_in_executor(self._checking, self._compare, snapshot, vector, best)
        return found

    def nearest_now(self, vector: Vector, count: int) -> list[Neighbour]:
        """The same in the calling thread, for measuring."""
        return self._nearest(self._snapshot, vector, count)

    def entries(self, near: Sequence[Neighbour], vector: Vector, similarity: float) -> list[Neighbour]:
        """The entries whose photos *near* are, each as one (``core.pooled``), if so similar; most similar first.

        An entry that has gone since the photos were found is left out.
        """
        nearest = {each.entry_id: each.similarity for each in reversed(near)}
        entries = [
            pooled(rows.named(self._snapshot.parts, self._serials[entry_id], vector), self._lengths[entry_id])
            for entry_id, photo in nearest.items()
            # Photos that are all as near as the nearest would not be enough: so it is with nearly every passer-by.
            if entry_id in self._serials
            and photo * len(self._serials[entry_id]) >= similarity * self._lengths[entry_id]
        ]
        return rows.best([each for each in entries if each.similarity >= similarity], len(entries))

    async def above(self, vector: Vector, similarity: float) -> list[Neighbour]:
        """Every row at least so similar, most similar first; exact, and costs a pass over the whole list."""
        return await self._run(self._searching, rows.above, self._snapshot.parts, vector, similarity)

    async def crowd(self, vectors: Sequence[Vector]) -> Crowd:
        """How near each of *vectors* is to the whole list; costs a pass over it."""
        return await self._run(self._searching, self._crowd_of, self._snapshot, vectors)

    def nearness(self, entry_id: EntryId) -> float:
        """By how much the entry's template is nearer to the others of the list than the usual photo: cosines.

        0 where the list is too short to say.
        """
        serials = self._serials.get(entry_id)
        if serials is None or self._live < _FEWEST:
            return 0.0
        if self._total is None:
            self._total = rows.total(self._snapshot.parts, self._shape.dimension)
        own = sum(each.similarity for each in rows.named(self._snapshot.parts, serials, self._total))
        length = self._lengths[entry_id]
        # Without its own photos, whose cosines with each other say nothing of others.
        return (own - length**2) / length / (self._live - len(serials)) - _usual(self._total, self._live)

    async def keep_fresh(self, stop: asyncio.Event) -> None:
        """Build and swap in generations from when the list is complete, as it changes, until *stop*."""
        stopping = asyncio.create_task(stop.wait())
        try:
            await _first_of(self._complete, stopping)
            while not stop.is_set():
                self._changed.clear()
                if self._is_due() or (self._snapshot.tombstones and await self._is_quiet(stopping)):
                    await self._rebuild_unless(stopping)
                    continue

                await _first_of(self._changed, stopping)
        finally:
            stopping.cancel()

    async def rebuild(self) -> int:
        """Build a generation of all live rows and swap it in; its number.

        When it returns, the vectors of the former generation are overwritten, and its graph is freed or about to be.
        """
        async with self._one_build:
            self._snapshot = self._snapshot.sealed(self._shape.dimension)
            before = self._snapshot.parts[:-1]
            self._departures.begun(self.generation + 1)
            thread, threads = self._builder()
            made, base = await self._run(thread, generations.build, before, self._shape, threads, self._closing)
            self._swap(before, made, base)
            for reader in (self._searching, self._checking):
                await self._run(reader, _nothing)  # each runs its queue in order: what was queued before has ended
            await self._run(self._building, _overwrite, before)
            self._overwritten = self.generation
            self._acknowledge()
            return self.generation

    def _swap(self, before: tuple[Part, ...], made: Graph | None, base: Part) -> None:
        """Put *base*, built from *before*, into use."""
        former = self._snapshot.graph
        if former is not None:
            self._lingering += 1
            weakref.finalize(former, _tell, asyncio.get_running_loop(), self._freed).atexit = False
        self._snapshot = self._snapshot.followed(before, made, base)
        self._settled.set()
        self._meters.count("wardwatch_index_builds_total")
        self._meters.set("wardwatch_index_generation", self.generation)

    def _freed(self) -> None:
        self._lingering -= 1
        self._acknowledge()

    def _acknowledge(self) -> None:
        """Wake whoever waits for removed entries, unless a search still uses a graph with their vectors."""
        if not self._lingering:
            self._departures.swept(self._overwritten)

    def _crowd_of(self, snapshot: Snapshot, vectors: Sequence[Vector]) -> Crowd:
        photos = sum(part.live for part in snapshot.parts)
        if photos < 2:
            return NO_CROWD
        together = rows.total(snapshot.parts, self._shape.dimension)
        similarities = tuple(float(np.dot(together, vector)) / photos for vector in vectors)
        usual = _usual(together, photos)
        together.fill(0)
        return Crowd(similarities, usual, photos)

    def _nearest(self, snapshot: Snapshot, vector: Vector, count: int) -> list[Neighbour]:
        found, fell_short = snapshot.nearest(vector, count, self._shape.ef)
        if fell_short:
            self._meters.count("wardwatch_index_exact_fallbacks_total")
        return found

    def _compare(self, snapshot: Snapshot, vector: Vector, best: float) -> None:
        """Count whether a search whose *best* similarity this was had found the nearest row."""
        true = snapshot.exact(vector, 1)
        self._sampled += 1
        self._agreed += not true or best >= true[0].similarity - _SAME
        self._meters.set("wardwatch_index_recall_ratio", self._agreed / self._sampled)

    async def _run(self, thread: ThreadPoolExecutor, call: Callable[..., _T], *arguments: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(thread, call, *arguments)

    async def _rebuild_unless(self, stopping: "asyncio.Task[bool]") -> None:
        """Build, but give a half-built generation up when it is time to stop: it may take minutes."""
        building = asyncio.create_task(self.rebuild())
        await asyncio.wait({building, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if building.done():
            await building
            return

        self._closing.set()
        building.cancel()

    def _builder(self) -> tuple[ThreadPoolExecutor, int]:
        """The thread for the next generation, and with how many threads it may build.

        A generation is not urgent while the graph answers for most rows. When most are searched exactly, as after
        the start of a long list, every search waits for the build to end, and it takes what the machine has.
        """
        base = self._snapshot.base.count if self._snapshot.graph is not None else 0
        if self._live > 2 * base:
            return self._hurrying, graph.cores()

        return self._building, max(1, graph.cores() // 4)

    def _is_due(self) -> bool:
        if self._snapshot.generation == 0:
            return True

        now = self._snapshot
        limit = max(self._shape.delta_rows, min(now.base.count // 20, _MOST_DELTA_ROWS))
        return now.delta_rows > limit or now.tombstones > limit

    async def _is_quiet(self, stopping: "asyncio.Task[bool]") -> bool:
        """Wait until removed vectors have been in memory long enough; False when stopped meanwhile."""
        done, _ = await asyncio.wait({stopping}, timeout=self._shape.purge_seconds)
        return not done


def _usual(total: Vector, photos: int) -> float:
    """Mean cosine of two different ones of *photos* unit vectors, whose sum is *total*."""
    return (float(np.dot(total, total)) - photos) / (photos * (photos - 1))


async def _first_of(event: asyncio.Event, stopping: "asyncio.Task[bool]") -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _thread(name: str, dimension: int, nice: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, f"index-{name}", initializer=_begin, initargs=(dimension, nice))


def _begin(dimension: int, nice: int) -> None:
    if nice and hasattr(os, "setpriority"):
        thread = threading.get_native_id()
        # On top of what the process was started with: only root may be more important than it was.
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + nice)
    rows.rehearse(dimension)
    graph.trim()


def _overwrite(parts: tuple[Part, ...]) -> None:
    rows.overwrite(parts)
    graph.trim()


def _nothing() -> None:
    """Does nothing: awaited in a thread's queue, it tells that everything before it is done."""


def _tell(loop: asyncio.AbstractEventLoop, freed: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(freed)
