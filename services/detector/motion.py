"""Where a face that was seen here is next: a Kalman filter of constant velocity (Kalman 1960). Pure.

Lengths are counted in sizes of the face itself, about 16 cm, so that near and far people move alike.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from services.detector.core import Float32

# Variance of a box's centre around where the head is, and of the logarithm of its size.
_CENTRE_NOISE: Final = 0.1**2
_SIZE_NOISE: Final = 0.15**2
# How fast an unknown person moves across the picture: one standard deviation, in sizes a second. Walking is up to 9.
_SPEED: Final = 3.0
# How much people change their pace: the density of white acceleration, in squared sizes per cubic second. Somebody who
# stops from walking within half a second is within two standard deviations.
_UNREST: Final = 10.0
# The same of somebody who is not seen, perhaps because two people met, who may turn back both.
_HIDDEN_UNREST: Final = 20.0
# How much a head's size changes in a second, as a logarithm: somebody who comes nearer.
_GROWTH: Final = 0.3
# Which part of a new size is believed.
_SIZE_GAIN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Motion:
    """The state of one face: centre and velocity in pixels and seconds, its box's sides, and how sure that is."""

    x: float
    y: float
    width: float
    height: float
    vx: float = 0.0
    vy: float = 0.0
    # Of the centre, of centre and velocity, of the velocity: in sizes and seconds, the same across and down.
    variance: float = _CENTRE_NOISE
    covariance: float = 0.0
    speed_variance: float = _SPEED**2
    growth_variance: float = 0.0

    @property
    def size(self) -> float:
        """The side of a square as large as the box."""
        return math.sqrt(self.width * self.height)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height."""
        return self.x - self.width / 2, self.y - self.height / 2, self.width, self.height

    def after(self, seconds: float, *, hidden: bool = False) -> "Motion":
        """Where it is expected *seconds* later, none of which may be negative; less surely when it was *hidden*."""
        t, unrest = seconds, _HIDDEN_UNREST if hidden else _UNREST
        return replace(
            self,
            x=self.x + self.vx * t,
            y=self.y + self.vy * t,
            variance=self.variance + t * (2 * self.covariance + t * self.speed_variance) + unrest * t**3 / 3,
            covariance=self.covariance + t * self.speed_variance + unrest * t**2 / 2,
            speed_variance=min(self.speed_variance + unrest * t, _SPEED**2),
            growth_variance=(_GROWTH * t) ** 2,
        )

    def away(self, seen: "Motion") -> float:
        """How far *seen* is from here, in sizes."""
        return math.hypot(seen.x - self.x, seen.y - self.y) / self.size

    def unlikelihood(self, seen: "Motion") -> float:
        """How badly *seen* fits this expectation: the sum of three squared standard deviations."""
        growth = math.log(seen.size / self.size) ** 2 / (_SIZE_NOISE + self.growth_variance)
        return self.away(seen) ** 2 / (self.variance + _CENTRE_NOISE) + growth

    def corrected(self, seen: "Motion") -> "Motion":
        """This expectation after *seen* was found to be it."""
        whole = self.variance + _CENTRE_NOISE
        gain, speed_gain = self.variance / whole, self.covariance / whole
        off_x, off_y = seen.x - self.x, seen.y - self.y
        return replace(
            self,
            x=self.x + gain * off_x,
            y=self.y + gain * off_y,
            vx=self.vx + speed_gain * off_x,
            vy=self.vy + speed_gain * off_y,
            width=self.width + _SIZE_GAIN * (seen.width - self.width),
            height=self.height + _SIZE_GAIN * (seen.height - self.height),
            variance=(1 - gain) * self.variance,
            covariance=(1 - gain) * self.covariance,
            speed_variance=self.speed_variance - speed_gain * self.covariance,
            growth_variance=0.0,
        )


def seen_in(box: Float32) -> Motion:
    """A face that was found in *box* (4,): left, top, width, height in pixels; nothing else is known of it."""
    left, top, width, height = (float(each) for each in box)
    return Motion(left + width / 2, top + height / 2, max(width, 1.0), max(height, 1.0))
