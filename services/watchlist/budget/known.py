"""What is known before a camera has counted anything: measured figures, with where they are from.

All are of docs/figures.md#walks: ``python -m benchmarks.walks`` on lfw-dev, SFace, lists of 2,100, one photo an entry.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from services.watchlist.budget.tail import Tail

# The recogniser that all of it is measured with (models/models.toml).
MODEL_SHA256: Final = "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"
# Walks of unlike pictures lie a little above it and of alike frames a little below: at 0.44 nine and four of 100,000
# pairs of a stranger's walk and an entry, and e times fewer with each 0.020 to 0.024 more.
MEASURED: Final = Tail(start=0.44, share=6.5e-5, shape=0.0, scale=0.022, walks=2_000)

# People a day at a site that has not counted for a whole day yet.
VISITORS_A_DAY: Final = 15_000

# Share of listed people's walks that is missed where one walk must have the cosine to raise an alert.
_MISSED: Final = (
    # cosine, pictures of several days, frames of one view
    (0.50, 0.002, 0.099),
    (0.52, 0.006, 0.125),
    (0.54, 0.011, 0.157),
    (0.56, 0.017, 0.191),
    (0.58, 0.028, 0.233),
    (0.60, 0.039, 0.302),
    (0.62, 0.058, 0.367),
    (0.64, 0.071, 0.439),
    (0.66, 0.092, 0.524),
    (0.68, 0.131, 0.592),
    (0.70, 0.191, 0.658),
    (0.72, 0.281, 0.735),
    (0.75, 0.410, 0.831),
    (0.80, 0.685, 0.943),
)


@dataclass(frozen=True, slots=True)
class Missed:
    """Shares of listed people's walks that raise no alert: of who shows several views, and of who shows one."""

    several_views: float
    one_view: float


def missed(similarity: float) -> Missed:
    """What is missed at a cosine, between the figures that were measured; at their ends the last of them."""
    cosines = [row[0] for row in _MISSED]
    after = bisect_left(cosines, similarity)
    if after == 0 or after == len(_MISSED):
        row = _MISSED[min(after, len(_MISSED) - 1)]
        return Missed(row[1], row[2])
    (low, several, one), (high, several_after, one_after) = _MISSED[after - 1], _MISSED[after]
    part = (similarity - low) / (high - low)
    return Missed(several + part * (several_after - several), one + part * (one_after - one))
