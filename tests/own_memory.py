"""A process reads its own writable memory, in pieces that are wiped behind it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_CHUNK_BYTES: Final = 2**18
CHUNK_WORDS: Final = _CHUNK_BYTES // 4


def chunks() -> Iterator[Words]:
    """All that is not zero, as (CHUNK_WORDS,) words, always in the same array; what crosses an edge comes twice."""
    spans = [
        line.split()[0] for line in Path("/proc/self/maps").read_text().splitlines() if line.split()[1][:2] == "rw"
    ]
    chunk = bytearray(_CHUNK_BYTES)  # the only place that is read into
    nothing, words = bytes(_CHUNK_BYTES), np.frombuffer(chunk, np.uint32)
    with Path("/proc/self/mem").open("rb", buffering=0) as memory:
        for span in spans:
            first, end = (int(edge, 16) for edge in span.split("-"))
            for start in range(first, end, _CHUNK_BYTES - 8):
                memory.seek(start)
                with suppress(OSError), memoryview(chunk)[: min(_CHUNK_BYTES, end - start)] as room:  # unmapped since
                    memory.readinto(room)
                if words.any():
                    yield words
                    chunk[:] = nothing
