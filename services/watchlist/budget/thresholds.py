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
# From which cosine on one walk raises an incident where no budget is asked for: the default of the alerts service
# (WARDWATCH_ALERTS_STRONG_SIMILARITY), which decides it.
USUAL: Final = 0.62
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

    def share_of(self, entries: int) -> float:
        """How much of a list of *entries* its walks were compared with, on average; one at most."""
        pairs = sum(int(each.counts.sum()) * each.entries for each in self.counted)
        return min(1.0, pairs / (self.walks * entries)) if self.walks and entries else 1.0


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
    """The chance that a stranger's walk comes so near to one of ``entries``: a fit, mixed with what was known.

    Only a share of them was ``counted``, on average: of entries that have come since nothing but what was known is.
    """

    fit: Tail | None
    entries: int
    counted: float = 1.0
    correction: float = 1.0

    def beyond(self, similarity: float) -> float:
        """Chance of *similarity* or more, for a walk with the whole list."""
        known = MEASURED.log_beyond(similarity)
        if self.fit is None:
            mixed = known
        else:
            own = self.counted * self.fit.walks / (self.fit.walks + _EQUAL_WALKS)
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
        return round(low * _STEP, 3)


def planned(budget: float, cameras: Sequence[Camera], entries: int, judged: Judged, floor: float) -> SitePlan:
    """Thresholds for *budget* false alerts a week, with *entries* on the list and none below *floor*."""
    chance = budget / _weekly(cameras)
    correction = judged.correction
    asked = [
        Odds(fitted(camera.counted, MEASURED), entries, camera.share_of(entries), correction).similarity(chance, floor)
        for camera in cameras
    ]
    others = Odds(None, entries, correction=correction).similarity(chance, floor)
    return _plan(budget, cameras, asked, others, entries, judged)


def expected_at(similarity: float, cameras: Sequence[Camera], entries: int, judged: Judged) -> SitePlan:
    """What is to be expected with one threshold at all *cameras*."""
    return _plan(math.inf, cameras, [similarity] * len(cameras), similarity, entries, judged)


def _weekly(cameras: Sequence[Camera]) -> float:
    return sum(camera.weekly_walks for camera in cameras) or 7.0 * VISITORS_A_DAY


def _plan(
    budget: float, cameras: Sequence[Camera], asked: Sequence[float], others: float, entries: int, judged: Judged
) -> SitePlan:
    correction, corrections = judged.correction, judged.drawn()
    means = [
        Odds(fitted(camera.counted, MEASURED), entries, camera.share_of(entries), correction).beyond(similarity)
        * camera.weekly_walks
        for camera, similarity in zip(cameras, asked, strict=True)
    ]
    draws = [
        _drawn(camera, similarity, entries) * camera.weekly_walks * corrections
        for camera, similarity in zip(cameras, asked, strict=True)
    ]
    plans = tuple(
        CameraPlan(camera.place, similarity, _expected(mean, drawn), camera.walks)
        for camera, similarity, mean, drawn in zip(cameras, asked, means, draws, strict=True)
    )
    total = sum(means) if cameras else Odds(None, entries, correction=correction).beyond(others) * _weekly(cameras)
    drawn_total = np.sum(draws, axis=0) if cameras else total / correction * corrections
    expected = _expected(total, drawn_total)
    return SitePlan(plans, others, expected, _missed(cameras, asked, others), total <= budget)


def _drawn(camera: Camera, similarity: float, entries: int) -> Figures:
    """(draws,), the chance of *similarity* by other weeks that could have been counted."""
    tails: Sequence[Tail | None] = redrawn(camera.counted, MEASURED, _DRAWS, _SEED) or [None]
    chances = [Odds(tail, entries, camera.share_of(entries)).beyond(similarity) for tail in tails]
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
