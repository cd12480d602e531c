"""The files with the secrets that the list is sealed under."""

from pathlib import Path
from typing import Final

from services.chassis.errors import StartupError
from services.chassis.settings import read_secret
from services.matcher.keys.sealing import IdentityKeys, WrappingKeys

_REMEDY: Final = "put it back from its backup"


def read_wrapping_keys(path: Path) -> WrappingKeys:
    """What data keys are wrapped by. Raises StartupError."""
    try:
        return WrappingKeys.parse(read_secret(path) or "")
    except ValueError as error:
        raise StartupError(f"the wrapping keys in {path} cannot be used: {error}; {_REMEDY}") from error


def read_identity_keys(path: Path) -> IdentityKeys:
    """What identity numbers are sealed by and looked up by. Raises StartupError."""
    try:
        return IdentityKeys.parse(read_secret(path) or "")
    except ValueError as error:
        raise StartupError(f"the identity key in {path} cannot be used: {error}; {_REMEDY}") from error
