"""Photograph every page of the product, in both languages: ``python -m tools.screenshots [FOLDER]``.

The folder is docs/images unless said otherwise. A demonstration runs meanwhile, in a folder of its own. Chromium and
fonts for Chinese are needed; on Debian: chromium-headless-shell, fonts-noto-cjk.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from local.ports import free_port
from tools.screenshots import scenario, taking
from tools.screenshots.scenario import CHECKOUT, Installation

_PAGES: Final = CHECKOUT / "docs" / "images"
_ADDRESS: Final = re.compile(r"address\s+(http\S+)")


def main() -> int:
    """Run the demonstration, furnish it and walk through its pages; returns the exit code."""
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else _PAGES
    folder.mkdir(parents=True, exist_ok=True)
    with _demonstration() as at:
        ids = scenario.furnish(at)
        count = asyncio.run(taking.everything(at, ids, folder))
    print(f"{count} pictures in {folder}")
    return 0


@contextmanager
def _demonstration() -> Iterator[Installation]:
    """A demonstration that runs in a folder of its own until left."""
    models = Path(os.environ.get("WARDWATCH_HOME", CHECKOUT / ".wardwatch")) / "models"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / ".wardwatch"
        home.mkdir()
        (home / "models").symlink_to(models.resolve())
        argv = [sys.executable, "-m", "cli", "demo", "--port", str(free_port())]
        demo = subprocess.Popen(
            argv, cwd=CHECKOUT, env={**os.environ, "WARDWATCH_HOME": str(home)}, stdout=subprocess.PIPE, text=True
        )
        try:
            assert demo.stdout is not None
            yield Installation(home, _address(demo.stdout))
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait()


def _address(lines: IO[str]) -> str:
    """Where the page of the demonstration is, once it runs. Raises RuntimeError when it ends before that."""
    for line in lines:
        if found := _ADDRESS.search(line):
            return found[1]
    raise RuntimeError("the demonstration ended before it said where its page is")


if __name__ == "__main__":
    sys.exit(main())
