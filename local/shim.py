"""Become another program that cannot outlive the process that started it.

    python -I -S shim.py PARENT DEATH_SIGNAL NICE UID GID PROGRAM ARGUMENT ...

Run by ``spawn``, before anything else of the child exists: gives up root unless UID is -1, tells the kernel which
signal to send when the starter's thread dies, and replaces itself by the program. It imports as little as it can,
because every program that is started waits for it.
"""

import ctypes
import os
import sys
import time

# linux/prctl.h
PR_SET_PDEATHSIG = 1
NOBODY_ELSE = -1


def give_way(nice: int) -> None:
    """Let programs that are less nice go first; this one has a session of its own, and so have they."""
    os.nice(nice)
    # Where the kernel shares out the processors by session first, a program's own number counts within it only. It
    # takes such a wish from ordinary users ten times a second.
    for _ in range(10):
        try:
            with open("/proc/self/autogroup", "w", encoding="ascii") as group:  # noqa: PTH123 - pathlib takes long
                group.write(str(os.getpriority(os.PRIO_PROCESS, 0)))
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:
            return  # it does not
        else:
            return


def main() -> None:
    parent, death_signal, nice, uid, gid = map(int, sys.argv[1:6])
    argv = sys.argv[6:]

    if nice:
        give_way(nice)
    if uid != NOBODY_ELSE:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user, which would clear it.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit(0)  # the starter died before the kernel was told
    os.execv(argv[0], argv)  # noqa: S606 - full path, no shell wanted


if __name__ == "__main__":
    main()
