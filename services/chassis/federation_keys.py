"""The keys of federation: by which a publisher signs its lists, and a hospital signs and opens what is sealed to it.

The private file is the federation service's alone. The public one says how others know this installation.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from proto.wardwatch.v1 import statements
from proto.wardwatch.v1.federation import KeyRenewal

PRIVATE_FILE: Final = "federation.keys.json"
PUBLIC_FILE: Final = "federation.public.json"
_LINK_KEY: Final = re.compile(r"U[A-Z2-7]{55}")


@dataclass(frozen=True, slots=True)
class FederationKeys:
    """``publisher`` signs lists, ``signing`` what the hospital says; ``sealing`` by id, new keys go to ``current``.

    While keys are renewed (docs/adr/0099), the ``next_`` ones are there too, and what the former key signed of them:
    ``announced`` of the publisher's, which stays for hospitals that are late, ``renewal`` of the hospital's.
    ``former_publisher`` is public: what was signed last before.
    """

    publisher: Ed25519PrivateKey = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)
    sealing: Mapping[str, X25519PrivateKey] = field(repr=False)
    current: str
    next_publisher: Ed25519PrivateKey | None = field(repr=False, default=None)
    announced: bytes = field(repr=False, default=b"")
    former_publisher: bytes = b""
    next_signing: Ed25519PrivateKey | None = field(repr=False, default=None)
    next_sealing: str = ""
    renewal: bytes = field(repr=False, default=b"")

    @classmethod
    def new(cls) -> Self:
        """Drawn anew."""
        sealing = X25519PrivateKey.generate()
        made = sealing_key_id(sealing.public_key().public_bytes_raw())
        return cls(Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate(), {made: sealing}, made)

    def with_next_publisher(self) -> Self:
        """Another key is announced for lists; they are signed by the present one until :meth:`publisher_renewed`."""
        made = Ed25519PrivateKey.generate()
        said = KeyRenewal(statements.public_bytes(made)).encode()
        announced = statements.sign(self.publisher, statements.PUBLISHER_RENEWAL, said)
        return replace(self, next_publisher=made, announced=announced)

    def publisher_renewed(self) -> Self:
        """The announced key signs lists from now on, and the former one is gone."""
        assert self.next_publisher is not None, "no key was announced"
        former = statements.public_bytes(self.publisher)
        return replace(self, publisher=self.next_publisher, next_publisher=None, former_publisher=former)

    def with_next_hospital(self) -> Self:
        """Other keys of the hospital are announced; both open what is sealed until :meth:`hospital_renewed`."""
        signing, sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        said = KeyRenewal(statements.public_bytes(signing), statements.public_bytes(sealing))
        renewal = statements.sign(self.signing, statements.HOSPITAL_RENEWAL, said.encode())
        made = sealing_key_id(said.sealing_key)
        known = {**self.sealing, made: sealing}
        return replace(self, sealing=known, next_signing=signing, next_sealing=made, renewal=renewal)

    def hospital_renewed(self) -> Self:
        """The announced keys are the hospital's; the former ones sign and open nothing any more."""
        assert self.next_signing is not None, "no keys were announced"
        made = self.next_sealing
        return replace(
            self,
            signing=self.next_signing,
            sealing={made: self.sealing[made]},
            current=made,
            next_signing=None,
            next_sealing="",
            renewal=b"",
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what :meth:`text` wrote. Raises ValueError."""
        read = json.loads(text)
        try:
            publisher, signing = (_signing(read[name]) for name in ("publisher", "signing"))
            sealing = {
                str(name): X25519PrivateKey.from_private_bytes(bytes.fromhex(key))
                for name, key in read["sealing"].items()
            }
            current, made = str(read["current"]), str(read.get("next_sealing", ""))
            next_publisher, next_signing = (
                _signing(read[name]) if read.get(name) else None for name in ("next_publisher", "next_signing")
            )
            announced, former, renewal = (
                bytes.fromhex(read.get(name, "")) for name in ("announced", "former_publisher", "renewal")
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("it must hold publisher, signing, sealing and current") from error
        if current not in sealing or (made and made not in sealing) or (next_signing is None) is not (not made):
            raise ValueError("the current key and the next one must be among the sealing keys")
        return cls(publisher, signing, sealing, current, next_publisher, announced, former, next_signing, made, renewal)

    def text(self) -> str:
        """As it is kept in the private file."""
        kept: dict[str, object] = {
            "publisher": self.publisher.private_bytes_raw().hex(),
            "signing": self.signing.private_bytes_raw().hex(),
            "sealing": {name: key.private_bytes_raw().hex() for name, key in self.sealing.items()},
            "current": self.current,
        }
        if self.next_publisher is not None:
            kept["next_publisher"] = self.next_publisher.private_bytes_raw().hex()
        if self.next_signing is not None:
            kept["next_signing"] = self.next_signing.private_bytes_raw().hex()
            kept["next_sealing"] = self.next_sealing
        for name, said in (
            ("announced", self.announced), ("former_publisher", self.former_publisher), ("renewal", self.renewal)
        ):  # fmt: skip
            if said:
                kept[name] = said.hex()
        return json.dumps(kept, indent=2) + "\n"


def sealing_key_id(public: bytes) -> str:
    """How a sealing key is called: the begin of its public half's digest."""
    return statements.key_id(public)


def _signing(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))


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
