"""Which days of a camera still tell of it as it is: a camera that was turned or has got dirty is another one. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.watchlist.budget.tail import Counted

# A day differs when its share of walks that come near differs by so many standard deviations, and by such a factor.
_DEVIATIONS: Final = 4.0
_FACTOR: Final = 1.25
# Near is what the tenth of the newest walks is that comes nearest.
_NEAR: Final = 0.10


def alike(newest_first: Sequence[Sequence[Counted]]) -> tuple[Counted, ...]:
    """The counts of the days before which the camera was another one; *newest_first* has those of each day."""
    taken: list[Counted] = []
    for day in newest_first:
        if taken and day and _differ(taken, day):
            break
        taken += day
    return tuple(taken)


def _differ(newer: Sequence[Counted], older: Sequence[Counted]) -> bool:
    counts = np.sum([each.counts for each in newer], axis=0)
    beyond = np.cumsum(counts[::-1])[::-1]
    first = int(np.argmax(beyond <= _NEAR * counts.sum()))
    newer_near, older_near = (float(sum(each.counts[first:].sum() for each in of)) for of in (newer, older))
    # By pairs of a walk and an entry, so that a list that has grown is no other camera.
    newer_pairs, older_pairs = (float(sum(each.counts.sum() * each.entries for each in of)) for of in (newer, older))
    if not newer_near + older_near or not newer_pairs or not older_pairs:
        return False

    share = (newer_near + older_near) / (newer_pairs + older_pairs)
    expected = share * older_pairs
    deviation = np.sqrt(expected * newer_pairs / (newer_pairs + older_pairs))
    ratio = (older_near / older_pairs) / max(newer_near / newer_pairs, 1e-300)
    return abs(older_near - expected) > _DEVIATIONS * deviation and not 1 / _FACTOR <= ratio <= _FACTOR
