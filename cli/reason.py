"""Checks the reason of commands that do not go through the desk, which would check it."""

from typing import Final

from services.chassis.errors import StartupError

_SHORTEST: Final = 3
_LONGEST: Final = 500


def checked_reason(text: str) -> str:
    """The reason without surrounding spaces. Raises StartupError when it is too short or too long."""
    why = text.strip()
    if not _SHORTEST <= len(why) <= _LONGEST:
        raise StartupError(
            f"say why with --reason, in {_SHORTEST} to {_LONGEST} characters ({len(why)} given): it is recorded"
        )
    return why
