"""The secrets that wrap data keys, as the file ``wrapping.keys.json`` holds them: pure.

``{"current": "1f3a9c22", "keys": {"1f3a9c22": "<64 hexadecimal digits>"}}``; matcher and watchlist service
read the same (``WrappingKeys`` in ``proto/wardwatch/v1/sealing.py``), and a test holds the two together. A secret's
id is made of its digest, so that two secrets never share one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

WRAPPING_KEYS: Final = "wrapping.keys.json"
SECRET_BYTES: Final = 32
_ID_CHARACTERS: Final = 8


@dataclass(frozen=True, slots=True)
class WrappingSecrets:
    """The secrets by id, as hexadecimal digits; new data keys are wrapped by ``current``."""

    current: str
    keys: Mapping[str, str] = field(repr=False)

    @classmethod
    def first(cls, secret: bytes) -> "WrappingSecrets":
        """The file of a new installation: one secret of 32 bytes."""
        made = secret_id(secret)
        return cls(made, {made: secret.hex()})

    @classmethod
    def parse(cls, text: str) -> "WrappingSecrets":
        """Read the file. Raises ValueError in words."""
        read = json.loads(text)
        try:
            current, keys = str(read["current"]), {str(name): str(key) for name, key in read["keys"].items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("it must hold `current` and `keys`") from error
        if current not in keys or any(len(bytes.fromhex(key)) != SECRET_BYTES for key in keys.values()):
            raise ValueError("the current key must be among the keys, and each must have 64 hexadecimal digits")
        return cls(current, keys)

    def text(self) -> str:
        """What the file holds."""
        return json.dumps({"current": self.current, "keys": dict(self.keys)}, indent=2) + "\n"

    @property
    def former(self) -> tuple[str, ...]:
        """Ids of the secrets that wrap nothing new: a rotation that is not finished."""
        return tuple(name for name in self.keys if name != self.current)

    def with_new(self, secret: bytes) -> "WrappingSecrets":
        """The same with *secret* as the current one."""
        made = secret_id(secret)
        return WrappingSecrets(made, {**self.keys, made: secret.hex()})

    def without_former(self) -> "WrappingSecrets":
        """The current secret alone."""
        return WrappingSecrets(self.current, {self.current: self.keys[self.current]})


def secret_id(secret: bytes) -> str:
    """The id of *secret*: the begin of its digest, from which nobody finds 256 bits."""
    return sha256(secret).hexdigest()[:_ID_CHARACTERS]
