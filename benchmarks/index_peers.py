"""One way of searching a list, measured in a process of its own: started by ``benchmarks.index``, never by hand.

Reads ``enrolled.npy`` and ``searched.npy`` of a folder, writes ``found.npy``, the best similarity of each search, and
prints what it measured. Memory is what the process holds for itself (anonymous pages) beyond what it held before the
first row; the enrolled vectors it reads are pages of a file and are not in it.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import faiss
import numpy as np
import usearch.index
from numpy.typing import NDArray

from benchmarks.templates import DIMENSION, PHOTOS, Matrix
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.telemetry import Meters
from services.matcher.graph import map_large_blocks, trim
from services.matcher.index import IndexShape, ListIndex

COUNT: Final = 8  # rows asked for, as the matcher does
_GONE: Final = EntryId("gone")
_SETTLING_SECONDS: Final = 0.2  # until threads have let go of what the first rows were built from
_UNMEASURED: Final = 100  # searches before the measured ones

Search = Callable[[NDArray[np.float32]], float]  # similarity of the best row


@dataclass(frozen=True, slots=True)
class Graph:
    """Parameters of a graph, the same for every peer that has one."""

    links: int
    ef_construction: int
    ef: int
    threads: int  # building
    from_rows: int  # smaller lists have none in ListIndex


@dataclass(slots=True)
class Measured:
    """What one way of searching took: seconds, microseconds, bytes. Zero where it has no such thing."""

    inserted_s: float = 0
    built_s: float = 0
    bytes_per_row: float = 0
    p50_us: float = 0
    p99_us: float = 0
    awaited_p50_us: float = 0
    awaited_p99_us: float = 0
    building_p50_us: float = 0
    building_p99_us: float = 0
    building_s: float = 0
    building_searches: int = 0
    load: float = 0  # the machine's load average when the searches had ended; with one search thread 1 is quiet


def _own_bytes() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))


def _numpy(enrolled: Matrix, _: Graph) -> Search:
    matrix = enrolled.copy()

    def search(vector: NDArray[np.float32]) -> float:
        scores = matrix @ vector
        return float(scores[np.argpartition(scores, len(scores) - COUNT)[-COUNT:]].max())

    return search


def _faiss_flat(enrolled: Matrix, _: Graph) -> Search:
    return _faiss(faiss.IndexFlatIP(DIMENSION), enrolled, 1)


def _faiss_hnsw(enrolled: Matrix, graph: Graph) -> Search:
    index = faiss.IndexHNSWFlat(DIMENSION, graph.links, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = graph.ef_construction
    index.hnsw.efSearch = graph.ef
    return _faiss(index, enrolled, graph.threads)


def _faiss(index: "faiss.Index", enrolled: Matrix, threads: int) -> Search:
    faiss.omp_set_num_threads(threads)
    index.add(enrolled)
    faiss.omp_set_num_threads(1)

    def search(vector: NDArray[np.float32]) -> float:
        return float(index.search(vector[None], COUNT)[0][0, 0])

    return search


def _usearch(enrolled: Matrix, graph: Graph) -> Search:
    index = usearch.index.Index(
        ndim=DIMENSION,
        metric="ip",
        dtype="f32",
        connectivity=graph.links,
        expansion_add=graph.ef_construction,
        expansion_search=graph.ef,
    )
    index.add(np.arange(len(enrolled)), enrolled, threads=graph.threads)

    def search(vector: NDArray[np.float32]) -> float:
        return 1 - float(index.search(vector, COUNT, threads=1).distances[0])

    return search


_PEERS: Final[dict[str, Callable[[Matrix, Graph], Search]]] = {
    "numpy": _numpy,
    "faiss-flat": _faiss_flat,
    "faiss-hnsw": _faiss_hnsw,
    "usearch": _usearch,
}
OURS: Final = "list-index"
NAMES: Final = ("numpy", OURS, *(name for name in _PEERS if name != "numpy"))


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    p50, p99 = np.percentile(np.array(seconds) * 1e6, (50, 99))
    return float(p50), float(p99)


def _timed(search: Search, searched: Matrix) -> tuple[list[float], list[float]]:
    """Best similarity of each search, and the seconds it took."""
    found: list[float] = []
    seconds: list[float] = []
    for vector in (*searched[:_UNMEASURED], *searched):
        began = time.perf_counter()
        best = search(vector)
        seconds.append(time.perf_counter() - began)
        found.append(best)
    return found[_UNMEASURED:], seconds[_UNMEASURED:]


def measure(name: str, enrolled: Matrix, searched: Matrix, graph: Graph) -> tuple[Measured, list[float]]:
    """Measure a peer; the best similarities beside it."""
    result = Measured()
    before = _own_bytes()
    began = time.perf_counter()
    search = _PEERS[name](enrolled, graph)
    result.built_s = time.perf_counter() - began
    result.bytes_per_row = (_own_bytes() - before) / len(enrolled)
    found, seconds = _timed(search, searched)
    result.p50_us, result.p99_us = _percentiles(seconds)
    result.load = os.getloadavg()[0]
    return result, found


async def measure_ours(
    enrolled: Matrix, searched: Matrix, graph: Graph, *, rebuild: bool
) -> tuple[Measured, list[float]]:
    """Measure the matcher's index as the matcher uses it, from empty to built anew while searched."""
    result = Measured()
    shape = IndexShape(
        DIMENSION,
        links=graph.links,
        ef_construction=graph.ef_construction,
        ef=graph.ef,
        hnsw_from_rows=graph.from_rows,
        sample_every=10**9,  # the exact answers are had from another process
    )
    before = _own_bytes()
    stop = asyncio.Event()
    with ListIndex(shape, Meters()) as index:
        fresh = asyncio.create_task(index.keep_fresh(stop))
        began = time.perf_counter()
        _insert(index, enrolled)
        result.inserted_s = time.perf_counter() - began
        index.complete()
        await index.settled()
        result.built_s = time.perf_counter() - began - result.inserted_s
        await index.forget(_GONE)
        await asyncio.sleep(_SETTLING_SECONDS)
        trim()
        result.bytes_per_row = (_own_bytes() - before) / len(enrolled)

        found, seconds = _timed(lambda vector: index.nearest_now(vector, COUNT)[0].similarity, searched)
        result.p50_us, result.p99_us = _percentiles(seconds)
        result.load = os.getloadavg()[0]
        result.awaited_p50_us, result.awaited_p99_us = _percentiles([await _awaited(index, v) for v in searched])
        if rebuild:
            await _while_building(index, searched, result)
        stop.set()
        await fresh
    return result, found


def _insert(index: ListIndex, enrolled: Matrix) -> None:
    """Give the list over as the stream does: an entry with its photos at a time, under names of real length."""
    for first in range(0, len(enrolled), PHOTOS):
        photos = [(f"{row:036d}", enrolled[row]) for row in range(first, min(first + PHOTOS, len(enrolled)))]
        index.replace(EntryId(f"{first:036d}"), 1, photos)
    index.replace(_GONE, 1, [("photo", enrolled[0])])
    index.replace(_GONE, 2, [])


async def _awaited(index: ListIndex, vector: NDArray[np.float32]) -> float:
    """Seconds of a search as the handler waits for it, thread hop included."""
    began = time.perf_counter()
    await index.nearest(vector, COUNT)
    return time.perf_counter() - began


async def _while_building(index: ListIndex, searched: Matrix, result: Measured) -> None:
    """Search without a pause while a generation is built, swapped in and the former one is swept."""
    began = time.perf_counter()
    building = asyncio.create_task(index.rebuild())
    seconds: list[float] = []
    while not building.done():
        seconds.append(await _awaited(index, searched[len(seconds) % len(searched)]))
    await building
    result.building_s = time.perf_counter() - began
    result.building_searches = len(seconds)
    result.building_p50_us, result.building_p99_us = _percentiles(seconds)


def main() -> None:
    """Measure one peer and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rebuild", action="store_true")
    for number in ("links", "ef-construction", "ef", "threads", "from-rows"):
        parser.add_argument(f"--{number}", type=int, required=True)
    arguments = parser.parse_args()
    map_large_blocks()  # what was freed before the first row must not hide what the rows take
    trim()
    enrolled = np.load(arguments.folder / "enrolled.npy", mmap_mode="r")
    searched = np.load(arguments.folder / "searched.npy")
    graph = Graph(arguments.links, arguments.ef_construction, arguments.ef, arguments.threads, arguments.from_rows)
    if arguments.name == OURS:
        result, found = asyncio.run(measure_ours(enrolled, searched, graph, rebuild=arguments.rebuild))
    else:
        result, found = measure(arguments.name, enrolled, searched, graph)
    np.save(arguments.folder / "found.npy", np.array(found))
    sys.stdout.write(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
