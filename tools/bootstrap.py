"""Make the Python environment in ``.venv`` from the locked requirements, once.

Runs with any Python 3.11 or later and nothing else installed. What is missing is one sentence and exit code 1.

    python3 tools/bootstrap.py runtime|dev
"""

from __future__ import annotations  # so that Python 3.8 too gets as far as saying that it is too old

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
# What a full installation takes, with the downloads beside it.
LEAST_FREE_BYTES = {"runtime": 1_500_000_000, "dev": 2_500_000_000}
# A first line cannot name an interpreter whose path has a space. -P: nothing in the caller's folder is imported.
COMMAND = """#!/bin/sh
exec {python} -P -c 'import sys
sys.path.insert(0, sys.argv.pop(1))
from cli.__main__ import main
main()' {checkout} "$@"
"""


class CannotGoOn(Exception):
    """The text is the one sentence a person reads."""


def main() -> int:
    """Make or complete the environment; returns the exit code."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "runtime"
    if kind not in LEAST_FREE_BYTES:
        print("use: python3 tools/bootstrap.py runtime|dev", file=sys.stderr)
        return 2
    try:
        make(kind)
    except CannotGoOn as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    except OSError as error:  # for example an environment that another account made
        print(f"\n{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the next start goes on", file=sys.stderr)
        return 130  # as shells count it: 128 and the number of SIGINT
    return 0


def make(kind: str) -> None:
    """Do what is left to do for an environment of *kind*."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what says so, on any Python
        raise CannotGoOn(f"Wardwatch needs Python 3.11 or later; this is {sys.version.split()[0]}")
    if is_made(kind):
        write_command()  # the script itself may be of an earlier version
        return
    lock = lock_file(kind)
    began = time.perf_counter()
    print(f"making the Python environment in {VENV} (once)", flush=True)
    check_disk(kind)
    check_compiler()
    check_headers(Path(sysconfig.get_paths()["include"]))
    if not usable(VENV):
        step("virtual environment", lambda: make_venv(VENV))
    # Until the end of the installation no lock is what is installed.
    stamp(kind).unlink(missing_ok=True)
    step(f"packages of requirements/{lock.name}", lambda: install(lock))
    step("the wardwatch command", write_command)
    stamp(kind).write_text(wanted(kind), encoding="ascii")
    print(f"  environment is ready, {time.perf_counter() - began:.1f} s", flush=True)


def is_made(kind: str) -> bool:
    """Whether the environment holds what is locked for *kind*; what is locked for development holds all of it."""
    return any(stamped(each) and stamped(each) == wanted(each) for each in (kind, "dev"))


def wanted(kind: str) -> str:
    """What stands for the packages of *kind*, for this Python, in this place."""
    return hashlib.sha256(lock_file(kind).read_bytes() + sys.version.encode() + str(VENV).encode()).hexdigest()


def lock_file(kind: str) -> Path:
    """The locked requirements of *kind*."""
    return CHECKOUT / "requirements" / f"{kind}.lock"


def stamp(kind: str) -> Path:
    """The file that says which lock was installed."""
    return VENV / f".{kind}.stamp"


def stamped(kind: str) -> str:
    """Which lock was installed, or nothing."""
    path = stamp(kind)
    # The interpreter is a link; an upgrade of the system can take away what it points to.
    complete = all(each.exists() for each in (path, VENV / "bin" / "wardwatch", VENV / "bin" / "python"))
    return path.read_text(encoding="ascii") if complete else ""


def step(words: str, work: Callable[[], None]) -> None:
    """Say what is done and how long it took."""
    began = time.perf_counter()
    print(f"  {words} ...", flush=True)
    work()
    print(f"  {words}: {time.perf_counter() - began:.1f} s", flush=True)


def check_disk(kind: str) -> None:
    """The disk must hold the packages."""
    free = shutil.disk_usage(CHECKOUT).free
    if free < LEAST_FREE_BYTES[kind]:
        raise CannotGoOn(
            f"only {free / 1e6:.0f} MB are free on the disk of {CHECKOUT}; "
            f"{LEAST_FREE_BYTES[kind] / 1e6:.0f} MB are needed"
        )


def check_compiler() -> None:
    """The index library (hnswlib) is published as source and is compiled here."""
    names = [os.environ["CXX"].split()[0]] if os.environ.get("CXX") else ["c++", "g++", "clang++"]
    if not any(shutil.which(name) for name in names):
        raise CannotGoOn(
            "no C++ compiler was found, and one package (hnswlib) must be compiled; on Debian or Ubuntu: apt-get "
            "install g++"
        )


def check_headers(folder: Path) -> None:
    """What is compiled includes Python.h."""
    if not (folder / "Python.h").exists():
        raise CannotGoOn(
            f"Python's header files are not in {folder}, and one package (hnswlib) must be compiled; on Debian or "
            "Ubuntu: apt-get install python3-dev"
        )


def usable(venv: Path) -> bool:
    """Whether *venv* is whole: making one can end half-way, with an interpreter and without pip."""
    python = venv / "bin" / "python"
    if not python.exists():
        return False
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def make_venv(venv: Path) -> None:
    """An empty environment with pip, in place of whatever is there."""
    if venv.is_symlink() and not venv.exists():
        venv.unlink()
    run(
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        "the virtual environment could not be made (on Debian: apt-get install python3-venv)",
    )


def install(lock: Path) -> None:
    """Exactly the files of *lock*, each held against its hash; pip shows its own progress."""
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    # Bytecode is written when a module is first imported: half a minute less for the first start.
    options = ["--require-hashes", "--no-deps", "--no-compile", "--prefer-binary", "--timeout", "30", "--retries", "2"]
    quiet = [] if sys.stdout.isatty() else ["--progress-bar", "off"]
    run([*pip, *options, *quiet, "-r", str(lock)], "the packages could not be installed")


def run(argv: list[str], what_failed: str) -> None:
    """Run a program, passing its output on; its failure becomes one sentence."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    # Errors go to a file: a pipe that is read last fills up while the other one is waited for.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        with subprocess.Popen(
            argv,
            stdout=None if sys.stdout.isatty() else subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
            env=environment,
        ) as process:
            for line in process.stdout or ():
                if words := progress(line):
                    print(f"    {words}", flush=True)
        errors.seek(0)
        lines = errors.read().splitlines()
    if process.returncode != 0:
        raise CannotGoOn(f"{what_failed}: {reason(lines)}")


def progress(line: str) -> str:
    """What a line of pip's means to someone who waits; nothing for most of them."""
    # No match statement: an older Python must get as far as the sentence about its age.
    words = line.split(" (from ")[0].split()
    if len(words) == 2 and words[0] in {"Collecting", "Processing"}:
        return f"fetching {Path(words[1]).name}"
    if words[:3] == ["Building", "wheel", "for"] and words[-1] == "started":
        return f"building {words[3]}"
    if words[:3] == ["Installing", "collected", "packages:"]:
        return f"installing {len(words) - 3} packages"
    return ""


def reason(lines: list[str]) -> str:
    """The cause in pip's many words."""
    text = "\n".join(lines)
    if "No space left on device" in text:
        return f"the disk of {CHECKOUT} is full"
    if any(
        sign in text for sign in ("NewConnectionError", "Name or service not known", "ConnectTimeout", "Max retries")
    ):
        return "the package registry cannot be reached; check the network or pip's index-url"
    if "hash" in text and "DO NOT MATCH" in text:
        return "a package is not the one that was locked (its hash differs); do not use this registry"
    if "Failed to build" in text or "error: command" in text:
        return "a package could not be compiled; is the compiler complete (on Debian: build-essential)?"
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["it gave no reason"])[-1].removeprefix("ERROR: ")


def write_command() -> None:
    """``.venv/bin/wardwatch``, which runs this checkout."""
    path, text = VENV / "bin" / "wardwatch", command(VENV / "bin" / "python", CHECKOUT)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


def command(python: Path, checkout: Path) -> str:
    """A shell script that runs *checkout* with *python*, wherever both are."""
    return COMMAND.format(python=shlex.quote(str(python)), checkout=shlex.quote(str(checkout)))


if __name__ == "__main__":
    sys.exit(main())
