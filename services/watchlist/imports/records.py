"""From the text of people.csv to its records, of which a fault spoils one and not the rest. Pure.

A quoted field may go over several lines, as in a cell with a line break. A quote that nobody closed must not swallow
what follows: lines are joined only where together, and not by themselves, they are what the first line says.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# The last two are the wide ones of a Chinese keyboard.
DELIMITERS: Final = (",", ";", "\t", "\uff0c", "\uff1b")
# Of one field; nobody writes longer notes.
_MOST_JOINED: Final = 60
# What some programs put behind the last line since CP/M.
_END: Final = "\x1a"
_LINE_ENDS: Final = re.compile(r"\r\n|\r|\n")
# How office programs are told of the delimiter.
_SEPARATOR_LINE: Final = re.compile(r'"?sep=.{1,2}', re.I)


class NotARecord(ValueError):
    """The quotes of a line do not fit together."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, with its number in the file, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """What stands in one or more lines from ``first`` to ``last``; ``fields`` is None where the quotes do not fit."""

    first: int
    last: int
    fields: tuple[str, ...] | None


def lines(text: str) -> list[Line]:
    """Every line of a file but for one that only names the delimiter."""
    found = [Line(number, line) for number, line in enumerate(_LINE_ENDS.split(text.removesuffix(_END)), 1)]
    return found[1:] if found and _SEPARATOR_LINE.fullmatch(found[0].text.strip()) else found


def split(text: str, delimiter: str) -> tuple[str, ...]:
    """The fields of one record. Raises NotARecord."""
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise NotARecord from error
    if len(rows) != 1:
        raise NotARecord
    return tuple(rows[0])


def records(found: Sequence[Line], delimiter: str, columns: int) -> Iterator[Record]:
    """The records of *found*, which follow a header of so many *columns*. Blank lines between them are none."""
    place = 0
    while place < len(found):
        line = found[place]
        if not line.text.strip():
            place += 1
            continue
        joined = _joined(found, place, delimiter, columns)
        yield joined or Record(line.number, line.number, _alone(line.text, delimiter))
        place += 1 if joined is None else joined.last - joined.first + 1


def _fits(fields: Sequence[str], columns: int) -> bool:
    return len(fields) >= columns and not any(field.strip() for field in fields[columns:])


def _alone(text: str, delimiter: str) -> tuple[str, ...] | None:
    try:
        return split(text, delimiter)
    except NotARecord:
        return None


def _joined(found: Sequence[Line], place: int, delimiter: str, columns: int) -> Record | None:
    """The record that begins in the line at *place* and goes on behind it; None where there is no such one."""
    first = found[place]
    if first.text.count('"') % 2 == 0:
        return None
    for after in range(place + 1, min(place + _MOST_JOINED, len(found))):
        line = found[after]
        if line.text.count('"') % 2 == 0:
            whole = _alone(line.text, delimiter)
            if whole is not None and columns > 1 and _fits(whole, columns):
                return None  # a record by itself: the quote before it was not meant
            continue
        fields = _alone("\n".join(each.text for each in found[place : after + 1]), delimiter)
        if fields is not None and _fits(fields, columns):
            return Record(first.number, line.number, fields)
        return None
    return None
