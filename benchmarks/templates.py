"""Vectors drawn to be like the recogniser's: made people, with the spread that templates of real people have.

The figures below were measured on what `wardwatch eval` keeps in its cache of half of Labeled Faces in the Wild
(5,372 pictures of 2,861 people, SFace vectors of 128 dimensions, unit length): how far people's own means spread along
the principal axes, and how far photos of a person spread around that person's mean. They say nothing about anybody.
Real templates fill nearly all of their 128 dimensions (participation ratio 96), so that a stranger has no near
neighbour; they are only a little easier for a graph than directions drawn evenly from the sphere.

Real photos differ in quality: cosines between two photos of a person are 0.33, 0.68 and 0.88 at the 1st, 50th and
99th percentile there, and 0.36, 0.69 and 0.88 here; of different people 0.09 at the median and 0.42 at the 99.99th
percentile, here as there.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

DIMENSION: Final = 128
PHOTOS: Final = 3
# Variance between people along each eighth principal axis, in hundred-thousandths; between them it is nearly linear.
_BETWEEN: Final = (1086, 889, 784, 682, 621, 553, 485, 445, 396, 357, 308, 279, 236, 198, 150, 116, 1)
# Variance of a person's photos around their mean; along each axis within a quarter of the same.
_WITHIN: Final = 0.347 / DIMENSION
# Length of the mean over all people.
_MEAN: Final = 0.291
# How unequal photos are: standard deviation of the logarithm of a photo's own spread.
_UNEQUAL: Final = 0.36
_AT_ONCE: Final = 50_000


def drawn(rows: int, searches: int, seed: int = 7) -> tuple[Matrix, Matrix]:
    """Enrolled vectors (rows, 128), three of a person following each other, and searched ones (searches, 128).

    The first half of the searches are other photos of enrolled people, the rest photos of strangers.
    """
    rng = np.random.default_rng(seed)
    people = _people(rng, -(-rows // PHOTOS))
    enrolled = np.empty((len(people) * PHOTOS, DIMENSION), np.float32)
    for start in range(0, len(people), _AT_ONCE):
        some = np.repeat(people[start : start + _AT_ONCE], PHOTOS, axis=0)
        enrolled[start * PHOTOS : start * PHOTOS + len(some)] = _photos(rng, some)
    listed = people[rng.integers(0, len(people), searches // 2)]
    strangers = _people(rng, searches - len(listed))
    return enrolled[:rows], np.concatenate([_photos(rng, listed), _photos(rng, strangers)])


def _people(rng: np.random.Generator, count: int) -> Matrix:
    between = np.interp(np.arange(DIMENSION), np.linspace(0, DIMENSION - 1, len(_BETWEEN)), _BETWEEN) * 1e-5
    spread = np.sqrt(between).astype(np.float32)
    mean = np.float32(_MEAN / np.sqrt(DIMENSION))
    vectors: Matrix = mean + spread * rng.standard_normal((count, DIMENSION), np.float32)
    return vectors


def _photos(rng: np.random.Generator, people: Matrix) -> Matrix:
    """One photo of each row of *people*."""
    unequal = np.exp(_UNEQUAL * rng.standard_normal((len(people), 1), np.float32) - np.float32(_UNEQUAL**2))
    spread = np.float32(np.sqrt(_WITHIN)) * unequal
    raw: Matrix = people + spread * rng.standard_normal(people.shape, np.float32)
    lengths: Matrix = np.linalg.norm(raw, axis=1, keepdims=True)
    return raw / lengths
