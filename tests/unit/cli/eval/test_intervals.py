"""Intervals of shares, held against tables and against the binomial sum itself."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.eval import intervals
from cli.eval.intervals import clopper_pearson


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        # As tables of exact binomial intervals have them.
        (0, 10, 0.0, 0.3084971),
        (1, 10, 0.002528579, 0.4450161),
        (5, 10, 0.1870861, 0.8129139),
        (10, 10, 0.6915029, 1.0),
        (0, 1629, 0.0, 0.002261944),
        (31, 622, 0.03411977, 0.07004205),
    ],
)
def test_clopper_and_pearson_as_tables_have_it(hits: int, trials: int, low: float, high: float) -> None:
    found = clopper_pearson(hits, trials)

    assert found.low == pytest.approx(low, rel=2e-3)
    assert found.high == pytest.approx(high, rel=2e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.data())
def test_the_ends_leave_a_fortieth_of_the_binomial_beyond(trials: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(1, trials))

    low = clopper_pearson(hits, trials).low
    beyond = sum(math.comb(trials, k) * low**k * (1 - low) ** (trials - k) for k in range(hits, trials + 1))

    assert beyond == pytest.approx(0.025, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 5_000), st.floats(0.5, 5_000), st.floats(0.001, 0.999))
def test_the_incomplete_beta_function_is_its_own_mirror_image(a: float, b: float, x: float) -> None:
    assert intervals.incomplete_beta(a, b, x) == pytest.approx(1 - intervals.incomplete_beta(b, a, 1 - x), abs=1e-9)


@pytest.mark.parametrize(("a", "b", "x", "value"), [(1, 1, 0.3, 0.3), (2, 1, 0.5, 0.25), (1, 3, 0.5, 0.875)])
def test_the_incomplete_beta_function_of_plain_powers(a: float, b: float, x: float, value: float) -> None:
    assert intervals.incomplete_beta(a, b, x) == pytest.approx(value)


@pytest.mark.parametrize(("hits", "trials"), [(-1, 3), (4, 3), (0, 0)])
def test_what_is_no_share_is_refused(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        clopper_pearson(hits, trials)


def test_as_many_people_are_drawn_as_there_are_and_the_same_each_time() -> None:
    drawn = intervals.redrawn(50, 7, 20)

    assert drawn.shape == (20, 50)
    assert (drawn.sum(axis=1) == 50).all()
    assert (drawn == intervals.redrawn(50, 7, 20)).all()


def test_the_middle_of_what_was_found_leaves_what_cannot_be_computed_out() -> None:
    found = intervals.of_redrawn(np.array([np.nan, *np.linspace(0, 1, 1001)]))

    assert (found.low, found.high) == pytest.approx((0.025, 0.975))
