"""Walks made of pictures: what the looks of a person who passes a camera are like at best and at worst. Pure.

*Unlike* walks are 3 to 5 pictures of one person, each of another day; *alike* ones are frames made of one picture, as
of somebody who stands still. They are the two ends of what a camera sees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from cli.eval.open_set import Matrix, Rows
from cli.eval.people import Mask, People

_MOST_WALKS: Final = 10  # of a person
_MOST_LOOKS: Final = 5
_LEAST_LOOKS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """``looks`` of each walk (k, d), and ``people`` (walks,) whose it is."""

    looks: list[Matrix]
    people: Rows

    def chosen(self, wanted: Mask) -> "Composed":
        """The *wanted* walks (walks,) alone."""
        looks = [each for each, is_wanted in zip(self.looks, wanted, strict=True) if is_wanted]
        return Composed(looks, self.people[wanted])


def unlike(people: People, skipped: int) -> Composed:
    """Walks of 3 to 5 pictures, none in two, the first *skipped* of each person left out: they are enrolled."""
    rng = np.random.default_rng(1)
    looks: list[Matrix] = []
    whose: list[int] = []
    for person, rows in enumerate(people.rows):
        left = rng.permutation(rows[skipped:])
        for _ in range(_MOST_WALKS):
            if len(left) < _LEAST_LOOKS:
                break
            count = min(len(left), int(rng.integers(_LEAST_LOOKS, _MOST_LOOKS + 1)))
            looks.append(people.vectors[left[:count]])
            whose.append(person)
            left = left[count:]
    return Composed(looks, np.array(whose, np.intp))


def unlike_twice(people: People, skipped: int) -> Composed:
    """Two walks of each person with four pictures or more behind the first *skipped*, of 2 to 5 each."""
    rng = np.random.default_rng(2)
    looks: list[Matrix] = []
    whose: list[int] = []
    for person, rows in enumerate(people.rows):
        left = rng.permutation(rows[skipped:])[: 2 * _MOST_LOOKS]
        if len(left) >= 4:
            looks += [people.vectors[left[0::2]], people.vectors[left[1::2]]]
            whose += [person, person]
    return Composed(looks, np.array(whose, np.intp))


def alike(people: People, skipped: int) -> Composed:
    """One walk for each picture that frames were made of, the first *skipped* of each person left out."""
    found = [(row, who) for who, rows in enumerate(people.rows) for row in rows[skipped:] if row in people.looks]
    return Composed([people.looks[row] for row, _ in found], np.array([who for _, who in found], np.intp))


def pairs(walks: Composed) -> Iterator[tuple[int, int]]:
    """Two walks of one person, each walk in one pair."""
    last = -1
    for first, second in pairwise(range(len(walks.looks))):
        if first > last and walks.people[first] == walks.people[second]:
            last = second
            yield first, second
