"""What an import is made from: a folder or a zip of photos, read one at a time and never unpacked to disk."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from services.chassis.errors import StartupError

PEOPLE: Final = "people.csv"
MOST_FILE_BYTES: Final = 15 * 1024 * 1024
_MOST_FILES: Final = 100_000
_PHOTOS: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp", ".gif", ".jp2"}
)
# What systems leave in folders, and nobody means to send.
_LITTER: Final = frozenset({"thumbs.db", "desktop.ini"})


class Unusable(Exception):
    """A file that cannot be sent; the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class File:
    """A file by the name under which it is sent; ``shown`` is where it lies. ``read`` raises Unusable."""

    name: str
    shown: str
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """All that an import is made from; ``people`` is None where there is no people.csv."""

    files: Sequence[File]
    people: bytes | None = field(repr=False)


@contextmanager
def opened(source: Path, people: Path | None, per_person: int | None) -> Iterator[Source]:
    """The files of a folder or a zip. Raises StartupError in words when it is neither, or there is nothing in it.

    A photo in a folder of its own is of the person whose name the folder bears; of these *per_person* are taken.
    """
    try:
        if source.is_dir():
            yield _source(_of_folder(source), people, per_person)
        elif zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                yield _source(_of_zip(archive), people, per_person)
        else:
            raise StartupError(f"{source}: is neither a folder nor a zip file")
    except (OSError, zipfile.BadZipFile) as error:
        raise StartupError(f"{source}: cannot be read ({error})") from error


def _source(found: Sequence[tuple[PurePosixPath, Callable[[], bytes]]], people: Path | None, per: int | None) -> Source:
    if len(found) > _MOST_FILES:
        raise StartupError(f"{len(found):,} files are more than {_MOST_FILES:,}; split the import")
    own = next((read for path, read in found if str(path).lower() == PEOPLE), None)
    files = list(_named([each for each in found if each[0].name.lower() != PEOPLE], per))
    if not files:
        raise StartupError("there is no file to import; photos are named externalId__1.jpg")
    if people is not None:
        return Source(files, people.read_bytes())
    try:
        return Source(files, None if own is None else own())
    except Unusable as error:
        raise StartupError(f"{PEOPLE}: {error.text}") from error


def _of_folder(folder: Path) -> list[tuple[PurePosixPath, Callable[[], bytes]]]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not _is_litter(path.name))
    return [(PurePosixPath(path.relative_to(folder).as_posix()), _reading(path)) for path in paths]


def _reading(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            size = path.stat().st_size
            _check_size(size)
            return path.read_bytes()
        except OSError as error:
            raise Unusable("unreadable", f"the file cannot be read ({error.strerror})") from error

    return read


def _of_zip(archive: zipfile.ZipFile) -> list[tuple[PurePosixPath, Callable[[], bytes]]]:
    inside = sorted((each for each in archive.infolist() if not each.is_dir()), key=lambda each: each.filename)
    return [
        (PurePosixPath(each.filename), _unpacking(archive, each))
        for each in inside
        if not _is_litter(PurePosixPath(each.filename).name) and not each.filename.startswith("__MACOSX/")
    ]


def _unpacking(archive: zipfile.ZipFile, inside: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if inside.flag_bits & 0x1:
            raise Unusable("encrypted", "the file in the zip is encrypted; give the zip without a password")
        _check_size(inside.file_size)
        try:
            with archive.open(inside) as file:
                # What the zip says of the size may be a lie.
                content = file.read(MOST_FILE_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise Unusable("damaged", f"the file in the zip is damaged ({error}); make the zip anew") from error
        _check_size(len(content))
        return content

    return read


def _check_size(size: int) -> None:
    if size > MOST_FILE_BYTES:
        raise Unusable("too_many_bytes", f"{size:,} bytes, at most {MOST_FILE_BYTES:,} are taken; make it smaller")


def _named(found: Sequence[tuple[PurePosixPath, Callable[[], bytes]]], per_person: int | None) -> Iterator[File]:
    """Each file under the name it is sent by; ``folder/any.jpg`` becomes ``folder__1.jpg``."""
    counted: dict[str, int] = {}
    for path, read in found:
        if len(path.parts) == 1:
            yield File(path.name, str(path), read)
            continue
        person, suffix = path.parent.name, path.suffix.lower()
        counted[person] = counted.get(person, 0) + 1
        if per_person is None or counted[person] <= per_person:
            named = f"{person}__{counted[person]}{suffix}" if suffix in _PHOTOS else path.name
            yield File(named, str(path), read)


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LITTER
