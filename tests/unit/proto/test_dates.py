"""Days as office programs save them: read where there is one reading, asked about where there are several."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.dates import NotADay, UnclearDay, read_day


def wide(text: str) -> str:
    """*text* in the full-width signs of Chinese and Japanese keyboards."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


THE_DAY = date(2027, 6, 30)


@pytest.mark.parametrize(
    "text",
    [
        "2027-06-30", "2027-6-30", "2027/6/30", "2027/06/30", "2027.6.30", "2027. 6. 30.", "20270630", "46568",
        "46568.0", "46568.75", "2027年6月30日", "2027年06月30日", "2027 年 6 月 30 日", "2027年6月30号", "27年6月30日",
        "2027年6月30日星期三", "2027/6/30 周三", "二〇二七年六月三十日", wide("2027/6/30"), wide("2027年6月30日"),
        wide("2027-06-30"), "2027\u201306\u201330", "2027-06-30 00:00:00", "2027-06-30T00:00:00", "2027/6/30 0:00",
        "2027/6/30 23:59:59", "2027/6/30 12:00:00 AM", "2027/6/30 上午12:00", "'2027-06-30", "  2027-06-30\u200b ",
        "\u202a2027/6/30\u202c", "30.06.2027", "30.6.2027", "30/06/2027", "06/30/2027", "6/30/2027", "30-06-2027",
        "30-Jun-2027", "30 June 2027", "June 30, 2027", "Jun 30 2027", "2027-Jun-30", "Wednesday, June 30, 2027",
        "2027年6月30",
    ],
)  # fmt: skip
def test_a_day_with_one_reading_is_read(text: str) -> None:
    assert read_day(text) == THE_DAY


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("03/04/2027", (date(2027, 3, 4), date(2027, 4, 3))),
        ("3-4-2027", (date(2027, 3, 4), date(2027, 4, 3))),
        ("03.04.2027", (date(2027, 3, 4), date(2027, 4, 3))),
        (wide("03/04/2027"), (date(2027, 3, 4), date(2027, 4, 3))),
        ("27/6/30", (date(2027, 6, 30), date(2030, 6, 27))),
        ("30-Jun-27", (date(2027, 6, 30), date(2030, 6, 27))),
    ],
)
def test_a_day_with_several_readings_is_a_question(text: str, readings: tuple[date, ...]) -> None:
    with pytest.raises(UnclearDay) as unclear:
        read_day(text)

    assert unclear.value.readings == readings
    assert all(str(day) in str(unclear.value) for day in readings)


@pytest.mark.parametrize("text", ["03/03/2027", "3.3.2027"])
def test_two_readings_of_one_day_are_no_question(text: str) -> None:
    assert read_day(text) == date(2027, 3, 3)


@pytest.mark.parametrize(
    ("text", "day"),
    [("二〇二八年十月十一日", date(2028, 10, 11)), ("二零二八年二月二十九日", date(2028, 2, 29))],
)
def test_chinese_numerals_are_read(text: str, day: date) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "soon", "2027-02-30", "2027/13/1", "31.06.2027", "2027", "2027-06", "6/30", "1234", "123456",
        "20271301", "2027/6-30", "民国116年6月30日", "116年6月30日", "0027-06-30", "2027-06-30T20:00:00Z",
        "2027-06-30 20:00+08:00", "30 Junk 2027", "########", "99999999", "2027-06-30-01", "-46568", "4.65E+04",
    ],
)  # fmt: skip
def test_what_is_no_day_is_said(text: str) -> None:
    with pytest.raises(NotADay):
        read_day(text)


def test_a_column_that_was_too_narrow_is_said() -> None:
    with pytest.raises(NotADay, match="too narrow"):
        read_day("########")


@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2170, 1, 1)))
def test_every_day_is_read_in_every_form_with_the_year_first(day: date) -> None:
    forms = (f"{day}", f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日")

    assert {read_day(form) for form in forms} == {day}
    assert read_day(str((day - date(1899, 12, 30)).days)) == day


@given(st.text(max_size=30))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(NotADay, UnclearDay):
        assert isinstance(read_day(text), date)
