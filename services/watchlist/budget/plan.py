"""What a budget leads to at every site, as the record keeps it, a page shows it and matchers are told it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from proto.wardwatch.v1.policy import BudgetChoice, BudgetPlan, CameraBudget, ExpectedAlerts, SiteBudget
from proto.wardwatch.v1.replication import CameraThreshold
from proto.wardwatch.v1.subjects import Place
from services.watchlist.budget import days
from services.watchlist.budget.known import VISITORS_A_DAY
from services.watchlist.budget.tail import Counted
from services.watchlist.budget.thresholds import USUAL, Camera, Expected, Judged, SitePlan, expected_at, planned

# Budgets whose price is told before anybody asks for one.
CHOICES: Final = (0.1, 1.0, 10.0)


@dataclass(frozen=True, slots=True)
class CameraDay:
    """What a camera counted on a day, without those whom people confirmed to be listed."""

    place: Place
    day: date
    counted: tuple[Counted, ...]

    @property
    def walks(self) -> int:
        """How many."""
        return sum(int(each.counts.sum()) for each in self.counted)


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """What is known of a site: its cameras' ``counted`` days, ``entries`` that match there, and what was ``judged``."""

    site: str
    counted: Sequence[CameraDay]
    entries: int
    judged: Judged


def made(budget: float | None, sites: Sequence[SiteRecord], entries: int, floor: float) -> BudgetPlan:
    """The plan for *budget* alerts a week and site, none of its thresholds below *floor*; for None, what is expected.

    Sites that have counted nothing are planned by what was measured, for *entries* on the whole list.
    """
    elsewhere = _planned(budget, (), entries, Judged(), floor)
    return BudgetPlan(
        entries=entries,
        others=elsewhere.others,
        sites=[_site(budget, each, floor) for each in sorted(sites, key=lambda each: each.site)],
        elsewhere=_choices((), entries, Judged(), floor),
    )


def rows(plan: BudgetPlan) -> tuple[CameraThreshold, ...]:
    """What matchers are told."""
    return tuple(_rows(plan))


def _rows(plan: BudgetPlan) -> Iterator[CameraThreshold]:
    yield CameraThreshold("", "", plan.others)
    for site in plan.sites:
        yield CameraThreshold(site.site, "", site.others)
        for camera in site.cameras:
            yield CameraThreshold(site.site, camera.camera, camera.threshold)


def expected_so_far(counted: Sequence[CameraDay], chances: Mapping[tuple[Place, date], float]) -> float:
    """Alerts that were to be expected of walks that were counted, by the chance each had on its day."""
    return sum(each.walks * chances.get((each.place, each.day), 0.0) for each in counted)


def _site(budget: float | None, site: SiteRecord, floor: float) -> SiteBudget:
    cameras = _cameras(site.counted)
    plan = _planned(budget, cameras, site.entries, site.judged, floor)
    return SiteBudget(
        site=site.site,
        entries=site.entries,
        others=plan.others,
        expected=_expected(plan.expected),
        met=plan.met,
        missed=plan.missed.several_views,
        missed_of_one_view=plan.missed.one_view,
        rejected=site.judged.rejected,
        expected_so_far=site.judged.expected,
        cameras=[
            CameraBudget(
                camera=each.place.camera,
                threshold=each.strong_similarity,
                expected=_expected(each.expected),
                # Of one walk, before verdicts correct it: what verdicts are compared with.
                chance=each.expected.alerts / site.judged.correction / camera.weekly_walks
                if camera.weekly_walks
                else 0,
                walks=each.walks,
            )
            for each, camera in zip(plan.cameras, cameras, strict=True)
        ],
        choices=_choices(cameras, site.entries, site.judged, floor),
    )


def _planned(budget: float | None, cameras: Sequence[Camera], entries: int, judged: Judged, floor: float) -> SitePlan:
    if budget is None:
        return expected_at(USUAL, cameras, entries, judged)
    return planned(budget, cameras, entries, judged, floor)


def _choices(cameras: Sequence[Camera], entries: int, judged: Judged, floor: float) -> list[BudgetChoice]:
    plans = [(budget, planned(budget, cameras, entries, judged, floor)) for budget in CHOICES]
    return [
        BudgetChoice(
            weekly_false_alerts=budget,
            met=plan.met,
            missed=plan.missed.several_views,
            missed_of_one_view=plan.missed.one_view,
        )
        for budget, plan in plans
    ]


def _cameras(counted: Sequence[CameraDay]) -> list[Camera]:
    """Of each camera the days that still tell of it, and what passes it in a week."""
    if not counted:
        return []

    walks = sum(each.walks for each in counted)
    seen = (max(each.day for each in counted) - min(each.day for each in counted)).days + 1
    # The first day is not a whole one, and what a site sees in a week is not known after an hour.
    weekly = 7 * (walks + VISITORS_A_DAY) / (seen + 1)
    by_place: dict[Place, list[CameraDay]] = {}
    for each in sorted(counted, key=lambda each: each.day, reverse=True):
        by_place.setdefault(each.place, []).append(each)
    return [
        Camera(place, days.alike([each.counted for each in newest]), weekly * sum(d.walks for d in newest) / walks)
        for place, newest in sorted(by_place.items(), key=lambda item: item[0].camera)
    ]


def _expected(expected: Expected) -> ExpectedAlerts:
    return ExpectedAlerts(alerts=expected.alerts, low=expected.low, high=expected.high)
