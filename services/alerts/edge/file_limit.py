"""How many files this process may have open, of which each connection is one."""

import resource
from typing import Final

import structlog

from services.chassis.errors import StartupError

log = structlog.get_logger(__name__)

# Database, broker, photo processes, libraries, and connections that are accepted only to be refused.
RESERVED: Final = 256
# With fewer a handful of pages would shut out the next one.
_FEWEST: Final = 128


def connections_within_limit(most: int) -> int:
    """Raise the limit to the hard one; returns how many connections it allows, at most *most*. Raises StartupError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard - RESERVED)
    if allowed < _FEWEST:
        raise StartupError(
            f"at most {hard} files may be open, which leaves {max(0, allowed)} connections for pages:"
            f" allow {RESERVED + most} (ulimit -n, or nofile of the container)"
        )
    if allowed < most:
        log.warning("fewer connections than set are possible", connections=allowed, most=most)
    return allowed
