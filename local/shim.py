"""Become another program that cannot outlive the process that started it.

Run as a script by ``spawn``, before anything else of the child exists: gives up root when asked to, tells the
kernel which signal to send when the starter's thread dies, and replaces itself by the program. Only the standard
library, because it runs with ``python -I -S``.
"""

import argparse
import ctypes
import os
import sys
import time
from pathlib import Path

# linux/prctl.h
PR_SET_PDEATHSIG = 1


def give_way(nice: int) -> None:
    """Let programs that are less nice go first; this one has a session of its own, and so have they."""
    os.nice(nice)
    # Where the kernel shares out the processors by session first, a program's own number counts within it only. It
    # takes such a wish from ordinary users ten times a second.
    for _ in range(10):
        try:
            with Path("/proc/self/autogroup").open("w", encoding="ascii") as group:
                group.write(str(os.getpriority(os.PRIO_PROCESS, 0)))
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:
            return  # it does not
        else:
            return


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("argv", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    argv = options.argv[1:]  # the first is the "--" that ends our own options

    if options.nice:
        give_way(options.nice)
    if options.uid is not None:
        os.setgroups([])
        os.setgid(options.gid)
        os.setuid(options.uid)
    # After the change of user, which would clear it.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, options.death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != options.parent:
        sys.exit(0)  # the starter died before the kernel was told
    os.execv(argv[0], argv)  # noqa: S606 - full path, no shell wanted


if __name__ == "__main__":
    main()
