"""What false alerts a photo will cause: nothing of the usual one, and figures of one that is like many people."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.policy import BudgetPlan
from proto.wardwatch.v1.refusals import MATCHERS_AWAY
from proto.wardwatch.v1.requests import NO_CROWD, Crowd
from services.chassis.errors import Refusal
from services.watchlist.budget import plan
from services.watchlist.budget.forecast import FEWEST_PHOTOS, finding, forecast
from services.watchlist.enrolment.forecasts import Forecasts
from tests.unit.matcher.builders import unit
from tests.unit.watchlist.test_budget_days import day, record


def crowd(nearer: float, photos: int = 2_100) -> Crowd:
    return Crowd((0.083 + nearer,), 0.083, photos)


def test_the_usual_photo_is_not_told_of() -> None:
    found = forecast(crowd(0.0), None)
    assert found is not None
    assert found.times == pytest.approx(1)
    assert finding(found) is None


def test_a_photo_like_many_people_is_told_of_and_blocks_nothing() -> None:
    made = plan.made(None, [record([day(seed) for seed in range(28)])], 2_100, 0.5)
    told = finding(forecast(crowd(0.04), made))
    assert told is not None
    assert told.severity == "note"
    assert told.value == pytest.approx(4.2, abs=0.1)
    assert "4.2 times as many false alerts as the usual photo" in told.text
    yearly = (told.value or 0) * made.sites[0].expected.alerts / 2_100 * 365.25 / 7
    assert f"about {yearly:.2g} a year at your traffic" in told.text


def test_before_anything_is_counted_no_number_is_made_up() -> None:
    told = finding(forecast(crowd(0.04), None))
    assert told is not None
    assert "a year" not in told.text


def test_a_short_list_says_less_and_a_shorter_one_nothing() -> None:
    long, short = forecast(crowd(0.04), None), forecast(crowd(0.04, FEWEST_PHOTOS), None)
    assert long is not None
    assert short is not None
    assert 1 < short.times < long.times
    assert short.high / short.low > long.high / long.low
    assert forecast(crowd(0.04, FEWEST_PHOTOS - 1), None) is None
    assert forecast(NO_CROWD, None) is None


@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(FEWEST_PHOTOS, 10**6))
def test_an_interval_is_around_what_is_told(similarity: float, usual: float, photos: int) -> None:
    found = forecast(Crowd((similarity,), usual, photos), None)
    assert found is not None
    assert 0 <= found.low <= found.times <= found.high


@dataclass
class Matchers:
    """A matcher's answer, or none."""

    answer: Crowd | None

    async def crowd(self, _vectors: object) -> Crowd:
        if self.answer is None:
            raise Refusal(503, MATCHERS_AWAY.filled())
        return self.answer


class NoPlan:
    async def plan(self) -> BudgetPlan | None:
        return None


async def test_without_a_matcher_a_photo_is_taken_and_nothing_is_told() -> None:
    assert await Forecasts(Matchers(None), NoPlan()).of(unit(1)) is None


async def test_a_matchers_answer_is_told() -> None:
    told = await Forecasts(Matchers(crowd(0.04)), NoPlan()).of(unit(1))
    assert told is not None
    assert told.code == "like_many"
