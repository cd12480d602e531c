"""Intervals of shares: Clopper and Pearson's of counts, and those of people drawn anew. 95 %. Pure."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

TIMES: Final = 1_000  # that people are drawn anew
_BEYOND: Final = 0.025  # on either side
_STEPS: Final = 200  # the continued fraction needs about the root of a + b of them
_TINY: Final = 1e-300
_HALVINGS: Final = 60  # a double has no more digits


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a share lies, with 95 %."""

    low: float
    high: float


def clopper_pearson(hits: int, trials: int) -> Interval:
    """Of *hits* in independent *trials* (Clopper and Pearson 1934). Raises ValueError when there were none."""
    if not 0 <= hits <= trials or not trials:
        raise ValueError(f"{hits} of {trials} is no share")
    low = 0.0 if hits == 0 else beta_quantile(_BEYOND, hits, trials - hits + 1)
    high = 1.0 if hits == trials else beta_quantile(1 - _BEYOND, hits + 1, trials - hits)
    return Interval(low, high)


def beta_quantile(share: float, a: float, b: float) -> float:
    """Where the beta distribution of *a* and *b* reaches *share*."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if incomplete_beta(a, b, middle) < share else (low, middle)
    return (low + high) / 2


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function: the chance that a beta variable is at most *x*."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    # The fraction converges fast on this side of the mean only (DLMF 8.17.4, 8.17.22).
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction by Lentz's method (Numerical Recipes, 6.4)."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS + round(2 * math.sqrt(a + b))):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


@lru_cache(maxsize=4)
def redrawn(people: int, seed: int, times: int = TIMES) -> Float64:
    """(times, people), how often each of *people* is drawn when as many are drawn with replacement. Not to be changed.

    The same for every figure, so that figures of the same people can be compared draw by draw.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(people, np.full(people, 1 / people), times).astype(np.float64)
    drawn.flags.writeable = False
    return drawn


def of_redrawn(values: Float64) -> Interval:
    """The middle 95 % of what was found for people drawn anew."""
    low, high = np.nanpercentile(values, (100 * _BEYOND, 100 * (1 - _BEYOND)))
    return Interval(float(low), float(high))
