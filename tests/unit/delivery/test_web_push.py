"""Pushes are enciphered as RFC 8291 says and signed as RFC 8292 says: its example, and another implementation."""

import json
import os

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from services.chassis.delivery_keys import base64url, from_base64url, is_phone_key
from services.delivery import web_push
from services.delivery.web_push import Phone

# RFC 8291, appendix A.
AUTH = from_base64url("BTBZMqHH6r4Tts7J_aSIgg")
RECEIVER = int.from_bytes(from_base64url("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
SENDER = int.from_bytes(from_base64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
SALT = from_base64url("DGv6ra1nlYgDCS1FRnbzlw")
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_standard_is_enciphered_as_it_says() -> None:
    phone = Phone("https://push.example", web_push.point(web_push.private_key(RECEIVER)), AUTH)

    body = web_push.encipher(
        b"When I grow up, I want to be a watermelon", phone, key=web_push.private_key(SENDER), salt=SALT
    )

    assert base64url(body) == BODY


@pytest.mark.parametrize("length", [0, 1, 500, web_push.MOST_BYTES])
def test_a_phone_opens_it_with_another_implementation(length: int) -> None:
    mine, content = ec.generate_private_key(ec.SECP256R1()), os.urandom(length)
    phone = Phone("https://push.example", web_push.point(mine), os.urandom(16))

    body = web_push.encipher(content, phone, key=ec.generate_private_key(ec.SECP256R1()), salt=os.urandom(16))

    assert http_ece.decrypt(body, private_key=mine, auth_secret=phone.auth, version="aes128gcm") == content
    assert len(body) <= 4096


def test_what_no_push_service_takes_is_refused_before_it_is_sent() -> None:
    mine = ec.generate_private_key(ec.SECP256R1())
    phone = Phone("https://push.example", web_push.point(mine), os.urandom(16))

    with pytest.raises(ValueError, match="3993 bytes"):
        web_push.encipher(bytes(web_push.MOST_BYTES + 1), phone, key=mine, salt=SALT)


def test_the_signature_says_for_whom_until_when_and_by_which_key() -> None:
    key = web_push.private_key(SENDER)

    header = web_push.authorisation(
        "https://push.example:8443/abc", key, contact="mailto:it@hospital.example", now_seconds=1_700_000_000
    )

    scheme, token, shown = header.replace(",", "").split(" ")
    signed, _, signature = token.removeprefix("t=").rpartition(".")
    raw = from_base64url(signature)
    key.public_key().verify(
        encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")),
        signed.encode(),
        ec.ECDSA(SHA256()),
    )
    claims = json.loads(from_base64url(signed.partition(".")[2]))
    assert claims == {"aud": "https://push.example:8443", "exp": 1_700_043_200, "sub": "mailto:it@hospital.example"}
    assert (scheme, shown) == ("vapid", f"k={base64url(web_push.point(key))}")


@pytest.mark.parametrize("content", [b"", b"\x04" + bytes(64), b"\x04" * 65, bytes(65)])
def test_what_is_no_key_of_a_phone_is_told_apart(content: bytes) -> None:
    assert not is_phone_key(content)
    assert is_phone_key(web_push.point(web_push.private_key(SENDER)))
