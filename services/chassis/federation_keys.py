"""The keys of federation: by which a publisher signs its lists, and a hospital signs and opens what is sealed to it.

The private file is the federation service's alone. The public one says how others know this installation.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

PRIVATE_FILE: Final = "federation.keys.json"
PUBLIC_FILE: Final = "federation.public.json"
_ID_CHARACTERS: Final = 8
_LINK_KEY: Final = re.compile(r"U[A-Z2-7]{55}")


@dataclass(frozen=True, slots=True)
class FederationKeys:
    """``publisher`` signs lists, ``signing`` what the hospital says; ``sealing`` by id, new keys go to ``current``."""

    publisher: Ed25519PrivateKey = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)
    sealing: Mapping[str, X25519PrivateKey] = field(repr=False)
    current: str

    @classmethod
    def new(cls) -> Self:
        """Drawn anew."""
        sealing = X25519PrivateKey.generate()
        made = sealing_key_id(sealing.public_key().public_bytes_raw())
        return cls(Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate(), {made: sealing}, made)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what :meth:`text` wrote. Raises ValueError."""
        read = json.loads(text)
        try:
            publisher, signing = (
                Ed25519PrivateKey.from_private_bytes(bytes.fromhex(read[name])) for name in ("publisher", "signing")
            )
            sealing = {
                str(name): X25519PrivateKey.from_private_bytes(bytes.fromhex(key))
                for name, key in read["sealing"].items()
            }
            current = str(read["current"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("it must hold publisher, signing, sealing and current") from error
        if current not in sealing:
            raise ValueError("the current key must be among the sealing keys")
        return cls(publisher, signing, sealing, current)

    def text(self) -> str:
        """As it is kept in the private file."""
        kept = {
            "publisher": self.publisher.private_bytes_raw().hex(),
            "signing": self.signing.private_bytes_raw().hex(),
            "sealing": {name: key.private_bytes_raw().hex() for name, key in self.sealing.items()},
            "current": self.current,
        }
        return json.dumps(kept, indent=2) + "\n"


def sealing_key_id(public: bytes) -> str:
    """How a sealing key is called: the begin of its public half's digest."""
    return sha256(public).hexdigest()[:_ID_CHARACTERS]


@dataclass(frozen=True, slots=True)
class FederationPublic:
    """How the broker of this installation is known: the public nkey of its link, and its JetStream domain."""

    link_key: str

    @property
    def domain(self) -> str:
        """Unique by itself, because keys are."""
        return f"ww-{sha256(self.link_key.encode()).hexdigest()[:12]}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what :meth:`text` wrote. Raises ValueError."""
        read = json.loads(text)
        if not isinstance(read, dict) or not _LINK_KEY.fullmatch(str(read.get("link_key"))):
            raise ValueError("it must hold link_key, the public nkey of a user")
        return cls(str(read["link_key"]))

    def text(self) -> str:
        """As it is kept in the public file."""
        return json.dumps({"link_key": self.link_key, "domain": self.domain}, indent=2) + "\n"
