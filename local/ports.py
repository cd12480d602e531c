"""Ports of this machine for servers that start again where they were."""

import secrets
import socket
from contextlib import suppress
from typing import Final

# Below those that the kernel gives to outgoing connections, one of which could take it while the server is away.
FIRST: Final = 20_000
COUNT: Final = 10_000


def free_port() -> int:
    """A port on which nothing on this machine listens."""
    while True:
        port = FIRST + secrets.randbelow(COUNT)
        with socket.socket() as trial, suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return port
