"""Which file is whose: people put photos side by side, or each person's into a folder, and wrap it all. Pure.

* What systems leave behind is passed over.
* A folder around everything, as a right click makes it, is passed over: the whole import begins where people.csv lies,
  or where the files part.
* From there on the first folder is the person; folders in it, like ``front`` and ``left``, are theirs.
* A folder of photos that name several people as ``externalId__1.jpg`` is no person's: their names count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from cli.watchlist import names
from services.chassis.errors import StartupError

PEOPLE: Final = "people.csv"
Parts = tuple[str, ...]

_PHOTO: Final = re.compile(r"\.(?:jpe?g|png|webp|hei[cf]|avif|tiff?|bmp|gif|jp2)$", re.I)
_NAMED: Final = re.compile(r"(?!_)(?P<person>.+?)__\d{1,3}\.[^.]+")
_LITTER: Final = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})
_LITTER_FOLDERS: Final = frozenset({"__macosx", "@eadir", "$recycle.bin", "system volume information"})
_WORKBOOKS: Final = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".et", ".numbers")
_TABLES: Final = (".csv", ".tsv")
ARCHIVES: Final = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """``sent``: under which name each file goes; ``table`` is people.csv; ``notes`` is what somebody should know."""

    sent: tuple[tuple[str, Parts], ...]
    table: Parts | None
    notes: tuple[str, ...]


def is_litter(path: Parts) -> bool:
    """Whether a system or an office program left it there, and nobody means to send it."""
    return (
        any((part.startswith(".") and part != "..") or part.lower() in _LITTER_FOLDERS for part in path)
        or path[-1].lower() in _LITTER
        or path[-1].startswith("~$")
    )


def is_photo(name: str) -> bool:
    """Whether a name ends like a photo's."""
    return _PHOTO.search(name) is not None


def arranged(paths: Sequence[Parts], per_person: int | None, *, table_given: bool) -> Arrangement:
    """What becomes of the files at *paths*, sorted and no litter; of a person's folder *per_person* photos are taken.

    *table_given*: people.csv was named by itself, and what lies among the files is none. Raises StartupError with a
    question where it is not clear which file is people.csv.
    """
    tables = [path for path in paths if path[-1].lower() == PEOPLE]
    books = [path for path in paths if path[-1].lower().endswith(_WORKBOOKS)]
    table = None if table_given else _table(paths, tables, books)
    others = [path for path in paths if path not in tables and path not in books]
    base = _base(others, table)
    notes = [f"{_shown(path)}: passed over" for path in (*books, *(tables if table_given else ()))]
    if table is not None and len(table) > 1:
        notes.append(f"{_shown(table)}: taken for everybody")
    if base:
        notes.append(f"{_shown(base)}: taken for a folder around the whole import, and not for a person")
    return Arrangement(tuple(_sent(others, len(base), per_person)), table, tuple(notes))


def _table(paths: Sequence[Parts], tables: Sequence[Parts], books: Sequence[Parts]) -> Parts | None:
    if len(tables) > 1:
        found = ", ".join(map(_shown, tables[:3]))
        raise StartupError(f"which people.csv holds? there are {len(tables)}: {found}; name one behind the folder")
    if tables:
        return tables[0]
    if books:
        raise StartupError(
            f"{_shown(books[0])} is a workbook, which is not read: save it as CSV UTF-8 under the name people.csv, or"
            " move it away"
        )
    if others := [path for path in paths if path[-1].lower().endswith(_TABLES)]:
        raise StartupError(
            f"is {_shown(others[0])} the table of people? then rename it to people.csv, or name it behind the folder;"
            " otherwise move it away"
        )
    return None


def _base(paths: Sequence[Parts], table: Parts | None) -> Parts:
    """The folder in which the whole import lies."""
    if not paths:
        return ()
    base: Parts = paths[0][:-1]
    for path in paths:
        base = tuple(one for one, _ in _while_equal(base, path[:-1]))
    if table is not None:
        return tuple(one for one, _ in _while_equal(base, table[:-1]))
    # All in one folder that lies in another: it may be a person's, unless the names of the files say otherwise.
    if len(base) > 1 and all(path[:-1] == base for path in paths) and not any(_NAMED.fullmatch(p[-1]) for p in paths):
        return base[:-1]
    return base


def _while_equal(ones: Parts, others: Parts) -> Iterator[tuple[str, str]]:
    for one, other in zip(ones, others, strict=False):
        if one != other:
            return
        yield one, other


def _sent(paths: Sequence[Parts], depth: int, per_person: int | None) -> Iterator[tuple[str, Parts]]:
    by_person: dict[str, list[Parts]] = {}
    own = [path for path in paths if len(path) == depth + 1]
    for path in paths:
        if len(path) > depth + 1:
            by_person.setdefault(path[depth], []).append(path)
    used: set[str] = set()  # names without their endings
    for path in own:
        used.add(path[-1].rpartition(".")[0])
        yield path[-1], path
    for person, photos in by_person.items():
        yield from _of_folder(person, photos, per_person, used)


def _of_folder(
    person: str, paths: Sequence[Parts], per_person: int | None, used: set[str]
) -> Iterator[tuple[str, Parts]]:
    photos = {path: _NAMED.fullmatch(path[-1]) for path in paths if is_photo(path[-1])}
    is_group = all(photos.values()) and len({name["person"] for name in photos.values() if name}) > 1
    numbers: dict[str, int] = {}
    for path in paths:
        if path not in photos:
            yield "-".join(path), path  # says nothing about anybody, as the file does
            continue
        name = photos[path]
        owner = name["person"] if is_group and name else person
        numbers[owner] = numbers.get(owner, 0) + 1
        if per_person is not None and numbers[owner] > per_person:
            continue
        stem, _, ending = path[-1].rpartition(".")
        if not is_group or stem in used:
            stem = next(free for number in count(numbers[owner]) if (free := f"{owner}__{number}") not in used)
        used.add(stem)
        yield f"{stem}.{ending.lower()}", path


def _shown(path: Parts) -> str:
    return names.shown("/".join(path))
