"""Tails of counts: against distributions whose every chance is known."""

import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proto.wardwatch.v1.walk_counts import BINS, bin_of
from services.watchlist.budget.known import MEASURED, missed
from services.watchlist.budget.tail import FEWEST_IN_TAIL, Counted, Tail, fitted, redrawn

LIST = 2_100
START = 0.30


def counted(similarities: "np.ndarray[tuple[int], np.dtype[np.float64]]", entries: int = LIST) -> Counted:
    bins = np.array([bin_of(float(each)) for each in similarities])
    return Counted(np.bincount(bins, minlength=BINS), entries)


def pareto(walks: int, shape: float, scale: float, seed: int = 1) -> Counted:
    """Walks whose best cosine beyond START is generalised Pareto, by the inverse of its distribution."""
    left = np.random.default_rng(seed).random(walks)
    excess = -scale * np.log(left) if shape == 0 else scale / shape * (1 - left**shape)
    return counted(START + excess)


@pytest.mark.parametrize("shape", [-0.03, 0.0, 0.05])
def test_a_generalised_pareto_tail_is_found_again(shape: float) -> None:
    """One walk in 105,000, and in ten times as many: of four weeks with 15,000 walks a day each."""
    found = fitted([pareto(420_000, shape, 0.024)], MEASURED)
    assert found is not None
    assert found.shape == pytest.approx(shape, abs=0.03)
    for weekly, factor in ((10.0, 1.6), (1.0, 2.2)):
        chance = weekly / 105_000
        similarity = START + (-0.024 * math.log(chance) if shape == 0 else 0.024 / shape * (1 - chance**shape))
        assert abs(found.log_beyond(similarity) - math.log(chance / LIST)) < math.log(factor)


def test_the_nearest_of_normal_cosines_is_extrapolated() -> None:
    """Cosines to entries are normal; the chance of one pair beyond what was seen is known exactly."""
    rng, deviation = np.random.default_rng(3), 0.09
    # The best of many normal ones, by the inverse of its distribution: no walk needs to be compared with 2,100.
    best = np.array([_quantile(u ** (1 / LIST)) for u in rng.random(40_000)]) * deviation
    found = fitted([counted(best)], MEASURED)
    assert found is not None
    for chance in (1e-7, 1e-8):
        assert abs(found.log_beyond(_quantile(1 - chance) * deviation) - math.log(chance)) < math.log(2)


def test_walks_with_lists_of_different_sizes_count_together() -> None:
    """Twice the entries are twice the walks that come near; of one pair the chance stays."""
    short, long = pareto(200_000, 0.0, 0.024), pareto(200_000, 0.0, 0.024, seed=2)
    # What ten times as many entries lead to: every chance is ten times as great.
    shifted = np.random.default_rng(4).exponential(0.024, 200_000) + START + 0.024 * math.log(10)
    alone = fitted([short], MEASURED)
    both = fitted([long, counted(shifted, 10 * LIST)], MEASURED)
    assert alone is not None
    assert both is not None
    assert abs(alone.log_beyond(0.55) - both.log_beyond(0.55)) < math.log(2)


def test_a_few_listed_people_hardly_move_a_tail() -> None:
    """Five that nobody confirmed: counted at 0.60 they would be four times what strangers are."""
    strangers = pareto(100_000, 0.0, 0.024)
    listed = strangers.counts.copy()
    listed[bin_of(0.70)] += 5
    before, after = fitted([strangers], MEASURED), fitted([Counted(listed, LIST)], MEASURED)
    assert before is not None
    assert after is not None
    assert after.log_beyond(0.60) - before.log_beyond(0.60) < math.log(1.6)


def test_few_walks_have_no_tail_of_their_own() -> None:
    assert fitted([], MEASURED) is None
    assert fitted([pareto(FEWEST_IN_TAIL, 0.0, 0.024)], MEASURED) is None
    assert redrawn([], MEASURED, 10, seed=1) == []


def test_walks_that_are_all_alike_have_a_tail_of_no_width() -> None:
    """A camera that sees a poster: nothing is divided by zero, and nothing is promised."""
    assert fitted([Counted(np.eye(1, BINS, 80, dtype=np.int64)[0] * 1_000, LIST)], MEASURED) is None


def test_other_weeks_lie_around_what_was_counted() -> None:
    week = [pareto(50_000, 0.0, 0.024)]
    found = fitted(week, MEASURED)
    assert found is not None
    drawn = [tail.log_beyond(0.55) for tail in redrawn(week, MEASURED, 200, seed=1)]
    assert min(drawn) < found.log_beyond(0.55) < max(drawn)
    assert float(np.std(drawn)) < math.log(2.5)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=BINS, max_size=BINS), st.integers(1, 100_000))
def test_any_counts_give_chances_that_only_fall(counts: list[int], entries: int) -> None:
    found = fitted([Counted(np.array(counts), entries)], MEASURED)
    if found is None:
        return
    chances = [found.log_beyond(similarity) for similarity in np.linspace(0, 1, 101)]
    assert all(earlier >= later for earlier, later in itertools.pairwise(chances))
    assert not any(math.isnan(each) or each > math.log(100) for each in chances)


@given(st.floats(-1, 1.01, allow_nan=False))
def test_every_cosine_has_a_bin(similarity: float) -> None:
    assert 0 <= bin_of(similarity) < BINS


def test_more_is_missed_the_more_is_asked_for() -> None:
    shares = [missed(similarity) for similarity in np.linspace(0.3, 1.0, 141)]
    for earlier, later in itertools.pairwise(shares):
        assert earlier.several_views <= later.several_views
        assert earlier.one_view <= later.one_view
    assert missed(0.62).several_views == 0.058
    assert missed(0.61).one_view == pytest.approx((0.302 + 0.367) / 2)


def test_an_exponential_tail_is_the_limit_of_all_shapes() -> None:
    flat = Tail(0.44, 1e-4, 0.0, 0.022, 1)
    nearly = Tail(0.44, 1e-4, 1e-7, 0.022, 1)
    assert nearly.log_beyond(0.6) == pytest.approx(flat.log_beyond(0.6), abs=1e-3)
    assert Tail(0.44, 1e-4, 0.1, 0.01, 1).log_beyond(0.6) == -math.inf


def _quantile(chance: float) -> float:
    """Of the standard normal distribution."""
    return NormalDist().inv_cdf(min(chance, 1 - 1e-16))
