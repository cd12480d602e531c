"""What control pairs say of a reviewer (docs/adr/0092)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.incidents.review import Verdict
from services.alerts.pairs.core import Answer, Share, errors, is_right


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # From Wilson's formula as R's binom::binom.wilson gives it.
        (0, 10, 0.0, 0.2775328),
        (1, 10, 0.0178762, 0.4041500),
        (5, 10, 0.2365931, 0.7634069),
        (10, 10, 0.7224672, 1.0),
        (2, 300, 0.0018299, 0.0239761),
    ],
)
def test_an_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert Share(count, of).interval == pytest.approx((low, high), abs=1e-4)


def test_of_nothing_nothing_is_known() -> None:
    assert Share(0, 0).interval == (0.0, 1.0)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share(counted: tuple[int, int]) -> None:
    count, of = counted
    low, high = Share(count, of).interval
    assert 0 <= low <= count / of <= high <= 1


def test_errors_are_counted_of_the_pairs_they_can_be_made_on() -> None:
    answers = [
        Answer(is_same=False, verdict=Verdict.SAME),
        Answer(is_same=False, verdict=Verdict.NOT_SAME),
        Answer(is_same=False, verdict=None),
        Answer(is_same=True, verdict=Verdict.NOT_SAME),
        Answer(is_same=True, verdict=Verdict.CANNOT_TELL),
        Answer(is_same=True, verdict=Verdict.SAME),
    ]

    found = errors(answers)

    assert found.shown == 6
    assert (found.wrong_same, found.wrong_not_same, found.cannot_tell) == (Share(1, 2), Share(1, 3), Share(1, 5))


@pytest.mark.parametrize(
    ("is_same", "verdict", "right"),
    [
        (True, Verdict.SAME, True),
        (True, Verdict.NOT_SAME, False),
        (False, Verdict.NOT_SAME, True),
        (False, Verdict.SAME, False),
        (True, Verdict.CANNOT_TELL, None),
    ],
)
def test_an_answer_is_right_wrong_or_neither(is_same: bool, verdict: Verdict, right: bool | None) -> None:
    assert is_right(is_same, verdict) is right
