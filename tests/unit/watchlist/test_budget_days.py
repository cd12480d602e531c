"""Which days of a camera count: those since it was changed, and all of them where it was not."""

from datetime import date, timedelta

import numpy as np

from proto.wardwatch.v1.subjects import CameraId, Place, SiteId
from proto.wardwatch.v1.walk_counts import BINS, bin_of
from services.watchlist.budget import days, plan
from services.watchlist.budget.plan import CameraDay, SiteRecord
from services.watchlist.budget.tail import Counted
from services.watchlist.budget.thresholds import USUAL, Judged

TODAY = date(2026, 11, 30)
GATE = Place(SiteId("h1"), CameraId("gate"))


def day(seed: int, walks: int = 2_000, shift: float = 0.0, entries: int = 2_100) -> Counted:
    best = 0.39 + shift + np.random.default_rng(seed).exponential(0.022, walks)
    return Counted(np.bincount([bin_of(float(each)) for each in best], minlength=BINS), entries)


def record(counted: "list[Counted]", judged: Judged | None = None, entries: int = 2_100) -> SiteRecord:
    """*counted* is of the days before today, newest first."""
    of_days = [CameraDay(GATE, TODAY - timedelta(days=ago), (each,)) for ago, each in enumerate(counted)]
    return SiteRecord("h1", of_days, entries, judged or Judged())


def test_days_that_are_alike_all_count() -> None:
    newest_first = [[day(seed)] for seed in range(20)]
    assert len(days.alike(newest_first)) == 20


def test_days_before_a_camera_got_worse_do_not() -> None:
    newest_first = [[day(1, shift=0.02)], *([day(seed)] for seed in range(2, 20))]
    assert days.alike(newest_first) == (newest_first[0][0],)


def test_days_of_a_list_half_as_long_count() -> None:
    """Half as many entries are half as many that a walk comes near to."""
    shorter = [[day(seed, shift=-0.022 * float(np.log(2)), entries=1_050)] for seed in range(2, 20)]
    assert len(days.alike([[day(1)], *shorter])) == 19


def test_an_empty_day_tells_nothing() -> None:
    assert len(days.alike([[], [day(1)], [], [day(2)]])) == 2


def test_without_a_budget_the_plan_says_what_is_to_be_expected() -> None:
    made = plan.made(None, [record([day(seed) for seed in range(28)])], 2_100, 0.5)
    (site,) = made.sites
    assert [camera.threshold for camera in site.cameras] == [USUAL]
    assert site.met
    assert 0 < site.expected.low < site.expected.alerts < site.expected.high
    assert [choice.weekly_false_alerts for choice in site.choices] == [0.1, 1.0, 10.0]
    assert site.choices[0].missed > site.choices[2].missed


def test_a_plan_names_every_camera_and_whoever_it_does_not_know() -> None:
    made = plan.made(1.0, [record([day(seed) for seed in range(28)])], 2_100, 0.5)
    rows = plan.rows(made)
    assert [(row.site, row.camera) for row in rows] == [("", ""), ("h1", ""), ("h1", "gate")]
    assert rows[2].strong_similarity == made.sites[0].cameras[0].threshold
    assert made.sites[0].expected.alerts <= 1.0


def test_a_plan_without_any_count_is_by_what_was_measured() -> None:
    made = plan.made(1.0, [], 2_100, 0.5)
    assert made.sites == []
    assert made.others > USUAL
    assert len(plan.rows(made)) == 1


def test_verdicts_are_held_against_what_the_days_led_to_expect() -> None:
    counted = record([day(seed) for seed in range(4)]).counted
    chances = {(GATE, TODAY): 1e-4, (GATE, TODAY - timedelta(days=2)): 2e-4}
    assert abs(plan.expected_so_far(counted, chances) - (0.2 + 0.4)) < 1e-9


def test_the_chance_that_is_kept_is_of_what_was_counted() -> None:
    """Not of what verdicts made of it: else each correction would be corrected again."""
    counted = [day(seed) for seed in range(28)]
    fresh, judged = (plan.made(None, [record(counted, each)], 2_100, 0.5) for each in (None, Judged(40, 2.0)))
    first, second = (each.sites[0].cameras[0] for each in (fresh, judged))
    assert abs(first.chance - second.chance) < 1e-12
    assert second.expected.alerts > 5 * first.expected.alerts
