"""The project's folder, and the top-level packages that hold its code (``rooms``)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
ROOMS: Final = ("access", "cli", "local", "models", "proto", "services")


def sources(*rooms: str) -> Iterator[Path]:
    """Every Python file of *rooms*, or of all."""
    for room in rooms or ROOMS:
        yield from sorted((CHECKOUT / room).rglob("*.py"))
