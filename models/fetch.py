"""Get each file from the first source that yields its hash. Policy only; the sources themselves are in `sources.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models import files
from models.catalogue import Row, Source


class SourceFailed(Exception):
    """This source cannot yield the file; the message says why."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A source that was tried, and why it did not serve."""

    source: Source
    reason: str


class NotFetched(Exception):
    """No source yielded the file."""

    def __init__(self, row: Row, attempts: Sequence[Attempt]) -> None:
        tried = "\n".join(f"  {number}. {each.source}: {each.reason}" for number, each in enumerate(attempts, 1))
        super().__init__(
            f"{row.file} ({row.bytes:,} bytes, sha256 {row.sha256[:12]}…) could not be had; tried in this order:\n"
            f"{tried}\n"
            "  Put the file into a folder and name that folder in WARDWATCH_MODELS_DIR, or repair a source above."
        )
        self.row = row
        self.attempts = tuple(attempts)


class Sources(Protocol):
    """Something that can write the content of a source to a file."""

    def copy(self, row: Row, source: Source, target: Path) -> None:
        """Write the file to *target*. Raises SourceFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is in place, and where it came from; None when it was there already."""

    row: Row
    path: Path
    source: Source | None


def fetch(row: Row, folder: Path, sources: Sources, report: Callable[[str], None]) -> Fetched:
    """Return the row's file in *folder*, getting it if it is not there. Raises NotFetched, or OSError for the folder.

    The file takes its name only after its hash was checked, so whatever bears the name is the file.
    """
    path = folder / row.file
    if files.sha256_of(path) == row.sha256:
        return Fetched(row, path, None)

    folder.mkdir(parents=True, exist_ok=True)
    attempts: list[Attempt] = []
    for source in row.sources:
        report(f"{row.file} from {source}")
        with files.arriving(path) as part:
            reason = _try(row, source, part, sources)
            if reason is None:
                part.replace(path)
                return Fetched(row, path, source)

        attempts.append(Attempt(source, reason))

    raise NotFetched(row, attempts)


def _try(row: Row, source: Source, part: Path, sources: Sources) -> str | None:
    """Return why *source* does not serve, or None when *part* now holds the file."""
    try:
        sources.copy(row, source, part)
    except SourceFailed as error:
        return str(error)

    found = files.sha256_of(part)
    return None if found == row.sha256 else f"its content has another hash ({str(found)[:12]}…)"
