"""The list's index against exact search and two other graphs, at the sizes a hospital or a country has.

Run: ``python -m benchmarks.index [--rows 2100 20000] [--links …] [--ef-construction …] [--ef …] [--only NAME …]``.
Every way runs in a process of its own, one after the other: ``list-index`` is hnswlib as the matcher uses it, through
``ListIndex``, and where that is exact because the list is small, ``with graph`` is the same with one; ``numpy`` and
``faiss-flat`` are exact; ``faiss-hnsw`` and ``usearch`` get the same graph parameters. One thread searches, inside of
numpy and faiss too; the first graph is built with all cores.

The vectors are drawn with the spread of real templates (``benchmarks/templates.py``), three photos of each person,
half of the searches from other photos of these people and half from strangers. Recall@1 is the share of searches whose
best answer is as similar as the exact best: of all searches, and of those for listed people. An answer below the
threshold decides nothing, whichever row it is; ``missed`` counts the searches with an exact best at or over it that
were not answered with it: only they can cost an alert.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.index_peers import NAMES, OURS, Measured
from benchmarks.templates import DIMENSION, drawn
from services.matcher import graph
from services.matcher.index import IndexShape

Similarities = NDArray[np.float64]  # (searches,)

_SAME: Final = 1e-5
_SHAPE: Final = IndexShape(DIMENSION)
# Cosine from which the matcher takes a face for a listed person's (docs/adr/0041).
_THRESHOLD: Final = 0.50


def _measured(name: str, folder: Path, arguments: argparse.Namespace, from_rows: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.index_peers", name, str(folder), "--threads", str(graph.cores())]
    for number in ("links", "ef_construction", "ef"):
        command += [f"--{number.replace('_', '-')}", str(getattr(arguments, number))]
    command += ["--from-rows", str(from_rows)]
    if arguments.rebuild and name == OURS:
        command.append("--rebuild")
    one_thread = {"OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(command, env={**os.environ, **one_thread}, stdout=subprocess.PIPE, text=True, check=True)
    return Measured(**json.loads(ran.stdout))


def _recall(true: Similarities, found: Similarities) -> str:
    """Recall against the exact best similarities, of all searches and of the first half."""
    right = found >= true - _SAME
    half = len(true) // 2
    over = true >= _THRESHOLD
    return (
        f"recall@1 {right.mean():.4f}, listed {right[:half].mean():.4f}; "
        f"missed {(over & ~right).sum()} of {over.sum()} at or over {_THRESHOLD:.2f}"
    )


def _print(name: str, result: Measured, recall: str) -> None:
    print(
        f"  {name:<11} p50 {result.p50_us:7.0f}  p99 {result.p99_us:7.0f} us  {recall}\n"
        f"              ready after {result.inserted_s + result.built_s:.2f} s (inserted in {result.inserted_s:.2f},"
        f" built {result.built_s:.2f}), {result.bytes_per_row:.0f} bytes a vector, load average {result.load:.1f}"
    )
    if result.awaited_p50_us:
        print(f"              as awaited: p50 {result.awaited_p50_us:7.0f}  p99 {result.awaited_p99_us:7.0f} us")
    if result.building_searches:
        print(
            f"              during a build of {result.building_s:.1f} s: p50 {result.building_p50_us:7.0f}"
            f"  p99 {result.building_p99_us:7.0f} us, {result.building_searches:,} searches"
        )
    sys.stdout.flush()


def compare(rows: int, arguments: argparse.Namespace) -> None:
    """Print one table for a list of *rows* vectors."""
    print(f"\n{rows:,} vectors of {DIMENSION} dimensions, {arguments.searches:,} searches", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, drawn_rows in zip(("enrolled", "searched"), drawn(rows, arguments.searches), strict=True):
            np.save(folder / f"{name}.npy", drawn_rows)
        true = np.zeros(0)
        for name in NAMES:  # numpy comes first, the others are held against its answers
            if name not in ("numpy", *arguments.only):
                continue
            measured = _measured(name, folder, arguments, _SHAPE.hnsw_from_rows)
            found = np.load(folder / "found.npy")
            if name == "numpy":
                true = found
            _print(name, measured, _recall(true, found))
            if name == OURS and rows < _SHAPE.hnsw_from_rows:
                measured = _measured(name, folder, arguments, 0)
                _print("with graph", measured, _recall(true, np.load(folder / "found.npy")))


def main() -> None:
    """Measure each size asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_100, 20_000])
    parser.add_argument("--searches", type=int, default=2_000)
    parser.add_argument("--links", type=int, default=_SHAPE.links)
    parser.add_argument("--ef-construction", type=int, default=_SHAPE.ef_construction)
    parser.add_argument("--ef", type=int, default=_SHAPE.ef)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--no-rebuild", dest="rebuild", action="store_false", help="leave out searching during a build")
    arguments = parser.parse_args()
    print(
        f"{time.strftime('%Y-%m-%d')}, {graph.cores()} cores, load average {os.getloadavg()[0]:.1f};"
        f" M {arguments.links}, ef_construction {arguments.ef_construction}, ef {arguments.ef}"
    )
    for rows in arguments.rows:
        compare(rows, arguments)


if __name__ == "__main__":
    main()
