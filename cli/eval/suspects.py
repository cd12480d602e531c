"""What a person should look at before a figure is believed: one person under two names, pictures under a wrong one.

Pure. Found by likeness alone, so relatives who look alike are among them: they stay in the data, and whoever looks
says which is which. What is left out because the recogniser mistook it flatters the recogniser.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cli.eval.open_set import Matrix
from cli.eval.people import Faces, People, unit

# Means of two people's pictures that are so alike, and single pictures of two people.
ALIKE: Final = 0.55
# A picture is nobody's who is so unlike the rest of its person, and another's whom it is so much more like.
_UNLIKE: Final = 0.30
_MORE_LIKE: Final = 0.15
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class TwoNames:
    """Two people who may be one, or relatives; ``similarity`` is that of the means of their pictures."""

    first: str
    second: str
    similarity: float


@dataclass(frozen=True, slots=True)
class WrongName:
    """A picture that is unlike the rest of its person: so like them it is, and so like somebody else at best."""

    picture: str
    own: float
    other: str
    similarity: float


def two_names(people: People) -> list[TwoNames]:
    """The most alike first, two hundred at most."""
    means = _means(people)
    scores = np.triu(means @ means.T, 1)
    found = [
        TwoNames(people.names[first], people.names[second], float(scores[first, second]))
        for first, second in np.argwhere(scores >= ALIKE)
    ]
    return sorted(found, key=lambda each: -each.similarity)[:_MOST]


def wrong_names(people: People, faces: Faces) -> list[WrongName]:
    """The least like the rest of their person first, two hundred at most."""
    means = _means(people)
    found = []
    for person, rows in enumerate(people.rows):
        if len(rows) < 3:
            continue
        vectors = people.vectors[rows]
        rest = unit(vectors.sum(axis=0) - vectors)
        own = (vectors * rest).sum(axis=1)
        for row, vector, likeness in zip(rows, vectors, own, strict=True):
            if likeness >= _UNLIKE:
                continue
            others = means @ vector
            others[person] = -1
            nearest = int(np.argmax(others))
            if others[nearest] >= likeness + _MORE_LIKE:
                found.append(
                    WrongName(faces.names[row], float(likeness), people.names[nearest], float(others[nearest]))
                )
    return sorted(found, key=lambda each: each.own)[:_MOST]


def _means(people: People) -> Matrix:
    return unit(np.stack([people.vectors[rows].mean(axis=0) for rows in people.rows]))
