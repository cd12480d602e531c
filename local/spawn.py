"""Start a program in a session of its own that ends with the process that started it, however that one ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from local.shim import NOBODY_ELSE

SHIM = Path(__file__).with_name("shim.py")


@dataclass(frozen=True, slots=True)
class User:
    """An account of the operating system that a server runs as."""

    name: str
    uid: int
    gid: int


def spawn(
    argv: Sequence[str],
    *,
    log: Path | None,
    environment: Mapping[str, str] | None = None,
    user: User | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
    folder: Path = Path("/"),
    nice: int = 0,
) -> "subprocess.Popen[bytes]":
    """Start *argv*, its output appended to *log*; without one it comes through the pipe ``stdout``.

    Call it from a thread that lives as long as the program should: the kernel sends *death_signal* when the starting
    thread ends. The program gets no terminal signals (Ctrl-C is the starter's to act on). It gives way to programs
    that are less *nice*.
    """
    with log.open("ab") if log else nullcontext(subprocess.PIPE) as output:
        return subprocess.Popen(
            [*shim(death_signal, user, nice), *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            cwd=folder,
            start_new_session=True,
        )


def shim(death_signal: signal.Signals, user: User | None, nice: int = 0) -> list[str]:
    """The words to put before a program's own."""
    uid, gid = (NOBODY_ELSE, NOBODY_ELSE) if user is None else (user.uid, user.gid)
    numbers = (os.getpid(), int(death_signal), nice, uid, gid)
    return [sys.executable, "-I", "-S", str(SHIM), *map(str, numbers)]
