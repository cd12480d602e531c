"""Thresholds for a budget: more budget, a longer list, a worse camera and verdicts each move them as they should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import CameraId, Place, SiteId
from proto.wardwatch.v1.walk_counts import BINS, bin_of
from services.watchlist.budget.tail import Counted
from services.watchlist.budget.thresholds import HIGHEST, Camera, Judged, planned

FLOOR = 0.50
LIST = 2_100
BUDGETS = (0.1, 1.0, 10.0)


def camera(name: str, walks: int = 50_000, scale: float = 0.022, entries: int = LIST) -> Camera:
    """Exponential beyond 0.39, so that one walk in ten is beyond 0.44 where the scale is 0.022."""
    best = 0.39 + np.random.default_rng(len(name)).exponential(scale, walks)
    counts = np.bincount([bin_of(float(each)) for each in best], minlength=BINS)
    return Camera(Place(SiteId("h1"), CameraId(name)), (Counted(counts, entries),), float(walks))


def test_what_is_expected_is_the_budget() -> None:
    plan = planned(1.0, [camera("gate"), camera("hall")], LIST, Judged(), FLOOR)
    assert plan.met
    assert 0.9 < plan.expected.alerts <= 1.0
    assert plan.expected.low < plan.expected.alerts < plan.expected.high


def test_a_greater_budget_asks_for_less_and_misses_fewer() -> None:
    plans = [planned(budget, [camera("gate")], LIST, Judged(), FLOOR) for budget in BUDGETS]
    asked = [plan.cameras[0].strong_similarity for plan in plans]
    assert asked == sorted(asked, reverse=True)
    assert len(set(asked)) == len(asked)
    missed = [plan.missed.several_views for plan in plans]
    assert missed == sorted(missed, reverse=True)


def test_a_camera_that_confuses_more_asks_for_more() -> None:
    plan = planned(1.0, [camera("good"), camera("worse", scale=0.028)], LIST, Judged(), FLOOR)
    good, worse = (each.strong_similarity for each in plan.cameras)
    assert worse > good + 0.03


def test_a_list_twice_as_long_asks_for_more_before_it_is_counted() -> None:
    """By as much as lets half as many pairs through."""
    now, then = (planned(1.0, [camera("gate")], size, Judged(), FLOOR) for size in (LIST, 2 * LIST))
    more = then.cameras[0].strong_similarity - now.cameras[0].strong_similarity
    assert more == pytest.approx(0.022 * np.log(2), abs=0.004)
    assert then.met
    assert then.expected.alerts <= 1.0


def test_alerts_that_people_rejected_ask_for_more_and_none_for_less() -> None:
    plans = [planned(1.0, [camera("gate")], LIST, judged, FLOOR) for judged in (Judged(0, 8), Judged(), Judged(24, 8))]
    asked = [plan.cameras[0].strong_similarity for plan in plans]
    assert asked[0] < asked[1] < asked[2]
    assert all(plan.met for plan in plans)


def test_before_anything_is_counted_the_measured_figures_hold() -> None:
    plan = planned(1.0, [], LIST, Judged(), FLOOR)
    assert plan.cameras == ()
    assert plan.met
    assert 0.62 < plan.others < 0.68
    assert plan.expected.low < plan.expected.alerts < plan.expected.high


def test_a_new_camera_begins_with_the_measured_figures() -> None:
    counted = camera("gate")
    new = Camera(Place(SiteId("h1"), CameraId("new")), (), 1_000.0)
    plan = planned(1.0, [counted, new], LIST, Judged(), FLOOR)
    assert plan.cameras[1].strong_similarity == plan.others
    assert plan.cameras[1].walks == 0


def test_none_is_below_the_floor() -> None:
    plan = planned(100_000.0, [camera("gate")], LIST, Judged(), FLOOR)
    assert plan.cameras[0].strong_similarity == FLOOR
    assert plan.met


def test_a_budget_that_cannot_be_met_is_said_with_its_cost() -> None:
    plan = planned(0.1, [camera("gate", scale=0.05)], LIST, Judged(), FLOOR)
    assert not plan.met
    assert plan.cameras[0].strong_similarity == HIGHEST
    assert plan.expected.alerts > 0.1
    assert plan.missed.several_views > 0.4


def test_nobody_on_the_list_raises_nothing() -> None:
    plan = planned(1.0, [camera("gate")], 0, Judged(), FLOOR)
    assert plan.expected.alerts == 0
    assert plan.met


@settings(deadline=None, max_examples=60)
@given(
    st.floats(0.01, 1_000),
    st.lists(st.lists(st.integers(0, 500), min_size=BINS, max_size=BINS), max_size=3),
    st.integers(1, 20_000),
    st.integers(0, 50),
    st.floats(0, 50),
)
def test_whatever_is_counted_the_plan_holds(
    budget: float, counts: list[list[int]], entries: int, rejected: int, expected: float
) -> None:
    """Every threshold is within its bounds, and what is called met is within the budget."""
    cameras = [
        Camera(Place(SiteId("h1"), CameraId(f"c{n}")), (Counted(np.array(each), LIST),), float(sum(each)))
        for n, each in enumerate(counts)
    ]
    plan = planned(budget, cameras, entries, Judged(rejected, expected), FLOOR)
    assert all(FLOOR <= each.strong_similarity <= HIGHEST for each in plan.cameras)
    assert plan.met == (plan.expected.alerts <= budget)
    assert 0 <= plan.expected.low <= plan.expected.alerts <= plan.expected.high
    assert plan.met or any(each.strong_similarity == HIGHEST for each in plan.cameras) or plan.others == HIGHEST
