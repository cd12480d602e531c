"""One to one: how often two pictures of one person, and of two people, are taken for one person's. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from cli.eval.intervals import Float64, Interval, of_redrawn, redrawn
from cli.eval.open_set import GRID, Curve, Matrix, Rows, first_at_most
from cli.eval.people import People

_STEPS: Final = len(GRID) - 1


@dataclass(frozen=True, eq=False)
class Comparisons:
    """All pairs of pictures: of one person (``same``), and of two (``others``, in which each pair counts for both).

    A hit of both is a cosine at or above the threshold. ``nearest`` (people, people) is the most alike pair of two
    people's pictures.
    """

    same: Curve
    others: Curve
    nearest: Matrix

    def at_rate(self, far: float) -> tuple[float, float, Interval]:
        """The threshold at which so many pairs of two people pass, the share of one person's that do, and its 95 %."""
        threshold = int(first_at_most(self.others.shares(), far)[0])
        same, others = self._redrawn
        found = same[np.arange(len(same)), first_at_most(others, far)]
        return float(GRID[threshold]), float(self.same.shares()[threshold]), of_redrawn(found)

    @cached_property
    def _redrawn(self) -> tuple[Float64, Float64]:
        """(times, thresholds), of people drawn anew, the same ones for both."""
        weights = redrawn(len(self.same.searches), 3)
        # A pair is drawn with both its people, so that what one of them adds counts twice (the Hoeffding projection).
        return self.same.shares(weights), self.others.shares(2 * weights - 1)

    def pairs_of_people(self, threshold: float) -> int:
        """How many pairs of two people have pictures that are so alike."""
        return int((np.triu(self.nearest, 1) >= np.float32(threshold)).sum())


def compared(people: People) -> Comparisons:
    """Every picture with every other one."""
    ordered = [row for rows in people.rows for row in rows]
    starts = np.cumsum([0, *(len(rows) for rows in people.rows)])
    vectors = people.vectors[ordered]
    same = np.zeros((len(people), len(GRID)), np.float32)
    others = np.zeros_like(same)
    nearest = np.zeros((len(people), len(people)), np.float32)
    for person, (begin, end) in enumerate(pairwise(starts)):
        scores = vectors[begin:end] @ vectors.T
        own = scores[:, begin:end][np.triu_indices(end - begin, 1)]
        same[person] = _reached(own)
        nearest[person] = np.maximum.reduceat(scores.max(axis=0), starts[:-1])
        others[person] = _reached(scores) - _reached(scores[:, begin:end])
    np.fill_diagonal(nearest, 0)
    return Comparisons(Curve(same, _first(same)), Curve(others, _first(others)), nearest)


def _first(counts: Matrix) -> Float64:
    """How many comparisons each person has: those of zero and more, which nearly all are, and the rest with them."""
    first: Float64 = counts[:, 0].astype(np.float64)
    return first


def _reached(scores: Matrix) -> Matrix:
    """(thresholds,), how many of *scores* are at or above each; what is under zero counts as zero."""
    numbers = np.clip(np.floor(scores.ravel() * _STEPS + 1e-3), 0, _STEPS).astype(np.intp)
    counts = np.bincount(numbers, minlength=len(GRID))
    reached: Matrix = counts[::-1].cumsum()[::-1].astype(np.float32)
    return reached


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures ``person/file`` of a pairs file, the fold they are in, and whether they are of one person."""

    first: str
    second: str
    same: bool
    fold: int


@dataclass(frozen=True, slots=True)
class Folds:
    """Accuracy over the folds of a pairs file, each by the threshold that is best for the others."""

    accuracies: tuple[float, ...]
    scores: Matrix
    same: Rows
    missing: int  # pairs of which a picture shows no face

    @property
    def accuracy(self) -> float:
        """The mean."""
        return float(np.mean(self.accuracies))

    @property
    def deviation(self) -> float:
        """Standard error of the mean, as LFW's protocol reports it."""
        count = len(self.accuracies)
        return float(np.std(self.accuracies, ddof=1) / np.sqrt(count)) if count > 1 else 0.0


def parse_pairs(text: str, files: Sequence[str]) -> Iterator[Pair]:
    """The pairs of a file in LFW's form. *files* are all pictures ``person/file``. Raises ValueError for another form.

    Its first line says how many folds there are and how many pairs of each kind a fold has; a line of three words is a
    person and the numbers of two pictures, one of four two people with a picture each.
    """
    by_number = {_number(name): name for name in files}
    first, *lines = [line.split() for line in text.splitlines() if line.strip()]
    folds, each = (int(first[0]), int(first[1])) if len(first) == 2 else (1, max(1, int(first[0])))
    for number, words in enumerate(lines):
        fold = min(number // (2 * each), folds - 1)
        if len(words) == 3:
            one, two = (words[0], words[1]), (words[0], words[2])
        elif len(words) == 4:
            one, two = (words[0], words[1]), (words[2], words[3])
        else:
            raise ValueError(f"line {number + 2} of the pairs has neither three words nor four")
        yield Pair(_named(by_number, one), _named(by_number, two), len(words) == 3, fold)


def _number(name: str) -> tuple[str, int]:
    person, file = name.split("/", 1)
    digits = file.rpartition(".")[0].rpartition("_")[2]
    return person, int(digits) if digits.isdecimal() else -1


def _named(by_number: dict[tuple[str, int], str], wanted: tuple[str, str]) -> str:
    return by_number.get((wanted[0], int(wanted[1])), "")


def folded(pairs: Sequence[Pair], names: Sequence[str], vectors: Matrix) -> Folds:
    """Accuracies of *pairs*, whose pictures have *vectors* (n, d). Raises ValueError when none has both."""
    row_of = {name: row for row, name in enumerate(names)}
    there = [pair for pair in pairs if pair.first in row_of and pair.second in row_of]
    if not there:
        raise ValueError("no pair of the file is among the pictures that show a face")
    first, second = ([row_of[getattr(pair, side)] for pair in there] for side in ("first", "second"))
    scores: Matrix = (vectors[first] * vectors[second]).sum(axis=1)
    same = np.array([pair.same for pair in there], np.intp)
    folds = np.array([pair.fold for pair in there])
    accuracies = []
    for fold in np.unique(folds):
        inside = folds == fold
        rest = ~inside if (~inside).any() else inside
        threshold = _best(scores[rest], same[rest])
        accuracies.append(float(((scores[inside] >= threshold) == same[inside]).mean()))
    return Folds(tuple(accuracies), scores, same, len(pairs) - len(there))


def _best(scores: Matrix, same: Rows) -> float:
    """The threshold of GRID at which most pairs are told right; of several the one in the middle."""
    right = np.array([int(((scores >= threshold) == same).sum()) for threshold in GRID])
    best = np.flatnonzero(right == right.max())
    return float(GRID[best[len(best) // 2]])
