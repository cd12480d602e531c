"""How what is listed is sealed: AES-256-GCM under a key per entry, and the keys wrapped by a secret.

Pure: nonces are arguments. What is sealed is ``nonce (12) | ciphertext | tag (16)``. ``about`` says what it is and
whose; it is authenticated, so that a sealed value moved to another row or column does not open.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NewType
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

DataKey = NewType("DataKey", bytes)  # 32 bytes

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
# What sealing adds to the content's length: nonce and tag.
OVERHEAD_BYTES: Final = NONCE_BYTES + 16
_CROPS: Final = UUID("0f0a1f4e-5c6d-5b9e-8f51-7d1c4a1f6e2b")


class NotOpened(Exception):
    """The sealed value does not open: wrong key, wrong place, or changed."""


def crop_owner(sighting_id: str) -> UUID:
    """Who the key of a sighting's face is for on the stream CROPS: a sighting's name is no part of a subject."""
    return uuid5(_CROPS, sighting_id)


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


def vector_about(photo: UUID, model_sha256: str) -> str:
    """What the vector of *photo* by the model of that digest is sealed about."""
    return f"vector/{photo}/{model_sha256}"


def _wrapping(owner: str, key_id: str) -> str:
    return f"data key/{owner}/{key_id}"
