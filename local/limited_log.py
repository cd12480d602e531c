"""The log of a program that does not bound its own: read from a pipe, written within limits, turned when it is long.

nats-server writes a line for each hostile connection and each refused publish: megabytes a second.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from services.chassis.log_limits import LogLimits, Rates

_LONGEST_LINE_BYTES: Final = 1000
_KEPT_BYTES: Final = 10_000_000
# By the server's own words for how bad something is, so that what strangers cause leaves room for all else.
_LEVELS: Final = (b"[INF]", b"[WRN]", b"[ERR]", b"[FTL]")
_RATES: Final = Rates(lines_of_a_kind=10, lines=40, bytes=10_000)


class LimitedLog(threading.Thread):
    """Writes *source* to *path* until it ends. A thread, because a program whose pipe nobody empties stands still."""

    def __init__(self, source: IO[bytes], path: Path) -> None:
        super().__init__(name=f"log-{path.name}", daemon=True)
        self._source = source
        self._path = path
        self._limits = LogLimits(time.monotonic, _RATES)

    def run(self) -> None:
        """Read to the end."""
        with self._source:
            while line := self._source.readline(_LONGEST_LINE_BYTES):
                if self._limits.admits(_level(line)) and self._limits.has_room(len(line)):
                    self._write(line)
                if count := self._limits.left_out():
                    self._write(b"%d lines left out\n" % count)

    def _write(self, line: bytes) -> None:
        with suppress(OSError):  # the disk may be full, or the folder gone
            if self._path.exists() and self._path.stat().st_size > _KEPT_BYTES:
                self._path.replace(self._path.with_suffix(".old.log"))
            with self._path.open("ab") as log:
                log.write(line)


def _level(line: bytes) -> str:
    return next((level.decode() for level in _LEVELS if level in line[:80]), "")
