"""Time several ways of doing one thing in turns, so that a busy moment of the machine hits all of them alike."""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

# Where `make bench` has fetched the models to.
HOME = Path(os.environ.get("WARDWATCH_HOME", ".wardwatch"))


def median_ms(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each way over *rounds*, after one unmeasured round."""
    by_way: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, run in ways.items():
            began = time.perf_counter()
            run()
            if turn:
                by_way[name].append((time.perf_counter() - began) * 1000)

    return {name: statistics.median(times) for name, times in by_way.items()}
