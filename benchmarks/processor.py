"""Processor time of processes of this machine, from the kernel."""

import os
from pathlib import Path


def used(pid: int, *, ended: bool = False) -> float:
    """Seconds that a process has used; with *ended*, its former children too. Raises OSError once it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if ended else 13])) / os.sysconf("SC_CLK_TCK")


def backends(database: str) -> list[int]:
    """The processes of a PostgreSQL on this machine that serve connections to *database*."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().partition(b"\0")[0].decode().split()
        except (OSError, UnicodeDecodeError):
            continue  # it ended meanwhile, or is somebody else's
        if words[:1] == ["postgres:"] and database in words[1:]:
            found.append(int(file.parent.name))
    return found
