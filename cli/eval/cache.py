"""What pictures were embedded to, kept between evaluations: a file in the installation's own folder.

It holds vectors of the people who are evaluated on. Vectors are treated like photos (safeguard S16): only the account
that made it may read it, and whoever deletes the pictures deletes it too, or evaluates with ``--no-cache``.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import numpy as np

from cli.eval.open_set import Matrix
from services.chassis.errors import StartupError

FOLDER: Final = "evaluation"
# Grows when other code makes something else of the same pictures.
_RECIPE: Final = 1
_AT_ONCE: Final = 500


class Cache(AbstractContextManager["Cache"]):
    """Rows (measures and vectors of one picture, as one array) by the digest of its file; none where it is not wanted.

    *models* names what made them: another model's rows are never found.
    """

    def __init__(self, home: Path | None, models: str) -> None:
        self._models = f"{_RECIPE}/{models}"
        self._file: sqlite3.Connection | None = None
        if home is not None:
            self._file = _opened(home / FOLDER / "vectors.sqlite")

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def read(self, digests: Iterable[str]) -> dict[str, Matrix | None]:
        """What is known of *digests*: an array (rows, numbers), or None of a picture that shows no face."""
        if self._file is None:
            return {}
        found: dict[str, Matrix | None] = {}
        wanted = list(dict.fromkeys(digests))
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._file.execute(
                f"select digest, rows, numbers from face where models = ? and digest in ({marks})",  # noqa: S608 - marks
                [self._models, *some],
            )
            for digest, count, numbers in rows:
                found[digest] = np.frombuffer(numbers, np.float32).reshape(count, -1) if count else None
        return found

    def write(self, faces: Mapping[str, Matrix | None]) -> None:
        """Keep what was made of pictures, by their digests."""
        if self._file is None:
            return
        with self._file:
            self._file.executemany(
                "insert or replace into face (models, digest, rows, numbers) values (?, ?, ?, ?)",
                [
                    (self._models, digest, 0 if face is None else len(face), b"" if face is None else face.tobytes())
                    for digest, face in faces.items()
                ],
            )


def _opened(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        file = sqlite3.connect(path)
        file.execute(
            "create table if not exists face"
            " (models text, digest text, rows integer, numbers blob, primary key (models, digest))"
        )
    except (OSError, sqlite3.Error) as error:
        raise StartupError(f"the cache {path} cannot be used: {error}; evaluate with --no-cache") from error
    return file
