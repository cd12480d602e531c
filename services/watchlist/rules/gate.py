"""The limits an enrolment photo is held against, each with its reason. Pure.

The measures are in events.proto; the figures are from docs/adr/0044-what-an-enrolment-photo-must-be.md.
A photo beyond ``rejected`` cannot be enrolled; one beyond ``warned`` can when a person accepts it, with a reason.
"""

from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.entries import Severity


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Less than ``rejected`` cannot be enrolled, less than ``warned`` needs a person's word."""

    rejected: float
    warned: float

    def broken(self, value: float) -> "Broken | None":
        """The limit that *value* breaks; what is no number breaks both."""
        if not value >= self.rejected:
            return Broken("rejected", self.rejected, "needs")
        return None if value >= self.warned else Broken("warning", self.warned, "should have")


@dataclass(frozen=True, slots=True)
class AtMost:
    """More than ``rejected`` cannot be enrolled, more than ``warned`` needs a person's word."""

    warned: float
    rejected: float

    def broken(self, value: float) -> "Broken | None":
        """The limit that *value* breaks; what is no number breaks both."""
        if not value <= self.rejected:
            return Broken("rejected", self.rejected, "at most")
        return None if value <= self.warned else Broken("warning", self.warned, "better at most")


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that was not kept; ``asks`` goes before it in a sentence."""

    severity: Severity
    limit: float
    asks: str


_NEVER: Final = float("inf")
# Chroma below which a picture counts as greyscale.
COLOURLESS: Final = 4.0


@dataclass(frozen=True, slots=True)
class PhotoGate:
    """The limits. "Loss" is what the cosine with another photo of the same person loses, 0.67 on average."""

    # No photo of lfw-dev has less than 0.86; faces on their side, behind hands or in the dark have 0.6 to 0.8.
    score: AtLeast = AtLeast(rejected=0.80, warned=0.80)
    # No loss from 56 px on, 0.02 at 40, 0.04 at 32. At 75 px the recogniser's input is filled without enlarging.
    face_px: AtLeast = AtLeast(rejected=56, warned=75)
    # The same for the eyes of a face from the front; a turned face has them closer.
    eye_distance_px: AtLeast = AtLeast(rejected=22, warned=30)
    # Loss 0.03 at a tenth, 0.06 at a fifth, 0.16 beyond three tenths: what is missing is black to the recogniser.
    cut_off: AtMost = AtMost(warned=0.10, rejected=0.30)
    # Loss 0.02 up to 45 degrees, 0.05 up to 50, 0.15 beyond.
    yaw_degrees: AtMost = AtMost(warned=40, rejected=50)
    # The detector turns a leaning face upright: no loss up to 25 degrees, 0.02 at 35, 0.10 at 50 and worse beyond.
    roll_degrees: AtMost = AtMost(warned=25, rejected=40)
    # Loss 0.09 beyond. An estimate from five points, misled by an open mouth: never a reason to reject.
    pitch_degrees: AtMost = AtMost(warned=15, rejected=_NEVER)
    # Blurred until 7 is the middle value, a photo loses 0.05 to 0.1; at 4 it loses 0.15 to 0.2.
    least_sharpness: AtLeast = AtLeast(rejected=4, warned=7)
    # Loss 0.03 at 40, 0.06 at 20. Low, because skin is dark too: the darkest face of lfw-dev has 44.
    exposure: AtLeast = AtLeast(rejected=20, warned=40)
    # Loss 0.05 at a tenth, 0.12 at a third, 0.2 at a half.
    overexposed: AtMost = AtMost(warned=0.10, rejected=0.35)
    # Loss 0.05 at 12, 0.1 at 8; the flattest face of lfw-dev has 14.
    contrast: AtLeast = AtLeast(rejected=8, warned=12)
    # Loss 0.03 without colour: a person may find the only photo there is good enough.
    chroma: AtLeast = AtLeast(rejected=-_NEVER, warned=COLOURLESS)
    # Finds 84 of 100 masks and takes 3 of 1,000 bare faces for covered, more often dark-skinned or bearded ones: a
    # machine must not refuse those.
    mouth_pallor: AtMost = AtMost(warned=0.02, rejected=_NEVER)
    # Of the 23 that it finds in lfw-dev 13 wear dark glasses; the others have dark eyes, under a cap or in hard light.
    eye_shade: AtMost = AtMost(warned=0.8, rejected=_NEVER)
    # Width of the second face as a share of the largest. Half as wide is twice as far away: then the largest is meant.
    bystander: AtMost = AtMost(warned=0.25, rejected=0.5)
