"""Percentiles of durations: of values as they are, and of a histogram's buckets. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_PERCENTILES: Final = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Durations:
    """How often, and percentiles in milliseconds; those are None when there was nothing."""

    count: int
    mean_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """``buckets`` are (upper bound in seconds, how many were at or below it), ascending, the last bound infinite."""

    buckets: tuple[tuple[float, float], ...] = ()
    sum_seconds: float = 0.0

    @property
    def count(self) -> float:
        """How many values."""
        return self.buckets[-1][1] if self.buckets else 0.0

    def quantile_seconds(self, share: float) -> float | None:
        """The value that *share* of all lie at or below, taken as evenly spread within its bucket.

        Beyond the last finite bound it is that bound, as in Prometheus. None when there is nothing.
        """
        wanted = share * self.count
        below, lower = 0.0, 0.0
        for upper, so_far in self.buckets:
            if so_far >= wanted and so_far > below:
                if math.isinf(upper):
                    return lower
                return lower + (upper - lower) * (wanted - below) / (so_far - below)
            below, lower = so_far, upper if math.isfinite(upper) else lower
        return None

    def durations(self) -> Durations:
        """The same in milliseconds."""
        if not self.count:
            return Durations(0)
        p50, p95, p99 = (_ms(self.quantile_seconds(each / 100)) for each in _PERCENTILES)
        return Durations(round(self.count), _ms(self.sum_seconds / self.count), p50, p95, p99)


def durations(values_seconds: Sequence[float]) -> Durations:
    """Of values as they were measured, without buckets: the nearest rank."""
    if not values_seconds:
        return Durations(0)
    ordered = sorted(values_seconds)
    p50, p95, p99 = (_ms(ordered[math.ceil(each / 100 * len(ordered)) - 1]) for each in _PERCENTILES)
    return Durations(len(ordered), _ms(sum(ordered) / len(ordered)), p50, p95, p99)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
