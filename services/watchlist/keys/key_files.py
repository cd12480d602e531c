"""The files with the secrets that the list is sealed under. Reading raises StartupError."""

from pathlib import Path

from proto.wardwatch.v1.sealing import WrappingKeys
from services.chassis.settings import read_keys
from services.watchlist.keys.identity_keys import IdentityKeys


def read_wrapping_keys(path: Path) -> WrappingKeys:
    """What data keys are wrapped by."""
    return read_keys(path, WrappingKeys.parse, what="the wrapping keys")


def read_identity_keys(path: Path) -> IdentityKeys:
    """What identity numbers are sealed by and looked up by."""
    return read_keys(path, IdentityKeys.parse, what="the identity key")
