"""The files of a zip, read one at a time; their names as the systems write them that make zips."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cli.watchlist import arrangement, names
from cli.watchlist.arrangement import Parts
from cli.watchlist.findable import MOST_FILE_BYTES, FileProblem, Found, Unusable, check_size
from services.chassis.errors import StartupError

_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
# Info-ZIP's field with the name in UTF-8, beside one in whatever encoding the system had (APPNOTE.TXT 4.6.9).
_UNICODE_PATH: Final = 0x7075
_DAMAGES: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError, struct.error,
)  # fmt: skip
_DIRECTORY_END: Final = b"PK\x05\x06"
_ENTRY: Final = b"PK\x01\x02"
_LONGEST_END: Final = 22 + 0xFFFF


@contextmanager
def opened(path: Path) -> Iterator[Found]:
    """Everything in the zip at *path*. Raises StartupError in words when it is broken as a whole."""
    shown = names.shown(str(path))
    try:
        file = _Names(path)
    except OSError as error:
        raise StartupError(f"{shown}: cannot be read ({error.strerror})") from error
    with file:
        try:
            archive = zipfile.ZipFile(file)
        except (*_DAMAGES, NotImplementedError) as error:
            raise StartupError(f"{shown}: the zip is damaged or cut short; make it anew") from error
        with archive:
            yield _found(archive)


def _found(archive: zipfile.ZipFile) -> Found:
    inside = [each for each in archive.infolist() if not each.orig_filename.endswith("/")]
    decoded = names.decoded([_raw(each) for each in inside if _plain(each) is None])
    texts = iter(decoded.texts)
    problems: list[tuple[str, FileProblem]] = []
    files: dict[Parts, Callable[[], bytes]] = {}
    for each in inside:
        plain = _plain(each)
        text = next(texts) if plain is None else plain
        parts = () if not text else tuple(part for part in text.replace("\\", "/").split("/") if part != ".")
        if parts and not parts[-1]:
            continue  # a folder of a zip that was made with backslashes
        if (problem := _problem(each, parts, files)) is not None:
            if not parts or not arrangement.is_litter(parts):
                problems.append((names.shown(text if text is not None else _bytes_shown(each)), problem))
        else:
            files[parts] = _unpacking(archive, each)
    notes = () if decoded.encoding == "utf-8" else (f"names in the zip are read as {decoded.encoding}",)
    return Found(files, problems, notes)


def _problem(inside: zipfile.ZipInfo, parts: Parts, files: dict[Parts, Callable[[], bytes]]) -> FileProblem | None:
    if not parts or "\0" in inside.orig_filename or not names.is_text("".join(parts)):
        return "bad_name", "the name in the zip holds characters that cannot be read; rename the file and zip it anew"
    if ".." in parts or "" in parts or parts[0].endswith(":"):
        return "bad_name", "the path in the zip leads out of it; zip the folder anew"
    if parts in files:
        return "name_twice", "the zip holds another file of this name; rename one and zip them anew"
    return None


def _plain(inside: zipfile.ZipInfo) -> str | None:
    """The name where the zip says, in one of two ways, that it is UTF-8."""
    if inside.flag_bits & _UTF8:
        return inside.orig_filename
    return _unicode_path(inside.extra, _raw(inside))


def _raw(inside: zipfile.ZipInfo) -> bytes:
    """The bytes of a name that is in any encoding; zipfile has read them as one that loses nothing."""
    return inside.orig_filename.encode("cp437")


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == _UNICODE_PATH and 5 < length <= len(extra) - 4:
            version, checksum = struct.unpack_from("<BL", extra, 4)
            if version == 1 and checksum == zlib.crc32(raw):
                return extra[9 : 4 + length].decode("utf-8", "surrogateescape")
        extra = extra[4 + length :]
    return None


def _bytes_shown(inside: zipfile.ZipInfo) -> str:
    return _raw(inside).decode("ascii", "surrogateescape")


def _unpacking(archive: zipfile.ZipFile, inside: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if inside.flag_bits & _ENCRYPTED:
            raise Unusable("encrypted", "the file in the zip is encrypted; give the zip without a password")
        check_size(inside.file_size)
        try:
            with archive.open(inside) as file:
                # What the zip says of the size may be a lie.
                content = file.read(MOST_FILE_BYTES + 1)
        except NotImplementedError as error:
            raise Unusable("damaged", "the file is packed in a way that is not known; zip it anew") from error
        except _DAMAGES as error:
            raise Unusable("damaged", "the file in the zip is damaged; make the zip anew") from error
        check_size(len(content))
        return content

    return read


class _Names(io.FileIO):
    """A zip's file, in which names that are said to be UTF-8 and are not are said to be anything.

    Otherwise one such name keeps the whole zip from being opened.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "r")
        self._flags: list[int] = []
        self._flags = self._wrong_flags()
        self.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        start = self.tell()
        content = super().read(-1 if size is None else size)
        wrong = [place - start for place in self._flags if start <= place < start + len(content)]
        if not wrong:
            return content
        changed = bytearray(content)
        for place in wrong:
            changed[place] &= ~(_UTF8 >> 8) & 0xFF
        return bytes(changed)

    def _wrong_flags(self) -> list[int]:
        """Places of the second byte of such names' flags, in the directory at the end."""
        size = self.seek(0, io.SEEK_END)
        self.seek(max(size - _LONGEST_END, 0))
        end = super().read()
        place = end.rfind(_DIRECTORY_END)
        if place < 0 or len(end) - place < 22:
            return []
        length, start = struct.unpack_from("<LL", end, place + 12)
        # Where other bytes stand before the zip, or in a zip of more than 4 GB, it is not where it is said to be.
        begins = size - len(end) + place - length
        if begins < 0 or length == 0xFFFFFFFF or start == 0xFFFFFFFF:
            return []
        self.seek(begins)
        return [begins + each for each in _not_utf8(super().read(length))]


def _not_utf8(directory: bytes) -> Iterator[int]:
    place = 0
    while directory[place : place + 4] == _ENTRY and len(directory) - place >= 46:
        (flags,) = struct.unpack_from("<H", directory, place + 8)
        name, extra, comment = struct.unpack_from("<HHH", directory, place + 28)
        try:
            directory[place + 46 : place + 46 + name].decode("utf-8")
        except UnicodeDecodeError:
            if flags & _UTF8:
                yield place + 9
        place += 46 + name + extra + comment
