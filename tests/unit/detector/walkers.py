"""People who walk through a camera's picture, as a detector would tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.detector.core import Float32, suppress

# IoU from which the nearer of two heads hides the other, as the detector's own suppression does.
_HIDES = 0.3


@dataclass(frozen=True, slots=True)
class Walker:
    """A head of *size* pixels at *start* when it comes, going through the *turns*: seconds and the velocity after."""

    came: float
    goes: float
    size: float
    start: tuple[float, float]
    turns: tuple[tuple[float, float, float], ...]  # (from second, pixels a second across, down)

    def at(self, second: float) -> tuple[float, float] | None:
        """The head's centre, or None while nobody is there."""
        if not self.came <= second < self.goes:
            return None
        x, y = self.start
        for n, (begins, vx, vy) in enumerate(self.turns):
            ends = self.turns[n + 1][0] if n + 1 < len(self.turns) else np.inf
            spent = max(0.0, min(second, ends) - max(begins, self.came))
            x, y = x + vx * spent, y + vy * spent
        return x, y


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is found in one picture, and who each face is."""

    second: float
    boxes: Float32  # (n, 4)
    scores: Float32  # (n,)
    people: tuple[int, ...]


def shown(
    people: Sequence[Walker], second: float, chance: np.random.Generator, *, jitter: float, missed: float
) -> Shown:
    """The picture at *second*: boxes off by *jitter* sizes, heads behind others hidden, some *missed*, some faint."""
    boxes, who = list[tuple[float, float, float, float]](), list[int]()
    for number, person in enumerate(people):
        centre = person.at(second)
        if centre is None or chance.random() < missed:
            continue
        size = person.size * float(np.exp(chance.normal(0, jitter)))
        x, y = (each + chance.normal(0, jitter) * person.size for each in centre)
        boxes.append((x - size / 2, y - size / 2, size, size))
        who.append(number)
    array = np.array(boxes, np.float32).reshape(-1, 4)
    # The larger head is in front.
    kept = suppress(array, np.array([people[n].size for n in who], np.float32), _HIDES)
    scores: NDArray[np.float32] = np.where(chance.random(len(kept)) < missed, 0.4, 0.9).astype(np.float32)
    return Shown(second, array[kept], scores, tuple(who[n] for n in kept))
