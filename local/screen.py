"""What a start prints while it works: each step with the time it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from services.chassis.visible import visible


class Screen:
    """Lines for a person; plain text when nobody sits at a terminal."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out

    @contextmanager
    def step(self, words: str) -> Iterator[None]:
        """Print what is being done, then how long it took, or that it failed."""
        began = time.perf_counter()
        self._write(f"  {words:<52} ", end="")
        try:
            yield
        except BaseException:
            self._write("failed")
            raise
        self._write(f"{time.perf_counter() - began:6.1f} s")

    @contextmanager
    def long_step(self, words: str) -> Iterator[None]:
        """A step that prints lines of its own, such as a progress bar."""
        began = time.perf_counter()
        self._write(f"  {words}")
        yield
        self._write(f"  {'':<52} {time.perf_counter() - began:6.1f} s")

    def line(self, words: str = "") -> None:
        """Print one line."""
        self._write(words)

    def _write(self, words: str, end: str = "\n") -> None:
        # Where it goes to may be on the disk that is full: that must not end what keeps everything running.
        with suppress(OSError):
            print("\n".join(map(visible, words.split("\n"))), end=end, file=self._out, flush=True)
