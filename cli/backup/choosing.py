"""Which files are brought back: of a folder the newest backup, the newest keys, and the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cli.backup import files
from cli.backup.files import Part
from services.chassis.errors import StartupError


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files of a restoration."""

    record: Path | None = None
    keys: Path | None = None
    secrets: Path | None = None
    ledger: Path | None = None

    def with_part(self, part: Part, path: Path) -> "Chosen":
        """The same with *path* for a part."""
        match part:
            case Part.RECORD:
                return replace(self, record=path)
            case Part.KEYS:
                return replace(self, keys=path)
            case Part.SECRETS:
                return replace(self, secrets=path)
            case Part.LEDGER:
                return replace(self, ledger=path)


def choose(given: Sequence[Path]) -> Chosen:
    """What *given* files and folders hold; a file goes before what a folder has. Raises StartupError."""
    chosen = Chosen()
    for folder in (each for each in given if each.is_dir()):
        for place in (folder, folder / "keys", folder / "secrets"):
            for stored in files.stored(place):
                chosen = chosen.with_part(stored.part, stored.path)  # oldest first: the newest stays
        if (folder / files.LEDGER_FILE).exists():
            chosen = chosen.with_part(Part.LEDGER, folder / files.LEDGER_FILE)
    for path in (each for each in given if not each.is_dir()):
        chosen = chosen.with_part(part_of(path), path)
    return chosen


def part_of(path: Path) -> Part:
    """What a file says that it holds. Raises StartupError."""
    stated = files.header_of(path).facts.get("part")
    try:
        return Part(str(stated))
    except ValueError as error:
        raise StartupError(f"{path} cannot be used: it holds {stated!r}, which this version does not know") from error
