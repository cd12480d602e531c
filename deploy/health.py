"""The health check of a container: a process that has not answered three times is killed, so that it is started again.

The engine only marks a container as unhealthy; Compose restarts one that ends.
"""

import os
import signal
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

PORT: Final = 8080
_SECONDS: Final = 3
_MOST_FAILURES: Final = 3


def is_alive(port: int) -> bool:
    """Whether the process's event loop answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def failures(path: Path, *, alive: bool) -> int:
    """How often in a row it did not answer, this time included; kept in *path*."""
    before = int(path.read_text(encoding="ascii")) if path.exists() else 0
    count = 0 if alive else before + 1
    path.write_text(str(count), encoding="ascii")
    return count


def kill_children(parent: int) -> None:
    """Kill what the process *parent* has started; a container's first process ends with it."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)


def main() -> int:
    """Check once; 0 when it answers."""
    alive = is_alive(PORT)
    noted = Path("/tmp/health.failures")  # noqa: S108 - the container's own
    if failures(noted, alive=alive) >= _MOST_FAILURES:
        noted.unlink()
        kill_children(1)
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())
