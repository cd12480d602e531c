"""A small disk of a test's own, which fills up and has room again whenever the test says so."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_ROOM_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system in memory; its limit is what makes it full, so that filling it takes no time and no memory."""

    folder: Path

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.folder).free

    def fill(self, *, left_bytes: int = 0) -> None:
        """Leave room for *left_bytes* and no more."""
        self._resize(shutil.disk_usage(self.folder).used + left_bytes)

    def make_room(self) -> None:
        self._resize(_ROOM_BYTES)

    def _resize(self, size_bytes: int) -> None:
        # Whatever is written meanwhile makes the wanted size too small, which the kernel refuses.
        for more in range(0, 64 << 20, 1 << 16):
            argv = ["/bin/mount", "-o", f"remount,size={size_bytes + more}", str(self.folder)]
            if subprocess.run(argv, capture_output=True, check=False).returncode == 0:
                return
        raise AssertionError(f"{self.folder} cannot be made {size_bytes} bytes large")


@contextmanager
def volume() -> Iterator[Volume]:
    """A volume, gone afterwards with all that is in it. Skips the test where mounting is not allowed."""
    folder = Path(tempfile.mkdtemp(prefix="ww-disk-"))
    mount = ["/bin/mount", "-t", "tmpfs", "-o", f"size={_ROOM_BYTES},mode=711", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no program named mount here")
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield Volume(folder)
    finally:
        subprocess.run(["/bin/umount", "--lazy", str(folder)], check=True)
        folder.rmdir()
