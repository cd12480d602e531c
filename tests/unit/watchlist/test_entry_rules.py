"""How long an entry stands, who resembles whom, and how often anybody may ask."""

from datetime import datetime, timedelta, timezone
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.rules import entry_rules, likeness
from services.watchlist.rules.entry_rules import Category, Unacceptable
from tests.unit.matcher.builders import NOW, unit

BAN = Category("ban", "Barred", timedelta(days=731))
SHORT = Category("short", "Short", timedelta(days=30))
ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


@given(st.integers(-(10**9), 10**9))
def test_an_expiry_is_ahead_and_within_what_the_category_allows(seconds: int) -> None:
    expires_at = NOW + timedelta(seconds=seconds)
    if timedelta() < expires_at - NOW <= BAN.longest:
        assert entry_rules.expiry(expires_at, BAN, NOW) == expires_at
    else:
        with pytest.raises(Unacceptable, match=r"in the past|at most 731 days"):
            entry_rules.expiry(expires_at, BAN, NOW)


def test_no_category_allows_more_than_five_years() -> None:
    with pytest.raises(Unacceptable, match="at most 1827 days"):
        entry_rules.expiry(NOW + timedelta(days=1828), Category("x", "x", timedelta(days=9_000)), NOW)


@pytest.mark.parametrize(
    "expires_at",
    [
        pytest.param(datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), id="beyond the calendar in UTC"),
        pytest.param(NOW.replace(tzinfo=None) + timedelta(days=9), id="no time zone"),
    ],
)
def test_an_expiry_that_cannot_be_kept_is_refused_in_words(expires_at: datetime) -> None:
    with pytest.raises(Unacceptable, match=r"time zone|at most"):
        entry_rules.expiry(expires_at, BAN, NOW)


def test_a_category_is_one_of_the_closed_list() -> None:
    assert entry_rules.category("ban", [BAN, SHORT]) == BAN
    with pytest.raises(Unacceptable, match="'grudge' is not one of ban, short"):
        entry_rules.category("grudge", [BAN, SHORT])


def test_words_are_kept_without_blanks_around_them() -> None:
    assert entry_rules.words("basis", " decision\n") == "decision"
    with pytest.raises(Unacceptable, match="the basis is missing"):
        entry_rules.words("basis", " \n\u3000")


# -- likenesses --


def test_each_entry_is_alike_as_its_most_similar_photo_is() -> None:
    own = [unit(1), unit(0, 1)]
    others = [(ONE, unit(1, 1)), (ONE, unit(0, 1)), (TWO, unit(0, 0, 1)), (THREE, unit(0.55, 0, 1))]

    found = likeness.alike(own, others)

    assert found == {ONE: pytest.approx(1), THREE: pytest.approx(0.48, abs=0.01)}


def test_an_entry_without_a_photo_is_like_nobody() -> None:
    assert likeness.alike([], [(ONE, unit(1))]) == {}


def test_finds_are_merged_by_their_highest_cosine() -> None:
    assert likeness.merged({ONE: 0.5, TWO: 0.4}, {}, {ONE: 0.4, THREE: 1.0}) == {ONE: 0.5, TWO: 0.4, THREE: 1.0}


@given(st.floats(0.46, 1.0))
def test_look_alikes_need_more_than_their_own_similarity(similarity: float) -> None:
    needed = likeness.needed(similarity)

    assert 0.5 <= needed <= 0.7
    assert needed == pytest.approx(similarity + 0.05) or needed in (0.5, 0.7)
    assert likeness.strength(similarity) == ("probably_same" if similarity >= 0.5 else "alike")


def test_similarities_of_float32_are_plain_numbers() -> None:
    (found,) = likeness.alike([np.ones(1, np.float32)], [(ONE, np.ones(1, np.float32))]).values()

    assert type(found) is float


# -- the rate limit --


def test_a_pace_lets_requests_in_again_when_the_window_has_passed() -> None:
    limit = RateLimit(2, 60)

    admitted = [limit.admits("a", at) for at in (0, 1, 2, 59.9, 60, 60.5, 61)]

    assert admitted == [True, True, False, False, True, False, True]
