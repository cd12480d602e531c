"""A process that puts a vector into an index, removes it, awaits ``forget`` and looks for it in its own memory.

Run by ``test_forgetting.py``. The vector is made in place, and kept for the comparison only mixed with a key, so that
the index's copies are the only ones. A copy counts when any of three pairs of neighbouring float32 is found, because
the allocator writes its own notes into the first bytes of what is freed. Prints how many copies there were while the
vector was listed and how many after ``forget``.
"""

import asyncio
import gc
import sys

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.telemetry import Meters
from services.matcher.index import IndexShape, ListIndex
from tests.own_memory import CHUNK_WORDS, Words, chunks

_DIMENSION = 128
_PROBED = (40, 80, 120)  # words of the vector whose pairs are looked for


def drawn(rng: np.random.Generator) -> NDArray[np.float32]:
    """A unit vector, made without leaving a copy of it anywhere else."""
    vector = np.empty(_DIMENSION, np.float32)
    rng.standard_normal(out=vector, dtype=np.float32)
    vector /= np.sqrt(np.dot(vector, vector))
    return vector


def copies(key: Words, *mixed: Words) -> int:
    """How often a piece of one of the vectors that *mixed* hide is in this process's writable memory."""
    alike = np.empty(CHUNK_WORDS, np.bool_)
    return sum(_pieces(words, alike, each, key) for words in chunks() for each in mixed)


def _pieces(words: Words, alike: NDArray[np.bool_], mixed: Words, key: Words) -> int:
    found = 0
    for probed in _PROBED:
        # One word of a vector is no piece of it, so it may be held in clear; two would be found here.
        np.equal(words, mixed[probed] ^ key[probed], out=alike)
        if alike[:-1].any():
            places = np.flatnonzero(alike[:-1])
            found += int(np.count_nonzero((words[places + 1] ^ key[probed + 1]) == mixed[probed + 1]))
    return found


async def main(rows: int, hnsw_from_rows: int) -> None:
    """Fill, search, remove among other changes, forget; print what was found before and after."""
    rng = np.random.default_rng(5)
    key = rng.integers(0, 2**32, _DIMENSION, np.uint32)
    shape = IndexShape(
        _DIMENSION,
        links=8,
        ef_construction=32,
        ef=32,
        hnsw_from_rows=hnsw_from_rows,
        purge_seconds=0.01,
        sample_every=1,
    )
    stop = asyncio.Event()
    with ListIndex(shape, Meters()) as index:
        for row in range(rows):
            index.replace(EntryId(str(row)), 1, [("photo", drawn(rng))])
        vector = drawn(rng)
        mixed = vector.view(np.uint32) ^ key
        index.replace(EntryId("sought"), 1, [("photo", vector)])
        vector.fill(0)
        fresh = asyncio.create_task(index.keep_fresh(stop))
        index.complete()
        # Each generation copies the vector; each search may.
        for number in range(3):
            index.replace(EntryId(str(number)), 2, [])
            await index.forget(EntryId(str(number)))
            await asyncio.gather(*(index.nearest(drawn(rng), 8) for _ in range(20)))
            await index.above(drawn(rng), 0.2)
        before = copies(key, mixed)

        index.replace(EntryId("sought"), 2, [])
        await asyncio.gather(index.forget(EntryId("sought")), *(index.nearest(drawn(rng), 8) for _ in range(20)))
        after = copies(key, mixed)
        stop.set()
        await fresh
    sys.stdout.write(f"{before} {after}\n")


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
