"""Expectation over all lists, held against drawing every one of them."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.eval import open_set
from cli.eval.open_set import GRID, Curve, Mated, column, strangers_of
from tests.unit.cli.eval.builders import scores


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 7), st.data())
def test_strangers_are_taken_as_often_as_over_all_lists_that_can_be_drawn(others: int, data: st.DataObject) -> None:
    listed = data.draw(st.integers(1, others))
    row = data.draw(st.lists(st.floats(0, 1, width=32), min_size=others, max_size=others))
    threshold = data.draw(st.floats(0.0625, 1, width=32))
    searched = strangers_of(scores([0.99, *row]), np.array([0]), listed)

    lists = [
        max(row[each] for each in chosen) >= np.float32(threshold) for chosen in combinations(range(others), listed)
    ]

    assert searched.rate(threshold) == pytest.approx(np.mean(lists))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 7), st.data())
def test_listed_people_are_first_as_often_as_over_all_lists(others: int, data: st.DataObject) -> None:
    listed = data.draw(st.integers(1, others))
    own = data.draw(st.floats(0, 1, width=32))
    row = data.draw(st.lists(st.floats(0, 1, width=32), min_size=others, max_size=others))
    searched = Mated.of(scores([own, *row]), np.array([0]), listed)

    drawn = combinations(range(others), listed - 1)
    first = [not any(row[each] > np.float32(own) for each in chosen) for chosen in drawn]

    assert searched.rank_one == pytest.approx(np.mean(first))


def test_people_count_alike_however_often_they_were_searched() -> None:
    searched = strangers_of(scores([0, 0.9, 0], [0, 0.9, 0], [0.1, 0, 0.1]), np.array([0, 0, 1]), 2)

    assert searched.rate(0.5) == pytest.approx(0.5)
    assert searched.curve(3).at(0.5) == pytest.approx(0.5)


def test_a_threshold_is_the_least_that_is_reached_seldom_enough() -> None:
    rng = np.random.default_rng(1)
    searched = strangers_of(rng.uniform(0, 1, (40, 40)).astype(np.float32), np.arange(40), 10)

    threshold = searched.threshold(0.2)

    assert searched.rate(threshold) <= 0.2 < searched.rate(threshold - 2e-4)


def test_two_sisters_are_one_pair_whichever_was_searched_for() -> None:
    table = np.full((4, 4), 0.1, np.float32)
    table[0, 1] = table[1, 0] = 0.8
    table[2, 3] = 0.7

    assert strangers_of(table, np.arange(4), 2).pairs(0.6) == 2


def test_the_curve_says_what_the_searches_say_at_each_threshold() -> None:
    rng = np.random.default_rng(2)
    searched = strangers_of(rng.uniform(0, 1, (12, 12)).astype(np.float32), np.arange(12), 5)
    curve = searched.curve(12)

    assert [curve.at(float(each)) for each in GRID[::100]] == pytest.approx(
        [searched.rate(float(e)) for e in GRID[::100]]
    )


def test_an_interval_of_nothing_seen_is_not_nothing() -> None:
    curve = Curve(np.zeros((100, len(GRID)), np.float32), np.ones(100))

    found = curve.interval(0.5)

    assert found.low == 0
    assert found.high == pytest.approx(0.0362, abs=1e-4)  # of 0 of 100


def test_people_without_searches_do_not_count() -> None:
    hits = np.zeros((3, len(GRID)), np.float32)
    hits[0] = 1

    curve = Curve(hits, np.array([1.0, 1.0, 0.0]))

    assert (curve.people, curve.at(0.2)) == (2, 0.5)
    assert curve.subset(np.array([True, False, False])).at(0.2) == 1


def test_a_list_larger_than_all_people_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        open_set.chance_of_any(3, 4)


def test_the_grid_reaches_a_threshold_that_is_one_of_its_points() -> None:
    assert [float(GRID[column(each)]) for each in (0.0, 0.5, 0.62, 1.0)] == pytest.approx([0, 0.5, 0.62, 1])
