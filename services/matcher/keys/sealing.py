"""How the record is sealed: AES-256-GCM under a key per entry, and the keys wrapped by a secret.

Pure: nonces are arguments. What is sealed is ``nonce (12) | ciphertext | tag (16)``. ``about`` says what it is and
whose; it is authenticated, so that a sealed value moved to another row or column does not open.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DataKey = NewType("DataKey", bytes)  # 32 bytes

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
# What sealing adds to the content's length: nonce and tag.
OVERHEAD_BYTES: Final = NONCE_BYTES + 16


class NotOpened(Exception):
    """The sealed value does not open: wrong key, wrong place, or changed."""


def seal(key: DataKey, content: bytes, *, about: str, nonce: bytes) -> bytes:
    """*content* sealed under *key*. *nonce* is 12 random bytes, never used twice with one key."""
    return nonce + AESGCM(key).encrypt(nonce, content, about.encode())


def unseal(key: DataKey, sealed: bytes, *, about: str) -> bytes:
    """What was sealed. Raises NotOpened."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise NotOpened(about) from error


@dataclass(frozen=True, slots=True)
class WrappingKeys:
    """The secrets that wrap data keys, by id; new keys are wrapped by ``current``."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "WrappingKeys":
        """Read ``{"current": "k2", "keys": {"k1": "<64 hex>", "k2": "<64 hex>"}}``. Raises ValueError in words."""
        read = json.loads(text)
        try:
            keys = {str(name): bytes.fromhex(key) for name, key in read["keys"].items()}
            current = str(read["current"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("it must hold `current` and `keys`") from error
        if current not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("the current key must be among the keys, and each must have 64 hexadecimal digits")
        return cls(current, keys)

    def wrap(self, owner: str, key: DataKey, *, nonce: bytes) -> bytes:
        """*key* of *owner*, sealed under the current secret."""
        return seal(DataKey(self.keys[self.current]), key, about=_wrapping(owner, self.current), nonce=nonce)

    def unwrap(self, owner: str, key_id: str, wrapped: bytes) -> DataKey:
        """The data key of *owner*. Raises NotOpened, also when the secret *key_id* is not known here."""
        if key_id not in self.keys:
            raise NotOpened(f"the secret {key_id} is not known here")
        return DataKey(unseal(DataKey(self.keys[key_id]), wrapped, about=_wrapping(owner, key_id)))


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


def _wrapping(owner: str, key_id: str) -> str:
    return f"data key/{owner}/{key_id}"
