"""Trials of made people: what is measured, what is not, and what the services decide."""

import numpy as np
import pytest

from cli.eval import composing, deciding, trials
from cli.eval.deciding import POLICY, Rule
from cli.eval.people import unit
from tests.unit.cli.eval.builders import people

RULE = Rule()


def test_few_people_cannot_bear_a_rare_rate_and_it_says_so() -> None:
    found = trials.of_pictures(people(60, 4), 1, 20).point(0.01)

    assert (found.missed, found.threshold) == (None, None)


def test_many_people_bear_it_with_an_interval_and_a_figure_held_out() -> None:
    trial = trials.of_pictures(people(600, 3, spread=0.2), 1, 300)

    point = trial.point(0.01)

    assert point.missed is not None
    assert point.held_out is not None
    assert point.missed.interval.low <= point.missed.value <= point.missed.interval.high
    assert trial.taken.at(point.threshold or 0) <= 0.01
    assert point.pairs >= 5


def test_more_photos_on_the_list_miss_less() -> None:
    some = people(200, 6, spread=0.25)

    one, three = (trials.of_pictures(some, photos, 100).at(0.5)[0].value for photos in (1, 3))

    assert three < one


def test_whom_nobody_else_resembles_is_first() -> None:
    assert trials.of_pictures(people(40, 3, spread=0.01), 1, 20).rank_one().value == 1


@pytest.mark.parametrize(
    ("similarities", "raised"),
    [
        ([0.61, 0.61, 0.61], False),  # a weak walk, however long, tells nobody
        ([0.30, 0.50, 0.62], True),
        ([0.62], True),
        ([0.49, 0.49], False),
    ],
)
def test_a_walk_raises_an_alert_by_the_services_own_rule(similarities: list[float], raised: bool) -> None:
    assert RULE.raises(np.array(similarities, np.float32)) is raised


def test_what_is_compared_is_the_mean_of_the_looks_so_far() -> None:
    looks = unit(np.array([[1, 0.2, 0], [1, -0.2, 0], [1, 0, 0.3]], np.float32))

    found = deciding.means(looks)

    assert found == pytest.approx(unit(np.cumsum(looks, axis=0)), abs=1e-6)


def test_a_look_of_somebody_else_begins_the_walk_anew() -> None:
    looks = np.eye(2, dtype=np.float32)

    assert deciding.means(looks) == pytest.approx(looks)


def test_walks_are_decided_as_their_scores_say_when_one_walk_is_enough() -> None:
    some = people(80, 6, spread=0.25)

    found = trials.of_walks(some, "unlike", 1, 40, RULE.raises)

    assert found is not None
    missed, told = found.shipped()
    by_score = found.at(POLICY.strong)
    assert missed.value == pytest.approx(by_score[0].value)
    assert told.value == pytest.approx(by_score[1].value)


def test_no_picture_is_in_two_walks_and_none_that_is_enrolled_in_any() -> None:
    some = people(10, 9)

    walks = composing.unlike(some, 1)

    used = [look.tobytes() for looks in walks.looks for look in looks]
    enrolled = {some.vectors[rows[0]].tobytes() for rows in some.rows}
    assert len(set(used)) == len(used)
    assert not enrolled & set(used)
    assert all(3 <= len(looks) <= 5 for looks in walks.looks)


def test_without_pictures_to_walk_with_there_is_no_trial_of_walks() -> None:
    assert trials.of_walks(people(5, 2), "unlike", 1, 3, RULE.raises) is None


def test_the_usual_sizes_are_those_that_leave_somebody_to_search_for() -> None:
    assert trials.sizes(61, ()) == [10, 20, 50]
    assert trials.sizes(2_830, ()) == [500, 1_000, 2_100]
    assert trials.sizes(3, ()) == [2]
    assert trials.sizes(61, (60, 30, 30)) == [30, 60]
    with pytest.raises(ValueError, match="cannot be drawn"):
        trials.sizes(61, (61,))
