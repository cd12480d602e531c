"""Made people, whose vectors are near each other as those of people are."""

import numpy as np

from cli.eval.open_set import Matrix
from cli.eval.people import Faces, People, people_of, unit

DIMENSION = 32


def faces(people: int, pictures: int, *, spread: float = 0.12, seed: int = 3) -> Faces:
    """*pictures* of each of *people*: around a direction of their own."""
    rng = np.random.default_rng(seed)
    own = unit(rng.standard_normal((people, DIMENSION)).astype(np.float32))
    vectors = np.repeat(own, pictures, axis=0) + spread * rng.standard_normal((people * pictures, DIMENSION))
    names = [f"person{who:03}/{number}.jpg" for who in range(people) for number in range(pictures)]
    measures = np.tile(np.array([80, 5, 200], np.float32), (len(names), 1))
    return Faces(names, unit(vectors.astype(np.float32)), measures, len(names))


def people(count: int, pictures: int, *, spread: float = 0.12, seed: int = 3) -> People:
    """The same, as people."""
    return people_of(faces(count, pictures, spread=spread, seed=seed))


def scores(*rows: list[float]) -> Matrix:
    """A score matrix."""
    return np.array(rows, np.float32)
