"""Searches of one kind on lists of one size, and what follows from their scores. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np

from cli.eval import composing, deciding
from cli.eval.composing import Composed
from cli.eval.deciding import Decides
from cli.eval.intervals import Float64, Interval, of_redrawn, redrawn
from cli.eval.open_set import (
    ENOUGH,
    GRID,
    Curve,
    Mated,
    Matrix,
    Rows,
    Strangers,
    chance_of_any,
    first_at_most,
    strangers_of,
)
from cli.eval.people import Mask, People, templates
from cli.eval.tails import Tail, tails_of

Kind = Literal["pictures", "unlike", "alike"]

MOST_PROBES: Final = 5  # of one person


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share and its 95 %."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Point:
    """Misses at the threshold that strangers reach at ``rate``; see ``RatePoint`` of the report."""

    rate: float
    threshold: float | None
    missed: Estimate | None
    held_out: Estimate | None
    pairs: int
    extrapolated: bool = False


@dataclass(frozen=True, eq=False)
class Trial:
    """``mated`` searches of listed people, and those of ``strangers``; ``half`` (people,) is the first of two."""

    kind: Kind
    photos: int
    half: Mask
    strangers: Strangers
    mated: Mated

    @cached_property
    def taken(self) -> Curve:
        """How often strangers are taken for somebody."""
        return self.strangers.curve(len(self.half))

    @cached_property
    def missed(self) -> Curve:
        """How often listed people are missed, or taken for somebody else."""
        return self.mated.curve(len(self.half))

    def at(self, threshold: float) -> tuple[Estimate, Estimate]:
        """What is missed and what is taken at *threshold*."""
        missed, taken = (
            Estimate(curve.at(threshold), curve.interval(threshold)) for curve in (self.missed, self.taken)
        )
        return missed, taken

    @cached_property
    def _redrawn(self) -> tuple[Float64, Float64]:
        """(times, thresholds), what is taken and what is missed of people drawn anew, the same ones for both."""
        weights = redrawn(len(self.half), 3)
        return self.taken.shares(weights), self.missed.shares(weights)

    @cached_property
    def _tails(self) -> list[Tail]:
        return tails_of(self.strangers)

    def point(self, rate: float) -> Point:
        """What is missed at *rate*, where at least five pairs of people, and five people, decide it."""
        column = int(first_at_most(self.taken.shares(), rate)[0])
        threshold = float(GRID[column])
        pairs = self.strangers.pairs(threshold)
        if pairs < ENOUGH or rate * self.taken.people < ENOUGH or not len(self.mated.own):
            return Point(rate, None, None, None, pairs)
        taken, missed_of = self._redrawn
        found = missed_of[np.arange(len(taken)), first_at_most(taken, rate)]
        missed = Estimate(float(self.missed.shares()[column]), of_redrawn(found))
        return Point(rate, threshold, missed, self._held_out(rate), pairs)

    def extrapolated(self, rate: float) -> Point:
        """The same by the tail of what strangers score, where too few are there to count."""
        drawn = self._tails
        threshold = float(np.median([tail.threshold(rate) for tail in drawn]))
        if not 0 < threshold < 1 or not len(self.mated.own):
            return Point(rate, None, None, None, 0)
        columns = [np.searchsorted(GRID, min(1.0, max(0.0, tail.threshold(rate)))) for tail in drawn]
        weights = redrawn(len(self.half), 3, len(columns))
        found = self.missed.shares(weights)[np.arange(len(weights)), np.minimum(columns, len(GRID) - 1)]
        missed = Estimate(self.missed.at(threshold), of_redrawn(found))
        return Point(rate, threshold, missed, None, self.strangers.pairs(threshold), extrapolated=True)

    def _held_out(self, rate: float) -> Estimate | None:
        first, second = (self.taken.subset(which) for which in (self.half, ~self.half))
        if min(first.people, second.people) * rate < 1:
            return None
        of_first, of_second = (int(first_at_most(curve.shares(), rate)[0]) for curve in (first, second))
        columns = np.where(self.half, of_second, of_first).astype(np.intp)
        chosen = self.missed.hits[np.arange(len(columns)), columns]
        value = float(chosen.sum() / self.missed.searches.sum())
        return Estimate(value, self.missed.interval_at(columns))

    def rank_one(self) -> Estimate:
        """How often the own entry is the nearest on the list, whatever the threshold."""
        wrong = self.missed.at(0.0)
        interval = self.missed.interval(0.0)
        return Estimate(1 - wrong, Interval(1 - interval.high, 1 - interval.low))


def of_pictures(people: People, photos: int, listed: int) -> Trial:
    """Single pictures: everybody's last one as a stranger's, and up to five behind those that are enrolled."""
    entries = np.concatenate(templates(people, photos))
    last = np.array([rows[-1] for rows in people.rows], np.intp)
    probes = [(row, who) for who, rows in enumerate(people.rows) for row in rows[photos : photos + MOST_PROBES]]
    mated = people.vectors[[row for row, _ in probes]] @ entries.T
    return Trial(
        "pictures",
        photos,
        people.half(),
        strangers_of(people.vectors[last] @ entries.T, np.arange(len(people), dtype=np.intp), listed),
        Mated.of(mated, np.array([who for _, who in probes], np.intp), listed),
    )


@dataclass(frozen=True, eq=False)
class WalkTrial(Trial):
    """Walks; ``told`` and ``not_told`` are by person what the services decide of them, in their only column."""

    told: Curve
    not_told: Curve
    walks: int
    stranger_walks: int

    def shipped(self) -> tuple[Estimate, Estimate]:
        """Of listed people, what raises nothing or the wrong name; of strangers, what raises an incident."""
        missed, told = (_only(curve) for curve in (self.not_told, self.told))
        return missed, told


def of_walks(people: People, kind: Kind, photos: int, listed: int, raises: Decides) -> WalkTrial | None:
    """Walks of one *kind* through the matcher's template and the decision *raises*; None where nobody has one."""
    compose = composing.unlike if kind == "unlike" else composing.alike
    known, strange = compose(people, photos), compose(people, 0)
    if not known.looks:
        return None
    entries = np.concatenate(templates(people, photos))
    total = len(people)
    known_scores, known_told = _walked(known, entries, raises)
    strange_scores, strange_told = _walked(strange, entries, raises)
    mated = Mated.of(known_scores, known.people, listed)
    own_told = np.array([person in told for person, told in zip(known.people, known_told, strict=True)])
    found = chance_of_any(total - 1, listed)
    chances = np.array(
        [found[len(told - {int(person)})] for person, told in zip(strange.people, strange_told, strict=True)]
    )
    counts = np.bincount(strange.people, minlength=total)
    return WalkTrial(
        kind,
        photos,
        people.half(),
        strangers_of(strange_scores, strange.people, listed),
        mated,
        told=_one_column(strange.people, chances / counts[strange.people], (counts > 0).astype(np.float64)),
        not_told=_one_column(
            known.people, 1 - own_told * mated.alone, np.bincount(known.people, minlength=total).astype(np.float64)
        ),
        walks=len(known.looks),
        stranger_walks=len(strange.looks),
    )


def _walked(walks: Composed, entries: Matrix, raises: Decides) -> tuple[Matrix, list[set[int]]]:
    """(walks, people), the most that each walk's mean scored with each, and for whom an incident would be raised."""
    scores: list[Matrix] = []
    told: list[set[int]] = []
    for looks in walks.looks:
        each = deciding.means(looks) @ entries.T
        best = each.max(axis=0)
        scores.append(best)
        near = np.flatnonzero(best >= deciding.SIGHTED)
        told.append({int(entry) for entry in near if raises(each[:, entry])})
    return np.stack(scores).astype(np.float32), told


def _one_column(people: Rows, values: Float64, searches: Float64) -> Curve:
    hits = np.zeros((len(searches), 1), np.float32)
    np.add.at(hits[:, 0], people, values.astype(np.float32))
    return Curve(hits, searches)


def _only(curve: Curve) -> Estimate:
    return Estimate(float(curve.shares()[0]), curve.interval_at(np.zeros(1, np.intp)))


def sizes(people: int, asked: Sequence[int]) -> list[int]:
    """The sizes of lists: those *asked* for, else the three largest usual ones; each leaves somebody to search for.

    Raises ValueError for one that there are too few people for.
    """
    if asked:
        for each in asked:
            if not 1 <= each < people:
                raise ValueError(f"a list of {each} cannot be drawn from {people} people, of whom one is searched for")
        return sorted(set(asked))
    return [each for each in _usual() if each < people][-3:] or [max(1, people - 1)]


def _usual() -> Iterator[int]:
    yield from (10, 20, 50, 100, 200, 500, 1_000, 2_100)
