"""How often strangers are taken for listed people: exact over random lists, and beyond what was seen by extrapolation.

A *score matrix* (searches, people) holds what each search scores with each person, -2 where a person may not be on the
list, as the searched one's own entry. Searches of one person are weighted so that people count alike.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Float64 = NDArray[np.float64]

# The most similar people of a search that are looked at: the chance that a list misses all of them is under 1e-9.
_MOST: Final = 40
_TAIL: Final = 0.10  # share of the searches whose scores are in the tail that a distribution is fitted to
_BOOTSTRAPS: Final = 300


@dataclass(frozen=True, eq=False)
class Strangers:
    """Searches of people who are not listed: ``scores`` (searches, people), ``people`` (searches,) whose each is."""

    scores: Matrix
    people: NDArray[np.intp]
    listed: int

    @cached_property
    def weights(self) -> Float64:
        """(searches,), one in sum."""
        counts = np.bincount(self.people)
        weights: Float64 = 1.0 / counts[self.people]
        weights /= weights.sum()
        return weights

    @cached_property
    def nearest(self) -> Matrix:
        """(searches, 40), the largest scores of each search, largest first."""
        return -np.sort(-np.partition(self.scores, -_MOST, axis=1)[:, -_MOST:], axis=1)

    @cached_property
    def _found(self) -> Float64:
        """(41,), the chance that a random list holds any of k people, drawn from all but the searched one."""
        others, left = self.scores.shape[1] - 1, self.scores.shape[1] - 1 - self.listed
        ratios = [max(0, left - k) / (others - k) for k in range(_MOST)]
        return np.concatenate([[0.0], 1 - np.cumprod(ratios)])

    def chances(self, threshold: float) -> Float64:
        """(searches,), how likely each is to score *threshold* with anybody on a random list."""
        found: Float64 = self._found[(self.nearest >= threshold).sum(axis=1)]
        return found

    def rate(self, threshold: float) -> float:
        """The share of searches that do."""
        return float(self.weights @ self.chances(threshold))

    def interval(self, threshold: float, seed: int = 3) -> tuple[float, float]:
        """95 % of the rate, by drawing the people anew."""
        per_person = np.bincount(self.people, self.weights * self.chances(threshold))
        weight = np.bincount(self.people, self.weights)
        return bootstrapped(lambda drawn: float(per_person[drawn].sum() / weight[drawn].sum()), len(weight), seed)

    def threshold(self, rate: float) -> float:
        """The least threshold, to a ten-thousandth, that at most *rate* of the searches reach."""
        low, high = 0.0, 1.0
        while high - low > 1e-4:
            middle = (low + high) / 2
            low, high = (low, middle) if self.rate(middle) <= rate else (middle, high)
        return high

    def subset(self, wanted: NDArray[np.bool_]) -> "Strangers":
        """Those searches alone, with the same people to draw lists from."""
        numbers = np.unique(self.people[wanted], return_inverse=True)[1]
        return Strangers(self.scores[wanted], numbers.astype(np.intp), self.listed)

    @cached_property
    def tails(self) -> list["Tail"]:
        """What is beyond the 90 % point, for people drawn anew and one random list each time."""
        rng = np.random.default_rng(5)
        rows_of = [np.flatnonzero(self.people == person) for person in range(int(self.people.max()) + 1)]
        drawn = []
        for _ in range(_BOOTSTRAPS):
            columns = rng.permutation(self.scores.shape[1])[: self.listed]
            maxima = self.scores[:, columns].max(axis=1)
            rows = [int(rng.choice(rows_of[each])) for each in rng.integers(0, len(rows_of), len(rows_of))]
            drawn.append(Tail.of(maxima[rows]))
        return drawn

    def extrapolated(self, threshold: float) -> tuple[float, float, float]:
        """Median of the rate, and 95 %, by a generalised Pareto distribution; for what too few reach to be counted."""
        low, middle, high = np.percentile([tail.beyond(threshold) for tail in self.tails], (2.5, 50, 97.5))
        return float(middle), float(low), float(high)


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


def bootstrapped(of: Callable[[NDArray[np.intp]], float], count: int, seed: int) -> tuple[float, float]:
    """95 % of what *of* gives for *count* people drawn with replacement."""
    rng = np.random.default_rng(seed)
    found = [of(rng.integers(0, count, count)) for _ in range(1_000)]
    low, high = np.percentile(found, (2.5, 97.5))
    return float(low), float(high)
