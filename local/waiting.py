"""Wait for something another program will do, without blocking longer than asked."""

import time
from collections.abc import Callable

# A server is ready tens of milliseconds after its start; looking more often would cost more than it saves.
LOOK_EVERY_SECONDS = 0.02


def wait_until(happened: Callable[[], bool], timeout_seconds: float) -> bool:
    """Return whether *happened* became true in time."""
    deadline = time.monotonic() + timeout_seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_SECONDS)
    return True
