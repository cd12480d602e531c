"""people.csv as bytes of unknown origin: every line becomes a person or a fault, and none is lost. Pure.

A field cannot hold a line break: then half a file, or a quote that nobody closed, spoils one line and not the rest.
Reading the longest file there may be takes a second or two.
"""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.imports import COLUMNS

# Of the columns only this one must be there and filled; what the others leave out, the import's purpose says.
_KEY: Final = "external_id"
_DELIMITERS: Final = (",", ";", "\t")
# Each becomes a draft, in one transaction with all others.
MOST_LINES: Final = 10_000
_MOST_COLUMNS: Final = 50
_LONGEST_NAME: Final = 64
# Stands for a character that is damaged, or cut off at the file's end.
_DAMAGED: Final = "\ufffd"
_LONGEST: Final = {
    "external_id": 64,
    "label": 200,
    "list": 40,
    "expires_on": 40,
    "taken_on": 40,
    "instruction": 1000,
    "note": 2000,
    "identity_number": 40,
    "source": 500,
}
_EXTERNAL: Final = re.compile(r"[^\x00-\x1f/\\]{1,64}")


@dataclass(frozen=True, slots=True)
class Person:
    """A row that can be used. Empty or None: the import's purpose says it."""

    line: int
    external_id: str
    label: str
    category: str
    instruction: str
    expires_on: date | None
    note: str
    identity_number: str
    taken_on: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, or with the file (line 0), and what to do about it."""

    line: int
    external_id: str
    code: str
    text: str
    about: UUID | None = None  # the entry or import that stands against it


@dataclass(frozen=True, slots=True)
class People:
    """A file as read: ``encoding`` is ``utf-8``, ``gb18030`` or empty when it is neither."""

    encoding: str
    people: tuple[Person, ...]
    faults: tuple[Fault, ...]


class _Wrong(Exception):
    """A line cannot be used."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def read_people(content: bytes, categories: Sequence[str]) -> People:
    """Read *content*; *categories* are the codes that column ``list`` may hold."""
    encoding, text = decoded(content)
    if not encoding:
        return People("", (), (_of_file("wrong_encoding", "the file is neither UTF-8 nor GB18030; save it as UTF-8"),))

    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        return People(encoding, (), (_of_file("empty", "the file is empty; download the template"),))

    if len(lines) > MOST_LINES + 1:
        words = (
            f"the file has {len(lines) - 1:,} people, at most {MOST_LINES:,} are taken; split it into several imports"
        )
        return People(encoding, (), (_of_file("too_long", words),))

    try:
        delimiter, header = _header(lines[0][1])
    except _Wrong as wrong:
        return People(encoding, (), (_of_file(wrong.code, wrong.text),))

    return _read(encoding, lines[1:], delimiter, header, frozenset(categories))


def decoded(content: bytes) -> tuple[str, str]:
    """Encoding and text; an empty encoding when the bytes are neither UTF-8 nor plausible GB18030.

    A character that the file's end cuts in two is U+FFFD in the text.
    """
    text = _decoded(content.removeprefix(codecs.BOM_UTF8), "utf-8")
    if text is not None:
        return "utf-8", text
    text = _decoded(content, "gb18030")
    if text is None:
        return "", ""
    # Nearly any bytes are some GB18030. It is believed when nine of ten foreign characters are of GB 2312, the everyday
    # ones: the accented letters of other encodings read as rare characters outside it.
    foreign = [letter for letter in text.removesuffix(_DAMAGED) if ord(letter) > 127]
    everyday = sum(1 for letter in foreign if _is_everyday(letter))
    return ("gb18030", text) if 10 * everyday >= 9 * len(foreign) else ("", "")


def _decoded(content: bytes, encoding: str) -> str | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(content)
    except UnicodeDecodeError:
        return None
    return text + _DAMAGED if decoder.getstate()[0] else text


def _is_everyday(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _read(
    encoding: str, lines: Sequence[tuple[int, str]], delimiter: str, header: Sequence[str], categories: frozenset[str]
) -> People:
    people: dict[str, Person] = {}
    faults = [
        _of_file("unknown_column", f"column {name!r} is not known and was passed over") for name in _unknown(header)
    ]
    for number, line in lines:
        fields: dict[str, str] = {}
        try:
            fields = _fields(line, delimiter, header)
            person = _person(number, fields, categories)
            if person.external_id in people:
                first = people[person.external_id].line
                raise _Wrong("row_twice", f"{person.external_id} stands in line {first} already; keep one of the two")
        except _Wrong as wrong:
            faults.append(Fault(number, fields.get(_KEY, "")[:64], wrong.code, f"line {number}: {wrong.text}"))
        else:
            people[person.external_id] = person
    return People(encoding, tuple(people.values()), tuple(faults))


def _header(line: str) -> tuple[str, list[str]]:
    """Delimiter and column names: of the possible delimiters the one that shows most columns that are known."""
    best: tuple[str, list[str]] = ("", [])
    for delimiter in _DELIMITERS:
        names = [name.strip().lower() for name in _split(line, delimiter)]
        if len(set(names) & set(COLUMNS)) > len(set(best[1]) & set(COLUMNS)):
            best = (delimiter, names)
    if _KEY not in best[1]:
        raise _Wrong("bad_header", f"the first line must name the columns, {_KEY} among them; download the template")
    if len(best[1]) > _MOST_COLUMNS:
        raise _Wrong("bad_header", f"the first line names {len(best[1]):,} columns; download the template")
    if twice := {name for name in best[1] if name in COLUMNS and best[1].count(name) > 1}:
        raise _Wrong("bad_header", f"column {min(twice)} stands twice in the first line")
    return best


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _Wrong("bad_row", "a quote is not closed or stands in a wrong place; write the line anew") from error


def _fields(line: str, delimiter: str, header: Sequence[str]) -> dict[str, str]:
    found = _split(line, delimiter)
    if len(found) != len(header):
        raise _Wrong(
            "bad_row",
            f"{len(found)} fields where the first line has {len(header)}; the line is cut off or has a stray comma",
        )
    fields = {name: text.strip() for name, text in zip(header, found, strict=True)}
    if any("\x00" in text for text in fields.values()):
        raise _Wrong("bad_row", "a field holds a NUL character; save the file as text")
    if any(_DAMAGED in text for text in fields.values()):
        raise _Wrong("bad_row", "a character is damaged, or the line is cut off in the middle of one; write it anew")
    return fields


def _person(number: int, fields: dict[str, str], categories: frozenset[str]) -> Person:
    if not fields[_KEY]:
        raise _Wrong("no_external_id", "external_id is empty; every person needs one")
    for name, longest in _LONGEST.items():
        if len(fields.get(name, "")) > longest:
            raise _Wrong("too_long", f"{name} has {len(fields[name])} characters, at most {longest} are kept")
    if not _EXTERNAL.fullmatch(fields[_KEY]):
        raise _Wrong("bad_external_id", "external_id must not hold slashes or control characters")
    category = fields.get("list", "")
    if category and category not in categories:
        raise _Wrong("unknown_category", f"list {category!r} is not one of {', '.join(sorted(categories))}")
    return Person(
        line=number,
        external_id=fields[_KEY],
        label=fields.get("label", ""),
        category=category,
        instruction=fields.get("instruction", ""),
        expires_on=_day(fields.get("expires_on", ""), "expires_on"),
        note=fields.get("note", ""),
        identity_number=fields.get("identity_number", ""),
        taken_on=_day(fields.get("taken_on", ""), "taken_on"),
        source=fields.get("source", ""),
    )


def _day(text: str, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _Wrong("bad_date", f"{name} {text!r} is not a day like 2028-06-30") from error


def _unknown(header: Sequence[str]) -> Iterator[str]:
    return (name[:_LONGEST_NAME] for name in header if name not in COLUMNS)


def _of_file(code: str, text: str) -> Fault:
    return Fault(0, "", code, text)
