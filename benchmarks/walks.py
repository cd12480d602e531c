"""What walks past a camera would miss and falsely alarm for: the rule over mean vectors, and the former one beside it.

Run: ``python -m benchmarks.walks DATA --models FOLDER [--cache FOLDER]``, where DATA holds a folder of JPEGs per person
(``lfw-dev`` or one laid out like it) and FOLDER the prepared models. What was embedded is kept in the cache's folder,
never inside the project.

Two kinds of walks, the two ends of what a camera sees. *Unlike*: 3 to 5 pictures of one person, each of another day; at
most 10 walks a person, no picture twice. *Alike*: three frames made of one picture (``alike_frames``), as of somebody
who stands still. A person who is searched is never enrolled with the same picture: of everybody the first picture, or
the first three, are enrolled, and the rest are searched.

Listed people are searched in lists of 2,100, strangers in lists without their own entry, both in expectation over all
lists that can be drawn. A walk scores with an entry what its mean vector scores after any of its looks, so that
nothing is gained by waiting for its end. Thresholds are set on the strangers of one half of the people, by a digest of
the name, and what is missed is counted on listed people of the other half; then the halves change places.
Intervals are 95 %, by drawing people anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.lfw import people_asked_for
from cli.eval import deciding
from cli.eval.composing import Composed, alike, pairs, unlike, unlike_twice
from cli.eval.intervals import of_redrawn, redrawn
from cli.eval.open_set import Curve, Mated, Matrix, Strangers, strangers_of
from cli.eval.people import People, templates, unit
from cli.eval.tails import Tail, extrapolated, tails_of

LISTED: Final = 2_100
STRONG: Final = 0.62  # one walk of it raises an incident
VISITORS_A_DAY: Final = 15_000
RATE: Final = 1e-3
_FORMER: Final = (0.50, 0.70)  # three frames, or one
Share = tuple[float, float, float]  # and its interval


# -- listed people and strangers --


def missed_at(mated: Mated, thresholds: Matrix) -> Share:
    """The share that is missed or named wrongly at the threshold of each search, and 95 %."""
    each = 1 - (mated.own >= thresholds) * mated.alone
    people, numbers = np.unique(mated.people, return_inverse=True)
    curve = Curve(np.bincount(numbers, each).astype(np.float32)[:, None], np.bincount(numbers).astype(np.float64))
    interval = of_redrawn(curve.shares(redrawn(len(people), 9))[:, 0])
    return float(each.mean()), interval.low, interval.high


def interval(strangers: Strangers, threshold: float) -> tuple[float, float]:
    """95 % of the rate at *threshold*, by drawing the people anew."""
    people, numbers = np.unique(strangers.people, return_inverse=True)
    hits = np.bincount(numbers, strangers.weights * strangers.chances(threshold))
    curve = Curve(hits.astype(np.float32)[:, None], np.bincount(numbers, strangers.weights).astype(np.float64))
    found = of_redrawn(curve.shares(redrawn(len(people), 3))[:, 0])
    return found.low, found.high


# -- what a walk scores --

Score = Callable[[Matrix, Matrix], Matrix]
Compose = Callable[[People, int], Composed]


def mean_score(looks: Matrix, entries: Matrix) -> Matrix:
    """(entries,), the highest cosine that the walk's mean had after any of its looks (k, d)."""
    return _max_over(deciding.means(looks) @ entries.T)


def last_score(looks: Matrix, entries: Matrix) -> Matrix:
    """(entries,), the cosine of the mean of all looks."""
    return _max_over(unit(looks.sum(axis=0, keepdims=True)) @ entries.T)


def _max_over(scores: Matrix) -> Matrix:
    best: Matrix = scores.max(axis=0)
    return best


def former_score(looks: Matrix, entries: Matrix) -> Matrix:
    """(entries,), how far the former rule's lower threshold may rise: the third best look, or the best minus 0.20."""
    three, one = _FORMER
    scores = np.sort(looks @ entries.T, axis=0)
    best: Matrix = scores[-1] - np.float32(one - three)
    return best if len(looks) < 3 else np.maximum(best, scores[-3])


def scores_of(walks: Composed, entries: Sequence[Matrix], score: Score) -> Matrix:
    """(walks, people), of each entry the best of its templates."""
    joined = np.concatenate(entries)
    starts = np.cumsum([0, *(len(each) for each in entries[:-1])])
    rows = [np.maximum.reduceat(score(looks, joined), starts) for looks in walks.looks]
    return np.stack(rows).astype(np.float32)


def two_walks(scores: Matrix, paired: Sequence[tuple[int, int]], strong: float, both: float) -> Matrix:
    """(pairs, people): where both walks score *both*, or one of them *strong*, it is *both* or more."""
    first, second = scores[[a for a, _ in paired]], scores[[b for _, b in paired]]
    found: Matrix = np.maximum(np.maximum(first, second) - np.float32(strong - both), np.minimum(first, second))
    return found


# -- a second walk beside an open alert --


@dataclass(frozen=True, slots=True, eq=False)
class SecondWalks:
    """Pairs of walks of one listed person: what the first scored, at STRONG or more, and the second; and ``half``."""

    first: Matrix
    second: Matrix
    half: NDArray[np.bool_]

    @classmethod
    def of(cls, people: People, compose: Compose, photos: int) -> "SecondWalks":
        walks, entries, half = compose(people, photos), templates(people, photos, "mean"), people.half()
        own = scores_of(walks, entries, mean_score)[np.arange(len(walks.people)), walks.people]
        both = [pair for first, second in pairs(walks) for pair in ((first, second), (second, first))]
        strong = [(a, b) for a, b in both if own[a] >= STRONG]
        first, second = (np.array([pair[side] for pair in strong], np.intp) for side in (0, 1))
        return cls(own[first], own[second], half[walks.people[first]])

    def ring(self, margin: float) -> tuple[float, float]:
        """Of either half of the people, how often the second walk rings too."""
        again = self.second > self.first + np.float32(margin)
        return float(again[self.half].mean()), float(again[~self.half].mean())

    def told_beside(self, look_alike: float, margin: float) -> float:
        """How often a listed person's walk rings at once beside an open alert about a look-alike of that score."""
        return float((self.first > look_alike + margin).mean())


# -- report --

RULES: Final[Mapping[str, Score]] = {"former": former_score, "mean": mean_score}
# How walks of each kind are composed, of people who are seen once and of those who are seen twice.
KINDS: Final[Mapping[str, tuple[Compose, Compose]]] = {"unlike": (unlike, unlike_twice), "alike": (alike, alike)}
ENTRIES: Final = ((1, "mean"), (3, "max"), (3, "mean"))
THRESHOLDS: Final = (0.50, 0.55, 0.60, 0.62, 0.65)
MARGINS: Final = (0.03, 0.05, 0.08, 0.10, 0.12, 0.15)
PAIRS: Final = ((0.60, 0.55), (0.62, 0.50), (0.62, 0.55))


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Walks of one kind, searched among entries of one kind: ``known`` of listed people, ``strange`` of others."""

    half: NDArray[np.bool_]  # by person
    known: Composed
    strange: Composed
    known_scores: Matrix
    strange_scores: Matrix

    @classmethod
    def of(cls, people: People, compose: Compose, photos: int, template: str, score: Score) -> "Trial":
        entries = templates(people, photos, template)
        known, strange = compose(people, photos), compose(people, 0)
        return cls(people.half(), known, strange, scores_of(known, entries, score), scores_of(strange, entries, score))

    def once(self) -> tuple[Strangers, Mated]:
        """Every walk by itself."""
        return strangers_of(self.strange_scores, self.strange.people, LISTED), Mated.of(
            self.known_scores, self.known.people, LISTED
        )

    def twice(self, strong: float, both: float) -> tuple[Strangers, Mated] | None:
        """Two walks of each person, as of two cameras; None when nobody has two."""
        known, strange = list(pairs(self.known)), list(pairs(self.strange))
        if not known:
            return None

        known_people = self.known.people[[first for first, _ in known]]
        strange_people = self.strange.people[[first for first, _ in strange]]
        return (
            strangers_of(two_walks(self.strange_scores, strange, strong, both), strange_people, LISTED),
            Mated.of(two_walks(self.known_scores, known, strong, both), known_people, LISTED),
        )

    def missed_at_rate(self, rate: float) -> tuple[float, float, Share]:
        """The thresholds that strangers of either half set for *rate*, and what is missed in the other half."""
        strangers, listed = self.once()
        of_first = self.half[self.strange.people]
        first, second = (strangers.subset(which).threshold(rate) for which in (of_first, ~of_first))
        thresholds = np.where(self.half[self.known.people], np.float32(second), np.float32(first))
        return first, second, missed_at(listed, thresholds)


def report(people: People) -> None:
    """Print what the module says."""
    _report_second_walks(people)
    for kind, (once, twice) in KINDS.items():
        for photos, template in ENTRIES:
            for name, score in RULES.items():
                trial = Trial.of(people, once, photos, template, score)
                walks = f"{len(trial.known.looks)} walks of listed people, {len(trial.strange.looks)} of strangers"
                print(f"\n{kind} frames, {photos} photo(s), {template} of the photos, {name} rule: {walks}")
                first, second, missed = trial.missed_at_rate(RATE)
                print(f"  {RATE:g} of strangers' walks at {first:.3f} and {second:.3f}: missed {_share(missed)}")
                strangers, listed = trial.once()
                drawn = tails_of(strangers)
                for threshold in THRESHOLDS if name == "mean" else _FORMER[:1]:
                    print(f"  {threshold:.2f} once: {_at(strangers, drawn, listed, threshold)}", flush=True)
            _report_twice(Trial.of(people, twice, photos, template, mean_score))


def _report_second_walks(people: People) -> None:
    for kind, (_, twice) in KINDS.items():
        for photos in (1, 3):
            found = SecondWalks.of(people, twice, photos)
            if not len(found.first):
                continue
            print(f"\n{kind} frames, {photos} photo(s): {len(found.first)} second walks beside an alert of the first")
            for margin in MARGINS:
                again, beside = found.ring(margin), found.told_beside(STRONG, margin)
                print(f"  {margin:.2f}: of the halves {again[0]:.3f} and {again[1]:.3f} ring, {beside:.3f} beside")


def _report_twice(trial: Trial) -> None:
    for strong, both in PAIRS:
        if found := trial.twice(strong, both):
            strangers, listed = found
            counts = f"{len(listed.own)} listed people and {len(strangers.scores)} strangers seen twice"
            both_walks = _at(strangers, tails_of(strangers), listed, both)
            print(f"  {strong:.2f} once or {both:.2f} twice, {counts}: {both_walks}", flush=True)


def _at(strangers: Strangers, drawn: list[Tail], listed: Mated, threshold: float) -> str:
    rate = strangers.rate(threshold), *interval(strangers, threshold)
    missed = missed_at(listed, np.full(len(listed.own), threshold, np.float32))
    return f"a day {_a_day(rate)}, by GPD {_a_day(extrapolated(drawn, threshold))}; missed {_share(missed)}"


def _share(share: Share) -> str:
    return "{:.4f} ({:.4f}-{:.4f})".format(*share)


def _a_day(share: Share) -> str:
    return "{:.2f} ({:.2f}-{:.2f})".format(*(each * VISITORS_A_DAY for each in share))


def main() -> None:
    """Measure and print."""
    people = people_asked_for(__doc__)
    print(f"{len(people.names)} people, {sum(map(len, people.rows))} pictures, lists of {LISTED:,}")
    report(people)


if __name__ == "__main__":
    main()
