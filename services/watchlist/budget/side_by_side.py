"""What two recognisers counted at the same cameras on the same days, side by side. Pure: counts in, figures out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.rolls import Above, ModelScores, SiteScores
from proto.wardwatch.v1.walk_counts import BINS, WIDTH

Counts = NDArray[np.int64]  # (200,), walks by the bin of their best cosine

# Cosines that people are shown figures for.
SHOWN: Final = tuple(round(0.30 + 0.05 * step, 2) for step in range(11))
# From fewer walks nobody can say how many would be raised.
FEWEST_RAISED: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class CameraCounts:
    """What one camera counted on one day by one recogniser, whatever the length of the list."""

    model_sha256: str
    site: str
    camera: str
    day: date
    counts: Counts


def side_by_side(
    counted: Sequence[CameraCounts], decides: Mapping[str, tuple[str, float | None]], models: Sequence[str]
) -> list[SiteScores]:
    """What each of *models* counted at each site where both counted, over the cameras and days of both.

    *decides* names for each site the recogniser that decides there, and from which cosine on it raises alone; under
    the empty name for all others.
    """
    return [_of_site(site, counted, decides.get(site, decides[""]), models) for site in sorted(_sites(counted))]


def above(counts: Counts, similarity: float) -> int:
    """How many walks came to *similarity* or more, by whole bins."""
    return int(counts[min(BINS, round(similarity / WIDTH)) :].sum())


def as_many(counts: Counts, raised: int, walks: int) -> float | None:
    """From which cosine on these *counts* hold the share that *raised* of *walks* is; None where too few say so."""
    if raised < FEWEST_RAISED or not counts.sum():
        return None
    wanted = raised / walks * int(counts.sum())
    from_bin = counts[::-1].cumsum()[::-1]
    # The lowest cosine that raises no more than that.
    return float(round(int(np.argmax(from_bin <= wanted)) * WIDTH, 3)) if (from_bin <= wanted).any() else 1.0


def _sites(counted: Iterable[CameraCounts]) -> set[str]:
    return {each.site for each in counted}


def _of_site(
    site: str, counted: Sequence[CameraCounts], decides: tuple[str, float | None], models: Sequence[str]
) -> SiteScores:
    mine = [each for each in counted if each.site == site]
    by_model = {model: {(each.camera, each.day) for each in mine if each.model_sha256 == model} for model in models}
    common = set.intersection(*by_model.values()) if by_model else set()
    totals = {
        model: sum(
            (each.counts for each in mine if each.model_sha256 == model and (each.camera, each.day) in common),
            np.zeros(BINS, np.int64),
        )
        for model in models
    }
    decider, raises = decides
    raised = 0 if raises is None or decider not in totals else above(totals[decider], raises)
    walks = int(totals[decider].sum()) if decider in totals else 0
    return SiteScores(
        site=site,
        since=min((day for _, day in common), default=None),
        models=[
            ModelScores(
                model_sha256=model,
                decides=model == decider,
                walks=int(totals[model].sum()),
                above=[Above(threshold=each, walks=above(totals[model], each)) for each in SHOWN],
                raises=raises if model == decider else None,
                as_many=None if model == decider else as_many(totals[model], raised, walks),
            )
            for model in models
        ],
    )
