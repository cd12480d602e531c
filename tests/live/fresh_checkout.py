"""A checkout of its own, as somebody has it who has just run ``make``, and a clean shell in it.

The environment's packages are those that run the tests: everything else, the Makefile first, is the copy's own.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.checkout import CHECKOUT, ROOMS
from tests.installation import MODELS

_PARTS: Final = ("benchmarks", "migrations", "requirements", "tools", *ROOMS)
_LEFT_OUT: Final = shutil.ignore_patterns("*.onnx", "*.egg-info")
_SYSTEM: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Checkout:
    """Where it lies, and what a clean shell in it would have learned so far."""

    folder: Path
    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.path = path(self.folder)

    @property
    def home(self) -> Path:
        """Where ``make up`` keeps everything."""
        return self.folder / ".wardwatch"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a clean shell has: where programs are, and nothing else but *more*."""
        return {"PATH": self.path, **(more or {})}

    def shell(
        self, line: str, *, within_seconds: float, folder: Path | None = None, **more: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run *line* as it is printed, in a shell that knows nothing, in the checkout unless *folder* is another."""
        return subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=folder or self.folder,
            env=self.environment(more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_seconds,
            check=False,
        )


def path(folder: Path) -> str:
    """Where a clean shell on a machine with the checkout's Python looks for programs."""
    return f"{folder / 'python'}:{_SYSTEM}"


def create(folder: Path) -> Checkout:
    """Copy the project into *folder*, with an environment that ``make`` finds complete, and models."""
    for part in _PARTS:
        shutil.copytree(CHECKOUT / part, folder / part, ignore=_LEFT_OUT)
    for file in ("Makefile", "pyproject.toml"):
        shutil.copy2(CHECKOUT / file, folder / file)
    _environment(folder / ".venv")
    # The only Python that is found by name, as on a machine that has but one.
    (folder / "python").mkdir()
    (folder / "python" / "python3").symlink_to(Path(sys.executable).resolve())
    shutil.copytree(MODELS, folder / ".wardwatch" / "models")
    _stamp(folder)
    return Checkout(folder)


def _environment(venv: Path) -> None:
    """An environment of its own that shares the packages of this one."""
    own = Path(sys.prefix)
    (venv / "bin").mkdir(parents=True)
    shutil.copy2(own / "pyvenv.cfg", venv / "pyvenv.cfg")
    for folder in ("lib", "include"):
        if (own / folder).exists():
            (venv / folder).symlink_to((own / folder).resolve())
    for program in (own / "bin").iterdir():
        if program.name not in ("wardwatch", "python", "python3"):
            (venv / "bin" / program.name).symlink_to(program.resolve())
    for name in ("python", "python3"):
        (venv / "bin" / name).symlink_to(Path(sys.executable).resolve())


def _stamp(folder: Path) -> None:
    """Let the copy's own bootstrap write its command and say that its environment is made."""
    place = importlib.util.spec_from_file_location("bootstrap_of_the_copy", folder / "tools" / "bootstrap.py")
    assert place is not None
    assert place.loader is not None
    bootstrap = importlib.util.module_from_spec(place)
    place.loader.exec_module(bootstrap)
    bootstrap.write_command()
    bootstrap.stamp("dev").write_text(bootstrap.wanted("dev"), encoding="ascii")


@contextmanager
def running(checkout: Checkout, line: str, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
    """*line* as a program that stays, its words in ``up.log`` of the checkout; ended as by Ctrl-C if it still runs."""
    with (checkout.folder / "up.log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {line}"],  # the shell itself must not be in the way of a signal
            cwd=checkout.folder,
            env=checkout.environment(more),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
