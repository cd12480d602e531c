"""Photograph what a guard sees, in both languages and colour schemes: python -m tools.screenshots [FOLDER]."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent
_USUAL: Final = CHECKOUT / "build" / "screenshots"
# The test that walks through a guard's shift stands still at every state of the page.
_WALK: Final = "tests/browser/test_phone.py"


def main() -> int:
    """Walk through the shift with a camera; the exit code is that of the walk."""
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else _USUAL
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "pytest", "-q", _WALK]
    return subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "WARDWATCH_SCREENSHOTS": str(folder)}).returncode


if __name__ == "__main__":
    sys.exit(main())
