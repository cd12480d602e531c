"""From the faces of people to the figures of a report. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from cli.eval import deciding, detection, trials
from cli.eval.deciding import POLICY, SIGHTED, Rule
from cli.eval.detection import MarkedFace
from cli.eval.intervals import Interval, clopper_pearson
from cli.eval.open_set import ENOUGH, GRID, Curve
from cli.eval.people import Faces, People
from cli.eval.trials import Estimate, Point, Trial, WalkTrial
from cli.eval.verification import Comparisons, Folds
from proto.wardwatch.v1.accuracy import (
    FixedList,
    Floor,
    FoundFaces,
    GroupFigures,
    Histogram,
    Identification,
    RatePoint,
    Share,
    ThresholdPoint,
    Verification,
)

RATES: Final = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
WALK_RATES: Final = (0.01, 0.001, 0.0001)
VERIFIED_RATES: Final = (0.01, 0.001, 0.0001, 0.00001)
PHOTOS: Final = (1, 2, 3)
# A tail is fitted to a tenth of the searches.
_ENOUGH_FOR_A_TAIL: Final = 200
# Of a group with fewer people the figures would be about persons.
LEAST_OF_A_GROUP: Final = 10
# The most that the upper end of the 95 % of strangers' single pictures may be at the lowest threshold that is allowed:
# what the first floor, 0.46 on a list of 820, let through (docs/adr/0047).
MOST_TAKEN: Final = 0.013
_FLOORS: Final = tuple(round(step / 100, 2) for step in range(30, 100))
_STEP: Final = 0.02  # of the histogram


@dataclass(frozen=True, slots=True)
class Searches:
    """The trials of an evaluation; ``pictures`` by size of list and photos, the largest list's with one photo first."""

    pictures: tuple[Trial, ...]
    walks: tuple[WalkTrial, ...]

    @property
    def main(self) -> Trial:
        """Single pictures, one photo, the largest list."""
        return self.pictures[0]


def searches(people: People, listed: Sequence[int]) -> Searches:
    """Everything that is searched, on lists of the sizes *listed*, ascending."""
    largest = listed[-1]
    wanted = [(largest, photos) for photos in PHOTOS] + [(size, 1) for size in listed[:-1]]
    pictures = [trials.of_pictures(people, photos, size) for size, photos in wanted if _has_more(people, photos)]
    rule = Rule()
    walks = [
        trials.of_walks(people, kind, photos, largest, rule.raises)
        for kind in ("unlike", "alike")
        for photos in (PHOTOS[0], PHOTOS[-1])
    ]
    return Searches(tuple(pictures), tuple(walk for walk in walks if walk is not None))


def _has_more(people: People, photos: int) -> bool:
    return any(len(rows) > photos for rows in people.rows)


def thresholds() -> tuple[float, ...]:
    """At which figures are given: what the product comes with, and some around it."""
    return tuple(sorted({0.40, 0.46, SIGHTED, POLICY.corroborating, POLICY.strong, 0.70}))


def identification(found: Searches) -> list[Identification]:
    """The figures of all searches."""
    return [_identification(trial) for trial in (*found.pictures, *found.walks)]


def _identification(trial: Trial) -> Identification:
    is_walk, curve = isinstance(trial, WalkTrial), _curve(trial)
    rates = WALK_RATES if is_walk else RATES
    return Identification(
        kind=trial.kind,
        listed=trial.strangers.listed,
        photos=trial.photos,
        searches=len(trial.mated.own),
        people=trial.missed.people,
        strangers=len(trial.strangers.scores),
        stranger_people=trial.taken.people,
        rank_one=_share(trial.rank_one()),
        points=[_point(trial, rate, extrapolate=is_walk) for rate in rates],
        thresholds=[_at(trial, threshold) for threshold in thresholds()],
        shipped=_shipped(trial) if isinstance(trial, WalkTrial) else None,
        curve_taken=[taken for taken, _ in curve],
        curve_missed=[missed for _, missed in curve],
    )


def _point(trial: Trial, rate: float, *, extrapolate: bool) -> RatePoint:
    point = trial.point(rate)
    if point.missed is None and extrapolate and trial.taken.people >= _ENOUGH_FOR_A_TAIL:
        point = trial.extrapolated(rate)
    return _rate_point(point)


def _rate_point(point: Point) -> RatePoint:
    return RatePoint(
        rate=point.rate,
        threshold=None if point.threshold is None else round(point.threshold, 4),
        missed=None if point.missed is None else _share(point.missed),
        held_out=None if point.held_out is None else _share(point.held_out),
        pairs=point.pairs,
        extrapolated=point.extrapolated,
    )


def _at(trial: Trial, threshold: float) -> ThresholdPoint:
    missed, taken = trial.at(threshold)
    return ThresholdPoint(threshold=threshold, missed=_share(missed), taken=_share(taken))


def _shipped(trial: WalkTrial) -> ThresholdPoint:
    missed, told = trial.shipped()
    return ThresholdPoint(threshold=POLICY.strong, missed=_share(missed), taken=_share(told))


def _curve(trial: Trial) -> list[tuple[float, float]]:
    taken, missed = trial.taken.shares(), trial.missed.shares()
    points = [(_round(taken[at]), _round(missed[at])) for at in range(200, 801, 5)]
    return [point for number, point in enumerate(points) if number == 0 or point != points[number - 1]]


def fixed_list(people: People) -> FixedList | None:
    """The usual closed and open halves, by Clopper and Pearson; None without somebody of either kind."""
    listed = [rows for rows in people.rows if len(rows) > 1]
    alone = [rows[0] for rows in people.rows if len(rows) == 1]
    if not listed or not alone:
        return None
    entries = people.vectors[[rows[0] for rows in listed]]
    probes = [(row, own) for own, rows in enumerate(listed) for row in rows[1 : 1 + trials.MOST_PROBES]]
    scores = people.vectors[[row for row, _ in probes]] @ entries.T
    right = scores[np.arange(len(probes)), [own for _, own in probes]]
    is_first = right >= scores.max(axis=1)
    strangers = (people.vectors[alone] @ entries.T).max(axis=1)
    return FixedList(
        listed=len(listed),
        searches=len(probes),
        strangers=len(alone),
        rank_one=counted(int(is_first.sum()), len(probes)),
        thresholds=[
            ThresholdPoint(
                threshold=each,
                missed=counted(int((~(is_first & (right >= each))).sum()), len(probes)),
                taken=counted(int((strangers >= each).sum()), len(alone)),
            )
            for each in thresholds()
        ],
    )


def verified(comparisons: Comparisons, folds: Folds | None) -> Verification:
    """One to one; *folds* are those of a pairs file."""
    return Verification(
        same=int(comparisons.same.searches.sum()),
        others=int(comparisons.others.searches.sum() / 2),
        points=[_verified_point(comparisons, rate) for rate in VERIFIED_RATES],
        accuracy=None if folds is None else folds.accuracy,
        deviation=None if folds is None else folds.deviation,
        pairs_missing=0 if folds is None else folds.missing,
    )


def _verified_point(comparisons: Comparisons, far: float) -> RatePoint:
    threshold, accepted, interval = comparisons.at_rate(far)
    pairs = comparisons.pairs_of_people(threshold)
    if pairs < ENOUGH or not comparisons.same.people:
        return RatePoint(rate=far, threshold=None, missed=None, pairs=pairs)
    missed = Estimate(1 - accepted, Interval(1 - interval.high, 1 - interval.low))
    return RatePoint(rate=far, threshold=round(threshold, 3), missed=_share(missed), pairs=pairs)


def histogram(comparisons: Comparisons) -> Histogram:
    """How many comparisons of one person's pictures, and of two people's, have which cosine above zero."""
    steps = range(0, len(GRID) - 1, round(_STEP * (len(GRID) - 1)))
    same, others = (_between(curve, steps) for curve in (comparisons.same, comparisons.others))
    return Histogram(lowest=0.0, step=_STEP, same=same, others=[round(each / 2) for each in others])


def _between(curve: Curve, steps: Iterable[int]) -> list[int]:
    # What is under zero was counted as zero, and is left out.
    columns = [max(1, step) for step in (*steps, len(GRID) - 1)]
    reached = [float(curve.hits[:, column].sum(dtype=np.float64)) for column in columns]
    return [round(above - beyond) for above, beyond in pairwise(reached)]


def groups(trial: Trial, names: Sequence[str], group_of: Mapping[str, str]) -> list[GroupFigures]:
    """By the group that each person declared, at the threshold of a sighting; of few people no figure is given."""
    return list(_groups(trial, np.array([group_of.get(name, "") for name in names])))


def _groups(trial: Trial, group: "np.ndarray[tuple[int], np.dtype[np.str_]]") -> Iterator[GroupFigures]:
    for name in sorted(set(group.tolist()) - {""}):
        inside = group == name
        missed, taken = (curve.subset(inside) for curve in (trial.missed, trial.taken))
        yield GroupFigures(
            group=name,
            people=int(inside.sum()),
            searches=int(missed.searches.sum()),
            missed=_of_group(missed),
            taken=_of_group(taken),
        )


def _of_group(curve: Curve) -> Share | None:
    if curve.people < LEAST_OF_A_GROUP:
        return None
    return _share(Estimate(curve.at(SIGHTED), curve.interval(SIGHTED)))


def floor(trial: Trial) -> Floor | None:
    """The lowest threshold at which strangers are taken for somebody seldom enough; None where too few are there."""
    for threshold in _FLOORS:
        if trial.taken.at(threshold) > MOST_TAKEN:
            continue
        missed, taken = trial.at(threshold)
        if taken.interval.high <= MOST_TAKEN:
            listed = trial.strangers.listed
            return Floor(threshold=threshold, listed=listed, missed=_share(missed), taken=_share(taken))
    return None


def found_faces(faces: Sequence[MarkedFace]) -> list[FoundFaces]:
    """By label and height; all labels together first."""
    labels = sorted({face.label for face in faces})
    kinds = [("", list(faces)), *((label, [f for f in faces if f.label == label]) for label in labels)]
    return [
        FoundFaces(
            label=label,
            lowest_px=low,
            below_px=high,
            faces=len(some),
            found=counted(sum(face.found for face in some), len(some)),
        )
        for label, of_label in kinds
        for low, high, some in detection.by_height(of_label)
        if some
    ]


def gated(faces: Faces) -> Faces:
    """The faces that the matcher would compare."""
    return faces.chosen([row for row, each in enumerate(faces.measures) if deciding.passes_gate(*map(float, each))])


def counted(hits: int, trials_: int) -> Share:
    """A share of independent trials, by Clopper and Pearson."""
    return _share(Estimate(hits / trials_, clopper_pearson(hits, trials_)))


def _share(estimate: Estimate) -> Share:
    # A bootstrap of few people may lie beside its own estimate by a rounding.
    value = estimate.value
    return Share(
        value=_round(value),
        low=_round(min(value, estimate.interval.low)),
        high=_round(max(value, estimate.interval.high)),
    )


def _round(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 6)
