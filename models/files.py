"""Hashes of files, and files that appear under their name only when they are complete."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sha256_of(path: Path) -> str | None:
    """Return the hex digest of *path*, or None when there is no such file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


@contextmanager
def arriving(path: Path) -> Iterator[Path]:
    """Yield a name beside *path* to write to; whatever still bears that name afterwards is removed.

    It lies in the same folder so that renaming it is atomic, and keeps the suffix because readers look at it.
    """
    handle, name = tempfile.mkstemp(prefix=".arriving-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    part = Path(name)
    part.chmod(0o644)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
