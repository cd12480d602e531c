"""Which line of people.csv and which photo may mean one person though they spell it differently. Pure.

These are proposals for a person to look at: nothing is joined by them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from services.watchlist.rules import external_ids

_MOST: Final = 3
_ENDING: Final = re.compile(r"(?:__\d{1,3})?\.(?:jpe?g|png|webp|hei[cf]|bmp|tiff?|gif)")
# What systems add to a copy's name, and people to a second photo's.
_COPY: Final = re.compile(r"\s*(?:-?\s*(?:copy|copie|kopie|副本|拷贝|复件))?\s*(?:\(\d{1,3}\)|[-_ ]\d{1,2})?")
_SCIENTIFIC: Final = re.compile(r"(\d)(?:[.,](\d{1,14}))?e\+?(\d{1,2})")
_WHOLE: Final = re.compile(r"(\d+)[.,]0+")
# A spreadsheet keeps so many digits of a number and puts zeros for the rest.
_KEPT_DIGITS: Final = 15
_SHORTEST_SCIENTIFIC: Final = 6
_LONGEST_NUMBER: Final = 40
# How names come out of a zip or a file that was read in an encoding that it is not in.
_MISREAD: Final = tuple(
    (wrong, right)
    for wrong in ("cp437", "cp1252", "latin-1", "cp850", "gb18030")
    for right in ("gb18030", "utf-8", "big5", "cp932")
    if wrong != right
)


def proposals(ids: Iterable[str], others: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """To each of *ids* the first few of *others* that may be the same; those with none are left out."""
    by_form: dict[str, list[str]] = {}
    for other in others:
        for form in set(_forms(other)):
            by_form.setdefault(form, []).append(other)
    found: dict[str, Sequence[str]] = {}
    for each in ids:
        near = dict.fromkeys(other for form in dict.fromkeys(_forms(each)) for other in by_form.get(form, ()))
        if near:
            found[each] = list(near)[:_MOST]
    return found


def _forms(external_id: str) -> Iterator[str]:
    """Everything that *external_id* may have been before an office program, a copy or an encoding changed it."""
    for spelled in (external_id, *_unmisread(external_id)):
        plain = external_ids.normal(spelled)
        yield plain
        yield from _of_number(plain)
        bare = _ENDING.sub("", plain) if _ENDING.search(plain) else plain
        for shorter in (bare, _without_copy(bare)):
            joined = "".join(sign for sign in shorter if sign.isalnum())
            if joined:
                yield joined
                yield from _of_number(joined)


def _without_copy(text: str) -> str:
    for start in range(1, len(text)):
        if _COPY.fullmatch(text, start):
            return text[:start]
    return text


def _of_number(text: str) -> Iterator[str]:
    if found := _WHOLE.fullmatch(text):
        text = found[1]
    if found := _SCIENTIFIC.fullmatch(text):
        decimals = found[2] or ""
        yield f"{Decimal(f'{found[1]}.{decimals or 0}E{found[3]}'):.{len(decimals)}E}"
    elif text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        yield text.lstrip("0") or "0"
        if len(text) > _KEPT_DIGITS:
            yield text[:_KEPT_DIGITS].ljust(len(text), "0")
        if len(text) >= _SHORTEST_SCIENTIFIC:
            yield from (f"{Decimal(text):.{decimals}E}" for decimals in range(_KEPT_DIGITS))


def _unmisread(text: str) -> Iterator[str]:
    if text.isascii():
        return
    for wrong, right in _MISREAD:
        try:
            yield text.encode(wrong).decode(right)
        except UnicodeError:
            continue
