"""The HNSW graph of one generation: built once from a matrix, then only read."""

import ctypes
import os
import threading
from concurrent.futures import CancelledError
from typing import Final, Protocol

import hnswlib
import numpy as np
from numpy.typing import NDArray

from services.matcher.rows import Matrix

# Rows added by each thread before the builder looks whether it is to give up: about 100 ms of work.
_BATCH_ROWS: Final = 1_000
# glibc's M_MMAP_THRESHOLD: a block at least so large is mapped by itself and unmapped, not kept, when it is freed.
_MMAP_THRESHOLD: Final = -3
_MAPPED_BYTES: Final = 512 * 1024


class Graph(Protocol):
    """The methods of ``hnswlib.Index`` that are used after it was built."""

    def knn_query(
        self, data: Matrix, k: int = 1, num_threads: int = -1
    ) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """Labels and distances, both (queries, k), nearest first."""
        ...


def map_large_blocks() -> None:
    """Have freed graphs go back to the system, which clears them: hnswlib cannot overwrite a vector.

    Without this, glibc learns from the first graph that is freed to keep blocks of up to 32 MiB, vectors included.
    Other C libraries (musl) always unmap large blocks and have no such knob.
    """
    knob = getattr(ctypes.CDLL(None), "mallopt", None)
    if knob is not None:
        knob(_MMAP_THRESHOLD, _MAPPED_BYTES)


def trim() -> None:
    """Give free pages of the heap back to the system, where the C library can."""
    knob = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if knob is not None:
        knob(0)


def build(
    matrix: Matrix,
    labels: NDArray[np.int64],
    closing: threading.Event,
    *,
    links: int,
    ef_construction: int,
    ef: int,
    threads: int,
) -> Graph:
    """The graph over *matrix* (n, dimension); raises CancelledError soon after *closing* is set."""
    count, dimension = matrix.shape
    graph = hnswlib.Index(space="ip", dim=dimension)
    # Room beyond the rows makes a small graph's block large enough to be mapped by itself.
    room = max(count, _MAPPED_BYTES // (4 * dimension) + 1)
    graph.init_index(max_elements=room, M=links, ef_construction=ef_construction, random_seed=1)
    for start in range(0, count, _BATCH_ROWS * threads):
        if closing.is_set():
            raise CancelledError

        stop = start + _BATCH_ROWS * threads
        graph.add_items(matrix[start:stop], labels[start:stop], num_threads=threads)
    graph.set_ef(ef)  # not kept by the build; without it the graph would search with 10
    built: Graph = graph
    return built


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
