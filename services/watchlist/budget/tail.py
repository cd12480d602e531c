"""How often a stranger's walk comes as near to one entry as a cosine: fitted to counts, with what was known before.

Pure. What a camera counts is the best cosine of each walk over all entries. In the tail a walk is near to one entry at
most, so that walks with lists of different sizes count together: by pairs of a walk and an entry. Beyond a high
quantile the excess follows a generalised Pareto distribution (Pickands 1975), fitted by probability-weighted moments
(Hosking and Wallis 1987), which a few listed people among the walks, not confirmed by anybody, hardly move.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.walk_counts import BINS, WIDTH

Counts = NDArray[np.int64]

# Share of the walks that the tail is fitted to: beyond the 90 % point, as every figure of docs/figures.md#walks is.
_SHARE: Final = 0.10
# Under it a fit says less than what was known before, and there is none.
FEWEST_IN_TAIL: Final = 30
# How far Hosking's k of cameras lies from what was measured, as a standard deviation; that of an estimate from n walks
# is 1 / sqrt(n). Fits of few walks are drawn to the measured shape by as much as that leaves open.
_SHAPES_DIFFER: Final = 0.03
# No fit leaves this range, in which the shapes of cosines of faces were found.
_LEAST_SHAPE: Final = -0.10
_MOST_SHAPE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Tail:
    """``share`` of the pairs of a walk and an entry lie above ``start``; their excess is generalised Pareto.

    ``shape`` is Hosking's k, which is minus xi. ``walks`` is how many it was fitted to.
    """

    start: float
    share: float
    shape: float
    scale: float
    walks: int

    def log_beyond(self, similarity: float) -> float:
        """Natural logarithm of the chance that one pair has *similarity* or more, for what is not below the start."""
        excess = max(0.0, similarity - self.start) / self.scale
        if abs(self.shape) < 1e-9:
            return math.log(self.share) - excess
        left = 1 - self.shape * excess
        return math.log(self.share) + math.log(left) / self.shape if left > 0 else -math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Walks by bin, (BINS,), that were compared with a list of ``entries``."""

    counts: Counts
    entries: int


def fitted(counted: Sequence[Counted], known: Tail) -> Tail | None:
    """The tail of what was *counted*; None where that is too little. Its shape is drawn to that of *known*."""
    counts, pairs = _together(counted)
    first = _first_bin(counts)
    fits = _fits(counts[None, first:], counts.sum(), first, pairs, known)
    return fits[0] if fits else None


def redrawn(counted: Sequence[Counted], known: Tail, times: int, seed: int) -> list[Tail]:
    """Fits to *times* other weeks that could have been counted instead: each bin of the tail drawn anew (Poisson)."""
    counts, pairs = _together(counted)
    first = _first_bin(counts)
    drawn = np.random.default_rng(seed).poisson(counts[first:], (times, BINS - first))
    return _fits(drawn, counts.sum(), first, pairs, known)


def _together(counted: Sequence[Counted]) -> tuple[Counts, float]:
    counts = np.sum([np.zeros(BINS, np.int64), *(each.counts for each in counted)], axis=0)
    return counts, float(sum(int(each.counts.sum()) * each.entries for each in counted))


def _first_bin(counts: Counts) -> int:
    """The first bin of the tail that a walk is in."""
    beyond = np.cumsum(counts[::-1])[::-1]  # (BINS,), walks in this bin or after it
    tail = (beyond <= _SHARE * counts.sum()) & (counts > 0)
    return int(np.argmax(tail)) if tail.any() else BINS - 1


def _fits(drawn: Counts, walks: int, first: int, pairs: float, known: Tail) -> list[Tail]:
    """A tail for each row of *drawn* (draws, bins from *first* on) that has enough in it, of *walks* in all."""
    tail = drawn[drawn.sum(axis=1) >= FEWEST_IN_TAIL].astype(np.float64)
    inside = tail.sum(axis=1)  # (draws,), as all below
    if not len(tail) or inside.max() >= walks:
        return []

    middles = (np.arange(tail.shape[1]) + 0.5) * WIDTH
    # In a bin of what falls off exponentially the mean lies a little before the middle.
    early = WIDTH**2 * inside / (12 * (tail @ middles))
    mean = tail @ middles / inside - early
    # Of each bin the sum of (n - 0.65 - j) / n over the ranks j of its walks, from 0; and what is lost because within a
    # bin the order of the walks is not known.
    before = np.cumsum(tail, axis=1) - tail
    ranks = tail * (inside[:, None] - 0.65 - before - (tail - 1) / 2) / inside[:, None]
    weighted = (ranks @ middles - early * ranks.sum(axis=1)) / inside - WIDTH * (tail**2).sum(axis=1) / 12 / inside**2
    # All in one bin tells nothing of a shape.
    spread = np.maximum(mean - 2 * weighted, mean / 4)
    weight = inside / (inside + _SHAPES_DIFFER**-2)
    shapes = np.clip(known.shape + weight * (mean / spread - 2 - known.shape), _LEAST_SHAPE, _MOST_SHAPE)
    # A walk that is near to nobody is near to none of the entries, each with its own small chance.
    shares = -np.log1p(-inside / walks) * walks / pairs
    # With the shape given, the scale follows from the mean of the excess, which is scale / (1 + k).
    found = zip(shares.tolist(), shapes.tolist(), (mean * (1 + shapes)).tolist(), strict=True)
    return [Tail(first * WIDTH, share, shape, scale, int(walks)) for share, shape, scale in found]
