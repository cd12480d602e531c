"""A day that is typed is the day that is read, in every time zone there is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.entries import Until
from services.watchlist.record import views
from services.watchlist.rules import days
from services.watchlist.rules.days import Days
from services.watchlist.rules.entry_rules import Category, Unacceptable
from tests.unit.matcher.builders import NOW

BAN = Category("ban", "Barred", timedelta(days=731))
FIVE_YEARS = Category("violence", "Violence", timedelta(days=1827))
TICK = timedelta(microseconds=1)

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
# What an entry may end on, and beyond: skipped days, as of 2011 in Samoa, are behind us.
ahead = st.dates(date(2026, 1, 1), date(2100, 12, 31))


@given(zones, ahead)
def test_the_end_of_a_day_is_turned_back_into_the_day(zone: ZoneInfo, day: date) -> None:
    of = Days(zone)

    end = of.end_of(day)

    assert (end.tzinfo, of.last_day(end)) == (UTC, day)
    # To the end, and not beyond: also on days on which clocks are put forward or back.
    assert of.of(end - TICK) == day
    assert of.of(end) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        pytest.param("Asia/Shanghai", date(2028, 6, 30), "2028-06-30T16:00:00+00:00", id="China"),
        pytest.param("America/St_Johns", date(2028, 6, 30), "2028-07-01T02:30:00+00:00", id="half an hour"),
        pytest.param("Pacific/Kiritimati", date(2028, 6, 30), "2028-06-30T10:00:00+00:00", id="first of all"),
        pytest.param("Etc/GMT+12", date(2028, 6, 30), "2028-07-01T12:00:00+00:00", id="last of all"),
        pytest.param("Europe/Berlin", date(2027, 3, 28), "2027-03-28T22:00:00+00:00", id="clocks forward"),
        pytest.param("Europe/Berlin", date(2027, 10, 31), "2027-10-31T23:00:00+00:00", id="clocks back"),
        pytest.param("Asia/Beirut", date(2027, 3, 27), "2027-03-27T22:00:00+00:00", id="midnight jumped over"),
    ],
)
def test_a_last_day_ends_at_midnight_in_the_hospital(zone: str, day: date, end: str) -> None:
    assert Days(ZoneInfo(zone)).end_of(day).isoformat() == end


@given(st.dates(date(1900, 1, 1)))
def test_a_photos_day_is_the_same_in_every_time_zone(day: date) -> None:
    assert views.day_taken(views.taken_at(day)) == day


@given(zones, st.integers(0, 4 * 365 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)))
def test_what_is_offered_as_last_day_is_taken_and_the_next_one_is_not(zone: ZoneInfo, now: datetime) -> None:
    of = Days(zone)
    for ground in (BAN, FIVE_YEARS):
        choice = days.choice(of, ground, now)

        assert choice.today < choice.usual <= choice.latest
        latest = days.expiry(of, Until(last_day=choice.latest), ground, now)
        # What the database allows: the ground's longest time from now on.
        assert now < latest <= now + ground.longest
        assert days.expiry(of, Until(), ground, now) == of.end_of(choice.usual)
        with pytest.raises(Unacceptable, match=f"so {choice.latest} is the latest"):
            days.expiry(of, Until(last_day=choice.latest + timedelta(days=1)), ground, now)
        with pytest.raises(Unacceptable, match="in the past"):
            days.expiry(of, Until(last_day=choice.today - timedelta(days=1)), ground, now)
        assert days.expiry(of, Until(last_day=choice.today), ground, now) > now


def test_an_entry_stands_two_years_or_as_long_as_its_ground_allows() -> None:
    short = Category("short", "Short", timedelta(days=30))

    assert days.choice(days.USUAL_DAYS, BAN, NOW).usual == days.USUAL_DAYS.of(NOW) + timedelta(days=730)
    assert days.choice(days.USUAL_DAYS, short, NOW).usual == days.USUAL_DAYS.of(NOW) + timedelta(days=29)


def test_a_program_may_say_a_moment_and_nobody_both() -> None:
    moment = NOW + timedelta(hours=5)

    assert days.expiry(days.USUAL_DAYS, Until(expires_at=moment), BAN, NOW) == moment
    with pytest.raises(ValueError, match="not both"):
        Until(last_day=date(2028, 1, 1), expires_at=moment)


def test_the_end_of_all_calendars_is_no_last_day() -> None:
    with pytest.raises(Unacceptable, match="too far away"):
        days.USUAL_DAYS.end_of(date.max)
    with pytest.raises(Unacceptable, match="at most 731 days"):
        days.expiry(days.USUAL_DAYS, Until(last_day=date.max), BAN, NOW)
