"""What lies in a folder of an evaluation: pictures by person, marked pictures, films; and the files beside it."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import numpy as np

from cli.eval.detection import Marked
from services.chassis.errors import StartupError

PICTURES: Final = frozenset({".jpg", ".jpeg"})
FILMS: Final = frozenset({".mp4", ".mkv", ".webm", ".avi", ".mov", ".gif"})
# Marks are a few kilobytes; more is no file of them.
_MOST_MARKS_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a person: its name ``person/file``, where it lies, and the SHA-256 of its content."""

    name: str
    path: Path
    digest: str


@dataclass(frozen=True, slots=True)
class Marks:
    """A picture, and the faces in it that a person marked."""

    path: Path
    marked: Marked


def kind_of(folder: Path) -> str:
    """``people``, ``marks`` or ``clips``. Raises StartupError for a folder that is none of them."""
    if not folder.is_dir():
        raise StartupError(f"{folder} is no folder")
    if next(_marks(folder), None) is not None:
        return "marks"
    if any(path.suffix.lower() in PICTURES for path in folder.glob("*/*")):
        return "people"
    if any(path.suffix.lower() in FILMS for path in folder.rglob("*")):
        return "clips"
    raise StartupError(
        f"{folder} holds neither a folder of JPEGs for each person, nor pictures with PASCAL VOC boxes, nor films"
    )


def people(folder: Path) -> list[Picture]:
    """Every picture of every person, by name. Raises StartupError."""
    paths = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in PICTURES)
    return [Picture(f"{path.parent.name}/{path.name}", path, _digest(path)) for path in paths]


def digest_of(files: Iterable[tuple[str, str]]) -> str:
    """One digest of files by name and digest, whatever the order."""
    lines = sorted(f"{digest}  {name}\n" for name, digest in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def films(folder: Path) -> list[Path]:
    """Every film, below it too."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in FILMS)


def digests(paths: Iterable[Path], folder: Path) -> list[tuple[str, str]]:
    """Name and digest of each file. Raises StartupError."""
    return [(str(path.relative_to(folder)), _digest(path)) for path in paths]


def marks(folder: Path) -> list[Marks]:
    """Every marked picture. Raises StartupError for marks that cannot be read or have no picture."""
    return [_read_marks(path, folder) for path in _marks(folder)]


def groups(path: Path) -> dict[str, str]:
    """Person and group of each line of a table with a header of ``person`` and ``group``. Raises StartupError."""
    rows = csv.DictReader(_lines(path))
    if not {"person", "group"} <= set(rows.fieldnames or ()):
        raise StartupError(f"{path} needs a header with the columns person and group")
    return {(row["person"] or "").strip(): (row["group"] or "").strip()[:200] for row in rows}


def left_out(path: Path) -> frozenset[str]:
    """A person or a picture ``person/file`` for each line; what follows # is a remark. Raises StartupError."""
    return frozenset(name for line in _lines(path) if (name := line.partition("#")[0].strip()))


def text(path: Path) -> str:
    """Raises StartupError."""
    return "".join(_lines(path))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from error


def _marks(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*.xml")) if path.stat().st_size < _MOST_MARKS_BYTES)


def _read_marks(path: Path, folder: Path) -> Marks:
    try:
        # The set is the operator's own, its files are small, and Python's parser opens nothing that they name.
        tree = ElementTree.parse(path)  # noqa: S314
    except (OSError, ElementTree.ParseError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from error
    boxes, labels = [], []
    for thing in tree.iter("object"):
        ends = [float(thing.findtext(f"bndbox/{name}") or 0) for name in ("xmin", "ymin", "xmax", "ymax")]
        boxes.append((ends[0], ends[1], ends[2] - ends[0], ends[3] - ends[1]))
        labels.append((thing.findtext("name") or "face").strip()[:200])
    marked = Marked(np.array(boxes, np.float32).reshape(-1, 4), tuple(labels))
    return Marks(_picture_of(path, folder, tree.findtext("filename")), marked)


def _picture_of(marks_path: Path, folder: Path, said: str | None) -> Path:
    names = {f"{marks_path.stem}{suffix}" for suffix in PICTURES}
    beside = [*sorted(marks_path.parent.iterdir()), *sorted((folder / "images").glob("*"))]
    wanted = {name for name in (Path(said).name if said else "",) if Path(name).suffix.lower() in PICTURES}
    for path in beside:
        if path.name in names or path.name in wanted:
            return path
    raise StartupError(f"no JPEG {marks_path.stem} lies beside {marks_path} or in {folder / 'images'}")


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error
