"""Look for a passer-by on a medium: in any file, at any offset, as bytes or as a vector in disguise."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Below any threshold in use, far above what unrelated floats reach in 128 dimensions.
SIMILAR: Final = 0.6
_LEAST: Final = 1e-6
_CHUNK_BYTES: Final = 64 * 1024
# A piece as long as this holds a whole word of eight bytes wherever it lies.
_WHOLE_WORD_BYTES: Final = 15


@dataclass(frozen=True, slots=True)
class Traces:
    """What a passer-by is made of: byte strings that must not appear, and vectors that nothing may resemble."""

    markers: tuple[bytes, ...]
    vectors: NDArray[np.float32]  # (n, dimension), unit length


@dataclass(frozen=True, slots=True)
class Finding:
    """A trace: where it is and what it is."""

    where: str
    what: str


def scan_files(folders: Iterable[Path], traces: Traces) -> Iterator[Finding]:
    """Search every regular file of *folders*; one that vanishes meanwhile holds nothing."""
    for folder in folders:
        for path in sorted(p for p in [folder, *folder.rglob("*")] if p.is_file() and not p.is_symlink()):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            yield from scan(str(path), content, traces)


def scan(where: str, content: bytes, traces: Traces) -> Iterator[Finding]:
    """Search one medium's *content*."""
    for number, _ in places(content, traces.markers):
        yield Finding(where, f"marker {number}")
    if not len(traces.vectors):
        return
    overlap = traces.vectors.shape[1] * 4 + 4
    for start in range(0, len(content), _CHUNK_BYTES):
        chunk = content[start : start + _CHUNK_BYTES + overlap]
        if not chunk.strip(b"\0"):
            continue  # preallocated and never written: most of a database's log
        for shift in range(4):
            best = most_similar(chunk[shift:], traces.vectors)
            if best > SIMILAR:
                yield Finding(where, f"vector with cosine {best:.2f}")


def places(content: bytes, sought: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Which of *sought* are in *content*, by their number, and where each is first.

    Long content takes one pass for all of them: its words are looked up in a table of those that any piece has at any
    offset, and pieces of which the table knows a word are searched for.
    """
    candidates = range(len(sought)) if len(content) < _CHUNK_BYTES else _candidates(content, sought)
    for number in candidates:
        place = content.find(sought[number])
        if place >= 0:
            yield number, place


def _candidates(content: bytes, sought: Sequence[bytes]) -> list[int]:
    """The pieces that may be in *content*; those too short for the table always."""
    long = [piece for piece in sought if len(piece) >= _WHOLE_WORD_BYTES]
    known = np.array([_word(piece, shift) for piece in long for shift in range(8)], np.uint64)
    table = np.zeros(1 << 16, np.bool_)
    table[_folded(known)] = True
    words = np.frombuffer(content, "<u8", count=len(content) // 8)
    likely = np.unique(words[table[_folded(words)]])
    there = {int(word) for word in np.intersect1d(likely, known)}
    return [
        number
        for number, piece in enumerate(sought)
        if len(piece) < _WHOLE_WORD_BYTES or any(_word(piece, shift) in there for shift in range(8))
    ]


def _word(piece: bytes, shift: int) -> int:
    return int.from_bytes(piece[shift : shift + 8], "little")


def _folded(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sixteen bits of each word, to which all of it adds."""
    spread: NDArray[np.uint64] = (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48)
    return spread


def most_similar(content: bytes, vectors: NDArray[np.float32]) -> float:
    """Largest cosine between any run of float32 in *content* and any of *vectors*; -1 when there is no run."""
    dimension = vectors.shape[1]
    floats = np.frombuffer(content, "<f4", count=len(content) // 4)
    if len(floats) < dimension:
        return -1.0
    # Other bytes read as floats are huge, next to nothing, or no numbers; no element of a unit vector exceeds one, and
    # what has hardly any in between resembles no vector.
    with np.errstate(invalid="ignore"):
        size = np.abs(floats)
        clean = np.where(size <= 1.0, floats, np.float32(0)).astype(np.float64)
        counts = np.concatenate([[0], np.cumsum((size > _LEAST) & (size <= 1.0))])
    likely = counts[dimension:] - counts[:-dimension] >= dimension // 2
    if not likely.any():
        return -1.0
    sums = np.concatenate([[0.0], np.cumsum(clean * clean)])
    energy = sums[dimension:] - sums[:-dimension]
    starts = np.flatnonzero(likely & (energy > 0.25) & (energy < 4.0))
    if not len(starts):
        return -1.0
    best = -1.0
    for part in np.array_split(starts, max(1, len(starts) // 50_000)):
        windows = clean[part[:, None] + np.arange(dimension)]
        cosines = (windows @ vectors.T.astype(np.float64)) / np.sqrt(energy[part])[:, None]
        best = max(best, float(cosines.max()))
    return best
