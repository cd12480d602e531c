"""What an import is made from: a folder or a zip of photos, read one at a time and never unpacked to disk."""

import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from cli.watchlist import arrangement, folders, names, zips
from cli.watchlist.arrangement import PEOPLE, Parts
from cli.watchlist.findable import Found, Unusable, unusable
from services.chassis.errors import StartupError

_MOST_FILES: Final = 100_000


@dataclass(frozen=True, slots=True)
class File:
    """A file by the name under which it is sent; ``shown`` is where it lies. ``read`` raises Unusable."""

    name: str
    shown: str
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """All that an import is made from; ``people`` is None where there is no people.csv. ``notes`` are sentences."""

    files: Sequence[File]
    people: bytes | None = field(repr=False)
    notes: Sequence[str] = ()


@contextmanager
def opened(source: Path, people: Path | None, per_person: int | None) -> Iterator[Source]:
    """The files of a folder or a zip. Raises StartupError in words when it is neither, or there is nothing in it.

    Whose each photo is says ``arrangement``; of a person's own folder *per_person* photos are taken.
    """
    with ExitStack() as stack:
        match _kind(source):
            case "folder":
                found = folders.found(source)
            case "zip":
                found = stack.enter_context(zips.opened(source))
        yield _source(found, people, per_person)


def _kind(source: Path) -> Literal["folder", "zip"]:
    try:
        mode = source.stat().st_mode
    except OSError as error:
        raise StartupError(f"{_shown(source)}: cannot be read ({error.strerror})") from error
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISREG(mode) and zipfile.is_zipfile(source):
        return "zip"
    broken = stat.S_ISREG(mode) and source.suffix.lower() == ".zip"
    what = "the zip is cut short or no zip" if broken else "is neither a folder nor a zip file"
    raise StartupError(f"{_shown(source)}: {what}; give a folder, or zip it anew")


def _source(found: Found, people: Path | None, per_person: int | None) -> Source:
    if len(found.files) + len(found.problems) > _MOST_FILES:
        raise StartupError(f"more than {_MOST_FILES:,} files; split the import")
    reads = {path: read for path, read in sorted(found.files.items()) if not arrangement.is_litter(path)}
    arranged = arrangement.arranged(list(reads), per_person, table_given=people is not None)
    files = [_file(name, path, reads[path]) for name, path in arranged.sent]
    # Files that cannot be sent have names that no other has, so that each is a row.
    files += [File(f"\0{n}", shown, unusable(*problem)) for n, (shown, problem) in enumerate(found.problems)]
    if not files:
        raise StartupError("there is no file to import; photos are named externalId__1.jpg")
    return Source(files, _table(reads, arranged.table, people), (*found.notes, *arranged.notes))


def _file(name: str, path: Parts, read: Callable[[], bytes]) -> File:
    shown = names.shown("/".join(path))
    if len(name) > names.LONGEST:
        read = unusable(
            "bad_name", f"the name has {len(name)} characters, at most {names.LONGEST} are taken; rename it"
        )
    elif path[-1].lower().endswith(arrangement.ARCHIVES):
        read = unusable("inner_archive", "an archive in the import is not opened; unpack it beside the photos")
    return File(name, shown, read)


def _table(reads: dict[Parts, Callable[[], bytes]], own: Parts | None, people: Path | None) -> bytes | None:
    try:
        if people is not None:
            return folders.reading(people)()
        return None if own is None else reads[own]()
    except Unusable as error:
        shown = PEOPLE if people is None else _shown(people)
        raise StartupError(f"{shown}: {error.text}") from error


def _shown(path: Path) -> str:
    return names.shown(str(path))
