"""Searches of a list: how often strangers are taken for listed people, and listed people missed. Pure.

Exact over all lists that can be drawn from the people at hand. A *score matrix* (searches, people) holds what each
search scores with each person; a stranger's has -2 where the searched one's own entry would be. Searches of strangers
are weighted so that people count alike; each search of a listed person counts.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cli.eval.intervals import Float64, Interval, clopper_pearson, of_redrawn, redrawn

Matrix = NDArray[np.float32]
Rows = NDArray[np.intp]

# Cosines at which shares are known.
GRID: Final = np.linspace(0, 1, 1_001).astype(np.float32)
# A share is measured where so many pairs of different people, and so many people, are behind it: two sisters are one
# pair, and are not the share of a whole population.
ENOUGH: Final = 5
_NOBODY: Final = np.float32(-2)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """What the searches of each person add up to: ``hits`` (people, thresholds of GRID) out of ``searches`` (people,).

    Of a stranger a hit is to be taken for somebody, of a listed person to be missed or taken for somebody else.
    """

    hits: Matrix
    searches: Float64

    @property
    def people(self) -> int:
        """How many people were searched for."""
        return int((self.searches > 0).sum())

    def shares(self, weights: Float64 | None = None) -> Float64:
        """(thresholds,), or (times, thresholds) for people drawn with *weights* (times, people)."""
        drawn = np.ones((1, len(self.searches))) if weights is None else weights
        with np.errstate(invalid="ignore"):
            found: Float64 = (drawn.astype(np.float32) @ self.hits) / (drawn @ self.searches)[:, None]
        return found[0] if weights is None else found

    def at(self, threshold: float) -> float:
        """The share at the first threshold of GRID that is not below *threshold*."""
        return float(self.shares()[column(threshold)])

    def interval(self, threshold: float, seed: int = 3) -> Interval:
        """95 % of it, by drawing people anew.

        Where fewer than five people are behind it, not narrower than Clopper and Pearson's of them: of few who were
        hit among thousands drawing anew says little, and of none nothing.
        """
        return self.interval_at(np.array([column(threshold)]), seed)

    def interval_at(self, columns: Rows, seed: int = 3) -> Interval:
        """The same, of the mean of what is found in *columns* of GRID, one each or one for all people."""
        chosen = self.hits[:, columns[0]] if len(columns) == 1 else self.hits[np.arange(len(self.hits)), columns]
        each = Curve(chosen[:, None], self.searches)
        found = of_redrawn(each.shares(redrawn(len(self.searches), seed))[:, 0])
        behind = float((chosen[self.searches > 0] / self.searches[self.searches > 0]).sum())
        if behind >= ENOUGH or not self.people:
            return found
        exact = clopper_pearson(round(behind), self.people)
        return Interval(min(found.low, exact.low), max(found.high, exact.high))

    def subset(self, wanted: NDArray[np.bool_]) -> "Curve":
        """Of the *wanted* people (people,) alone."""
        return Curve(self.hits[wanted], self.searches[wanted])


def column(threshold: float) -> int:
    """Where GRID reaches *threshold*."""
    return min(int(np.searchsorted(GRID, threshold - 1e-6)), len(GRID) - 1)


def first_at_most(shares: Float64, share: float) -> Rows:
    """(times,) of shares (times, thresholds): the first column of GRID that at most *share* reach."""
    found: Rows = np.argmax(np.atleast_2d(shares) <= share, axis=1)
    return found


@dataclass(frozen=True, eq=False)
class Strangers:
    """Searches of people who are not listed: ``scores`` (searches, people), ``people`` (searches,) whose each is.

    Of lists of ``listed`` people.
    """

    scores: Matrix
    people: Rows
    listed: int

    @cached_property
    def weights(self) -> Float64:
        """(searches,), one in sum."""
        weights: Float64 = 1.0 / np.bincount(self.people)[self.people]
        weights /= weights.sum()
        return weights

    @cached_property
    def sorted_scores(self) -> Matrix:
        """(searches, people), the least first."""
        return np.sort(self.scores, axis=1)

    @cached_property
    def _found(self) -> Float64:
        return chance_of_any(self.scores.shape[1] - 1, self.listed)

    def counts(self, threshold: float) -> Rows:
        """(searches,), how many people each scores *threshold* with."""
        counted: Rows = (self.sorted_scores >= np.float32(threshold)).sum(axis=1)
        return counted

    def chances(self, threshold: float) -> Float64:
        """(searches,), how likely each is to score *threshold* with anybody on a random list."""
        found: Float64 = self._found[self.counts(threshold)]
        return found

    def rate(self, threshold: float) -> float:
        """The share of searches that do."""
        return float(self.weights @ self.chances(threshold))

    def threshold(self, rate: float) -> float:
        """The least threshold, to a ten-thousandth, that at most *rate* of the searches reach."""
        low, high = 0.0, 1.0
        while high - low > 1e-4:
            middle = (low + high) / 2
            low, high = (low, middle) if self.rate(middle) <= rate else (middle, high)
        return high

    def subset(self, wanted: NDArray[np.bool_]) -> "Strangers":
        """Those searches alone, with the same people to draw lists from."""
        return Strangers(self.scores[wanted], self.people[wanted], self.listed)

    def curve(self, people: int, found: Float64 | None = None) -> Curve:
        """By person, of *people* in all: the mean over each one's searches.

        *found* is the chance that a list holds any of k people, where not all of them have a column here.
        """
        found = self._found if found is None else found
        total = self.scores.shape[1]
        hits = np.zeros((people, len(GRID)), np.float32)
        counts = np.bincount(self.people, minlength=people)
        for scores, person in zip(self.sorted_scores, self.people, strict=True):
            reached = total - np.searchsorted(scores, GRID - np.float32(1e-6))
            hits[person] += (found[reached] / counts[person]).astype(np.float32)
        return Curve(hits, (counts > 0).astype(np.float64))

    def pairs(self, threshold: float) -> int:
        """How many pairs of different people score *threshold*, whichever of them was searched for."""
        searches, others = np.nonzero(self.scores >= np.float32(threshold))
        whose = self.people[searches]
        return len(np.unique(np.stack([np.minimum(whose, others), np.maximum(whose, others)]), axis=1).T)


@dataclass(frozen=True, slots=True, eq=False)
class Mated:
    """Searches (n,) of listed people: the score with the own entry, and the chance that nobody else is nearer."""

    own: Matrix
    alone: Float64
    people: Rows

    @classmethod
    def of(cls, scores: Matrix, people: Rows, listed: int) -> "Mated":
        """From *scores* (searches, people), with everybody else who may be on a list of *listed* beside."""
        own = scores[np.arange(len(people)), people]
        nearer = (scores > own[:, None]).sum(axis=1)
        return cls(own, 1 - chance_of_any(scores.shape[1] - 1, listed - 1)[nearer], people)

    @property
    def rank_one(self) -> float:
        """How often the own entry is the nearest."""
        return float(self.alone.mean())

    def curve(self, people: int) -> Curve:
        """By person, of *people* in all."""
        hits = np.zeros((people, len(GRID)), np.float32)
        reached = self.own[:, None] >= GRID[None] - np.float32(1e-6)
        np.add.at(hits, self.people, (1 - reached * self.alone[:, None]).astype(np.float32))
        return Curve(hits, np.bincount(self.people, minlength=people).astype(np.float64))


def strangers_of(scores: Matrix, people: Rows, listed: int) -> Strangers:
    """People searched while they are not on the list: *scores* (searches, people) with the own entries taken out.

    Numbers of people stay those of the columns.
    """
    without = scores.copy()
    without[np.arange(len(people)), people] = _NOBODY
    return Strangers(without, people, listed)


def chance_of_any(others: int, drawn: int) -> Float64:
    """(others + 1,), the chance that *drawn* of the *others* hold any of k of them (hypergeometric)."""
    left = others - drawn
    if left < 0:
        raise ValueError(f"a list of {drawn} cannot be drawn from {others} people")
    numbers = np.arange(others)
    ratios = np.maximum(0, left - numbers) / np.maximum(1, others - numbers)
    return np.concatenate([[0.0], 1 - np.cumprod(ratios)])
