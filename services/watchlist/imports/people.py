"""people.csv as bytes of unknown origin: every line becomes a person or a fault, and none is lost. Pure.

Half a file, or a quote that nobody closed, spoils one line and not the rest. Reading the longest file there may be
takes a second or two.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import lettering
from proto.wardwatch.v1.dates import NotADay, UnclearDay, read_day
from proto.wardwatch.v1.lettering import DAMAGED
from services.watchlist.imports import columns, records
from services.watchlist.imports.columns import BadHeader, Header
from services.watchlist.imports.records import Line, Record
from services.watchlist.rules import external_ids

# Of the columns only this one must be there and filled; what the others leave out, the import's purpose says.
_KEY: Final = columns.KEY
# Of the file, and they spoil nothing.
NOTES: Final = frozenset({"unknown_column", "read_as"})
# Each becomes a draft, in one transaction with all others.
MOST_LINES: Final = 10_000
_LONGEST_NAME: Final = 64
# What a line break in a cell is kept in.
_MANY_LINES: Final = frozenset({"instruction", "note"})
_LONGEST: Final = {
    "external_id": external_ids.LONGEST,
    "label": 200,
    "list": 40,
    "expires_on": 40,
    "taken_on": 40,
    "instruction": 1000,
    "note": 2000,
    "identity_number": 40,
    "source": 500,
}
# How a spreadsheet is told to keep the zeros: ="0017".
_KEPT_AS_TEXT: Final = re.compile(r'="(.*\S.*)"', re.DOTALL)
# How .xlsx and .ods begin, and how .xls does.
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_SAVE_AS: Final = "save it as UTF-8 (in a spreadsheet: Save As, CSV UTF-8)"
_LOOKS_LIKE: Final = {
    "cp932": "Shift-JIS, which is Japanese",
    "cp949": "Korean",
    "cp1252": "the western European encoding of Windows",
    "cp437": "the encoding of DOS",
    "cp1251": "the Cyrillic encoding of Windows",
    "koi8-r": "KOI8-R, which is Russian",
}


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
    meant: tuple[str, ...] = ()  # what may be meant instead
    about: UUID | None = None  # the entry or import that stands against it
    label: str = ""  # the name in the line, as far as it can be read


@dataclass(frozen=True, slots=True)
class People:
    """A file as read: ``encoding`` as ``lettering.read`` has it, empty when it is not clear."""

    encoding: str
    people: tuple[Person, ...]
    faults: tuple[Fault, ...]

    @property
    def lines(self) -> int:
        """How many lines say something of somebody, or should; a file that is refused as a whole is one."""
        return sum(person.line > 0 for person in self.people) + sum(fault.code not in NOTES for fault in self.faults)


class _Wrong(Exception):
    """A line cannot be used."""

    def __init__(self, code: str, text: str, meant: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.meant = meant


def read_people(content: bytes, categories: Sequence[str]) -> People:
    """Read *content*; *categories* are the codes that column ``list`` may hold."""
    if content.startswith(_WORKBOOKS):
        return People("", (), (_of_file("wrong_encoding", f"the file is a workbook and no table of text; {_SAVE_AS}"),))
    found = lettering.read(content)
    if not found.encoding:
        return People("", (), (_of_file("wrong_encoding", _wrong_encoding(found.guess)),))

    lines = records.lines(found.text)
    filled = [line for line in lines if line.text.strip()]
    if not filled:
        return People(found.encoding, (), (_of_file("empty", "the file is empty; download the template"),))

    if len(filled) > MOST_LINES + 1:
        words = (
            f"the file has {len(filled) - 1:,} lines, at most {MOST_LINES:,} are taken; split it into several imports"
        )
        return People(found.encoding, (), (_of_file("too_long", words),))

    try:
        header = columns.header(filled[0].text)
    except BadHeader as bad:
        return People(found.encoding, (), (_of_file("bad_header", str(bad)),))

    following = lines[lines.index(filled[0]) + 1 :]
    return _read(found.encoding, following, header, frozenset(categories))


def _wrong_encoding(guess: str) -> str:
    if guess not in _LOOKS_LIKE:
        return f"which characters the file holds is not clear; {_SAVE_AS}"
    return f"the file looks like {_LOOKS_LIKE[guess]}, and is not read as such; {_SAVE_AS}"


def _read(encoding: str, lines: Sequence[Line], header: Header, categories: frozenset[str]) -> People:
    people: dict[str, Person] = {}
    unclear: dict[str, Person] = {}  # of whom two lines spell the id differently
    faults = [
        _of_file("unknown_column", f"column {name!r} is not known and was passed over") for name in _unknown(header)
    ]
    if encoding == "big5":
        faults.append(_of_file("read_as", "the file was read as Big5; look whether its names are right"))
    for record in records.records(lines, header.delimiter, len(header.names)):
        fields: dict[str, str] = {}
        try:
            fields = _fields(record, header.names)
            if not any(fields.values()):
                continue  # only delimiters: a spreadsheet's empty row
            person = _person(record.first, fields, categories)
            _check_alone(person, people, unclear)
        except _Wrong as wrong:
            faults.append(_fault(record, fields, wrong))
        else:
            people[external_ids.normal(person.external_id)] = person
    for key, first in unclear.items():
        del people[key]
        words = _other_spelling(first)
        faults.append(Fault(first.line, first.external_id, "spelled_differently", words, label=first.label))
    return People(encoding, tuple(people.values()), tuple(faults))


def _check_alone(person: Person, people: dict[str, Person], unclear: dict[str, Person]) -> None:
    """Raise _Wrong where another line may be about the same person."""
    key = external_ids.normal(person.external_id)
    first = people.get(key)
    if first is None:
        return
    if first.external_id == person.external_id:
        raise _Wrong("row_twice", f"{person.external_id} stands in line {first.line} already; keep one of the two")
    unclear[key] = first
    raise _Wrong(
        "spelled_differently",
        f"{person.external_id} and {first.external_id} in line {first.line} differ in spelling alone: keep one of the"
        " lines, or give two people two ids",
    )


def _other_spelling(first: Person) -> str:
    return (
        f"line {first.line}: another line spells {first.external_id} differently: keep one of the lines, or give two"
        " people two ids"
    )


def _fault(record: Record, fields: dict[str, str], wrong: _Wrong) -> Fault:
    where = f"line {record.first}" if record.first == record.last else f"lines {record.first} to {record.last}"
    external_id = external_ids.cleaned(fields.get(_KEY, ""))[: external_ids.LONGEST]
    label = fields.get("label", "")[: _LONGEST["label"]]
    return Fault(record.first, external_id, wrong.code, f"{where}: {wrong.text}", wrong.meant, label=label)


def _fields(record: Record, names: Sequence[str]) -> dict[str, str]:
    """What the record says, by column. Fields behind the last column count only when something stands in them."""
    if record.fields is None:
        raise _Wrong("bad_row", "a quote is not closed or stands in a wrong place; write the line anew")
    found = list(record.fields)
    while len(found) > len(names) and not found[-1].strip():
        found.pop()
    if any(field.strip() for field in found) and len(found) != len(names):
        raise _Wrong(
            "bad_row",
            f"{len(found)} fields where the first line has {len(names)}; the line is cut off or has a stray delimiter",
        )
    fields = {name: _text(name, field) for name, field in zip(names, found, strict=False) if name}
    if any("\x00" in text for text in fields.values()):
        raise _Wrong("bad_row", "a field holds a NUL character; save the file as text")
    if any(DAMAGED in text for text in fields.values()):
        raise _Wrong("bad_row", "a character is damaged, or the line is cut off in the middle of one; write it anew")
    return fields


def _text(name: str, field: str) -> str:
    field = field.strip()
    if found := _KEPT_AS_TEXT.fullmatch(field):
        field = found[1]
    return field.strip() if name in _MANY_LINES else " ".join(field.split())


def _person(number: int, fields: dict[str, str], categories: frozenset[str]) -> Person:
    external_id = external_ids.cleaned(fields[_KEY])
    if not external_id:
        raise _Wrong("no_external_id", "external_id is empty; every person needs one")
    for name, longest in _LONGEST.items():
        if len(fields.get(name, "")) > longest:
            raise _Wrong("too_long", f"{name} has {len(fields[name])} characters, at most {longest} are kept")
    if not external_ids.is_one(external_id):
        raise _Wrong("bad_external_id", "external_id must not hold slashes or control characters")
    category = fields.get("list", "")
    if category and category not in categories:
        raise _Wrong("unknown_category", f"list {category!r} is not one of {', '.join(sorted(categories))}")
    return Person(
        line=number,
        external_id=external_id,
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
        return read_day(text)
    except UnclearDay as error:
        raise _Wrong("unclear_date", f"{name} {error}", tuple(map(str, error.readings))) from error
    except NotADay as error:
        raise _Wrong("bad_date", f"{name} {error}") from error


def _unknown(header: Header) -> Iterator[str]:
    return (name[:_LONGEST_NAME] for name in columns.unknown(header.names))


def _of_file(code: str, text: str) -> Fault:
    return Fault(0, "", code, text)
