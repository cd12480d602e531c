"""Invitations and answers as files that people hand over, with what they compare by telephone."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from pathlib import Path

from cli import output
from proto.wardwatch.v1 import statements
from services.chassis.errors import StartupError

_MOST_BYTES = 65_536
_READ_OUT = 16


def write(path: Path, signed: bytes) -> None:
    """Put what was signed into *path*. Raises StartupError."""
    try:
        path.write_text(b64encode(signed).decode("ascii") + "\n", encoding="ascii")
    except OSError as error:
        raise StartupError(f"{path} cannot be written: {error.strerror}") from error


def read(path: Path) -> bytes:
    """What :func:`write` wrote. Raises StartupError."""
    try:
        with path.open("rb") as file:
            text = file.read(2 * _MOST_BYTES)
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return b64decode(b"".join(text.split()), validate=True)
    except Base64Error as error:
        raise StartupError(f"{path} is no invitation and no answer") from error


def tell(what: str, path: Path, signed: bytes) -> None:
    """Say where it is, and what is read out of it."""
    whole = statements.fingerprint(signed)
    bare = whole.replace("-", "")[-_READ_OUT:]
    output.line(f"{what} is in {path}; hand it over in any way")
    output.line(f"fingerprint: {whole}")
    output.line(f"read out by telephone, to somebody whose voice you know: {spelled(bare)}")


def spelled(characters: str) -> str:
    """In groups of four, as people read them."""
    return " ".join(characters[n : n + 4] for n in range(0, len(characters), 4))
