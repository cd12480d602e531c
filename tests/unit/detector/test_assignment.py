"""The best assignment and its margins, beside trying all of them."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.detector.assignment import Float64, assign

ALONE = 15.0


@st.composite
def tables(draw: st.DrawFn) -> tuple[Float64, Float64]:
    """Costs of up to three rows and four columns, and what each column costs alone."""
    rows, columns = draw(st.integers(0, 3)), draw(st.integers(0, 4))
    cost = st.one_of(st.just(np.inf), st.floats(0, 25))
    costs = np.array(draw(st.lists(cost, min_size=rows * columns, max_size=rows * columns)), np.float64)
    new = np.array(draw(st.lists(st.sampled_from([0.0, 7.0]), min_size=columns, max_size=columns)), np.float64)
    return costs.reshape(rows, columns), new


def total(costs: Float64, new: Float64, columns: tuple[int, ...]) -> float:
    joined = sum(ALONE if column < 0 else costs[row, column] for row, column in enumerate(columns))
    return float(joined + sum(cost for column, cost in enumerate(new) if column not in columns))


def least(costs: Float64, new: Float64, without: tuple[int, int] | None = None) -> float:
    """The least sum of any assignment, by trying all of them; of those *without* a pair."""
    rows, columns = costs.shape
    tried = [
        each
        for each in itertools.product(range(-1, columns), repeat=rows)
        if len(set(each) - {-1}) == sum(column >= 0 for column in each)
        and (without is None or each[without[0]] != without[1])
    ]
    return min(total(costs, new, each) for each in tried)


@given(tables())
def test_no_other_assignment_is_cheaper_and_margins_are_exact(table: tuple[Float64, Float64]) -> None:
    costs, new = table

    found = assign(costs, alone=ALONE, new=new)

    columns = tuple(int(column) for column in found.columns)
    best = least(costs, new)
    assert abs(total(costs, new, columns) - best) < 1e-6
    for row, column in enumerate(columns):
        if column >= 0:
            assert abs(least(costs, new, (row, column)) - best - found.margins[row]) < 1e-6
        else:
            assert found.margins[row] == 0


def test_many_rows_and_columns_are_each_used_once() -> None:
    costs = np.random.default_rng(3).uniform(0, 14, (40, 60))

    found = assign(costs, alone=ALONE, new=np.full(60, 7.0))

    assert len(set(found.columns.tolist())) == 40
    assert found.columns.min() >= 0
