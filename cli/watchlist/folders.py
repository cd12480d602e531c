"""The files of a folder and its subfolders. A link to a file is the file; a link to a folder is not followed."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cli.watchlist import arrangement, names
from cli.watchlist.arrangement import Parts
from cli.watchlist.findable import FileProblem, Found, Unusable, check_size

_NO_NAME: Final = ("bad_name", "the name holds characters that cannot be read; rename the file")
_TWICE: Final = ("name_twice", "another file has this name too; rename one")
_NO_FILE: Final = ("unreadable", "this is no file but a pipe, a device or the like; move it away")
_EMPTY_FOLDER: Final = ("unreadable", "this is an empty folder and no photo; copy the photo here anew")
_NO_FOLDER: Final = ("unreadable", "a link to another folder is not followed; copy the folder here")


def found(folder: Path) -> Found:
    """Everything in *folder*. Raises nothing: what cannot be read is a trouble of its own."""
    problems: list[tuple[str, FileProblem]] = []
    listed = list(_listed(folder, problems))
    decoded = names.decoded([os.fsencode("/".join(path)) for path in listed])
    files: dict[Parts, Callable[[], bytes]] = {}
    for path, text in zip(listed, decoded.texts, strict=True):
        file = folder.joinpath(*path)
        parts = () if text is None else tuple(part for part in text.replace("\\", "/").split("/") if part)
        if not parts or not names.is_text("".join(parts)):
            problems.append((names.shown("/".join(path)), _NO_NAME))
        elif parts in files:
            problems.append((names.shown("/".join(path)), _TWICE))
        elif (problem := _problem(file)) is not None:
            if not arrangement.is_litter(parts):
                problems.append((names.shown("/".join(path)), problem))
        else:
            files[parts] = reading(file)
    notes = () if decoded.encoding == "utf-8" else (f"names of files are read as {decoded.encoding}",)
    return Found(files, problems, notes)


def reading(path: Path) -> Callable[[], bytes]:
    """How to read the file at *path*; the result raises Unusable."""

    def read() -> bytes:
        try:
            status = path.stat()
        except (OSError, ValueError) as error:
            raise _unreadable(error) from error
        if not stat.S_ISREG(status.st_mode):
            raise Unusable(*_NO_FILE)
        check_size(status.st_size)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _unreadable(error) from error
        check_size(len(content))
        return content

    return read


def _listed(folder: Path, problems: list[tuple[str, FileProblem]]) -> Iterator[Parts]:
    def failed(error: OSError) -> None:
        path = Path(str(error.filename or folder))
        where = path.relative_to(folder) if path.is_relative_to(folder) else path
        problems.append((names.shown(str(where)), ("unreadable", f"the folder cannot be read ({error.strerror})")))

    for at, inner, own in os.walk(folder, onerror=failed):
        here = Path(at)
        if not inner and not own and arrangement.is_photo(here.name) and here != folder:
            problems.append((names.shown(str(here.relative_to(folder))), _EMPTY_FOLDER))
        links = [name for name in inner if (here / name).is_symlink()]
        for name in sorted((*own, *links)):
            yield (*here.relative_to(folder).parts, name)


def _problem(file: Path) -> FileProblem | None:
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as error:
        lost = _unreadable(error)
        return lost.code, lost.text
    if stat.S_ISDIR(mode):
        return _NO_FOLDER
    return None if stat.S_ISREG(mode) else _NO_FILE


def _unreadable(error: OSError | ValueError) -> Unusable:
    why = error.strerror if isinstance(error, OSError) else "its name is none"
    return Unusable("unreadable", f"the file cannot be read ({why})")
