"""Passkeys: answers of authenticators, checked by WebAuthn Level 3 with user verification. Alone uses ``fido2``."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
)

# ES256, EdDSA and RS256 by their COSE numbers: what every phone and security key has.
ALGORITHMS: Final = (-7, -8, -257)
_ALGORITHM: Final = 3  # where a COSE key says which it is
_MOST_CREDENTIAL_BYTES: Final = 1023  # as WebAuthn says
# What fido2 and what it calls raise for bytes that are no answer.
_BROKEN: Final = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error, NotImplementedError,
    UnsupportedAlgorithm, RecursionError, OverflowError,
)  # fmt: skip


class NotTaken(Exception):
    """The answer is broken, for another page, for another challenge, unverified or badly signed."""


@dataclass(frozen=True, slots=True)
class Site:
    """The page as authenticators know it. ``host`` may have a port; ``rp_id`` is the name without it."""

    host: str

    @property
    def rp_id(self) -> str:
        """What a passkey is bound to."""
        return (urlsplit(f"//{self.host}").hostname or "").lower()

    def is_origin(self, origin: str) -> bool:
        """Whether *origin*, as the browser wrote it into what was signed, is this page."""
        parts = urlsplit(origin)
        secure = parts.scheme == "https" or (parts.scheme == "http" and self.rp_id == "localhost")
        return secure and parts.netloc.lower() == self.host.lower()


@dataclass(frozen=True, slots=True)
class Registration:
    """What an authenticator sent when it made a passkey; both base64url."""

    client_data: str
    attestation: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator sent to prove that it has a passkey; all base64url."""

    credential: str
    client_data: str
    authenticator_data: str
    signature: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey to be kept; ``public_key`` is COSE."""

    credential: bytes
    public_key: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What an answer is checked with."""

    credential: bytes
    public_key: bytes


def challenge_of(client_data: str) -> bytes:
    """The challenge that an answer is said to be for. Raises NotTaken."""
    try:
        return bytes(CollectedClientData(decoded(client_data)).challenge)
    except _BROKEN as error:
        raise NotTaken from error


def made(site: Site, challenge: bytes, answer: Registration) -> NewPasskey:
    """The passkey that was made on *site* for *challenge*, by somebody whom their device verified. Raises NotTaken."""
    response = {"clientDataJSON": answer.client_data, "attestationObject": answer.attestation}
    try:
        data = _server(site).register_complete(
            _state(challenge),
            RegistrationResponse.from_dict({"id": "", "rawId": "", "type": "public-key", "response": response}),
        )
        key = data.credential_data
        if key is None or key.public_key.get(_ALGORITHM) not in ALGORITHMS:
            raise NotTaken
        if not 0 < len(key.credential_id) <= _MOST_CREDENTIAL_BYTES:
            raise NotTaken
        return NewPasskey(bytes(key.credential_id), cbor.encode(dict(key.public_key)), int(data.counter))
    except _BROKEN as error:
        raise NotTaken from error


def proven(site: Site, challenge: bytes, key: KnownKey, answer: Assertion) -> int:
    """The counter of a right answer with this *key* to *challenge*, by somebody whom their device verified.

    Raises NotTaken.
    """
    response = {
        "clientDataJSON": answer.client_data,
        "authenticatorData": answer.authenticator_data,
        "signature": answer.signature,
    }
    whole = {"id": answer.credential, "rawId": answer.credential, "type": "public-key", "response": response}
    try:
        known = AttestedCredentialData.create(
            Aaguid.NONE, key.credential, CoseKey.parse(_cose(cbor.decode(key.public_key)))
        )
        parsed = AuthenticationResponse.from_dict(whole)
        _server(site).authenticate_complete(_state(challenge), [known], parsed)
        return int(parsed.response.authenticator_data.counter)
    except _BROKEN as error:
        raise NotTaken from error


def decoded(text: str) -> bytes:
    """Bytes of base64url without filling. Raises NotTaken, also for another text of the same bytes."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise NotTaken from error
    if urlsafe_b64encode(content).rstrip(b"=").decode("ascii") != text:
        raise NotTaken
    return content


def _server(site: Site) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=site.rp_id, name="Wardwatch"), verify_origin=site.is_origin)


def _state(challenge: bytes) -> dict[str, str]:
    return {"challenge": websafe_encode(challenge), "user_verification": "required"}


def _cose(read: object) -> dict[int, object]:
    if not isinstance(read, dict):
        raise NotTaken
    return {int(name): value for name, value in read.items()}
