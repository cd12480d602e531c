"""What a report's file keeps of each person, so that two can be compared, and the comparison. Pure.

Kept are scores: no vector, no picture, and in place of a name a digest of it, unless names are asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydantic import Field

from cli.eval.intervals import Float64, of_redrawn, redrawn
from cli.eval.measuring import RATES, Searches
from cli.eval.open_set import ENOUGH, Curve, Mated, Strangers, chance_of_any, first_at_most
from cli.eval.trials import Estimate, Trial
from proto.wardwatch.v1.accuracy import AccuracyReport
from proto.wardwatch.v1.json_models import ResponseModel

# Of each search of a stranger so many of the highest scores: a list that holds none of these people is rare, and where
# it is not, thresholds that so many reach are of no use.
_MOST: Final = 20
_DIGITS: Final = 4


class KeptPerson(ResponseModel):
    """Of one person: score and number of nearer people of each mated search, and the highest scores as a stranger."""

    id: str
    own: list[tuple[float, int]]
    others: list[list[float]]


class KeptTrial(ResponseModel):
    """The scores of the searches of one kind, with one photo of each person, on lists drawn from all ``people``."""

    kind: str
    people: int
    kept: list[KeptPerson]


class ReportFile(ResponseModel):
    """What `wardwatch eval` writes as JSON."""

    report: AccuracyReport
    digest: str = Field(description="Of the report: what two people compare before it is installed.")
    scores: list[KeptTrial] = Field(default=[])


@dataclass(frozen=True, slots=True)
class Difference:
    """What is missed by two evaluations of the same people, and how much more by the second."""

    kind: str
    rate: float
    first: float
    second: float
    more: Estimate

    @property
    def is_real(self) -> bool:
        """Whether zero is outside the interval."""
        return self.more.interval.low > 0 or self.more.interval.high < 0


def kept(found: Searches, names: list[str]) -> list[KeptTrial]:
    """The scores of *found*, of people called *names* in the file."""
    one_photo = [found.main, *(walk for walk in found.walks if walk.photos == 1)]
    return [_kept(trial, names) for trial in one_photo]


def _kept(trial: Trial, names: list[str]) -> KeptTrial:
    own: dict[int, list[tuple[float, int]]] = {}
    nearer = _nearer(trial)
    for score, beyond, person in zip(trial.mated.own, nearer, trial.mated.people, strict=True):
        own.setdefault(int(person), []).append((round(float(score), _DIGITS), beyond))
    others: dict[int, list[list[float]]] = {}
    for scores, person in zip(trial.strangers.sorted_scores, trial.strangers.people, strict=True):
        highest = [round(float(each), _DIGITS) for each in scores[: -_MOST - 1 : -1] if each > 0]
        others.setdefault(int(person), []).append(highest)
    people = sorted(own.keys() | others.keys())
    rows = [KeptPerson(id=names[each], own=own.get(each, []), others=others.get(each, [])) for each in people]
    return KeptTrial(kind=trial.kind, people=len(names), kept=rows)


def _nearer(trial: Trial) -> list[int]:
    # The chance to be alone falls with each who is nearer, so it says how many there are.
    chances = 1 - chance_of_any(trial.strangers.scores.shape[1] - 1, trial.strangers.listed - 1)
    return [int(each) for each in np.searchsorted(-chances, -trial.mated.alone)]


def differences(first: ReportFile, second: ReportFile, listed: int) -> list[Difference]:
    """What the second misses more than the first, on lists of *listed*, over the people whom both searched.

    People are drawn anew, the same ones for both, with the threshold of each set anew for each draw. Raises ValueError
    where they have nobody in common or too few to draw a list from.
    """
    found: list[Difference] = []
    for one in first.scores:
        other = next((each for each in second.scores if each.kind == one.kind), None)
        if other is not None:
            found += _of_trial(one, other, listed)
    if not found:
        raise ValueError("these reports keep no scores of the same people")
    return found


def _of_trial(first: KeptTrial, second: KeptTrial, listed: int) -> list[Difference]:
    common = sorted({each.id for each in first.kept} & {each.id for each in second.kept})
    if len(common) < ENOUGH:
        return []
    pairs = [_curves(trial, common, listed) for trial in (first, second)]
    weights = redrawn(len(common), 3)
    strangers = min(int(taken.searches.sum()) for taken, _ in pairs)
    return [
        _difference(first.kind, rate, pairs, weights)
        for rate in RATES
        if rate * strangers >= ENOUGH and all(missed.people for _, missed in pairs)
    ]


def _difference(kind: str, rate: float, pairs: list[tuple[Curve, Curve]], weights: Float64) -> Difference:
    first, second = (float(_misses(*pair, rate, np.ones((1, weights.shape[1])))[0]) for pair in pairs)
    drawn = [_misses(*pair, rate, weights) for pair in pairs]
    return Difference(kind, rate, first, second, Estimate(second - first, of_redrawn(drawn[1] - drawn[0])))


def _misses(taken: Curve, missed: Curve, rate: float, weights: Float64) -> Float64:
    """(times,), what is missed at the threshold that strangers reach at *rate*, each time people are drawn."""
    columns = first_at_most(taken.shares(weights), rate)
    found: Float64 = missed.shares(weights)[np.arange(len(weights)), columns]
    return found


def _curves(trial: KeptTrial, common: list[str], listed: int) -> tuple[Curve, Curve]:
    if not 0 < listed < trial.people:
        raise ValueError(f"a list of {listed} cannot be drawn from {trial.people} people, of whom one is searched for")
    by_id: Mapping[str, KeptPerson] = {each.id: each for each in trial.kept}
    own = [(score, nearer, at) for at, name in enumerate(common) for score, nearer in by_id[name].own]
    others = [(scores, at) for at, name in enumerate(common) for scores in by_id[name].others]
    scores = np.full((len(others), max(_MOST, 1)), -2, np.float32)
    for row, (highest, _) in enumerate(others):
        scores[row, : len(highest)] = highest
    found = chance_of_any(trial.people - 1, listed)
    strangers = Strangers(scores, np.array([at for _, at in others], np.intp), listed)
    alone = 1 - chance_of_any(trial.people - 1, listed - 1)[[nearer for _, nearer, _ in own]]
    mated = Mated(np.array([s for s, *_ in own], np.float32), alone, np.array([at for *_, at in own], np.intp))
    return strangers.curve(len(common), found), mated.curve(len(common))
