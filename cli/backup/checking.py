"""Read a part to its end: whether it is whole, and what it holds."""

from dataclasses import dataclass
from pathlib import Path

from cli.backup import files
from cli.backup.container import Faulty
from cli.backup.content import Begin, End, Piece
from cli.backup.files import Part
from cli.backup.key_files import Opening
from services.chassis.errors import StartupError


@dataclass(frozen=True, slots=True)
class Whole:
    """A part that opened to its end."""

    path: Path
    part: Part
    made_at: str
    version: str
    maker: str
    sections: int
    rows: int
    size: int


def check(path: Path, opening: Opening) -> Whole:
    """Open all of *path*. Raises StartupError with what is wrong with it."""
    sections = rows = size = 0
    with files.reading(path, opening) as (header, frames):
        for frame in frames:
            match frame:
                case Begin():
                    sections += 1
                case Piece(content):
                    size += len(content)
                case End(facts):
                    rows += int(str(facts.get("rows", 0)))
        if not sections:
            raise Faulty("it holds nothing")
        facts = header.facts
    try:
        part = Part(str(facts.get("part")))
    except ValueError as error:
        raise StartupError(f"{path} cannot be used: it is of a kind that this version does not know") from error
    stated = (str(facts.get("made_at", "")), str(facts.get("version", "")))
    return Whole(path, part, *stated, header.maker, sections, rows, size)
