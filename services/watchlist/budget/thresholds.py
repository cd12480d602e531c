"""From which cosine on a walk raises an alert at each camera of a site, so that a budget for false alerts is kept.

Pure. Every stranger's walk is given the same chance of a false alert, at whichever camera it is. What a fit says is
corrected by what people judged: alerts that were rejected, against those that were expected of the thresholds that held
meanwhile.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import Place
from services.watchlist.budget.known import MEASURED, VISITORS_A_DAY, Missed, missed
from services.watchlist.budget.tail import Counted, Tail, fitted, redrawn

Figures = NDArray[np.float64]

# Beyond it listed people are missed by half, and whoever wants fewer false alerts than that wants no alerts.
HIGHEST: Final = 0.75
# Walks after which a camera's own counts say as much as what was measured before.
_EQUAL_WALKS: Final = 2_000
# Of the correction: so many alerts that were expected stand for what a fit may be wrong by, a factor of 1.6.
_DOUBTED_ALERTS: Final = 4.0
_DRAWS: Final = 200
_SEED: Final = 98
_STEP: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Camera:
    """What was ``counted`` at a camera, and how many walks a week pass it."""

    place: Place
    counted: tuple[Counted, ...]
    weekly_walks: float

    @property
    def walks(self) -> int:
        """How many it has counted."""
        return sum(int(each.counts.sum()) for each in self.counted)


@dataclass(frozen=True, slots=True)
class Judged:
    """Alerts of a site that people rejected, and how many had been ``expected`` meanwhile."""

    rejected: int = 0
    expected: float = 0.0

    @property
    def correction(self) -> float:
        """What fits are multiplied by: the mean of a gamma distribution with a mean of one before anybody judged."""
        return (_DOUBTED_ALERTS + self.rejected) / (_DOUBTED_ALERTS + self.expected)

    def drawn(self) -> Figures:
        """(draws,) of that distribution."""
        shape, rate = _DOUBTED_ALERTS + self.rejected, _DOUBTED_ALERTS + self.expected
        return np.random.default_rng(_SEED).gamma(shape, 1 / rate, _DRAWS)


@dataclass(frozen=True, slots=True)
class Expected:
    """False alerts a week, and 95 %: of what was counted, and of what people may still find wrong with it."""

    alerts: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """The cosine from which on a walk raises an alert at a camera, and what that leads to."""

    place: Place
    strong_similarity: float
    expected: Expected
    walks: int  # that the camera has counted


@dataclass(frozen=True, slots=True)
class SitePlan:
    """``others`` is the cosine for cameras that have counted nothing; ``met`` whether the budget can be kept."""

    cameras: tuple[CameraPlan, ...]
    others: float
    expected: Expected
    missed: Missed
    met: bool


@dataclass(frozen=True, slots=True)
class Odds:
    """The chance that a stranger's walk comes so near to one of ``entries``: a fit, mixed with what was known."""

    fit: Tail | None
    entries: int
    correction: float = 1.0

    def beyond(self, similarity: float) -> float:
        """Chance of *similarity* or more, for a walk with the whole list."""
        known = MEASURED.log_beyond(similarity)
        if self.fit is None:
            mixed = known
        else:
            own = self.fit.walks / (self.fit.walks + _EQUAL_WALKS)
            found = self.fit.log_beyond(similarity)
            mixed = own * found + (1 - own) * known if math.isfinite(found) else -math.inf
        return min(1.0, self.correction * self.entries * math.exp(mixed))

    def similarity(self, chance: float, floor: float) -> float:
        """The least cosine, in thousandths, from *floor* to ``HIGHEST``, that at most *chance* of the walks reach."""
        low, high = round(floor / _STEP), round(HIGHEST / _STEP)
        while low < high:
            middle = (low + high) // 2
            if self.beyond(middle * _STEP) <= chance:
                high = middle
            else:
                low = middle + 1
        return low * _STEP


def planned(budget: float, cameras: Sequence[Camera], entries: int, judged: Judged, floor: float) -> SitePlan:
    """Thresholds for *budget* false alerts a week, with *entries* on the list and none below *floor*."""
    weekly = sum(camera.weekly_walks for camera in cameras) or 7.0 * VISITORS_A_DAY
    chance = budget / weekly
    correction = judged.correction
    odds = [Odds(fitted(camera.counted, MEASURED), entries, correction) for camera in cameras]
    others = Odds(None, entries, correction)
    thresholds = [each.similarity(chance, floor) for each in odds]
    others_from = others.similarity(chance, floor)

    means = [
        each.beyond(threshold) * camera.weekly_walks
        for each, threshold, camera in zip(odds, thresholds, cameras, strict=True)
    ]
    corrections = judged.drawn()
    draws = [
        _drawn(camera, threshold, entries) * camera.weekly_walks * corrections
        for camera, threshold in zip(cameras, thresholds, strict=True)
    ]
    plans = tuple(
        CameraPlan(camera.place, threshold, _expected(mean, drawn), camera.walks)
        for camera, threshold, mean, drawn in zip(cameras, thresholds, means, draws, strict=True)
    )
    total = sum(means) if cameras else others.beyond(others_from) * weekly
    drawn_total = np.sum(draws, axis=0) if cameras else total / correction * corrections
    return SitePlan(
        plans, others_from, _expected(total, drawn_total), _missed(cameras, thresholds, others_from), total <= budget
    )


def _drawn(camera: Camera, similarity: float, entries: int) -> Figures:
    """(draws,), the chance of *similarity* by other weeks that could have been counted."""
    tails = redrawn(camera.counted, MEASURED, _DRAWS, _SEED) or [None]
    chances = [Odds(tail, entries).beyond(similarity) for tail in tails]
    return np.resize(np.array(chances), _DRAWS)


def _expected(alerts: float, draws: Figures) -> Expected:
    low, high = np.percentile(draws, (2.5, 97.5))
    return Expected(alerts, min(alerts, float(low)), max(alerts, float(high)))


def _missed(cameras: Sequence[Camera], thresholds: Sequence[float], others: float) -> Missed:
    """What is missed of listed people who walk where everybody walks."""
    weights = [camera.weekly_walks for camera in cameras]
    if not sum(weights):
        return missed(others)
    each = [missed(threshold) for threshold in thresholds]
    several = np.average([m.several_views for m in each], weights=weights)
    return Missed(float(several), float(np.average([m.one_view for m in each], weights=weights)))
