"""Run the whole suite; with ``--rerun`` each test that failed runs once more, alone.

    python -m tools.suite [--rerun] [PYTEST OPTION ...]

A test that fails twice fails the run. One that passes the second time is printed as ``unsteady: NAME``: the run passes,
and the race behind the name is a fault to repair.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

RERUN = "--rerun"


def main() -> int:
    """Returns the exit code of pytest, or 0 when everything that failed passed alone."""
    options = [each for each in sys.argv[1:] if each != RERUN]
    with tempfile.TemporaryDirectory() as cache:
        code = run([*options, "-o", f"cache_dir={cache}"])
        # Any other code means that tests were not run at all: nothing that could be tried again.
        if code != pytest.ExitCode.TESTS_FAILED or RERUN not in sys.argv[1:]:
            return code
        names = failed(Path(cache))
    print(f"{len(names)} failed and run once more, each alone", flush=True)
    twice = [name for name in names if not passes(name)]
    for name in names:
        print(f"{'failed twice' if name in twice else 'unsteady'}: {name}", flush=True)
    return code if twice or not names else 0


def failed(cache: Path) -> list[str]:
    """The names of the tests that failed, as pytest itself wrote them into its cache folder *cache*."""
    path = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []


def passes(name: str) -> bool:
    """Run one test in a process of its own."""
    return run([name, "-p", "no:cacheprovider"]) == pytest.ExitCode.OK


def run(options: list[str]) -> int:
    """Run pytest with *options* in the folder of the caller; returns its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "tools.workers", *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
