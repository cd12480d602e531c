"""Beyond what was seen: how often strangers score what too few of them reach to be counted. Pure."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from cli.eval.open_set import Matrix, Strangers

_TAIL: Final = 0.10  # share of the searches whose scores are in the tail that a distribution is fitted to
_TIMES: Final = 300
_NOBODY: Final = np.float32(-4)  # added to the score of whoever is not on a list


@dataclass(frozen=True, slots=True)
class Tail:
    """A generalised Pareto distribution of what exceeds ``start``, the 90 % point."""

    start: float
    shape: float  # Hosking's k, which is minus xi
    scale: float

    @classmethod
    def of(cls, maxima: Matrix) -> "Tail":
        """Fitted to *maxima* (n,) by probability-weighted moments (Hosking and Wallis 1987)."""
        start = float(np.quantile(maxima, 1 - _TAIL))
        excess = np.sort(maxima[maxima > start] - start).astype(np.float64)
        count = len(excess)
        mean = float(excess.mean())
        weighted = float(((count - 0.65 - np.arange(count)) / count * excess).mean())
        return cls(start, mean / (mean - 2 * weighted) - 2, 2 * mean * weighted / (mean - 2 * weighted))

    def beyond(self, threshold: float) -> float:
        """The chance of *threshold* or more, which lies above the start."""
        excess = (threshold - self.start) / self.scale
        if abs(self.shape) < 1e-6:
            return _TAIL * math.exp(-excess)
        left = 1 - self.shape * excess
        return float(_TAIL * left ** (1 / self.shape)) if left > 0 else 0.0

    def threshold(self, rate: float) -> float:
        """Where *rate*, which is under 0.1, is left beyond."""
        if abs(self.shape) < 1e-6:
            return self.start - self.scale * math.log(rate / _TAIL)
        return self.start + self.scale * (1 - math.pow(rate / _TAIL, self.shape)) / self.shape


def tails_of(strangers: Strangers) -> list[Tail]:
    """What is beyond the 90 % point, for people drawn anew and one random list each time."""
    rng = np.random.default_rng(5)
    order = np.argsort(strangers.people, kind="stable")
    firsts, counts = np.unique(strangers.people[order], return_index=True, return_counts=True)[1:]
    drawn = []
    for _ in range(_TIMES):
        listed = np.full(strangers.scores.shape[1], _NOBODY)
        listed[rng.permutation(len(listed))[: strangers.listed]] = 0
        maxima = (strangers.scores + listed).max(axis=1)
        people = rng.integers(0, len(firsts), len(firsts))
        one_of_each = firsts[people] + rng.integers(0, counts[people])
        drawn.append(Tail.of(maxima[order[one_of_each]]))
    return drawn


def extrapolated(tails: list[Tail], threshold: float) -> tuple[float, float, float]:
    """Median of the rate at *threshold*, and 95 %."""
    low, middle, high = np.percentile([tail.beyond(threshold) for tail in tails], (2.5, 50, 97.5))
    return float(middle), float(low), float(high)
