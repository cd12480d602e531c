"""The people of an evaluation: whose each picture is, what it was embedded to, and what of them is enrolled. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cli.eval.open_set import Matrix

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """One face of each picture: ``names`` are ``person/file``, ``vectors`` (n, d) of unit length.

    ``measures`` (n, 3) are width in px, yaw in degrees and sharpness. ``alike`` has, by name, frames (k, d) made of
    that picture; ``pictures`` is how many were looked at, those without a face too.
    """

    names: list[str]
    vectors: Matrix
    measures: Matrix
    pictures: int
    alike: Mapping[str, Matrix] = field(default_factory=dict)

    def chosen(self, rows: Sequence[int]) -> "Faces":
        """Those in *rows* alone."""
        names = [self.names[row] for row in rows]
        index = np.array(rows, np.intp)
        return Faces(names, self.vectors[index], self.measures[index], self.pictures, self.alike)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """``vectors`` (n, d) of unit length, and which rows are whose; ``looks`` (k, d) by row, where alike frames are."""

    names: list[str]
    rows: list[list[int]]
    vectors: Matrix
    looks: Mapping[int, Matrix]

    def __len__(self) -> int:
        return len(self.names)

    def half(self) -> Mask:
        """(people,), which are of the first half, by a digest of the name: the same ones in every evaluation."""
        return np.array([_digest(name)[0] % 2 == 0 for name in self.names])


def people_of(faces: Faces, left_out: Collection[str] = ()) -> People:
    """Everybody, but for the people, and the single pictures ``person/file``, that are *left_out*."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(faces.names):
        person = name.split("/")[0]
        if person not in left_out and name not in left_out:
            rows[person].append(row)
    looks = {row: faces.alike[name] for row, name in enumerate(faces.names) if name in faces.alike}
    return People(list(rows), list(rows.values()), faces.vectors, looks)


def templates(people: People, photos: int, rule: str = "mean") -> list[Matrix]:
    """What an entry with each person's first *photos* pictures is searched by: (photos, d), or (1, d) of their mean."""
    enrolled = [people.vectors[rows[:photos]] for rows in people.rows]
    return [unit(each.mean(axis=0, keepdims=True)) if rule == "mean" else each for each in enrolled]


def unit(vectors: Matrix) -> Matrix:
    """Each row of *vectors* (n, d) at length one."""
    lengths: Matrix = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def anonymous(name: str) -> str:
    """A name that tells two people apart, and two reports of one person together, without telling who it is.

    It hides a name from who reads the report, not from who has a list of names to try.
    """
    return _digest(name).hex()[:12]


def _digest(name: str) -> bytes:
    return hashlib.sha1(name.encode(), usedforsecurity=False).digest()
