"""Answers of an authenticator, made here by hand: each thing that is wrong with one is enough."""

import json
import struct
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.accounts import passkeys
from services.alerts.accounts.passkeys import Assertion, KnownKey, NotTaken, Registration, Site

SITE: Final = Site("ward.h1:8443")
CHALLENGE: Final = b"c" * 56
VERIFIED: Final = 0x04
PRESENT: Final = 0x01
ATTESTED: Final = 0x40


def text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass(frozen=True)
class Phone:
    """An authenticator; what it says can be made wrong in each part."""

    origin: str = "https://ward.h1:8443"
    rp_id: str = "ward.h1"
    flags: int = PRESENT | VERIFIED
    challenge: bytes = CHALLENGE
    counter: int = 7
    credential: bytes = b"credential"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def client_data(self, kind: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": text(self.challenge), "origin": self.origin, "crossOrigin": False}
        ).encode()

    def data(self, flags: int = 0) -> bytes:
        return sha256(self.rp_id.encode()).digest() + struct.pack(">BI", self.flags | flags, self.counter)

    @property
    def cose(self) -> bytes:
        point = self.key.public_key().public_numbers()
        return cbor.encode({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def made(self) -> Registration:
        named = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + self.cose
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": self.data(ATTESTED) + named})
        return Registration(text(self.client_data("webauthn.create")), text(attestation))

    def answers(self, kind: str = "webauthn.get") -> Assertion:
        client, data = self.client_data(kind), self.data()
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return Assertion(text(self.credential), text(client), text(data), text(signature))


PHONE: Final = Phone()
KNOWN: Final = KnownKey(PHONE.credential, PHONE.cose)


def test_a_passkey_is_made_and_answers() -> None:
    made = passkeys.made(SITE, CHALLENGE, PHONE.made())

    assert (made.credential, made.counter) == (b"credential", 7)
    assert passkeys.proven(SITE, CHALLENGE, KnownKey(made.credential, made.public_key), PHONE.answers()) == 7
    assert passkeys.challenge_of(PHONE.answers().client_data) == CHALLENGE


WRONG: Final[dict[str, Callable[[Phone], Phone]]] = {
    "another page": lambda phone: replace(phone, origin="https://ward.h1.example:8443"),
    "another port": lambda phone: replace(phone, origin="https://ward.h1"),
    "a page without TLS": lambda phone: replace(phone, origin="http://ward.h1:8443"),
    "another name": lambda phone: replace(phone, rp_id="ward.h2"),
    "nobody's finger": lambda phone: replace(phone, flags=PRESENT),
    "nobody there": lambda phone: replace(phone, flags=VERIFIED),
    "another challenge": lambda phone: replace(phone, challenge=b"d" * 56),
}


@pytest.mark.parametrize("made_wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_not_taken(made_wrong: Callable[[Phone], Phone]) -> None:
    wrong = made_wrong(PHONE)

    with pytest.raises(NotTaken):
        passkeys.proven(SITE, CHALLENGE, KNOWN, wrong.answers())
    with pytest.raises(NotTaken):
        passkeys.made(SITE, CHALLENGE, wrong.made())


def test_another_device_cannot_answer_for_a_passkey() -> None:
    with pytest.raises(NotTaken):
        passkeys.proven(SITE, CHALLENGE, KNOWN, Phone().answers())
    with pytest.raises(NotTaken):
        passkeys.proven(SITE, CHALLENGE, KNOWN, replace(PHONE, credential=b"another").answers())


def test_what_was_made_to_register_opens_nothing() -> None:
    with pytest.raises(NotTaken):
        passkeys.proven(SITE, CHALLENGE, KNOWN, PHONE.answers("webauthn.create"))


def test_a_page_on_this_machine_needs_no_tls() -> None:
    local = replace(PHONE, origin="http://localhost:8470", rp_id="localhost")

    assert passkeys.proven(Site("localhost:8470"), CHALLENGE, KNOWN, local.answers()) == 7


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_bytes_that_are_no_answer_are_not_taken(one: bytes, other: bytes) -> None:
    for client in (one, PHONE.client_data("webauthn.create")):
        with pytest.raises(NotTaken):
            passkeys.made(SITE, CHALLENGE, Registration(text(client), text(other)))
    for client in (one, PHONE.client_data("webauthn.get")):
        answer = Assertion(text(PHONE.credential), text(client), text(one), text(other))
        with pytest.raises(NotTaken):
            passkeys.proven(SITE, CHALLENGE, KNOWN, answer)


@pytest.mark.parametrize("other", ["AAB", "AA!A", "AAA=", "AAA\n", "ÄAA"])
def test_bytes_have_one_text_and_no_other_is_taken(other: str) -> None:
    assert passkeys.decoded("AAA") == b"\0\0"
    with pytest.raises(NotTaken):
        passkeys.decoded(other)
