"""Whether a photo that is near to the whole list is near to strangers: what an enrolment forecast rests on.

Run: ``python -m benchmarks.crowd DATA --models FOLDER [--cache FOLDER]``, as ``benchmarks.walks``.

Of each person's photo the mean cosine with the photos of one half of the people says how near it is to everybody; walks
of the other half's people say how often strangers come near to it. The growth is that of a Poisson regression of those
walks on the mean, with 95 %. Then what a stricter threshold of such photos costs: listed people's walks that it misses.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.lfw import people_asked_for
from benchmarks.walks import KINDS, mean_score, scores_of
from cli.eval.open_set import Matrix
from cli.eval.people import People, templates

NEAR: Final = (0.38, 0.42, 0.46)
THRESHOLDS: Final = (0.58, 0.62, 0.66)
LIKE_MANY: Final = 0.03
# As the matcher does it (services/matcher/core.py).
_STRICTER: Final = 36 / 45
_MOST: Final = 0.10


def report(people: People) -> None:
    """Print what the module says."""
    entries = templates(people, 1, "mean")
    photos, half = np.concatenate(entries), people.half()
    for kind, (compose, _) in KINDS.items():
        walks = compose(people, 0)
        scores = scores_of(walks, entries, mean_score)
        scores[np.arange(len(walks.people)), walks.people] = -1
        for first in (True, False):
            nearness = _nearness(photos, half == first)
            strangers = scores[half[walks.people] != first]
            for near in NEAR:
                came = (strangers >= near).sum(axis=0)
                growth, doubt = _growth(nearness, came)
                worst = came[nearness >= LIKE_MANY].sum() / came.sum()
                print(
                    f"{kind}, walks at {near:.2f}: growth {growth:.1f} (give or take {doubt:.1f});"
                    f" {(nearness >= LIKE_MANY).mean():.3f} of the photos are like many, with {worst:.3f} of the walks"
                )
        _report_cost(kind, people, photos)


def _report_cost(kind: str, people: People, photos: Matrix) -> None:
    walks = KINDS[kind][0](people, 1)
    own = scores_of(walks, templates(people, 1, "mean"), mean_score)[np.arange(len(walks.people)), walks.people]
    nearness = _nearness(photos, np.ones(len(photos), bool))[walks.people]
    added = np.where(nearness >= LIKE_MANY, np.minimum(_MOST, _STRICTER * nearness), 0)
    for threshold in THRESHOLDS:
        before, after = (own < threshold).mean(), (own < threshold + added).mean()
        print(f"{kind}, listed people at {threshold:.2f}: {before:.4f} missed, {after:.4f} with own thresholds")


def _nearness(photos: Matrix, listed: NDArray[np.bool_]) -> Matrix:
    """By how much each of *photos* is nearer to those that are *listed* than these are to each other."""
    total = photos[listed].sum(axis=0)
    own = listed.astype(np.float32)
    mean: Matrix = (photos @ total - own) / (listed.sum() - own)
    nearness: Matrix = mean - mean[listed].mean()
    return nearness


def _growth(nearness: Matrix, came: NDArray[np.int64]) -> tuple[float, float]:
    """Coefficient of a Poisson regression, by Newton's method, and half of its interval."""
    terms = np.stack([np.ones(len(nearness)), nearness.astype(np.float64)], axis=1)
    fit = np.array([np.log(came.mean()), 0.0])
    for _ in range(50):
        expected = np.exp(terms @ fit)
        fit = fit + np.linalg.solve((terms.T * expected) @ terms, terms.T @ (came - expected))
    covariance = np.linalg.inv((terms.T * np.exp(terms @ fit)) @ terms)
    return float(fit[1]), 1.96 * float(np.sqrt(covariance[1, 1]))


def main() -> None:
    """Measure and print."""
    report(people_asked_for(__doc__))


if __name__ == "__main__":
    main()
