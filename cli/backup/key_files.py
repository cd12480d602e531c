"""The two files of backup keys: what this machine makes backups with, and what opens them, kept off the machine.

The first names whom backups are sealed to, and holds the key that they are signed with; it opens nothing. The second
holds the private half, and says by whose signature a backup is believed.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from access import store
from cli.backup.container import Opener, Recipients
from services.chassis import hints
from services.chassis.errors import StartupError

_MAKES: Final = "wardwatch-backup-maker-1"
_OPENS: Final = "wardwatch-backup-key-1"
_SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class MakerKeys:
    """What this installation makes backups with."""

    maker: Ed25519PrivateKey = field(repr=False)
    recipients: tuple[bytes, ...]

    def text(self) -> str:
        """The content of the file."""
        to = [b64encode(each).decode() for each in self.recipients]
        return json.dumps({"kind": _MAKES, "maker": self.maker.private_bytes_raw().hex(), "recipients": to}) + "\n"

    @property
    def public(self) -> str:
        """By what the signature is known, as hexadecimal digits."""
        return self.maker.public_key().public_bytes_raw().hex()

    def sealed_to(self, passphrase: str = "") -> Recipients:
        """Whom a backup is sealed to. Raises StartupError when that is nobody."""
        if not self.recipients and not passphrase:
            raise StartupError(
                f"there is no key that backups are sealed to; make one with: {hints.command('backup', 'init', 'FILE')}"
            )
        return Recipients(self.recipients, passphrase)


@dataclass(frozen=True, slots=True)
class Opening:
    """What files are opened with, and whose signature on them is believed.

    Without ``maker`` that is whoever could seal to a passphrase: who knows it.
    """

    opener: Opener
    maker: str = ""


@dataclass(frozen=True, slots=True)
class OpenerKeys:
    """What opens backups: the private half, and whose signature is believed."""

    private: X25519PrivateKey = field(repr=False)
    maker: str

    def text(self) -> str:
        """The content of the file."""
        private = b64encode(self.private.private_bytes_raw()).decode()
        return json.dumps({"kind": _OPENS, "private": private, "maker": self.maker}) + "\n"

    def opening(self) -> Opening:
        """How files are opened with it."""
        return Opening(Opener(self.private), self.maker)


def read_maker(path: Path) -> MakerKeys:
    """Raises StartupError."""
    if not path.exists():
        again = hints.command("backup", "init", "FILE")
        raise StartupError(f"{path} is not there: no backup was set up; make its keys with: {again}")
    read = _json(path, _MAKES)
    try:
        maker = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(str(read["maker"])))
        to = read["recipients"]
        recipients = tuple(b64decode(str(each), validate=True) for each in to) if isinstance(to, list) else ()
    except (KeyError, ValueError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from error
    return MakerKeys(maker, recipients)


def read_opener(path: Path) -> OpenerKeys:
    """Raises StartupError."""
    read = _json(path, _OPENS)
    try:
        private = X25519PrivateKey.from_private_bytes(b64decode(str(read["private"]), validate=True))
        return OpenerKeys(private, str(read["maker"]))
    except (KeyError, ValueError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from error


def make(maker_file: Path, private_file: Path) -> OpenerKeys:
    """Make a key that backups are sealed to, beside those there are; the private half goes to *private_file* alone.

    Raises StartupError, also when *private_file* is there already.
    """
    known = read_maker(maker_file) if maker_file.exists() else MakerKeys(_new_maker(), ())
    private = X25519PrivateKey.generate()
    opens = OpenerKeys(private, known.public)
    try:
        handle = os.open(private_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(opens.text())
            file.flush()
            os.fsync(file.fileno())
        recipients = (*known.recipients, private.public_key().public_bytes_raw())
        store.write_secret(maker_file, MakerKeys(known.maker, recipients).text())
    except OSError as error:
        raise StartupError(f"{error.filename or private_file} cannot be written: {error.strerror}") from error
    return opens


def _new_maker() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secrets.token_bytes(_SEED_BYTES))


def _json(path: Path, kind: str) -> dict[str, object]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise StartupError(f"{path} cannot be read: it is no JSON") from error
    if not isinstance(read, dict) or read.get("kind") != kind:
        raise StartupError(f"{path} is not a file of the kind {kind!r}")
    return read
