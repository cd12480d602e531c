"""How many false alerts a photo will cause, from how near it is to everybody on the list (docs/adr/0098). Pure.

The list stands for the people who pass: a face that is nearer to the list than the usual photo is nearer to strangers.
"""

import math
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.entries import Finding
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.policy import BudgetPlan
from proto.wardwatch.v1.requests import Crowd

# Of lfw-dev (docs/figures.md#what-a-photo-will-cost): false alerts of a photo grow so with its mean cosine to others;
# how that mean differs from photo to photo, and the cosine of one pair from another, as standard deviations.
_GROWTH: Final = 36.0
_BETWEEN: Final = 0.0195
_WITHIN: Final = 0.086
_WEEKS_A_YEAR: Final = 365.25 / 7
# Of fewer photos a mean says nothing.
FEWEST_PHOTOS: Final = 30
# Half as many false alerts again, or twice as many, are what photos are: more is worth another photo.
_TOLD_FROM: Final = 2.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """``times`` as many false alerts as the usual photo, and 95 %; ``usual`` of that in a year, None: not known."""

    times: float
    low: float
    high: float
    usual: float | None


def forecast(crowd: Crowd, plan: BudgetPlan | None) -> Forecast | None:
    """Of the first face that *crowd* is about; None where the list is too short to say."""
    if crowd.photos < FEWEST_PHOTOS or not crowd.similarities:
        return None
    noise = _WITHIN**2 / crowd.photos
    weight = _BETWEEN**2 / (_BETWEEN**2 + noise)
    nearer = weight * (crowd.similarities[0] - crowd.usual)
    doubt = 1.96 * math.sqrt(weight * noise)
    times, low, high = (math.exp(_GROWTH * (nearer + each)) for each in (0.0, -doubt, doubt))
    return Forecast(times, low, high, _usual(plan))


def finding(found: Forecast | None) -> Finding | None:
    """What is said of it; nothing of a photo that is as photos are."""
    if found is None or found.times < _TOLD_FROM:
        return None
    interval = f"{found.low:.1f} to {found.high:.1f}"
    told = f"{found.times:.1f} times as many false alerts as the usual photo of the list ({interval})"
    if found.usual is not None:
        yearly = found.times * found.usual
        told += f", about {yearly:.2g} a year at your traffic"
    text = f"the face is like many people's: {told}; a clearer photo from the front may cause fewer"
    return Finding(code=FindingCode.LIKE_MANY, severity="note", value=found.times, limit=_TOLD_FROM, text=text)


def _usual(plan: BudgetPlan | None) -> float | None:
    """False alerts a year of one entry, at all sites together."""
    if plan is None or not any(site.entries for site in plan.sites):
        return None
    return _WEEKS_A_YEAR * sum(site.expected.alerts / site.entries for site in plan.sites if site.entries)
