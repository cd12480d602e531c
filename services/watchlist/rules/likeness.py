"""Who resembles whom: cosines between photos, and what a decision on a look-alike costs both. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal
from uuid import UUID

import numpy as np

from proto.wardwatch.v1.values import Vector

Strength = Literal["probably_same", "alike"]

# Cosine from which two entries are shown to a person, and from which they are probably one person (docs/adr/0041). The
# first is the lowest threshold that the accuracy report allows: people who resemble each other less can never be taken
# for one another, and somebody has to decide on every pair that is shown.
ALIKE: Final = 0.46
PROBABLY_SAME: Final = 0.50
# Two people who look alike must both be seen more clearly than the one resembles the other, within reason: beyond the
# highest, a person would hardly match their own photo.
_MARGIN: Final = 0.05
_HIGHEST: Final = 0.70

Similarities = dict[UUID, float]  # highest cosine by entry


def strength(similarity: float) -> Strength:
    """What a likeness is called; the figure itself is for nobody's eyes (safeguard S16)."""
    return "probably_same" if similarity >= PROBABLY_SAME else "alike"


def needed(similarity: float) -> float:
    """Cosine that either of two different people needs from now on."""
    return min(_HIGHEST, max(PROBABLY_SAME, similarity + _MARGIN))


def alike(own: Sequence[Vector], others: Iterable[tuple[UUID, Vector]]) -> Similarities:
    """The entries of *others* that resemble *own*, one row per photo on either side."""
    found: Similarities = {}
    if not own:
        return found
    mine = np.stack(own)  # (photos, dimension)
    for entry_id, vector in others:
        similarity = float((mine @ vector).max())
        if similarity >= ALIKE:
            found[entry_id] = max(similarity, found.get(entry_id, similarity))
    mine.fill(0)  # numpy keeps the memory of small arrays, as they were, for the next one of their size
    return found


def highest(own: Sequence[Vector], others: Sequence[Vector]) -> float:
    """Highest cosine between a photo of the one and a photo of the other; 0 where either has none."""
    if not own or not others:
        return 0.0
    mine = np.stack(own)  # (photos, dimension)
    found = float((mine @ np.stack(others).T).max())
    mine.fill(0)
    return found


def merged(*finds: Similarities) -> Similarities:
    """Each entry of *finds* once, with its highest cosine."""
    together: Similarities = {}
    for found in finds:
        for entry_id, similarity in found.items():
            together[entry_id] = max(similarity, together.get(entry_id, similarity))
    return together
