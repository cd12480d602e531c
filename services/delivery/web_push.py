"""A push as its service takes it: enciphered for one phone (RFC 8291, RFC 8188) and signed by us (RFC 8292).

Pure: the caller hands in what must be drawn at random. pywebpush would do the same with a blocking HTTP client and
three more packages (docs/adr/0087); a test opens what this makes with another implementation.
"""

import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.chassis.delivery_keys import base64url

SALT_BYTES: Final = 16
# One record holds the whole message: push services take 4096 bytes.
_RECORD_BYTES: Final = 4096
_OVERHEAD_BYTES: Final = 86 + 17  # the header with a public key, the delimiter and the tag
MOST_BYTES: Final = _RECORD_BYTES - _OVERHEAD_BYTES
# A signature may be used again for so long; RFC 8292 allows a day.
_TOKEN_SECONDS: Final = 12 * 3600


@dataclass(frozen=True, slots=True)
class Phone:
    """What a phone's browser gave: ``p256dh`` is an uncompressed point (65 bytes), ``auth`` has 16 bytes."""

    endpoint: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)


def private_key(number: int) -> ec.EllipticCurvePrivateKey:
    """The key of P-256 with this number."""
    return ec.derive_private_key(number, ec.SECP256R1())


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public key, 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encipher(content: bytes, phone: Phone, *, key: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """The body of a request (aes128gcm); *key* and *salt* are drawn for this message. Raises ValueError."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"a push holds {MOST_BYTES} bytes at most")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), phone.p256dh)
    ours = point(key)
    info = b"WebPush: info\0" + phone.p256dh + ours
    secret = _derived(key.exchange(ec.ECDH(), theirs), salt=phone.auth, info=info, length=32)
    content_key = _derived(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + _RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(content_key).encrypt(nonce, content + b"\x02", None)


def authorisation(endpoint: str, key: ec.EllipticCurvePrivateKey, *, contact: str, now_seconds: int) -> str:
    """The header ``Authorization`` for *endpoint*: who sends, until when, and whom a push service may write to."""
    parts = urlsplit(endpoint)
    claims: dict[str, str | int] = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now_seconds + _TOKEN_SECONDS}
    if contact:
        claims["sub"] = contact
    signed = ".".join(base64url(json.dumps(each).encode()) for each in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    signature = base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={base64url(point(key))}"


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
