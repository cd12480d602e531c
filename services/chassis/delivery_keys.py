"""The keys of the delivery service: by which pushes are signed, channels' addresses sealed, and receipts made.

The private file is the delivery service's alone. The page's service has the public one: it can seal what an
administrator types, and open nothing.
"""

import hmac
import json
import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from uuid import UUID

from nacl.bindings import crypto_scalarmult_base
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

PRIVATE_FILE: Final = "delivery.keys.json"
PUBLIC_FILE: Final = "delivery.public.json"
_BYTES: Final = 32
WEBHOOK_PREFIX: Final = "whsec_"
# Of the curve P-256 (SEC 2): its field, its constant, and its order, which a private key is less than.
_P256_FIELD: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_P256_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def base64url(content: bytes) -> str:
    """Without padding, as the web's standards write it."""
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Bytes of base64url with or without padding. Raises ValueError."""
    return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def is_phone_key(content: bytes) -> bool:
    """Whether *content* is an uncompressed point of P-256: what a phone's browser gives as its key."""
    if len(content) != 1 + 2 * _BYTES or content[0] != 4:
        return False
    x, y = int.from_bytes(content[1 : 1 + _BYTES], "big"), int.from_bytes(content[1 + _BYTES :], "big")
    return max(x, y) < _P256_FIELD and (y * y - (x * x * x - 3 * x + _P256_B)) % _P256_FIELD == 0


def webhook_secret(drawn: bytes) -> str:
    """The secret of a webhook as receivers are given it (Standard Webhooks)."""
    return WEBHOOK_PREFIX + b64encode(drawn).decode("ascii")


@dataclass(frozen=True, slots=True)
class DeliveryKeys:
    """``vapid`` is the number of a P-256 key (RFC 8292)."""

    vapid: int = field(repr=False)
    sealing: PrivateKey = field(repr=False)
    receipts: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "DeliveryKeys":
        """Drawn anew."""
        return cls(
            1 + secrets.randbelow(_P256_ORDER - 1), PrivateKey(secrets.token_bytes(_BYTES)), secrets.token_bytes(_BYTES)
        )

    @classmethod
    def parse(cls, text: str) -> "DeliveryKeys":
        """Read what :meth:`text` wrote. Raises ValueError."""
        read = _named(text, ("vapid", "sealing", "receipts"))
        vapid = int.from_bytes(read["vapid"], "big")
        if not 0 < vapid < _P256_ORDER:
            raise ValueError("vapid is no key of P-256")
        return cls(vapid, PrivateKey(read["sealing"]), read["receipts"])

    def text(self) -> str:
        """As it is kept in the private file."""
        kept = {
            "vapid": self.vapid.to_bytes(_BYTES, "big"),
            "sealing": self.sealing.encode(),
            "receipts": self.receipts,
        }
        return json.dumps({name: key.hex() for name, key in kept.items()}, indent=2) + "\n"

    def sealing_public(self) -> bytes:
        """What channels' addresses are sealed with."""
        return crypto_scalarmult_base(self.sealing.encode())

    def open_target(self, sealed: bytes) -> "Target":
        """What was sealed for this service. Raises ValueError."""
        try:
            return Target.parse(SealedBox(self.sealing).decrypt(sealed))
        except CryptoError as error:
            raise ValueError("it was sealed for another key") from error

    def receipt(self, delivery: UUID) -> str:
        """What a phone sends back for *delivery*: nobody can make it who did not get the message."""
        return base64url(hmac.digest(self.receipts, b"wardwatch receipt 1" + delivery.bytes, "sha256"))

    def receipt_sha256(self, delivery: UUID) -> bytes:
        """What the record keeps of it."""
        return receipt_digest(self.receipt(delivery))


def receipt_digest(receipt: str) -> bytes:
    """SHA-256 of a receipt's text."""
    return sha256(receipt.encode()).digest()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a channel leads, with the secret that it needs."""

    address: str = field(repr=False)
    secret: str = field(repr=False, default="")

    @classmethod
    def parse(cls, content: bytes) -> "Target":
        """Read what :meth:`content` wrote. Raises ValueError."""
        read = json.loads(content)
        if not isinstance(read, dict):
            raise ValueError("it is no target")
        return cls(str(read["address"]), str(read["secret"]))

    def content(self) -> bytes:
        """As it is sealed."""
        return json.dumps({"address": self.address, "secret": self.secret}).encode()


@dataclass(frozen=True, slots=True)
class DeliveryPublic:
    """What the page's service knows: the VAPID key for browsers (base64url of the point), and what to seal with."""

    vapid: str
    sealing: PublicKey

    @classmethod
    def parse(cls, text: str) -> "DeliveryPublic":
        """Read the public file. Raises ValueError."""
        read = _named(text, ("vapid", "sealing"))
        return cls(base64url(read["vapid"]), PublicKey(read["sealing"]))

    def seal(self, target: Target) -> bytes:
        """*target* so that the delivery service alone can read it."""
        return SealedBox(self.sealing).encrypt(target.content())


def public_text(vapid_point: bytes, sealing: bytes) -> str:
    """The public file: *vapid_point* is the uncompressed point of the VAPID key, 65 bytes."""
    return json.dumps({"vapid": vapid_point.hex(), "sealing": sealing.hex()}, indent=2) + "\n"


def _named(text: str, names: tuple[str, ...]) -> Mapping[str, bytes]:
    read = json.loads(text)
    if not isinstance(read, dict) or set(read) != set(names):
        raise ValueError(f"it must hold {', '.join(names)}")
    return {name: bytes.fromhex(str(read[name])) for name in names}
