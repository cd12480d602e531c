"""The list's index: HNSW as the matcher uses it against exact search, at the sizes a hospital or a country has.

Run: ``python -m benchmarks.index [--rows 2100 20000 100000] [--links 16] [--ef-construction 200] [--ef 96]``.
Vectors are drawn, not enrolled: each person a random direction of the unit sphere with three photos around it, each
search half from such a person and half from nobody. That is harder for a graph than real faces, which are less
spread out. Recall@1 is the share of searches whose best answer is as similar as the exact best, and ``listed`` the
same over the searches that come from a listed person, which are the ones that raise an alert.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.telemetry import Meters
from services.matcher.core import Neighbour
from services.matcher.index import IndexShape, ListIndex

Matrix = NDArray[np.float32]

_DIMENSION = 128
_PHOTOS = 3
# Length of the difference between two photos of a person that gives cosines around 0.65, as SFace does on LFW.
_SPREAD = 0.75
_COUNT = 8


def _unit(vectors: Matrix) -> Matrix:
    lengths: Matrix = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def _drawn(rng: np.random.Generator, rows: int, searches: int) -> tuple[Matrix, Matrix]:
    """Enrolled vectors (rows, 128) and searched ones (searches, 128): the first half from enrolled people."""
    people = _unit(rng.standard_normal((-(-rows // _PHOTOS), _DIMENSION), np.float32))

    def around(centres: Matrix) -> Matrix:
        noise = _unit(rng.standard_normal(centres.shape, np.float32))
        return _unit(centres + np.float32(_SPREAD) * noise)

    enrolled = around(np.repeat(people, _PHOTOS, axis=0)[:rows])
    listed = around(people[rng.integers(0, len(people), searches // 2)])
    strangers = _unit(rng.standard_normal((searches - len(listed), _DIMENSION), np.float32))
    return enrolled, np.concatenate([listed, strangers])


async def _timed(index: ListIndex, searched: Matrix) -> tuple[list[float], list[list[Neighbour]]]:
    """Seconds of each search as the handler waits for it (thread hop included), and the answers."""
    taken: list[float] = []
    found: list[list[Neighbour]] = []
    for vector in searched:
        began = time.perf_counter()
        found.append(await index.nearest(vector, _COUNT))
        taken.append(time.perf_counter() - began)
    return taken, found


async def _filled(shape: IndexShape, enrolled: Matrix) -> tuple[ListIndex, float, float]:
    """An index of *enrolled* in one generation; seconds to take the rows in, and to build."""
    index = ListIndex(shape, Meters())
    began = time.perf_counter()
    for row, vector in enumerate(enrolled):
        index.replace(EntryId(str(row // _PHOTOS * _PHOTOS + row % _PHOTOS)), 1, [(str(row), vector)])
    taken_in = time.perf_counter() - began
    began = time.perf_counter()
    await index.rebuild()
    return index, taken_in, time.perf_counter() - began


async def _while_building(index: ListIndex, searched: Matrix) -> list[float]:
    """Seconds of each search made while a generation was being built and swapped in."""
    building = asyncio.create_task(index.rebuild())
    taken: list[float] = []
    at = 0
    while not building.done():
        seconds, _ = await _timed(index, searched[at % len(searched)][None])
        taken += seconds
        at += 1
    await building
    return taken


def _line(name: str, taken: Sequence[float], *rest: str) -> str:
    p50, p99 = np.percentile(np.array(taken) * 1e6, (50, 99))
    return f"  {name:<22} p50 {p50:7.0f} us  p99 {p99:7.0f} us  " + "  ".join(rest)


async def measure(rows: int, searches: int, shape: Callable[[int], IndexShape]) -> None:
    """Print one table for a list of *rows* vectors."""
    enrolled, searched = _drawn(np.random.default_rng(7), rows, searches)
    print(f"\n{rows:,} vectors of {_DIMENSION} dimensions, {searches:,} searches for {_COUNT} rows, one search thread")

    exact, taken_in, _ = await _filled(shape(rows + 1), enrolled)
    with exact:
        seconds, truth = await _timed(exact, searched)
    print(_line("exact (numpy)", seconds, f"rows taken in after {taken_in:.2f} s"))

    graph, _, built = await _filled(shape(0), enrolled)
    with graph:
        seconds, found = await _timed(graph, searched)
        building = await _while_building(graph, searched)
    right = [f[0].similarity >= t[0].similarity - 1e-5 for f, t in zip(found, truth, strict=True)]
    half = searches // 2
    print(_line("HNSW", seconds, f"recall@1 {np.mean(right):.4f} (listed {np.mean(right[:half]):.4f})"))
    print(_line("HNSW during a build", building, f"{len(building):,} searches, build {built:.2f} s when quiet"))


def main() -> None:
    """Measure each size asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, nargs="+", default=[2_100, 20_000, 100_000])
    asked.add_argument("--searches", type=int, default=2_000)
    asked.add_argument("--links", type=int, default=IndexShape(_DIMENSION).links)
    asked.add_argument("--ef-construction", type=int, default=IndexShape(_DIMENSION).ef_construction)
    asked.add_argument("--ef", type=int, default=IndexShape(_DIMENSION).ef)
    given = asked.parse_args()

    def shape(hnsw_from_rows: int) -> IndexShape:
        return IndexShape(
            _DIMENSION,
            links=given.links,
            ef_construction=given.ef_construction,
            ef=given.ef,
            hnsw_from_rows=hnsw_from_rows,
            sample_every=10**9,  # the exact answers are had from the other index
        )

    print(f"M {given.links}, ef_construction {given.ef_construction}, ef {given.ef}")
    for rows in given.rows:
        asyncio.run(measure(rows, given.searches, shape))


if __name__ == "__main__":
    main()
