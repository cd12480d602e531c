"""What is in a models folder, held against the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models import files
from models.catalogue import Kind, Row
from models.prepared import prepared
from proto.wardwatch.v1.model_card import prepared_path


@dataclass(frozen=True, slots=True)
class State:
    """One row of the catalogue and what lies in the folder for it."""

    row: Row
    path: Path
    good: bool
    word: str

    def document(self) -> dict[str, str | int | bool]:
        """The state for a program to read."""
        row = self.row
        document: dict[str, str | int | bool] = {
            "name": row.name,
            "kind": row.kind.value,
            "role": row.role,
            "path": str(self.path),
            "bytes": row.bytes,
            "sha256": row.sha256,
            "licence": row.licence,
            "good": self.good,
            "state": self.word,
        }
        if row.kind is not Kind.PICTURE:
            document["prepared"] = str(prepared_path(self.path))
        return document


def look(rows: Iterable[Row], folder: Path) -> list[State]:
    """Hash the files of *rows* in *folder*."""
    return [_look(row, folder) for row in rows]


def _look(row: Row, folder: Path) -> State:
    path = folder / row.file
    found = files.sha256_of(path)
    if found is None and row.kind is Kind.OPTIONAL:
        return State(row, path, good=True, word="optional, not here")
    if found is None:
        return State(row, path, good=False, word="missing")
    if found != row.sha256:
        return State(row, path, good=False, word=f"another file ({found[:12]})")
    if row.kind is Kind.PICTURE:
        return State(row, path, good=True, word="here")
    if prepared(row, folder) is None:
        return State(row, path, good=False, word="not prepared")

    return State(row, path, good=True, word="here, prepared")
