"""Whether all photos of an entry show one person. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from proto.wardwatch.v1.entries import Finding
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.values import Vector

# Cosine from which two photos of an entry count as one person's (docs/adr/0057). In lfw-dev 0.02 % of the pairs of
# different people reach it and 2 % of the pairs of one person do not: those are asked for one more photo.
RESEMBLE: Final = 0.40


def people(vectors: Sequence[Vector]) -> list[int]:
    """Whose face each of *vectors* (unit length) is, numbered from 0 in their order.

    Photos that resemble each other have one number, also where they do so only by way of others: a photo in glasses may
    resemble just one of two that resemble each other.
    """
    # Two by two: a product of matrices would leave copies of the vectors in the buffers of its library.
    alike = np.array([[float(np.dot(one, other)) >= RESEMBLE for other in vectors] for one in vectors])
    numbers = [-1] * len(vectors)
    for first in range(len(vectors)):
        if numbers[first] < 0:
            _number(alike, first, max(numbers) + 1, numbers)
    return numbers


def are_several(persons: Mapping[int, int]) -> bool:
    """Whether photos by their position, with whose face each shows, show more than one person."""
    return len(set(persons.values())) > 1


def words(persons: Mapping[int, int]) -> str:
    """The sentence on photos, by their position, that show several people. Which is the wrong one, nobody knows."""
    groups: dict[int, list[int]] = {}
    for position, person in sorted(persons.items()):
        groups.setdefault(person, []).append(position)
    named = " and ".join(_named(positions) for positions in groups.values())
    return (
        f"{named} do not show the same person, and which is the right one cannot be told from the faces: look at them"
        " and remove the photos of anybody else; if all show this person, add one that resembles both, clear and from"
        " the front"
    )


def finding(persons: Mapping[int, int]) -> Finding:
    """The same as a finding, which nobody can accept."""
    return Finding(code=FindingCode.UNLIKE_OTHERS, severity="rejected", text=words(persons))


def _number(alike: np.ndarray, first: int, number: int, numbers: list[int]) -> None:
    """Give *number* to the photo *first* and to all that are linked to it."""
    waiting = [first]
    while waiting:
        photo = waiting.pop()
        numbers[photo] = number
        waiting += [int(other) for other in np.flatnonzero(alike[photo]) if numbers[other] < 0]


def _named(positions: Sequence[int]) -> str:
    return f"photo{'s' if len(positions) > 1 else ''} {', '.join(map(str, positions))}"
