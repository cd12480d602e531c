"""The keys that identity numbers are sealed under and looked up by. Pure."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from proto.wardwatch.v1.sealing import KEY_BYTES, DataKey


@dataclass(frozen=True, slots=True)
class IdentityKeys:
    """What identity numbers are sealed under and looked up by, both derived from one secret that wraps nothing else."""

    sealing: bytes = field(repr=False)
    looking_up: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "IdentityKeys":
        """Read the secret's 64 hexadecimal digits. Raises ValueError in words."""
        secret = bytes.fromhex(text.strip())
        if len(secret) != KEY_BYTES:
            raise ValueError("it must have 64 hexadecimal digits")
        return cls(_derived(secret, b"identity numbers"), _derived(secret, b"look-up"))

    def number_key(self, data_key: DataKey) -> DataKey:
        """The key of one entry's identity number: needs this secret and the entry's own key, and goes with either."""
        return DataKey(_derived(self.sealing, b"identity number", salt=data_key))

    def lookup(self, kind: str, text: str) -> bytes:
        """HMAC-SHA-256 by which *text* is found again; *kind* keeps numbers, names and files apart.

        A plain digest of an identity number could be enumerated: there are few enough of them.
        """
        return hmac.digest(self.looking_up, f"{kind}\x00{text}".encode(), sha256)


def _derived(secret: bytes, purpose: bytes, *, salt: bytes | None = None) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, b"wardwatch/1 " + purpose).derive(secret)  # RFC 5869
