"""What two recognisers counted at the same cameras on the same days."""

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.walk_counts import BINS, bin_of
from services.watchlist.budget.side_by_side import FEWEST_RAISED, CameraCounts, Counts, above, as_many, side_by_side

FORMER, NEXT = "ab" * 32, "cd" * 32
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def counted(*walks: tuple[float, int]) -> Counts:
    """So many walks at each cosine."""
    counts = np.zeros(BINS, np.int64)
    for similarity, number in walks:
        counts[bin_of(similarity)] += number
    return counts


def camera(model: str, day: date = MONDAY, site: str = "h1", camera: str = "gate", walks: int = 100) -> CameraCounts:
    return CameraCounts(model, site, camera, day, counted((0.3, walks)))


def test_only_cameras_and_days_that_both_counted_are_compared() -> None:
    rows = [camera(FORMER), camera(NEXT), camera(FORMER, TUESDAY, walks=900), camera(NEXT, camera="hall", walks=900)]

    (site,) = side_by_side(rows, {"": (FORMER, 0.62)}, [FORMER, NEXT])

    assert (site.site, site.since) == ("h1", MONDAY)
    assert [(each.model_sha256, each.walks) for each in site.models] == [(FORMER, 100), (NEXT, 100)]


def test_a_site_that_one_alone_has_counted_says_so() -> None:
    (site,) = side_by_side([camera(FORMER)], {"": (FORMER, 0.62)}, [FORMER, NEXT])

    assert site.since is None
    assert [each.walks for each in site.models] == [0, 0]


def test_who_decides_is_said_of_the_site_itself() -> None:
    rows = [camera(model, site=site) for model in (FORMER, NEXT) for site in ("h1", "h2")]

    one, other = side_by_side(rows, {"": (FORMER, 0.62), "h2": (NEXT, 0.7)}, [FORMER, NEXT])

    assert [(each.decides, each.raises) for each in one.models] == [(True, 0.62), (False, None)]
    assert [(each.decides, each.raises) for each in other.models] == [(False, None), (True, 0.7)]


def test_from_too_few_alerts_nothing_is_concluded() -> None:
    assert as_many(counted((0.5, 100)), FEWEST_RAISED - 1, 1_000) is None
    assert as_many(counted(), FEWEST_RAISED, 1_000) is None


@given(st.lists(st.integers(0, 50), min_size=BINS, max_size=BINS), st.integers(FEWEST_RAISED, 500))
def test_as_many_is_the_lowest_cosine_that_raises_no_more(walks: list[int], raised: int) -> None:
    counts: Counts = np.array(walks, np.int64)
    found = as_many(counts, raised, 1_000)
    if found is None:
        return

    wanted = raised / 1_000 * counts.sum()
    assert above(counts, found) <= wanted or found == 1.0
    assert found == 0 or above(counts, found - 1 / BINS) > wanted
