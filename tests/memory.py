"""Temporary files of tests in memory: on a disk, most of the time of a test would go into making and deleting files."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

# A file system in memory that every Linux has. In a container it may be small.
_FOLDER: Final = Path("/dev/shm")
# Several times what a run with two workers holds at once.
_ENOUGH_BYTES: Final = 4 << 30


def use() -> None:
    """Have this process and those it starts make temporary files in memory, unless ``TMPDIR`` says where.

    Where there is too little room, or programs may not be started from, they stay where they would be.
    """
    if "TMPDIR" not in os.environ and _is_fit(_FOLDER):
        os.environ["TMPDIR"] = str(_FOLDER)
        tempfile.tempdir = None  # asked for anew


def _is_fit(folder: Path) -> bool:
    if not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(folder).free >= _ENOUGH_BYTES
