"""Days as people and their office programs write them, read where they have one meaning. Pure.

Shared by people.csv and the command line, so that a day that one of them takes is the same day for the other.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

# Days that spreadsheets save as a number count from here; their first two months are off by one, and never meant.
_SERIAL_ZERO: Final = date(1899, 12, 30)
_SERIALS: Final = range(10_000, 100_000)
_YEARS: Final = range(1900, 10_000)
_CENTURY: Final = 2000
_EXAMPLE: Final = "2028-06-30"

# Every hyphen, dash and minus sign; the full stop of Chinese; and two ways to write the sign for a day.
_SIGNS: Final = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-") | {"\u3002": ".", "號": "日", "号": "日"}
)
_NUMERALS: Final = {sign: place for place, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip

# Midnight is what a spreadsheet adds to a day; another time is of the same day. With a zone it might be of the next.
_TIME: Final = re.compile(
    r"(?:\s+|(?<=\d)T)(?:上午|下午|[AP]M\s*)?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AP]M)?$", re.I
)
_WEEKDAY: Final = re.compile(
    r"\(?(?:星期|周|週|礼拜)[一二三四五六日天]\)?|^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+",
    re.I,
)
_CHINESE: Final = re.compile(r"(\d{4}|\d{2})年(\d{1,2})月(\d{1,2})日?")
_NUMBERED: Final = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})\.?")
_JOINED: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL: Final = re.compile(r"(\d{5})(?:\.\d+)?")
_NAMED: Final = re.compile(r"(\d{1,4})(?:st|nd|rd|th)?[-/. ,]+([a-z]{3,9})\.?[-/. ,]+(\d{1,4})", re.I)
_NAME_FIRST: Final = re.compile(r"([a-z]{3,9})\.?[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/. ,]+(\d{4})", re.I)


class NotADay(ValueError):
    """The text is no day; the message says how to write one."""


class UnclearDay(ValueError):
    """The text may be any of several ``readings``, earliest first; the message names them."""

    def __init__(self, text: str, readings: tuple[date, ...]) -> None:
        named = " or ".join(f"{day.day} {_MONTH_NAMES[day.month - 1].capitalize()} {day.year}" for day in readings)
        written = " or ".join(map(str, readings))
        super().__init__(f"{text!r} may be {named}; write {written}")
        self.readings = readings


def read_day(text: str) -> date:
    """The one day that *text* can be. Raises NotADay, or UnclearDay where it can be several: nothing is guessed.

    >>> read_day("2027年6月30日") == read_day("2027/6/30") == read_day("46568") == date(2027, 6, 30)
    True
    """
    plain = _plain(text)
    if set(plain) == {"#"}:
        raise NotADay("the column was too narrow for the day when the file was saved; make it wider and save again")
    readings = tuple(sorted(set(_readings(plain))))
    if not readings:
        raise NotADay(f"{text!r} is not a day like {_EXAMPLE}")
    if len(readings) > 1:
        raise UnclearDay(text, readings)
    return readings[0]


def _plain(text: str) -> str:
    """*text* with ordinary digits and signs, without a time of day, a weekday or what a spreadsheet puts before it."""
    shown = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    plain = _TIME.sub("", shown.translate(_SIGNS).strip().removeprefix("'").strip())
    plain = _WEEKDAY.sub("", plain).strip()
    if any(sign in "年月日" for sign in plain):
        plain = _arabic(re.sub(r"\s+", "", plain))
    return re.sub(r"\s*([-/.])\s*", r"\1", plain)


def _arabic(text: str) -> str:
    """Chinese numerals of a date as digits: 二〇二七年六月三十日."""

    def month_or_day(found: re.Match[str]) -> str:
        tens, _, ones = found.group().partition("十")
        return str((_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0))

    tens_read = re.sub(r"[一二三]?十[一二三四五六七八九]?", month_or_day, text)
    return "".join(str(_NUMERALS[sign]) if sign in _NUMERALS else sign for sign in tens_read)


def _readings(plain: str) -> Iterator[date]:
    if found := _CHINESE.fullmatch(plain):
        year = int(found[1]) if len(found[1]) == 4 else _CENTURY + int(found[1])
        yield from _days((year, int(found[2]), int(found[3])))
    elif found := _NUMBERED.fullmatch(plain):
        yield from _numbered(found[1], found[3], found[4])
    elif found := _JOINED.fullmatch(plain):
        yield from _days((int(found[1]), int(found[2]), int(found[3])))
    elif found := _SERIAL.fullmatch(plain):
        if int(found[1]) in _SERIALS:
            yield _SERIAL_ZERO + timedelta(days=int(found[1]))
    elif found := _NAMED.fullmatch(plain):
        yield from _named(found[1], found[2], found[3])
    elif found := _NAME_FIRST.fullmatch(plain):
        yield from _named(found[2], found[1], found[3])


def _numbered(first: str, second: str, third: str) -> Iterator[date]:
    """Where the year has four digits it says in part which is which; of two digits any of the three may be it."""
    one, two, three = int(first), int(second), int(third)
    if len(first) == 4:
        yield from _days((one, two, three))
    elif len(third) == 4:
        yield from _days((three, two, one), (three, one, two))
    elif max(len(first), len(third)) <= 2:
        yield from _days(
            (_CENTURY + one, two, three), (_CENTURY + three, two, one), (_CENTURY + three, one, two)
        )  # fmt: skip


def _named(first: str, month: str, last: str) -> Iterator[date]:
    name = month.lower()
    number = _MONTHS.index(name[:3]) + 1 if name[:3] in _MONTHS else 0
    if number == 0 or not (name in {_MONTHS[number - 1], "sept"} or name == _MONTH_NAMES[number - 1]):
        return
    if len(first) == 4:
        yield from _days((int(first), number, int(last)))
    elif len(last) == 4:
        yield from _days((int(last), number, int(first)))
    elif max(len(first), len(last)) <= 2:
        yield from _days((_CENTURY + int(last), number, int(first)), (_CENTURY + int(first), number, int(last)))


def _days(*written: tuple[int, int, int]) -> Iterator[date]:
    """Those of (year, month, day) that the calendar has."""
    for year, month, day in written:
        if year not in _YEARS:
            continue
        try:
            yield date(year, month, day)
        except ValueError:
            continue
